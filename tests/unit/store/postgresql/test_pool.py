"""The pool gives back what it lends, whatever becomes of those who borrow."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from urllib.parse import urlsplit

import asyncpg
import pytest

from strongback.errors import ConfigurationError, TimedOut, Unavailable
from strongback.store.postgresql import connection, pool
from strongback.store.postgresql.driver import PostgresStore
from strongback.store.store import Statement
from tests.stores import postgres_database

ONE = Statement("SELECT 1")
SLEEP = Statement("SELECT pg_sleep($1::float8)")


@asynccontextmanager
async def running(server: str, options: str = "") -> AsyncIterator[tuple[PostgresStore, asyncpg.Connection]]:
    """A store on a database of its own, and another connection to watch it by."""
    async with postgres_database(server) as url:
        store, watcher = PostgresStore(f"{url}?{options}"), await asyncpg.connect(url)
        await store.start()
        try:
            yield store, watcher
        finally:
            await store.close()
            await watcher.close()


async def backends(watcher: asyncpg.Connection, where: str = "true") -> int:
    sql = f"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND {where}"
    return int(await watcher.fetchval(sql))


async def at_rest(store: PostgresStore) -> None:
    """Wait until every connection is back, for at most some seconds."""
    held = store._pool
    assert held is not None
    until = monotonic() + 10
    while (held._lent or held._settling or held._opening) and monotonic() < until:
        await asyncio.sleep(0.01)
    assert not held._lent
    assert not held._settling
    assert not held._waiters
    assert len(held._idle) == held.size <= held.figures().limit


async def test_callers_cancelled_at_random_lose_no_connection(postgres_server: str) -> None:
    """Reads, writes and transactions, cancelled before, while and after they wait for a connection and for the answer."""
    async with running(postgres_server, "pool_size=4&pool_wait_s=5") as (store, watcher):
        await watcher.execute("CREATE TABLE pair (id int, half int)")
        dice = random.Random(7)

        async def read() -> None:
            await store.fetch(SLEEP, (dice.random() / 500,))

        async def change(number: int) -> None:
            async with store.begin() as transaction:
                for half in (1, 2):
                    await transaction.fetch(Statement("INSERT INTO pair VALUES ($1, $2)", writes=True), (number, half))

        for batch in range(100):
            tasks = [asyncio.create_task(change(batch * 20 + i) if i % 2 else read()) for i in range(20)]
            for task in tasks:
                await asyncio.sleep(dice.random() / 2000)
                if dice.random() < 0.8:
                    task.cancel()
            for outcome in await asyncio.gather(*tasks, return_exceptions=True):
                assert outcome is None or isinstance(outcome, asyncio.CancelledError), outcome
        await at_rest(store)
        assert await backends(watcher, "state <> 'idle'") == 0
        assert (
            await watcher.fetchval("SELECT count(*) FROM (SELECT id FROM pair GROUP BY id HAVING count(*) <> 2) odd")
            == 0
        )
        assert len(await asyncio.gather(*(store.fetch(ONE) for _ in range(50)))) == 50


async def test_a_cancelled_caller_stops_its_statement(postgres_server: str) -> None:
    async with running(postgres_server, "pool_size=1") as (store, watcher):
        task = asyncio.create_task(store.fetch(SLEEP, (60.0,)))
        while not await backends(watcher, "query LIKE '%pg_sleep%' AND state = 'active'"):
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await at_rest(store)
        assert await backends(watcher, "state = 'active'") == 0
        assert (await store.fetch(ONE))[0][0] == 1


async def test_a_killed_backend_is_replaced(postgres_server: str) -> None:
    async with running(postgres_server, "pool_size=3") as (store, watcher):
        for _ in range(20):
            await asyncio.gather(*(store.fetch(SLEEP, (0.001,)) for _ in range(6)))
            await watcher.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert (await store.fetch(ONE))[0][0] == 1
        await at_rest(store)


async def test_a_write_whose_connection_was_lost_is_not_said_to_be_undone(postgres_server: str) -> None:
    async with running(postgres_server, "pool_size=1") as (store, watcher):
        await watcher.execute("CREATE TABLE job (id int)")
        slow = Statement("INSERT INTO job SELECT 1 FROM pg_sleep(60)", writes=True)
        task = asyncio.create_task(store.fetch(slow))
        while not await watcher.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'INSERT INTO job%'"
        ):
            await asyncio.sleep(0.01)
        with pytest.raises(TimedOut, match="may have been done"):
            await task
        assert (await store.fetch(ONE))[0][0] == 1


async def test_a_caller_waits_a_bounded_time_then_is_told_when_to_come_back(postgres_server: str) -> None:
    async with running(postgres_server, "pool_size=2&pool_wait_s=0.2") as (store, _):
        holding = [asyncio.create_task(store.fetch(SLEEP, (2.0,))) for _ in range(2)]
        await asyncio.sleep(0.1)
        outcomes = await asyncio.gather(*(store.fetch(ONE) for _ in range(20)), return_exceptions=True)
        assert all(isinstance(outcome, Unavailable) for outcome in outcomes)
        assert len({outcome.retry_after_s for outcome in outcomes if isinstance(outcome, Unavailable)}) > 3
        assert store.figures().refused == 20
        await store.ping()
        for task in holding:
            task.cancel()
        await asyncio.gather(*holding, return_exceptions=True)
        await at_rest(store)


async def test_those_who_wait_are_served_in_their_order(postgres_server: str) -> None:
    async with running(postgres_server, "pool_size=1&pool_wait_s=10") as (store, _):
        served: list[int] = []

        async def caller(number: int) -> None:
            await store.fetch(ONE)
            served.append(number)

        holding = asyncio.create_task(store.fetch(SLEEP, (0.05,)))
        await asyncio.sleep(0.01)
        await asyncio.gather(*(caller(number) for number in range(10)))
        await holding
        assert served == list(range(10))


async def test_a_database_that_is_away_is_said_to_be_at_once() -> None:
    store = PostgresStore("postgresql://postgres@127.0.0.1:1/none?pool_wait_s=5")
    with pytest.raises(Unavailable):
        await store.start()
    with pytest.raises(Unavailable):
        await store.fetch(ONE)
    await store.close()


@pytest.mark.parametrize(("url", "error"), [("{}_none", Unavailable), ("nonsense://{}", ConfigurationError)])
async def test_a_wrong_url_is_told_without_the_password(postgres_server: str, url: str, error: type[Exception]) -> None:
    named = postgres_server.replace("postgres@", "postgres:secret@")
    store = PostgresStore(url.format(named))
    with pytest.raises(error) as caught:
        await store.start()
    assert "secret" not in str(caught.value)
    await store.close()


async def test_a_database_that_comes_back_is_used_again(postgres_server: str) -> None:
    async with postgres_database(postgres_server) as url, gate(url) as (door, through):
        store = PostgresStore(f"{through}?pool_size=3")
        await store.start()
        door.shut()
        for _ in range(5):
            with pytest.raises(Unavailable):
                await store.fetch(ONE)
        await door.open()
        until = monotonic() + 5
        while True:
            try:
                assert (await store.fetch(ONE))[0][0] == 1
                break
            except Unavailable:
                assert monotonic() < until
                await asyncio.sleep(0.05)
        await at_rest(store)
        await store.close()


async def test_a_statement_that_runs_too_long_is_stopped_by_the_server(postgres_server: str) -> None:
    async with running(postgres_server, "statement_timeout_s=0.1") as (store, _):
        with pytest.raises(TimedOut):
            await store.fetch(SLEEP, (30.0,))
        assert (await store.fetch(ONE))[0][0] == 1


@pytest.mark.parametrize("in_transaction", [False, True])
async def test_a_server_that_has_gone_silent_is_given_up(
    postgres_server: str, monkeypatch: pytest.MonkeyPatch, in_transaction: bool
) -> None:
    monkeypatch.setattr(connection, "CLIENT_GRACE_S", 0.1)
    monkeypatch.setattr(pool, "LOOK_S", 0.05)
    async with postgres_database(postgres_server) as url, gate(url) as (door, through):
        store = PostgresStore(f"{through}?pool_size=2&statement_timeout_s=0.2")
        await store.start()
        with pytest.raises(TimedOut, match="did not answer"):
            if in_transaction:
                async with store.begin() as tx:
                    await tx.fetch(ONE)
                    door.silent = True
                    await tx.fetch(ONE)
            else:
                door.silent = True
                await store.fetch(ONE)
        door.silent = False
        assert (await store.fetch(ONE))[0][0] == 1
        await at_rest(store)
        await store.close()


async def test_lending_sends_nothing(postgres_server: str) -> None:
    """One statement is one execution on the server: no reset, no BEGIN, no ping."""
    async with running(postgres_server, "pool_size=1") as (store, watcher):
        await store.fetch(ONE)
        before = await calls(watcher)
        for _ in range(50):
            await store.fetch(ONE)
        await asyncio.sleep(1.2)
        assert await calls(watcher) - before <= 52


async def calls(watcher: asyncpg.Connection) -> int:
    """Transactions of this database, without those of the watcher's own statistics reads."""
    await watcher.execute("SELECT pg_stat_clear_snapshot()")
    return int(await watcher.fetchval("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"))


async def test_an_old_connection_is_replaced(postgres_server: str) -> None:
    async with running(postgres_server, "pool_size=1&lifetime_s=0.05") as (store, _):
        pids = set()
        for _ in range(3):
            pids.add((await store.fetch(Statement("SELECT pg_backend_pid()")))[0][0])
            await asyncio.sleep(0.1)
            await store.fetch(ONE)
        assert len(pids) == 3


class Door:
    """Passes bytes on to a server, until it is shut; while it is silent, no answer comes back."""

    silent = False

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port, self.own_port = host, port, 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.own_port)
        self.own_port = self._server.sockets[0].getsockname()[1]

    def shut(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(self.host, self.port)
        self._writers |= {writer, there_writer}
        for source, sink, answers in ((reader, there_writer, False), (there_reader, writer, True)):
            task = asyncio.create_task(self._pump(source, sink, answers))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, answers: bool) -> None:
        try:
            while data := await source.read(65536):
                if not (answers and self.silent):
                    sink.write(data)
        except ConnectionError:
            pass
        finally:
            sink.transport.abort()


@asynccontextmanager
async def gate(url: str) -> AsyncIterator[tuple[Door, str]]:
    """A door before the server of *url*, and the URL through it."""
    parts = urlsplit(url)
    host, _, port = parts.netloc.rpartition("@")[2].partition(":")
    door = Door(host, int(port or 5432))
    await door.open()
    try:
        user = parts.netloc.rpartition("@")[0]
        yield door, f"postgresql://{user}@127.0.0.1:{door.own_port}{parts.path}"
    finally:
        door.shut()
