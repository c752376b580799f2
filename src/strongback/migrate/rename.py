"""What the Model calls by another name than before (`was=`): so that a rename is a rename, and no loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from strongback.migrate.step import Step
from strongback.store.sql.layout import ColumnLayout, ForeignKeyLayout, IndexLayout, Layout, TableLayout
from strongback.tables.make import identifier


@dataclass(frozen=True, slots=True)
class Renames:
    """
    Names of before and of today.

    Attributes:
        tables: Today's name by the name before.
        columns: The same for columns, by the table's name before.
    """

    tables: Mapping[str, str]
    columns: Mapping[str, Mapping[str, str]]

    def table_was(self, name: str) -> str:
        return next((old for old, new in self.tables.items() if new == name), name)

    @property
    def steps(self) -> list[Step]:
        """Tables first: the columns' steps speak of them by today's names."""
        steps: list[Step] = []
        for old, new in self.tables.items():
            steps.append(Step("rename_table", new, was=old))
            steps.append(Step("rename_constraint", new, identifier(f"{new}_pkey"), identifier(f"{old}_pkey")))
        for table, names in self.columns.items():
            steps += [Step("rename_column", self.tables.get(table, table), new, old) for old, new in names.items()]
        return steps


def find_renames(found: Layout, wanted: Layout) -> Renames:
    """A rename is one where the old name is there, the new one is not, and nothing else goes by the old one."""
    tables: dict[str, str] = {}
    columns: dict[str, Mapping[str, str]] = {}
    for table in wanted.values():
        old = found.get(table.name)
        if old is None and table.was not in wanted and table.was in found:
            old = found[table.was]
            tables[old.name] = table.name
        if old is not None:
            columns[old.name] = _columns(old, table)
    return Renames(tables, columns)


def _columns(old: TableLayout, new: TableLayout) -> Mapping[str, str]:
    return {
        column.was: column.name
        for column in new.columns.values()
        if column.name not in old.columns and column.was in old.columns and column.was not in new.columns
    }


def apply_renames(found: Layout, renames: Renames) -> Layout:
    """*found* under the names of today. Constraints and indexes keep their own names, which a rename leaves as they are."""
    tables = [_table(table, renames) for table in found.values()]
    return {table.name: table for table in tables}


def _table(table: TableLayout, renames: Renames) -> TableLayout:
    names = renames.columns.get(table.name, {})
    columns = [_column(column, names) for column in table.columns.values()]
    return TableLayout(
        renames.tables.get(table.name, table.name),
        {column.name: column for column in columns},
        frozenset(_foreign_key(key, names, renames) for key in table.foreign_keys),
        {name: _index(index, names) for name, index in table.indexes.items()},
        table.checks,
        searches=table.searches,
    )


def _column(column: ColumnLayout, names: Mapping[str, str]) -> ColumnLayout:
    return replace(column, name=names.get(column.name, column.name))


def _foreign_key(key: ForeignKeyLayout, names: Mapping[str, str], renames: Renames) -> ForeignKeyLayout:
    there = renames.columns.get(key.target, {})
    return replace(
        key,
        columns=tuple(names.get(column, column) for column in key.columns),
        target=renames.tables.get(key.target, key.target),
        target_columns=tuple(there.get(column, column) for column in key.target_columns),
    )


def _index(index: IndexLayout, names: Mapping[str, str]) -> IndexLayout:
    return replace(index, columns=tuple(_part(part, names) for part in index.columns))


def _part(part: str, names: Mapping[str, str]) -> str:
    sign, nulls = part[: part.startswith("-")], " nulls" * part.endswith(" nulls")
    name = part.removeprefix("-").removesuffix(" nulls")
    return f"{sign}{names.get(name, name)}{nulls}"
