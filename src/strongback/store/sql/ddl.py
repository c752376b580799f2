"""The SQL that makes and changes tables, one function a change; what to change is for others to decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import AddConstraint, CreateColumn, CreateIndex, CreateTable
from sqlalchemy.sql.ddl import ExecutableDDLElement

from strongback.store.sql.layout import ENGINES
from strongback.store.sql.metadata import quote
from strongback.store.sql.search import create_search, drop_search
from strongback.store.store import Dialect
from strongback.tables.schema import Table

BUILDING = "_building_"


@dataclass(frozen=True, slots=True)
class Ddl:
    """Writes the DDL of *metadata* in *dialect*."""

    metadata: sa.MetaData
    dialect: Dialect

    def create_table(self, table: str) -> str:
        """
        Create *table*; on PostgreSQL without its foreign keys, which are added when every table is there. SQLite cannot add any
        later, and does not mind one to a table that is not there yet.
        """
        keys: list[sa.ForeignKeyConstraint] | None = None if self.dialect == "sqlite" else []
        return self._text(CreateTable(self._table(table), include_foreign_key_constraints=keys))

    def rename_table(self, old: str, new: str) -> str:
        return f"ALTER TABLE {self._quote(old)} RENAME TO {self._quote(new)}"

    def rename_column(self, table: str, old: str, new: str) -> str:
        return f"ALTER TABLE {self._quote(table)} RENAME COLUMN {self._quote(old)} TO {self._quote(new)}"

    def add_column(self, table: str, column: str) -> str:
        text = self._text(CreateColumn(self._table(table).c[column]))
        return f"ALTER TABLE {self._quote(table)} ADD COLUMN {text}"

    def allow_null(self, table: str, column: str) -> str:
        return f"ALTER TABLE {self._quote(table)} ALTER COLUMN {self._quote(column)} DROP NOT NULL"

    def drop_constraint(self, table: str, name: str) -> str:
        return f"ALTER TABLE {self._quote(table)} DROP CONSTRAINT IF EXISTS {self._quote(name)}"

    def add_constraint(self, table: str, name: str, *, valid: bool) -> str:
        """Add a check or foreign key; one not yet *valid* binds new rows only, until `validate`, and locks the table but a moment."""
        text = self._text(AddConstraint(self._constraint(table, name)))
        return text if valid else f"{text} NOT VALID"

    def validate(self, table: str, name: str) -> str:
        return f"ALTER TABLE {self._quote(table)} VALIDATE CONSTRAINT {self._quote(name)}"

    def rename_constraint(self, table: str, old: str, new: str) -> str:
        return f"ALTER TABLE {self._quote(table)} RENAME CONSTRAINT {self._quote(old)} TO {self._quote(new)}"

    def create_index(self, table: str, index: str, *, concurrently: bool = False) -> str:
        found = next(i for i in self._table(table).indexes if i.name == index)
        text = self._text(CreateIndex(found))
        return text.replace(" INDEX ", " INDEX CONCURRENTLY ", 1) if concurrently else text

    def drop_index(self, index: str, *, concurrently: bool = False) -> str:
        return f"DROP INDEX {'CONCURRENTLY ' if concurrently else ''}IF EXISTS {self._quote(index)}"

    def rename_index(self, old: str, new: str) -> str:
        return f"ALTER INDEX {self._quote(old)} RENAME TO {self._quote(new)}"

    def drop_column(self, table: str, column: str) -> str:
        return f"ALTER TABLE {self._quote(table)} DROP COLUMN {self._quote(column)}"

    def create_search(self, table: str, search: str, *, concurrently: bool = False) -> tuple[str, ...]:
        """Make what finds rows of *table* by words, from the words that are there."""
        logical: Table = self._table(table).info["table"]
        found = next(each for each in logical.searches.values() if each.name == search)
        return tuple(create_search(logical, found, self.dialect, concurrently=concurrently))

    def drop_search(self, search: str) -> tuple[str, ...]:
        return tuple(drop_search(search, self.dialect))

    def rebuild(self, table: str, kept: Mapping[str, str]) -> Iterator[str]:
        """
        Make an SQLite table anew as it should be, and move its rows (sqlite.org/lang_altertable.html, section 7).

        Args:
            kept: Columns to copy: the wanted name and the SQL of its value.
        """
        new = self._quote(f"{BUILDING}{table}")
        yield self.create_table(table).replace(f"CREATE TABLE {self._quote(table)} (", f"CREATE TABLE {new} (", 1)
        columns, values = ", ".join(self._quote(name) for name in kept), ", ".join(kept.values())
        yield f"INSERT INTO {new} ({columns}) SELECT {values} FROM {self._quote(table)}"
        yield f"DROP TABLE {self._quote(table)}"
        yield self.rename_table(f"{BUILDING}{table}", table)
        for index in sorted(str(index.name) for index in self._table(table).indexes):
            yield self.create_index(table, index)

    def _table(self, name: str) -> sa.Table:
        return self.metadata.tables[name]

    def _constraint(self, table: str, name: str) -> sa.Constraint:
        return next(c for c in self._table(table).constraints if c.name == name)

    def _quote(self, name: str) -> str:
        return quote(name, self.dialect)

    def _text(self, element: ExecutableDDLElement | Any) -> str:
        return " ".join(str(element.compile(dialect=ENGINES[self.dialect])).split("\n")).strip()
