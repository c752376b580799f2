"""Look whether a store has the schema a Model needs, say what would bring it there, and do so."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from time import monotonic

import msgspec
import sqlalchemy as sa

from strongback.errors import StoreMismatch, Unavailable
from strongback.migrate.plan import Plan, make_plan
from strongback.migrate.state import CREATE, made_by, read_made, read_mark, save, schema_mark
from strongback.migrate.words import Progress, fill_words
from strongback.migrate.work import Work, make_work
from strongback.store.sql.ddl import Ddl
from strongback.store.sql.layout import Layout, make_layout
from strongback.store.sql.metadata import RenderCheck, make_metadata, quote
from strongback.store.sql.reflect import read_layout
from strongback.store.store import Dialect, Session, Store
from strongback.store.violations import CheckViolated, ForeignKeyViolated, UniqueViolated, Violation
from strongback.tables.schema import Schema

# How long a change waits for those who read and write the table, who all wait behind it meanwhile.
LOCK_TIMEOUT_MS = 2000
# Two migrators of one database find each other by this number ("sb", "mg").
LOCK_KEY = 0x7362_6D67
LOCK_WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Migration:
    """What a store lacks, and the SQL that adds it."""

    plan: Plan
    work: Work


async def is_migrated(store: Store, schema: Schema, *, checks: bool = True) -> bool:
    """
    Whether the last migration of *store* was to this very schema: one short read.

    Args:
        checks: Whether that migration made the database keep the declared checks.
    """
    return await read_mark(store) == schema_mark(schema, checks=checks)


async def check_schema(store: Store, schema: Schema, render_check: RenderCheck | None = None) -> tuple[str, ...]:
    """
    Say how the store's schema differs from what *schema* needs; nothing when it does not.

    One short read when the last migration was to this very schema.
    """
    if await is_migrated(store, schema, checks=render_check is not None):
        return ()
    return (await preview(store, schema, render_check)).plan.differences


async def preview(store: Store, schema: Schema, render_check: RenderCheck | None = None) -> Migration:
    """What `migrate` would do now, without doing it."""
    metadata = make_metadata(schema, store.dialect, render_check)
    async with store.session() as session:
        return await _compare(session, metadata, store.dialect)


async def migrate(
    store: Store, schema: Schema, render_check: RenderCheck | None = None, progress: Progress | None = None
) -> Migration:
    """
    Bring *store* to *schema* by additive steps, and say what was done.

    Args:
        progress: Told how far each fill of words has come.
    Raises:
        StoreMismatch: A difference is none that may be removed by itself, or stored rows break a new check or unique index.
        Unavailable: Another migration runs, or the tables are too busy to be changed.
    """
    metadata = make_metadata(schema, store.dialect, render_check)
    async with store.session() as session:
        await _be_alone(session)
        migration = await _compare(session, metadata, store.dialect)
        if migration.plan.refusals:
            raise _mismatch(migration.plan)
        try:
            await _run(session, store.dialect, migration.work, progress)
        except Violation as violation:
            raise _broken_by_rows(violation) from None
        mark = schema_mark(schema, checks=render_check is not None)
        made = made_by(make_layout(metadata, store.dialect))
        await save(session, store.dialect, made=msgspec.json.encode(made).decode(), schema=mark)
        if store.dialect == "sqlite":
            await session.run("COMMIT")
    return migration


async def _compare(session: Session, metadata: sa.MetaData, dialect: Dialect) -> Migration:
    made = await read_made(session, dialect)
    found, wanted = await read_layout(session, dialect, made.notes), make_layout(metadata, dialect)
    wordless = await _wordless(session, found, wanted, dialect)
    plan = make_plan(found, wanted, made.ours, await _empty(session, found, dialect), wordless)
    work = Work() if plan.refusals else make_work(plan.steps, Ddl(metadata, dialect), wanted)
    return Migration(plan, work)


async def _empty(session: Session, found: Layout, dialect: Dialect) -> set[str]:
    return {name for name in found if not await session.fetch(f"SELECT 1 FROM {quote(name, dialect)} LIMIT 1")}


async def _wordless(session: Session, found: Layout, wanted: Layout, dialect: Dialect) -> set[tuple[str, str]]:
    """The columns of words in which some row has none: a version of before made it."""
    columns = {(t.name, c.name) for t in wanted.values() for c in t.columns.values() if c.words}
    there = [(table, name) for table, name in sorted(columns) if table in found and name in found[table].columns]
    return {each for each in there if await session.fetch(_without_words(*each, dialect))}


def _without_words(table: str, column: str, dialect: Dialect) -> str:
    return f"SELECT 1 FROM {quote(table, dialect)} WHERE {quote(column, dialect)} IS NULL LIMIT 1"


async def _run(session: Session, dialect: Dialect, work: Work, progress: Progress | None) -> None:
    """On SQLite all is one transaction, which the caller commits; on PostgreSQL the long work follows it."""
    if dialect == "postgresql":
        await session.run("BEGIN")
        await session.run(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")
    await session.run(CREATE)
    for sql in work.together:
        await session.run(sql)
    if dialect == "sqlite":
        await _fill(session, dialect, work, progress)
        await _check_keys(session)
        return
    await session.run("COMMIT")
    await session.run(f"SET lock_timeout = {LOCK_TIMEOUT_MS}")
    await _fill(session, dialect, work, progress)
    for sql in work.after:
        await session.run(sql)


async def _fill(session: Session, dialect: Dialect, work: Work, progress: Progress | None) -> None:
    for fill in work.fills:
        await fill_words(session, dialect, fill, progress)


async def _check_keys(session: Session) -> None:
    """Tables were made anew with foreign keys off: see that every reference still finds its row."""
    if await session.fetch("PRAGMA foreign_key_check"):
        raise ForeignKeyViolated("")


async def _be_alone(session: Session) -> None:
    """Keep a second migrator out until this one's connection ends."""
    until = monotonic() + LOCK_WAIT_S
    while not await session.lock(LOCK_KEY):
        if monotonic() > until:
            raise Unavailable("another migration of this database is running", retry_after_s=LOCK_WAIT_S)
        await asyncio.sleep(0.1)


def _mismatch(plan: Plan) -> StoreMismatch:
    listed = "".join(f"\n  - {refusal}" for refusal in plan.refusals)
    return StoreMismatch(f"the store cannot be brought to the model by additive changes:{listed}")


def _broken_by_rows(violation: Violation) -> StoreMismatch:
    what = {UniqueViolated: "unique index", CheckViolated: "check", ForeignKeyViolated: "foreign key"}
    kind = what.get(type(violation), "constraint")
    return StoreMismatch(
        f"stored rows break the new {kind} `{violation.constraint}`", hint="correct the rows, then migrate again"
    )
