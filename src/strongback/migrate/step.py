"""One change of a store's schema, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "rename_table",
    "rename_column",
    "create_table",
    "add_column",
    "allow_null",
    "drop_check",
    "add_check",
    "add_foreign_key",
    "rename_constraint",
    "rename_index",
    "drop_index",
    "create_index",
    "drop_search",
    "drop_words",
    "fill_words",
    "create_search",
]


@dataclass(frozen=True, slots=True)
class Step:
    """
    A change.

    Attributes:
        table: By its wanted name.
        name: Of the column, check, key, index or search.
        was: The name before, of a rename; of `create_index`: the index that it replaces.
        fresh: The table is made by the same migration: nobody waits for its locks.
    """

    kind: Kind
    table: str
    name: str = ""
    was: str = ""
    fresh: bool = False

    def __str__(self) -> str:
        return _WORDS[self.kind].format(s=self)


_WORDS: dict[Kind, str] = {
    "rename_table": "table `{s.was}` is now called `{s.table}`",
    "rename_column": "column `{s.was}` of `{s.table}` is now called `{s.name}`",
    "create_table": "table `{s.table}` is missing",
    "add_column": "column `{s.name}` of `{s.table}` is missing",
    "allow_null": "column `{s.name}` of `{s.table}` does not take null",
    "drop_check": "check `{s.name}` on `{s.table}` is not wanted any more",
    "add_check": "check `{s.name}` on `{s.table}` is missing or outdated",
    "add_foreign_key": "foreign key `{s.name}` of `{s.table}` is missing",
    "rename_constraint": "constraint `{s.was}` of `{s.table}` is now called `{s.name}`",
    "rename_index": "index `{s.was}` of `{s.table}` is now called `{s.name}`",
    "drop_index": "index `{s.name}` on `{s.table}` is not wanted any more",
    "create_index": "index `{s.name}` on `{s.table}` is missing or outdated",
    "drop_search": "search `{s.name}` of `{s.table}` is not wanted any more, or outdated",
    "drop_words": "column `{s.name}` of `{s.table}` holds words of before",
    "fill_words": "rows of `{s.table}` have no words in `{s.name}`",
    "create_search": "search `{s.name}` of `{s.table}` is missing or outdated",
}
