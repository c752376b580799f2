"""What is particular to a PostgreSQL server: its version, a pooler before it, its clock, the rights of our role."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from strongback.cli.doctor.checked import Checked, ok, warning, wrong
from strongback.errors import MissingExtra, StrongbackError

if TYPE_CHECKING:
    from strongback.store.store import Store

T = TypeVar("T")
# Rows get their times from our clock, and so do limits of time: one second apart shows in the order of rows.
SKEW_S = 1.0
OLDEST = 13
RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE")


async def check_server(url: str) -> AsyncIterator[Checked]:
    """
    Look at the server at *url* by a connection of our own.

    Raises:
        StrongbackError: It cannot be reached, or the URL is wrong.
    """
    try:
        from strongback.store.postgresql.connection import connect
    except ImportError as missing:
        raise MissingExtra("asyncpg", "postgres") from missing
    from strongback.store.postgresql.settings import read_settings

    settings = read_settings(url)
    try:
        connection = await _within(connect(settings))
    except StrongbackError:
        if settings.statement_cache:
            bare = await _within(connect(replace(settings, statement_cache=False)))
            yield await _within(_refusing_pooler(bare))
            await bare.close()
            return
        raise
    try:
        yield await _within(_version(connection))
        yield await _within(_pooler(connection, prepares=settings.statement_cache))
        yield await _within(_clock(connection))
    finally:
        await connection.close()


async def _within(asking: Awaitable[T]) -> T:
    """What *asking* comes to; what the driver raises, in our words."""
    from strongback.store.postgresql.failures import translate

    try:
        return await asking
    except Exception as error:  # noqa: BLE001 - each is raised again, translated
        raise translate(error) from None


async def _version(connection: Any) -> Checked:
    number = int(await connection.fetchval("SELECT current_setting('server_version_num')"))
    role, database = await connection.fetchrow("SELECT current_user::text, current_database()::text")
    told = f'PostgreSQL {number // 10000}.{number % 10000}, database "{database}" as "{role}"'
    if number < OLDEST * 10000:
        return wrong("store", told, f"use PostgreSQL {OLDEST} or later")
    return ok("store", told)


async def _pooler(connection: Any, *, prepares: bool) -> Checked:
    pooled = await _is_pooled(connection)
    if pooled and prepares:
        told = "there is one (PgBouncer or the like), and statements are prepared"
        return warning("pooler", told, "unless it pools sessions, end the store's URL in ?statement_cache=off")
    if not pooled and not prepares:
        told = "none is seen, and statement_cache=off has each statement parsed anew"
        return warning("pooler", told, "take statement_cache=off out of the store's URL")
    return ok("pooler", "there is one, and statements are not prepared" if pooled else "none")


async def _refusing_pooler(connection: Any) -> Checked:
    """Why a connection with our settings of a session is refused, and one without is not."""
    if await _is_pooled(connection):
        told = "there is one (PgBouncer or the like), and it takes no settings of a session"
        return wrong("pooler", told, "end the store's URL in ?statement_cache=off")
    return wrong(
        "store", "it refuses settings of a session: jit, statement_timeout", "give the role the right to set them"
    )


async def _is_pooled(connection: Any) -> bool:
    """A pooler tells a backend's number of its own making, so that a cancel request comes to it."""
    return bool(await connection.fetchval("SELECT pg_backend_pid()") != connection.get_server_pid())


async def _clock(connection: Any) -> Checked:
    before = datetime.now(UTC)
    theirs = await connection.fetchval("SELECT clock_timestamp()")
    after = datetime.now(UTC)
    # Theirs was read somewhere between: what is certain is how far it lies outside.
    apart_s = max((before - theirs).total_seconds(), (theirs - after).total_seconds(), 0.0)
    return judge_skew(apart_s)


def judge_skew(apart_s: float) -> Checked:
    """How bad it is that the database's clock is at least *apart_s* seconds from ours."""
    told = f"{apart_s:.1f} s or more from the database's"
    if apart_s > SKEW_S:
        return warning("clock", told, "run NTP on both machines (chrony, systemd-timesyncd)")
    return ok("clock", "the database's agrees")


async def lacking_rights(store: Store, tables: Sequence[str]) -> Checked | None:
    """Which of *tables* are there and may not be used as a service uses them, with the statement that grants it; None for none."""
    async with store.session() as session:
        rows = await session.fetch(
            "SELECT t.name FROM unnest($1::text[]) AS t(name) WHERE to_regclass(quote_ident(t.name)) IS NOT NULL AND NOT "
            "(SELECT bool_and(has_table_privilege(quote_ident(t.name), r)) FROM unnest($2::text[]) AS r)",
            (list(tables), list(RIGHTS)),
        )
        ((role,),) = await session.fetch("SELECT current_user::text")
    if not rows:
        return None
    names = ", ".join(f'"{row[0]}"' for row in rows)
    fix = f'GRANT {", ".join(RIGHTS)} ON {names} TO "{role}";'
    return wrong("rights", f'"{role}" may not read and write every table', fix)


async def check_creating(store: Store, *, migrated: bool) -> Checked:
    """Whether our role may make tables, where some are still to be made."""
    async with store.session() as session:
        ((role, schema, creates),) = await session.fetch(
            "SELECT current_user::text, current_schema()::text, coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)"
        )
    return _creating(role, schema, may=creates, migrated=migrated)


def _creating(role: str, schema: str | None, *, may: bool, migrated: bool) -> Checked:
    if may:
        return ok("rights", f'"{role}" may make tables in "{schema}"')
    if migrated:
        return ok("rights", f'"{role}" may make no tables, and needs none')
    if schema is None:
        return wrong("rights", f'"{role}" finds no schema', f'CREATE SCHEMA "app" AUTHORIZATION "{role}";')
    fix = f'GRANT CREATE ON SCHEMA "{schema}" TO "{role}"; or migrate as another role'
    return wrong("rights", f'"{role}" may make no tables in "{schema}", and some are missing', fix)
