"""
What tables look like in a database, as plain values that can be compared: made from the Schema, or read from the database.

Two layouts are equal when the databases behave alike. What a database does not tell exactly (the text of a check) comes from the
notes that a migration leaves there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.engine.interfaces import Dialect as EngineDialect

from strongback.store.sql.search import SearchLayout
from strongback.store.store import Dialect

ENGINES: Mapping[Dialect, EngineDialect] = {
    "postgresql": PGDialect_asyncpg(),  # type: ignore[no-untyped-call]  # SQLAlchemy's dialects are not typed
    "sqlite": sqlite.dialect(),
}


@dataclass(frozen=True, slots=True)
class ColumnLayout:
    """
    A column. *has_default* is of a wanted one only: rows that are there before it get a value by themselves. *words* is the column whose
    words it holds; of a wanted one only.
    """

    name: str
    type: str
    nullable: bool
    has_default: bool = field(default=False, compare=False)
    was: str = field(default="", compare=False)
    words: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class ForeignKeyLayout:
    """A foreign key by what it says; SQLite does not tell its *name*."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    action: str
    name: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class IndexLayout:
    """
    An index: *columns* as `name`, `-name` when descending, with ` nulls` where the order of NULLs is not the engine's own. *where* is the
    declared condition of the rows it holds; of one that nobody noted, empty.
    """

    name: str
    columns: tuple[str, ...]
    unique: bool
    partial: bool
    where: str = ""


@dataclass(frozen=True, slots=True)
class CheckLayout:
    """A check. *sql* is empty when the database has it and nobody noted its text. *members* are of a closed set of words."""

    name: str
    sql: str
    members: tuple[str, ...] = ()
    was: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class TableLayout:
    name: str
    columns: Mapping[str, ColumnLayout]
    foreign_keys: frozenset[ForeignKeyLayout]
    indexes: Mapping[str, IndexLayout]
    checks: Mapping[str, CheckLayout]
    was: str = field(default="", compare=False)
    searches: Mapping[str, SearchLayout] = field(default_factory=dict)


Layout = Mapping[str, TableLayout]


def make_layout(metadata: sa.MetaData, dialect: Dialect) -> Layout:
    """The layout that *metadata* asks for, of the tables that are ours."""
    ours = [table for table in metadata.tables.values() if table.info.get("managed", True)]
    return {str(table.name): _table(table, dialect) for table in ours}


def _table(table: sa.Table, dialect: Dialect) -> TableLayout:
    keys = [c for c in table.constraints if isinstance(c, sa.ForeignKeyConstraint)]
    checks = [c for c in table.constraints if isinstance(c, sa.CheckConstraint)]
    return TableLayout(
        str(table.name),
        {str(column.name): _column(column, dialect) for column in table.columns},
        frozenset(_foreign_key(key) for key in keys),
        {str(index.name): _index(index, table, dialect) for index in table.indexes},
        {check.name: check for check in (_check(c) for c in checks)},
        table.info["was"],
        table.info["searches"],
    )


def _column(column: sa.Column[Any], dialect: Dialect) -> ColumnLayout:
    given = column.server_default is not None
    type_, words = type_text(column.type, dialect), column.info.get("words", "")
    return ColumnLayout(str(column.name), type_, bool(column.nullable), given, column.info["was"], words)


def type_text(type_: sa.types.TypeEngine[Any], dialect: Dialect) -> str:
    """
    The SQL name of a type in the form in which the database tells it.

    >>> type_text(sa.Numeric(9, 2), "postgresql")
    'numeric(9,2)'
    """
    return normal_type(type_.compile(dialect=ENGINES[dialect]))


def normal_type(text: str) -> str:
    return re.sub(r",\s+", ",", text.lower()).replace('collate "c"', 'collate "C"')


def _foreign_key(key: sa.ForeignKeyConstraint) -> ForeignKeyLayout:
    targets = [element.column for element in key.elements]
    return ForeignKeyLayout(
        tuple(str(column.name) for column in key.columns),
        str(targets[0].table.name),
        tuple(str(column.name) for column in targets),
        (key.ondelete or "no action").lower(),
        str(key.name),
    )


def _check(check: sa.CheckConstraint) -> CheckLayout:
    return CheckLayout(str(check.name), str(check.sqltext), check.info["members"], check.info["was"])


def _index(index: sa.Index, table: sa.Table, dialect: Dialect) -> IndexLayout:
    def told(name: str) -> str:
        apart = dialect == "postgresql" and table.c[name.removeprefix("-")].nullable
        return f"{name} nulls" if apart else name

    partial = index.dialect_options[dialect]["where"] is not None
    columns = tuple(told(name) for name in index.info["columns"])
    return IndexLayout(str(index.name), columns, bool(index.unique), partial, index.info["where"])
