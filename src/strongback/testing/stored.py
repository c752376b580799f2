"""Worlds in a store: put in raw, taken out again, and a store that forgets whatever is written to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from strongback.app import App
from strongback.errors import ConfigurationError
from strongback.store.sql.metadata import quote
from strongback.store.sql.predicate import ACTOR, NOW
from strongback.store.sql.write import EXPECTED_VERSION, CompiledWrite
from strongback.store.store import Dialect, PoolFigures, Row, Session, Statement, Store, Transaction
from strongback.tables.schema import TENANT
from strongback.testing.worlds import KeptVersion, RawRow, World

CHANGED_AFTER = timedelta(minutes=1)


class StoreInUse(ConfigurationError):
    """The store already holds rows, which a test of permissions would delete."""

    code = "SB432"


class _Undo(Exception):
    """Makes a transaction roll back after all went well."""


class ForgetfulStore:
    """A store whose writing transactions run to their end, answer, and are then rolled back: a world stays as it is."""

    def __init__(self, inner: Store) -> None:
        self.inner = inner

    @property
    def dialect(self) -> Dialect:
        return self.inner.dialect

    async def start(self) -> None:
        await self.inner.start()

    async def close(self) -> None:
        await self.inner.close()

    async def ping(self) -> None:
        await self.inner.ping()

    def figures(self) -> PoolFigures:
        return self.inner.figures()

    async def fetch(self, statement: Statement, values: Sequence[object] = ()) -> list[Row]:
        if not statement.writes:
            return await self.inner.fetch(statement, values)
        async with self.begin() as transaction:
            return await transaction.fetch(statement, values)

    @asynccontextmanager
    async def begin(self, write: bool = True, keep: bool = True) -> AsyncIterator[Transaction]:
        try:
            async with self.inner.begin(write) as transaction:
                yield transaction
                raise _Undo
        except _Undo:
            return

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        async with self.inner.session() as session:
            yield session


async def refuse_rows(app: App) -> None:
    """
    Make sure that nothing would be lost.

    Raises:
        StoreInUse: A table of the service holds a row.
    """
    for table in _tables(app):
        if await app.store.fetch(Statement(f"SELECT 1 FROM {quote(table, app.store.dialect)} LIMIT 1")):  # noqa: S608 - a name of ours, quoted
            hint = "name an empty database; what a test stores is deleted at its end"
            raise StoreInUse(f"the store holds rows of `{table}`", hint=hint)


async def clear(app: App) -> None:
    """Delete every row of the service's tables, whatever refers to what."""
    names = [quote(table, app.store.dialect) for table in _tables(app)]
    async with app.store.session() as session:
        if app.store.dialect == "postgresql":
            await session.run(f"TRUNCATE {', '.join(names)}")
        else:
            for name in names:
                await session.run(f"DELETE FROM {name}")  # noqa: S608 - a name of ours, quoted


def _tables(app: App) -> list[str]:
    tables = app.schema.tables.values()
    return [name for table in tables for name in (table.name, table.history) if name]


async def store_world(app: App, world: World) -> None:
    """Store every row of *world* without asking anybody; versions are noted in its rows."""
    async with app.store.begin() as transaction:
        for row in world.all():
            first = {**row.values, **dict.fromkeys(row.later), **row.earlier}
            row.version, row.updated_at = 1, row.created_at
            await _save(app, transaction, row, _insert(app, row), first, row.created_at)
            row.versions = [KeptVersion(1, row.created_at, "create", first)]
        for row in world.all():
            changed = {name: row.values[name] for name in (*row.later, *row.earlier)}
            if changed:
                write = app.runtime.objects.update(world.model.entity(row.entity), frozenset(changed))
                row.updated_at = row.created_at + (CHANGED_AFTER if row.earlier else timedelta())
                await _save(app, transaction, row, write, changed, row.updated_at)
                row.version += 1
                row.versions.append(KeptVersion(row.version, row.updated_at, "update", row.values))
        for row in world.all():
            if row.deleted:
                write = app.runtime.objects.delete(world.model.entity(row.entity))
                await _save(app, transaction, row, write, {}, world.now)
                row.version, row.updated_at = row.version + 1, world.now
                row.versions.append(KeptVersion(row.version, world.now, "delete", row.values))


def _insert(app: App, row: RawRow) -> CompiledWrite:
    return app.runtime.objects.put(app.model.entity(row.entity))


async def _save(
    app: App, transaction: Transaction, row: RawRow, write: CompiledWrite, values: Mapping[str, Any], now: datetime
) -> None:
    bound = {**values, "id": row.id, NOW: now, ACTOR: None, TENANT: row.tenant, EXPECTED_VERSION: row.version}
    tenant = "" if row.tenant is None else str(row.tenant)
    bound |= app.runtime.programs.seal(write.entity_number, write.sealed, bound, tenant)
    assert write.write is not None
    await transaction.fetch(write.write.statement, write.write.values(bound))
    if write.history is not None:
        await transaction.fetch(write.history.statement, write.history.values(bound))


async def stored_rows(app: App) -> Counter[str]:
    """Every row of the service's tables, and every kept version, as the store itself holds it."""
    held: Counter[str] = Counter()
    for table in _tables(app):
        sql = f"SELECT * FROM {quote(table, app.store.dialect)}"  # noqa: S608 - a name of ours, quoted
        held.update(f"{table} {tuple(row)}" for row in await app.store.fetch(Statement(sql)))
    return held


def differences(before: Counter[str], after: Counter[str]) -> list[str]:
    """What was stored and is not any more, and what is there now."""
    return [*(f"gone: {row}" for row in sorted(before - after)), *(f"new: {row}" for row in sorted(after - before))]
