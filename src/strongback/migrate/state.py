"""What migrations note in the store: which schema it has, and what they made there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from hashlib import sha256

import msgspec

from strongback.errors import StoreMismatch
from strongback.migrate.plan import words_note
from strongback.store.sql.layout import CheckLayout, Layout, TableLayout
from strongback.store.sql.reflect import Notes
from strongback.store.store import Dialect, Session, Statement, Store
from strongback.tables.schema import Schema

TABLE = "_strongback"
# Raised when the same Schema comes to stand differently in a store.
FORMAT = 2

CREATE = f"CREATE TABLE IF NOT EXISTS {TABLE} (key text NOT NULL PRIMARY KEY, value text NOT NULL)"
_READ = f"SELECT key, value FROM {TABLE}"
_MARK = f"SELECT value FROM {TABLE} WHERE key = 'schema'"
_SAVE: Mapping[Dialect, str] = {
    "postgresql": f"INSERT INTO {TABLE} VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    "sqlite": f"INSERT INTO {TABLE} VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
}
_THERE: Mapping[Dialect, str] = {
    "postgresql": f"SELECT 1 WHERE to_regclass('{TABLE}') IS NOT NULL",
    "sqlite": f"SELECT 1 FROM sqlite_master WHERE name = '{TABLE}'",
}


class Made(msgspec.Struct, frozen=True):
    """What migrations made: names of tables and indexes, the checks as they were written, and which rows an index holds."""

    names: tuple[str, ...] = ()
    checks: tuple[CheckLayout, ...] = ()
    wheres: Mapping[str, str] = msgspec.field(default_factory=dict)

    @property
    def ours(self) -> AbstractSet[str]:
        return {*self.names, *(check.name for check in self.checks)}

    @property
    def notes(self) -> Notes:
        return Notes({check.name: check for check in self.checks}, self.wheres)


def made_by(layout: Layout) -> Made:
    """What a migration to *layout* has made."""
    tables = layout.values()
    names = [name for table in tables for name in (table.name, *table.indexes, *table.searches, *_noted_words(table))]
    wheres = {index.name: index.where for table in tables for index in table.indexes.values() if index.where}
    return Made(tuple(names), tuple(check for table in tables for check in table.checks.values()), wheres)


def _noted_words(table: TableLayout) -> Iterator[str]:
    return (words_note(table.name, column.name) for column in table.columns.values() if column.words)


def schema_mark(schema: Schema, *, checks: bool) -> str:
    """A short text that differs when *schema* does, or whether declared checks are kept by the store."""
    text = msgspec.json.encode((FORMAT, checks, schema), order="deterministic")
    return sha256(text).hexdigest()


async def read_made(session: Session, dialect: Dialect) -> Made:
    if not await session.fetch(_THERE[dialect]):
        return Made()
    values = {row[0]: row[1] for row in await session.fetch(_READ)}
    return msgspec.json.decode(values["made"], type=Made) if "made" in values else Made()


async def read_mark(store: Store) -> str:
    """The mark of the schema that the store has; empty when no migration ever ran to its end."""
    try:
        rows = await store.fetch(Statement(_MARK))
    except StoreMismatch:
        return ""
    return str(rows[0][0]) if rows else ""


async def save(session: Session, dialect: Dialect, **values: str) -> None:
    for key, value in values.items():
        await session.fetch(_SAVE[dialect], (key, value))
