"""Read the layout of a database from its own catalog."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from strongback.store.sql.layout import (
    CheckLayout,
    ColumnLayout,
    ForeignKeyLayout,
    IndexLayout,
    Layout,
    TableLayout,
    normal_type,
)
from strongback.store.sql.metadata import quote
from strongback.store.sql.search import SHADOWS, SearchLayout
from strongback.store.store import Dialect, Session


@dataclass(frozen=True, slots=True)
class Notes:
    """Checks, and conditions of indexes, as they were when a migration made them, by name: a database tells them in words of its own."""

    checks: Mapping[str, CheckLayout] = field(default_factory=dict)
    wheres: Mapping[str, str] = field(default_factory=dict)


async def read_layout(session: Session, dialect: Dialect, notes: Notes) -> Layout:
    """The tables of the session's schema (PostgreSQL: the first of the search path)."""
    return await (_read_postgresql(session, notes) if dialect == "postgresql" else _read_sqlite(session, notes))


# -- PostgreSQL

_HERE = "n.nspname = current_schema() AND c.relkind IN ('r', 'p')"

_COLUMNS = f"""
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), l.collname, NOT a.attnotnull
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_collation l ON l.oid = a.attcollation AND l.collname <> 'default'
WHERE {_HERE} ORDER BY c.relname, a.attnum
"""
_CONSTRAINTS = f"""
SELECT c.relname, k.conname, k.contype::text, t.relname, k.confdeltype::text, k.convalidated,
  ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(n, i)
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.i),
  ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(n, i)
        JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.i)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype IN ('f', 'c')
LEFT JOIN pg_class t ON t.oid = k.confrelid
WHERE {_HERE}
"""
_INDEXES = f"""
SELECT c.relname, i.relname, x.indisunique, x.indpred IS NOT NULL,
  ARRAY(SELECT pg_get_indexdef(x.indexrelid, k, false) FROM generate_series(1, x.indnkeyatts) k ORDER BY k),
  x.indoption::int2[], m.amname::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_index x ON x.indrelid = c.oid AND NOT x.indisprimary AND x.indisvalid
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_am m ON m.oid = i.relam
WHERE {_HERE}
"""
_ACTIONS = {"a": "no action", "r": "no action", "c": "cascade", "n": "set null", "d": "set default"}
DESCENDING, NULLS_FIRST = 1, 2


async def _read_postgresql(session: Session, notes: Notes) -> Layout:
    columns: dict[str, dict[str, ColumnLayout]] = defaultdict(dict)
    keys: dict[str, set[ForeignKeyLayout]] = defaultdict(set)
    checks: dict[str, dict[str, CheckLayout]] = defaultdict(dict)
    indexes: dict[str, dict[str, IndexLayout]] = defaultdict(dict)
    searches: dict[str, dict[str, SearchLayout]] = defaultdict(dict)
    for table, name, type_, collation, nullable in await session.fetch(_COLUMNS):
        columns[table][name] = ColumnLayout(name, f'{type_} collate "{collation}"' if collation else type_, nullable)
    for table, name, kind, target, action, valid, here, there in await session.fetch(_CONSTRAINTS):
        if kind == "f" and valid:
            keys[table].add(ForeignKeyLayout(tuple(here), target, tuple(there), _ACTIONS[action], name))
        elif kind == "c" and valid:
            checks[table][name] = notes.checks.get(name, CheckLayout(name, ""))
    for table, name, unique, partial, parts, options, method in await session.fetch(_INDEXES):
        if method == "gin":
            searches[table][name] = _postgresql_search(name, parts[0], partial=partial)
            continue
        told = tuple(_postgresql_part(part, option) for part, option in zip(parts, options, strict=False))
        indexes[table][name] = IndexLayout(name, told, unique, partial, notes.wheres.get(name, "") if partial else "")
    return {
        t: TableLayout(t, columns[t], frozenset(keys[t]), indexes[t], checks[t], searches=searches[t]) for t in columns
    }


def _postgresql_search(name: str, part: str, *, partial: bool) -> SearchLayout:
    """An expression comes in a pair of parentheses that it would not need."""
    whole = part[1:-1] if part.startswith("(") else part
    return SearchLayout(name, f"{whole.replace(chr(34), '')}{' live' * partial}")


def _postgresql_part(part: str, option: int) -> str:
    name = part.strip('"').replace('""', '"')
    descending, nulls_first = bool(option & DESCENDING), bool(option & NULLS_FIRST)
    return f"{'-' if descending else ''}{name}{'' if descending == nulls_first else ' nulls'}"


# -- SQLite

_TABLES = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
_TRIGGERS = "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY rowid"
_CHECK_NAME = re.compile(r"""CONSTRAINT\s+("(?:[^"]|"")+"|\w+)\s+CHECK\b""", re.IGNORECASE)


async def _read_sqlite(session: Session, notes: Notes) -> Layout:
    texts: dict[str, str] = {row[0]: row[1] for row in await session.fetch(_TABLES)}
    virtual = [name for name, sql in texts.items() if sql.upper().startswith("CREATE VIRTUAL TABLE")]
    aside = {*virtual, *(f"{name}_{part}" for name in virtual for part in SHADOWS)}
    searches = await _sqlite_searches(session, virtual, texts)
    return {
        name: await _sqlite_table(session, name, sql, notes, searches[name])
        for name, sql in texts.items()
        if name not in aside
    }


async def _sqlite_searches(
    session: Session, virtual: list[str], texts: Mapping[str, str]
) -> dict[str, dict[str, SearchLayout]]:
    """The FTS5 tables by the table whose triggers keep them."""
    searches: dict[str, dict[str, SearchLayout]] = defaultdict(dict)
    triggers = await session.fetch(_TRIGGERS)
    for fts in virtual:
        own = [(table, sql) for table, name, sql in triggers if name.rpartition("_")[0] == fts]
        if own:
            parts = (texts[fts], texts.get(f"{fts}_rows", ""), *(sql for _, sql in own))
            searches[own[0][0]][fts] = SearchLayout(fts, "\n".join(parts))
    return searches


async def _sqlite_table(
    session: Session, table: str, sql: str, notes: Notes, searches: Mapping[str, SearchLayout]
) -> TableLayout:
    quoted = quote(table, "sqlite")
    columns = {
        name: ColumnLayout(name, normal_type(type_), not required)
        for _, name, type_, required, _, _ in await session.fetch(f"PRAGMA table_info({quoted})")
    }
    names = [found.strip('"').replace('""', '"') for found in _CHECK_NAME.findall(sql)]
    checks = {name: notes.checks.get(name, CheckLayout(name, "")) for name in names}
    keys, indexes = await _sqlite_keys(session, quoted), await _sqlite_indexes(session, quoted, notes)
    return TableLayout(table, columns, keys, indexes, checks, searches=searches)


async def _sqlite_keys(session: Session, quoted: str) -> frozenset[ForeignKeyLayout]:
    rows = sorted(await session.fetch(f"PRAGMA foreign_key_list({quoted})"), key=lambda row: (row[0], row[1]))
    ids = {row[0]: (row[2], row[6].lower()) for row in rows}
    pairs = {id_: [(row[3], row[4]) for row in rows if row[0] == id_] for id_ in ids}
    return frozenset(
        ForeignKeyLayout(tuple(here for here, _ in pairs[id_]), target, tuple(there for _, there in pairs[id_]), action)
        for id_, (target, action) in ids.items()
    )


async def _sqlite_indexes(session: Session, quoted: str, notes: Notes) -> dict[str, IndexLayout]:
    found: dict[str, IndexLayout] = {}
    for _, name, unique, origin, partial in await session.fetch(f"PRAGMA index_list({quoted})"):
        if origin == "c":
            parts = await session.fetch(f"PRAGMA index_xinfo({quote(name, 'sqlite')})")
            told = tuple(f"{'-' if desc else ''}{column}" for _, _, column, desc, _, key in parts if key and column)
            where = notes.wheres.get(name, "") if partial else ""
            found[name] = IndexLayout(name, told, bool(unique), bool(partial), where)
    return found
