"""The store port on PostgreSQL, by asyncpg."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from strongback.errors import ConfigurationError, InternalError
from strongback.store.postgresql.connection import Connection, client_timeout_s, connect
from strongback.store.postgresql.failures import LOST, translate, unavailable
from strongback.store.postgresql.pool import Pool
from strongback.store.postgresql.settings import PostgresSettings, read_settings
from strongback.store.store import Dialect, PoolFigures, Row, Statement

CLOSE_GRACE_S = 5.0
PING_S = 2.0
BEGIN_WRITE = "BEGIN"
BEGIN_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
CHECK_NOW = "SET CONSTRAINTS ALL IMMEDIATE"


class PostgresTransaction:
    """An open transaction. Statements on it run one after another."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Connection | None = connection

    async def fetch(self, statement: Statement, values: Sequence[object] = ()) -> list[Row]:
        if self._connection is None:
            raise InternalError("a statement was run on a transaction that has ended")
        try:
            return await self._connection.fetch_prepared(statement.sql, values)
        except BaseException as error:
            raise translate(error) from None

    @asynccontextmanager
    async def part(self) -> AsyncIterator[None]:
        await self._mark("SAVEPOINT part")
        try:
            yield
        except Exception:
            await self._mark("ROLLBACK TO part; RELEASE part")
            raise
        await self._mark("RELEASE part")

    async def _mark(self, sql: str) -> None:
        if self._connection is None:
            raise InternalError("a statement was run on a transaction that has ended")
        try:
            await self._connection.execute(sql)
        except BaseException as error:
            raise translate(error) from None

    def end(self) -> None:
        self._connection = None


class PostgresSession:
    """A connection of its own, without time-outs."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock(self, key: int) -> bool:
        if not self._connection.prepares:
            raise ConfigurationError(
                "a schema cannot be changed through a pooler in transaction mode",
                hint="give `strongback migrate` the URL of the database itself, without `statement_cache=off`",
            )
        return bool((await self.fetch("SELECT pg_try_advisory_lock($1)", (key,)))[0][0])

    async def run(self, sql: str) -> None:
        try:
            await self._connection.execute(sql)
        except BaseException as error:
            raise translate(error) from None

    async def fetch(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        try:
            return await self._connection.fetch(sql, *values)  # type: ignore[no-any-return]  # asyncpg ships no types
        except BaseException as error:
            raise translate(error) from None


class PostgresStore:
    """A PostgreSQL database, for one event loop from `start` to `close`; it may be started again in another."""

    dialect: Dialect = "postgresql"

    def __init__(self, settings: PostgresSettings | str) -> None:
        self.settings = read_settings(settings) if isinstance(settings, str) else settings
        self._pool: Pool | None = None

    async def start(self) -> None:
        settings = self.settings
        self._pool = Pool(
            lambda: connect(settings), settings.pool_size, settings.pool_wait_s, client_timeout_s(settings)
        )
        await self.ping()

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close(CLOSE_GRACE_S)

    async def ping(self) -> None:
        """Answer within `PING_S`, also while every connection is lent: then there is life enough."""
        pool = self._running()
        figures = pool.figures()
        if figures.in_use >= figures.limit:
            return
        try:
            async with asyncio.timeout(PING_S):
                await self.fetch(Statement("SELECT 1"))
        except TimeoutError as error:
            raise translate(error) from None

    def figures(self) -> PoolFigures:
        pool = self._pool
        return PoolFigures(self.settings.pool_size, 0, 0, 0, 0) if pool is None else pool.figures()

    async def fetch(self, statement: Statement, values: Sequence[object] = (), *, again: bool = True) -> list[Row]:
        """As the port says. *again*: a read whose connection had died is asked once more, for nobody saw anything of it."""
        pool = self._pool or self._running()
        connection = pool.lend() or await pool.acquire()
        try:
            rows = await connection.fetch_prepared(statement.sql, values)
        except BaseException as error:
            _give_back(pool, connection, error)
            if statement.writes or not again or not isinstance(error, LOST):
                raise translate(error, unsure=statement.writes) from None
        else:
            pool.release(connection)
            return rows
        return await self.fetch(statement, values, again=False)

    @asynccontextmanager
    async def begin(self, write: bool = True, keep: bool = True) -> AsyncIterator[PostgresTransaction]:
        pool = self._running()
        connection = await self._begun(pool, BEGIN_WRITE if write else BEGIN_READ)
        transaction = PostgresTransaction(connection)
        try:
            yield transaction
            if write and not keep:
                await _check_now(connection)
        except Exception:
            transaction.end()
            await _roll_back(pool, connection)
            raise
        except BaseException:
            transaction.end()
            pool.abandon(connection)
            raise
        transaction.end()
        if keep:
            await _commit(pool, connection, unsure=write)
        else:
            await _roll_back(pool, connection)

    async def _begun(self, pool: Pool, begin: str) -> Connection:
        """A connection with a transaction open; one that turns out dead is replaced once."""
        for last in (False, True):
            connection = await pool.acquire()
            try:
                await connection.execute(begin)
                return connection
            except BaseException as error:
                _give_back(pool, connection, error)
                if last or not isinstance(error, LOST):
                    raise translate(error) from None
        raise InternalError("unreachable")

    @asynccontextmanager
    async def session(self) -> AsyncIterator[PostgresSession]:
        try:
            connection = await connect(self.settings, dedicated=True)
        except BaseException as error:
            raise translate(error) from None
        try:
            yield PostgresSession(connection)
        finally:
            connection.terminate()

    def _running(self) -> Pool:
        if self._pool is None:
            raise unavailable("is not connected")
        return self._pool


def _give_back(pool: Pool, connection: Connection, error: BaseException) -> None:
    """After a server's own error the connection is known to be at rest; after anything else it is not."""
    if isinstance(error, LOST):
        pool.doubt(connection)
    elif getattr(error, "sqlstate", None):
        pool.release(connection)
    else:
        pool.abandon(connection)


async def _check_now(connection: Connection) -> None:
    """Make the checks that a commit would make."""
    try:
        await connection.execute(CHECK_NOW)
    except BaseException as error:
        raise translate(error) from None


async def _roll_back(pool: Pool, connection: Connection) -> None:
    try:
        if not connection.is_closed():
            await connection.execute("ROLLBACK")
    except Exception:
        connection.terminate()
    except BaseException:
        pool.abandon(connection)
        raise
    pool.release(connection)


async def _commit(pool: Pool, connection: Connection, *, unsure: bool) -> None:
    try:
        status = await connection.execute("COMMIT")
    except BaseException as error:
        _give_back(pool, connection, error)
        raise translate(error, unsure=unsure) from None
    pool.release(connection)
    if status != "COMMIT":
        # PostgreSQL answers a COMMIT with ROLLBACK when a statement had failed and the failure was swallowed.
        raise InternalError("a transaction with a failed statement was to be committed")
