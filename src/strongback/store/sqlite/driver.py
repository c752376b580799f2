"""
The store port on SQLite, by the standard library.

- One connection writes, one task at a time; every transaction begins as a writing one (BEGIN IMMEDIATE), so none fails half-way
  because another process wrote in between.
- Reads run inline, in the event loop's thread: a hop to another thread costs more than a short read. A progress handler ends one
  that takes too long; it starts again in a thread, and the next of its kind goes there at once.
- A database in memory has one connection for all: a read waits while a transaction is open.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from time import monotonic, perf_counter
from typing import TypeVar

from strongback.errors import InternalError, TimedOut, Unavailable
from strongback.store.sqlite.connection import STATEMENTS_KEPT_BY_SPARE, Connection
from strongback.store.sqlite.failures import busy, is_busy, is_interrupted, retry_after_s, translate
from strongback.store.sqlite.gate import Gate
from strongback.store.sqlite.reading import Reading
from strongback.store.sqlite.settings import SqliteSettings, read_settings
from strongback.store.store import Dialect, PoolFigures, Row, Statement

THREADS = 2
SPARE_READERS = 4
SLOW_KEPT = 1000
CLOSE_GRACE_S = 5.0
RETRY_S = 0.002
SESSION_S = 3600.0

T = TypeVar("T")


class SqliteTransaction:
    """An open transaction. As on every store, nothing more can be done in it once a statement has failed."""

    def __init__(self, store: SqliteStore, connection: Connection, until: float) -> None:
        self._store = store
        self._connection = connection
        self._until = until
        self.failed = False
        self.ended = False

    async def fetch(self, statement: Statement, values: Sequence[object] = ()) -> list[Row]:
        if self.ended or self.failed:
            raise InternalError("a statement was run on a transaction that has ended or failed")
        try:
            return self._connection.fetch(statement.sql, values, self._until - monotonic())
        except Exception as error:
            self.failed = True
            raise translate(error, self._store.name_unique) from None

    @asynccontextmanager
    async def part(self) -> AsyncIterator[None]:
        self._mark("SAVEPOINT part")
        try:
            yield
        except BaseException:
            if not self.ended and self._connection.raw.in_transaction:  # some failures have rolled back all of it
                self.failed = False
                self._mark("ROLLBACK TO part")
                self._mark("RELEASE part")
            raise
        self._mark("RELEASE part")

    def _mark(self, sql: str) -> None:
        if self.ended or self.failed:
            raise InternalError("a statement was run on a transaction that has ended or failed")
        self._connection.run(sql)


class SqliteSession:
    """The writer, or a connection of its own, without foreign key checks."""

    def __init__(self, store: SqliteStore, connection: Connection) -> None:
        self._store = store
        self._connection = connection

    async def lock(self, key: int) -> bool:
        await self.run("BEGIN IMMEDIATE")
        return True

    async def run(self, sql: str) -> None:
        await self.fetch(sql)

    async def fetch(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        try:
            return self._connection.fetch(sql, values, SESSION_S)
        except Exception as error:
            raise translate(error, self._store.name_unique) from None


class SqliteStore:
    """An SQLite database."""

    dialect: Dialect = "sqlite"

    def __init__(self, settings: SqliteSettings | str) -> None:
        self.settings = read_settings(settings) if isinstance(settings, str) else settings
        self._gate = Gate()
        self._writer: Connection | None = None
        self._reader: Connection | None = None
        self._spare: list[Connection] = []
        self._threads: ThreadPoolExecutor | None = None
        self._slow: set[str] = set()

    async def start(self) -> None:
        if self._writer is None:
            self._writer = Connection(self.settings, writes=True)
            self._reader = self._writer if self.settings.in_memory else Connection(self.settings, writes=False)
            self._threads = ThreadPoolExecutor(THREADS, "strongback-sqlite")
        await self.ping()

    async def close(self) -> None:
        if self._writer is None or self._threads is None:
            return
        try:
            await self._gate.enter(CLOSE_GRACE_S)
        except Unavailable:
            pass
        connections = {id(c): c for c in (*self._spare, self._reader, self._writer) if c is not None}
        threads, self._threads, self._writer, self._reader, self._spare = self._threads, None, None, None, []
        for connection in connections.values():
            connection.stopped = True
        threads.shutdown()
        for connection in connections.values():
            connection.close()
        self._gate.leave()

    async def ping(self) -> None:
        await self.fetch(Statement("SELECT 1"))

    def figures(self) -> PoolFigures:
        gate = self._gate
        size = 0 if self._writer is None else 1
        return PoolFigures(1, size, int(gate.held), gate.waiting, gate.refused)

    async def fetch(self, statement: Statement, values: Sequence[object] = ()) -> list[Row]:
        if statement.writes:
            async with self.begin() as transaction:
                return await transaction.fetch(statement, values)
        reader = self._reader
        if reader is None:
            raise _closed()
        if self.settings.in_memory:
            return await self._read_in_turn(reader, statement.sql, values)
        if statement.sql not in self._slow:
            try:
                return reader.fetch(statement.sql, values, self.settings.inline_s)
            except sqlite3.Error as error:
                if not (is_interrupted(error) or is_busy(error)):
                    raise translate(error, self.name_unique) from None
            except Exception as error:
                raise translate(error, self.name_unique) from None
        return await self._read_in_thread(statement.sql, values)

    def begin(self, write: bool = True, keep: bool = True) -> AbstractAsyncContextManager[SqliteTransaction]:
        return self._write_transaction(keep) if write or self.settings.in_memory else self._read_transaction()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[SqliteSession]:
        await self._gate.enter(self.settings.write_wait_s)
        try:
            connection = self._open_writer() if self.settings.in_memory else Connection(self.settings, writes=True)
            connection.raw.execute("PRAGMA foreign_keys = OFF")
            connection.raw.execute("PRAGMA busy_timeout = 2000")
            try:
                yield SqliteSession(self, connection)
            finally:
                _end_session(connection, keep=self.settings.in_memory)
        finally:
            self._gate.leave()

    def name_unique(self, table: str, columns: Sequence[str]) -> str:
        """The name of the unique index of *table* over exactly *columns*."""
        raw = self._open_writer().raw
        for name in [row[1] for row in raw.execute(f'PRAGMA index_list("{table}")').fetchall() if row[2]]:
            if [row[2] for row in raw.execute(f'PRAGMA index_info("{name}")').fetchall()] == list(columns):
                return str(name)
        return ""

    # -- reading

    async def _read_in_turn(self, connection: Connection, sql: str, values: Sequence[object]) -> list[Row]:
        if self._gate.held:
            await self._gate.enter(self.settings.write_wait_s)
            try:
                return self._read(connection, sql, values)
            finally:
                self._gate.leave()
        return self._read(connection, sql, values)

    def _read(self, connection: Connection, sql: str, values: Sequence[object]) -> list[Row]:
        try:
            return connection.fetch(sql, values, self.settings.statement_timeout_s)
        except Exception as error:
            raise translate(error, self.name_unique) from None

    async def _read_in_thread(self, sql: str, values: Sequence[object]) -> list[Row]:
        if self._threads is None:
            raise _closed()
        # What waits for a thread has no connection yet: there are never more of them at once than threads.
        reading = Reading(self._borrow_reader, self._return_reader)
        running = asyncio.get_running_loop().run_in_executor(self._threads, self._read_timed, reading, sql, values)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            reading.stop()
            running.add_done_callback(lambda done: done.cancelled() or done.exception())
            raise
        except Exception as error:
            raise translate(error, self.name_unique) from None

    def _read_timed(self, reading: Reading, sql: str, values: Sequence[object]) -> list[Row]:
        """In a thread: read, and remember whether such reads belong into one."""
        with reading as connection:
            started = perf_counter()
            try:
                connection.raw.execute(f"PRAGMA busy_timeout = {int(self.settings.write_wait_s * 1000)}")
                return connection.fetch(sql, values, self.settings.statement_timeout_s)
            finally:
                self._remember(sql, fast=perf_counter() - started < self.settings.inline_s / 2)

    def _remember(self, sql: str, *, fast: bool) -> None:
        if fast:
            self._slow.discard(sql)
            return
        if len(self._slow) >= SLOW_KEPT:  # callers choose statements: what is kept is bounded
            self._slow.clear()
        self._slow.add(sql)

    def _borrow_reader(self) -> Connection:
        connection = self._spare.pop() if self._spare else self._open_spare()
        connection.stopped = False
        return connection

    def _open_spare(self) -> Connection:
        return Connection(self.settings, writes=False, statements=STATEMENTS_KEPT_BY_SPARE)

    def _return_reader(self, connection: Connection) -> None:
        if self._threads is not None and len(self._spare) < SPARE_READERS:
            self._spare.append(connection)
        else:
            connection.close()

    @asynccontextmanager
    async def _read_transaction(self) -> AsyncIterator[SqliteTransaction]:
        if self._threads is None:
            raise _closed()
        connection = self._borrow_reader()
        transaction = SqliteTransaction(self, connection, monotonic() + self.settings.transaction_timeout_s)
        try:
            connection.raw.execute("BEGIN")
            yield transaction
        finally:
            transaction.ended = True
            if connection.raw.in_transaction:
                connection.raw.execute("ROLLBACK")
            self._return_reader(connection)

    # -- writing

    @asynccontextmanager
    async def _write_transaction(self, keep: bool) -> AsyncIterator[SqliteTransaction]:
        await self._gate.enter(self.settings.write_wait_s)
        try:
            writer = self._open_writer()
            await self._begin_immediate(writer)
            cap_s = self.settings.transaction_timeout_s
            transaction = SqliteTransaction(self, writer, monotonic() + cap_s)
            cap = asyncio.timeout(cap_s)
            try:
                async with cap:
                    yield transaction
            except BaseException as error:
                transaction.ended = True
                _roll_back(writer)
                if isinstance(error, TimeoutError) and cap.expired():
                    raise TimedOut("a transaction held the database too long", retry_after_s=retry_after_s()) from None
                raise
            transaction.ended = True
            if keep:
                await self._commit(writer, transaction)
            else:
                _roll_back(writer)
        finally:
            self._gate.leave()

    async def _begin_immediate(self, writer: Connection) -> None:
        """Begin, waiting for other processes between tries: waiting inside SQLite would stop the event loop."""
        until = monotonic() + self.settings.write_wait_s
        pause_s = RETRY_S
        while True:
            try:
                writer.run("BEGIN IMMEDIATE")
                return
            except sqlite3.Error as error:
                if not is_busy(error):
                    raise translate(error, self.name_unique) from None
            if monotonic() > until:
                raise busy()
            await asyncio.sleep(pause_s)
            pause_s = min(0.05, pause_s * 2)

    async def _commit(self, writer: Connection, transaction: SqliteTransaction) -> None:
        if transaction.failed:
            _roll_back(writer)
            raise InternalError("a transaction with a failed statement was to be committed")
        try:
            if self.settings.synchronous == "full" and not self.settings.in_memory:
                await self._in_thread(lambda: writer.run("COMMIT"))
            else:
                writer.run("COMMIT")
        except Exception as error:
            _roll_back(writer)
            raise translate(error, self.name_unique) from None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Run *work* in a thread to its end, also when the caller is cancelled meanwhile: it uses the writer."""
        running = asyncio.get_running_loop().run_in_executor(self._threads, work)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            while not running.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([running])
            raise

    def _open_writer(self) -> Connection:
        if self._writer is None:
            raise _closed()
        return self._writer


def _closed() -> Unavailable:
    return Unavailable("the database is closed", retry_after_s=retry_after_s())


def _roll_back(connection: Connection) -> None:
    # Some errors have rolled back already: an interrupted write, a full disk.
    if connection.raw.in_transaction:
        connection.run("ROLLBACK")


def _end_session(connection: Connection, *, keep: bool) -> None:
    _roll_back(connection)
    if keep:
        connection.raw.execute("PRAGMA foreign_keys = ON")
        connection.raw.execute("PRAGMA busy_timeout = 0")
    else:
        connection.close()
