"""Tables that are there already, as the database's own catalog tells them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from strongback.store.sql.metadata import quote
from strongback.store.store import Dialect, Session


@dataclass(frozen=True, slots=True)
class ExistingColumn:
    """
    A column.

    Attributes:
        filled: The database fills it where an insert does not: by a default, as an identity or from other columns.
        given: The database alone fills it: an insert may not.
        generates: What it is filled with is another value for each row: a number that counts on, or what a volatile function gives.
        default: The expression that fills it, as the database spells it; empty where there is none.
    """

    name: str
    type: str
    nullable: bool
    filled: bool
    given: bool = False
    generates: bool = False
    default: str = ""


@dataclass(frozen=True, slots=True)
class ExistingIndex:
    """An index over columns, in order; the primary key among them, and none over an expression or over some rows alone."""

    name: str
    columns: tuple[str, ...]
    unique: bool


@dataclass(frozen=True, slots=True)
class ExistingTable:
    """A table."""

    name: str
    columns: Mapping[str, ExistingColumn]
    indexes: tuple[ExistingIndex, ...]

    def is_unique(self, columns: Iterable[str]) -> bool:
        """Whether no two rows agree on *columns*."""
        wanted = set(columns)
        return any(index.unique and set(index.columns) == wanted for index in self.indexes)

    def begins_with(self, columns: tuple[str, ...]) -> bool:
        """Whether an index begins with *columns*, in that order."""
        return any(index.columns[: len(columns)] == columns for index in self.indexes)


async def read_tables(session: Session, dialect: Dialect, names: Iterable[str]) -> Mapping[str, ExistingTable]:
    """Those of the tables *names* that are there."""
    wanted = sorted(set(names))
    if dialect == "postgresql":
        return await _read_postgresql(session, wanted)
    found = [await _read_sqlite(session, name) for name in wanted]
    return {table.name: table for table in found if table.columns}


# A default counts on, or makes values up, where it calls a volatile function. Which functions an expression calls stands in its tree
# alone: of those that PostgreSQL brings along, `pg_depend` holds nothing.
_COLUMNS = """
SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod) || coalesce(' collate ' || l.collname, ''), NOT a.attnotnull,
  a.atthasdef OR a.attidentity <> '', a.attidentity = 'a' OR a.attgenerated <> '',
  a.attidentity <> '' OR EXISTS (
    SELECT 1 FROM regexp_matches(d.adbin::text, ':(?:funcid|opfuncid) (\\d+)', 'g') called
    JOIN pg_proc p ON p.oid = called[1]::oid AND p.provolatile = 'v'),
  coalesce(pg_get_expr(d.adbin, d.adrelid), '')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
LEFT JOIN pg_collation l ON l.oid = a.attcollation AND l.collname NOT IN ('default', 'C')
WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND c.relname = ANY($1::text[])
"""
_INDEXES = """
SELECT c.relname::text, i.relname::text, x.indisunique AND x.indpred IS NULL AND x.indimmediate,
  ARRAY(SELECT a.attname::text FROM generate_series(0, x.indnkeyatts - 1) k
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[k] ORDER BY k), x.indnkeyatts
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_index x ON x.indrelid = c.oid AND x.indisvalid AND x.indpred IS NULL
JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am m ON m.oid = i.relam AND m.amname = 'btree'
WHERE n.nspname = current_schema() AND c.relname = ANY($1::text[])
"""


# What of SQLite's own functions gives another value each time (sqlite.org/lang_corefunc.html), and texts, which only look like calls.
_MAKES_UP = re.compile(r"\brandom(blob)?\s*\(", re.IGNORECASE)
_QUOTED = re.compile(r"'(?:[^']|'')*'")


async def _read_postgresql(session: Session, names: list[str]) -> Mapping[str, ExistingTable]:
    columns: dict[str, dict[str, ExistingColumn]] = defaultdict(dict)
    indexes: dict[str, list[ExistingIndex]] = defaultdict(list)
    for table, name, *told in await session.fetch(_COLUMNS, (names,)):
        columns[table][name] = ExistingColumn(name, *told)
    for table, name, unique, parts, width in await session.fetch(_INDEXES, (names,)):
        if len(parts) == width:
            indexes[table].append(ExistingIndex(name, tuple(parts), unique))
    return {name: ExistingTable(name, columns[name], tuple(indexes[name])) for name in columns}


def _sqlite_column(row: Sequence[Any], *, is_number: bool) -> ExistingColumn:
    """
    A column, as `table_xinfo` tells it.

    Args:
        is_number: Whether it is the row's number, which counts on whatever its default says.
    """
    _, name, type_, not_null, default, _, hidden = row
    called = _MAKES_UP.search(_QUOTED.sub("", default or "")) is not None
    filled = default is not None or is_number
    nullable = not (not_null or is_number)
    return ExistingColumn(name, str(type_), nullable, filled, hidden > 1, is_number or called, default or "")


async def _read_sqlite(session: Session, table: str) -> ExistingTable:
    kinds = await session.fetch("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,))
    if not kinds:
        return ExistingTable(table, {}, ())
    quoted = quote(table, "sqlite")
    rows = await session.fetch(f"PRAGMA table_xinfo({quoted})")
    key = [row for row in sorted(rows, key=lambda row: int(row[5])) if row[5]]
    listed = await session.fetch(f"PRAGMA index_list({quoted})")
    # The one integer that is the key is the row's number: never NULL, and given by SQLite where nobody else does. Where an index keeps the
    # key instead (WITHOUT ROWID, and PRIMARY KEY DESC), it is a column as any.
    is_number = len(key) == 1 and not any(row[3] == "pk" for row in listed)
    number = {row[1] for row in key if is_number and str(row[2]).upper() == "INTEGER"}
    columns = {row[1]: _sqlite_column(row, is_number=row[1] in number) for row in rows}
    indexes = [ExistingIndex(f"{table}_pkey", tuple(row[1] for row in key), unique=True)] if key else []
    for _, name, unique, _, partial in listed:
        parts = await session.fetch(f"PRAGMA index_info({quote(name, 'sqlite')})")
        if not partial and all(part[2] is not None for part in parts):
            indexes.append(ExistingIndex(name, tuple(part[2] for part in parts), bool(unique)))
    return ExistingTable(table, columns, tuple(indexes))
