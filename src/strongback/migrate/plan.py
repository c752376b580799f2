"""
What a store lacks for the Model: the steps that add it, and what no step may do.

A step is additive: no stored value is lost or changed, and what was accepted before stays accepted, except by a new check or unique
index, which is made only if every stored row fulfils it. Anything else is refused with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from strongback.migrate.rename import apply_renames, find_renames
from strongback.migrate.step import Step
from strongback.store.sql.layout import CheckLayout, ColumnLayout, Layout, TableLayout
from strongback.tables.schema import is_words


@dataclass(frozen=True, slots=True)
class Refusal:
    """A difference that no additive step removes, and what to do about it."""

    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps in the order in which they can be run; none of them is, when anything is refused."""

    steps: tuple[Step, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    @property
    def differences(self) -> tuple[str, ...]:
        """In words. Of a table that is missing, what is on it is not said to be missing as well."""
        told = (step for step in self.steps if not step.fresh or step.kind == "create_table")
        return (*map(str, self.refusals), *map(str, told))


Part = Step | Refusal


def make_plan(
    found: Layout,
    wanted: Layout,
    ours: AbstractSet[str],
    empty: AbstractSet[str],
    wordless: AbstractSet[tuple[str, str]] = frozenset(),
) -> Plan:
    """
    Compare what is *found* with what is *wanted*.

    Args:
        ours: Names of tables, checks and indexes that earlier migrations made; others are the operator's own, and left alone.
        empty: Names of found tables without rows.
        wordless: Found tables and their columns of words that some row has none in.
    """
    renames = find_renames(found, wanted)
    now = apply_renames(found, renames)
    parts: list[Part] = [*renames.steps]
    for table in wanted.values():
        if table.name in now:
            was = renames.table_was(table.name)
            lacking = frozenset(column for name, column in wordless if name == was)
            parts += _Comparison(now[table.name], table, ours, was in empty, lacking).parts()
        else:
            parts += _create(table)
    parts += [_dropped_table(name) for name in now if name not in wanted and name in ours]
    steps = [part for part in parts if isinstance(part, Step)]
    return Plan(tuple(_ordered(steps)), tuple(part for part in parts if isinstance(part, Refusal)))


def _create(table: TableLayout) -> Iterator[Step]:
    yield Step("create_table", table.name, fresh=True)
    for index in table.indexes:
        yield Step("create_index", table.name, index, fresh=True)
    for search in table.searches:
        yield Step("create_search", table.name, search, fresh=True)
    for key in table.foreign_keys:
        yield Step("add_foreign_key", table.name, key.name, fresh=True)


def _dropped_table(name: str) -> Refusal:
    return Refusal(
        f"table `{name}` is in the store, but not in the model any more",
        f'renamed? say `was=`; otherwise drop it yourself: DROP TABLE "{name}"',
    )


def words_note(table: str, column: str) -> str:
    """What a migration notes of a column of words that is kept from then on."""
    return f"{table}.{column}"


_ORDER = (
    "drop_search",
    "rename_table",
    "rename_column",
    "rename_constraint",
    "rename_index",
    "create_table",
    "drop_words",
    "add_column",
    "allow_null",
    "drop_check",
    "drop_index",
    "add_check",
    "create_index",
    "add_foreign_key",
    "fill_words",
    "create_search",
)


def _ordered(steps: list[Step]) -> list[Step]:
    return sorted(steps, key=lambda step: _ORDER.index(step.kind))


@dataclass(frozen=True, slots=True)
class _Comparison:
    """One table as found, *old*, under the names of today, and as wanted, *new*."""

    old: TableLayout
    new: TableLayout
    ours: AbstractSet[str]
    empty: bool
    wordless: AbstractSet[str] = frozenset()

    def parts(self) -> Iterator[Part]:
        for column in self.new.columns.values():
            yield from self._column(self.old.columns.get(column.name), column)
        # Words that nobody searches any more may stay: writers of before tell them, ours do not.
        gone = (name for name in self.old.columns if name not in self.new.columns and not is_words(name))
        yield from (self._dropped_column(name) for name in gone)
        yield from self._checks()
        yield from self._foreign_keys()
        yield from self._indexes()
        yield from self._searches()

    def _column(self, old: ColumnLayout | None, new: ColumnLayout) -> Iterator[Part]:
        spelt = f"column `{new.name}` of `{self.new.name}`"
        if new.words:
            yield from self._words(old, new)
        elif old is None:
            if new.nullable or new.has_default or self.empty:
                yield Step("add_column", self.new.name, new.name)
            else:
                hint = "make it optional, or give it a default (a `pii` field: make it optional)"
                yield Refusal(f"{spelt} is new and must hold a value, but the table has rows", hint)
        elif old.type != new.type:
            yield Refusal(
                f"{spelt} is `{old.type}` in the store, but `{new.type}` in the model", "add a field with a new name"
            )
        elif new.nullable and not old.nullable:
            yield Step("allow_null", self.new.name, new.name)
        elif old.nullable and not new.nullable:
            yield Refusal(f"{spelt} may be null in the store, but not in the model", "keep it optional")

    def _words(self, old: ColumnLayout | None, new: ColumnLayout) -> Iterator[Step]:
        """Words that the last migration did not want have not been kept since: they are told anew."""
        maintained = old is not None and words_note(self.old.name, new.name) in self.ours
        if old is not None and not maintained:
            yield Step("drop_words", self.new.name, new.name)
        if not maintained:
            yield Step("add_column", self.new.name, new.name)
        if (not maintained and not self.empty) or new.name in self.wordless:
            yield Step("fill_words", self.new.name, new.name)

    def _dropped_column(self, name: str) -> Refusal:
        return Refusal(
            f"column `{name}` of `{self.new.name}` is in the store, but not in the model any more",
            f'renamed? say `was=`; otherwise drop it yourself: ALTER TABLE "{self.new.name}" DROP COLUMN "{name}"',
        )

    # -- checks

    def _checks(self) -> Iterator[Part]:
        used: set[str] = set()
        for new in self.new.checks.values():
            old = self.old.checks.get(new.name) or self.old.checks.get(new.was)
            if old is not None:
                used.add(old.name)
            yield from self._check(old, new)
        for name in self.old.checks:
            if name not in used and name in self.ours:
                yield Step("drop_check", self.new.name, name)

    def _check(self, old: CheckLayout | None, new: CheckLayout) -> Iterator[Part]:
        if old is None:
            yield Step("add_check", self.new.name, new.name)
            return
        gone = set(old.members) - set(new.members)
        if gone:
            words = ", ".join(f"`{word}`" for word in sorted(gone))
            yield Refusal(
                f"check `{new.name}` would no longer take {words}",
                "keep them: rows, or writers of before, may use them",
            )
        elif old.name != new.name or (old.sql and old.sql != new.sql):
            yield Step("drop_check", self.new.name, old.name)
            yield Step("add_check", self.new.name, new.name)

    # -- foreign keys

    def _foreign_keys(self) -> Iterator[Part]:
        found = {key: key for key in self.old.foreign_keys}
        added = set(self.new.columns) - set(self.old.columns)
        for new in sorted(self.new.foreign_keys, key=lambda key: key.name):
            old = found.pop(new, None)
            if old is None and added & set(new.columns):
                yield Step("add_foreign_key", self.new.name, new.name)
            elif old is None:
                yield Refusal(
                    f"foreign key `{new.name}` of `{self.new.name}` is missing in the store, or differs there"
                )
            elif old.name and old.name != new.name:
                yield Step("rename_constraint", self.new.name, new.name, old.name)
        for old in found.values():
            columns = ", ".join(old.columns)
            yield Refusal(f"a foreign key on ({columns}) of `{self.new.name}` to `{old.target}` is not in the model")

    # -- searches

    def _searches(self) -> Iterator[Step]:
        for name, old in self.old.searches.items():
            if self.new.searches.get(name) != old and name in self.ours:
                yield Step("drop_search", self.new.name, name)
        for name, new in self.new.searches.items():
            if self.old.searches.get(name) != new:
                yield Step("create_search", self.new.name, name)

    # -- indexes

    def _indexes(self) -> Iterator[Step]:
        found = self.old.indexes
        spare = {
            replace(i, name=""): name for name, i in found.items() if name not in self.new.indexes and name in self.ours
        }
        for new in self.new.indexes.values():
            alike = replace(new, name="")
            if new.name in found and found[new.name] != new:
                yield Step("create_index", self.new.name, new.name, was=new.name)
            elif new.name not in found and alike in spare:
                yield Step("rename_index", self.new.name, new.name, spare.pop(alike))
            elif new.name not in found:
                yield Step("create_index", self.new.name, new.name)
        yield from (Step("drop_index", self.new.name, name) for name in spare.values())
