"""SQLite: reads are bounded, writers take turns, and the event loop is never held."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter

import pytest

from strongback.errors import ConfigurationError, TimedOut, Unavailable
from strongback.store.sqlite.connection import Connection
from strongback.store.sqlite.driver import THREADS, SqliteStore
from strongback.store.store import Statement

ONE = Statement("SELECT 1")
ADD = Statement("INSERT INTO job VALUES (?)", writes=True)


def counting(upto: int) -> Statement:
    """A read whose time grows with *upto*: some 50 ns each."""
    return Statement(
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {upto}) SELECT count(*) FROM n"
    )


@asynccontextmanager
async def running(path: Path, options: str = "") -> AsyncIterator[SqliteStore]:
    store = SqliteStore(f"sqlite:///{path}?{options}")
    await store.start()
    try:
        await store.fetch(Statement("CREATE TABLE IF NOT EXISTS job (id integer primary key)", writes=True))
        yield store
    finally:
        await store.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "jobs.db"


async def test_a_long_read_leaves_the_event_loop_alone(path: Path) -> None:
    async with running(path, "inline_s=0.002") as store:
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(others())
        assert (await store.fetch(counting(3_000_000)))[0][0] == 3_000_000
        task.cancel()
        assert turns > 10


async def test_a_read_that_runs_too_long_is_stopped(path: Path) -> None:
    async with running(path, "inline_s=0.002&statement_timeout_s=0.1") as store:
        with pytest.raises(TimedOut):
            await store.fetch(counting(10**12))
        assert (await store.fetch(ONE))[0][0] == 1


async def test_a_cancelled_read_stops(path: Path) -> None:
    async with running(path, "inline_s=0.002&statement_timeout_s=600") as store:
        tasks = [asyncio.create_task(store.fetch(counting(10**12))) for _ in range(3)]
        await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert (await asyncio.wait_for(store.fetch(counting(2_000_000)), 30))[0][0] == 2_000_000


async def test_many_long_reads_at_once_take_no_more_connections_than_threads(path: Path) -> None:
    async with running(path, "inline_s=0.0001") as store:
        await store.fetch(counting(100_000))  # from now on it is known to be slow
        opened = store._open_spare
        made: list[Connection] = []

        def count() -> Connection:
            made.append(opened())
            return made[-1]

        store._open_spare = count  # type: ignore[method-assign]
        found = await asyncio.gather(*(store.fetch(counting(100_000)) for _ in range(24)))
        assert [rows[0][0] for rows in found] == [100_000] * 24
        assert len(made) <= THREADS


async def test_a_read_that_is_cancelled_before_it_began_ends_at_once(path: Path) -> None:
    async with running(path, "inline_s=0.0001") as store:
        await store.fetch(counting(100_000))
        reads = [asyncio.create_task(store.fetch(counting(100_000 + n))) for n in range(4)]
        late = asyncio.create_task(store.fetch(counting(10**12)))  # would take hours
        for _ in range(3):
            await asyncio.sleep(0)
        late.cancel()
        assert [rows[0][0] for rows in await asyncio.gather(*reads)] == [100_000 + n for n in range(4)]
        with pytest.raises(asyncio.CancelledError):
            await late


async def test_the_reader_cannot_write(path: Path) -> None:
    async with running(path) as store:
        with pytest.raises(Unavailable, match="READONLY"):
            await store.fetch(Statement("INSERT INTO job VALUES (1)"))


async def test_writers_take_turns(path: Path) -> None:
    async with running(path, "write_wait_s=30") as store:
        await store.fetch(Statement("CREATE TABLE counter (n integer)", writes=True))
        await store.fetch(Statement("INSERT INTO counter VALUES (0)", writes=True))

        async def count_up() -> None:
            async with store.begin() as transaction:
                seen = (await transaction.fetch(Statement("SELECT n FROM counter")))[0][0]
                await asyncio.sleep(0)
                await transaction.fetch(Statement("UPDATE counter SET n = ?", writes=True), (seen + 1,))

        await asyncio.gather(*(count_up() for _ in range(200)))
        assert (await store.fetch(Statement("SELECT n FROM counter")))[0][0] == 200


async def test_a_reader_does_not_wait_for_the_writer(path: Path) -> None:
    async with running(path) as store, store.begin() as transaction:
        await transaction.fetch(ADD, (1,))
        assert (await store.fetch(Statement("SELECT count(*) FROM job")))[0][0] == 0


async def test_a_writer_waits_a_bounded_time(path: Path) -> None:
    async with running(path, "write_wait_s=0.05") as store:
        async with store.begin():
            with pytest.raises(Unavailable):
                await store.fetch(ADD, (1,))
        await store.fetch(ADD, (1,))
        assert store.figures().refused == 1


async def test_writers_cancelled_at_random_hold_nothing(path: Path) -> None:
    async with running(path, "write_wait_s=30") as store:

        async def add(number: int) -> None:
            async with store.begin() as transaction:
                await asyncio.sleep(0)
                await transaction.fetch(ADD, (number,))
                await asyncio.sleep(0)

        for batch in range(50):
            tasks = [asyncio.create_task(add(batch * 20 + i)) for i in range(20)]
            for i, task in enumerate(tasks):
                if i % 3:
                    await asyncio.sleep(0)
                    task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        figures = store.figures()
        assert (figures.in_use, figures.waiting) == (0, 0)
        await store.fetch(ADD, (-1,))


async def test_a_transaction_may_not_hold_the_writer_too_long(path: Path) -> None:
    async with running(path, "transaction_timeout_s=0.05") as store:
        with pytest.raises(TimedOut, match="too long"):
            async with store.begin() as transaction:
                await transaction.fetch(ADD, (1,))
                await asyncio.sleep(60)
        assert (await store.fetch(Statement("SELECT count(*) FROM job")))[0][0] == 0
        await store.fetch(ADD, (1,))


async def test_another_process_that_writes_is_waited_for_outside_sqlite(path: Path) -> None:
    async with running(path, "write_wait_s=0.3") as store:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        turns, started = 0, perf_counter()
        task = asyncio.create_task(store.fetch(ADD, (1,)))
        while not task.done():
            turns += 1
            await asyncio.sleep(0.001)
        with pytest.raises(Unavailable):
            await task
        assert turns > 5
        assert perf_counter() - started < 30
        other.execute("ROLLBACK")
        await store.fetch(ADD, (1,))
        other.close()


async def test_a_commit_that_is_flushed_does_so_in_a_thread(path: Path) -> None:
    async with running(path, "synchronous=full") as store:
        await store.fetch(ADD, (1,))
        task = asyncio.create_task(store.fetch(ADD, (2,)))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await store.fetch(ADD, (3,))
        assert store._writer is not None
        assert store._writer.raw.execute("PRAGMA synchronous").fetchone() == (2,)


async def test_the_file_is_in_wal_mode_with_foreign_keys(path: Path) -> None:
    async with running(path) as store:
        assert store._writer is not None
        asked = [
            store._writer.raw.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "foreign_keys", "synchronous")
        ]
        assert asked == ["wal", 1, 1]


def test_a_store_outlives_the_event_loop_it_was_started_in(path: Path) -> None:
    for url in (f"sqlite:///{path}", "sqlite://"):
        store = SqliteStore(url)
        asyncio.run(store.start())
        asyncio.run(_write(store))
        assert asyncio.run(store.fetch(Statement("SELECT count(*) FROM job"))) == [(5,)]
        asyncio.run(store.close())


async def _write(store: SqliteStore) -> None:
    await store.fetch(Statement("CREATE TABLE job (id integer primary key)", writes=True))
    await asyncio.gather(*(store.fetch(ADD, (number,)) for number in range(5)))


async def test_a_closed_store_says_so(path: Path) -> None:
    async with running(path) as store:
        await store.close()
        for statement in (ONE, Statement("DELETE FROM job", writes=True)):
            with pytest.raises(Unavailable):
                await store.fetch(statement)


@pytest.mark.parametrize(
    "url",
    ["sqlite://jobs.db", "sqlite:///x.db?nosuch=1", "sqlite:///x.db?synchronous=off", "sqlite:///x.db?inline_s=0"],
)
def test_a_wrong_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        SqliteStore(url)


async def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        await SqliteStore(f"sqlite:///{tmp_path}/no/such/folder/x.db").start()


async def test_what_is_remembered_of_slow_reads_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("strongback.store.sqlite.driver.SLOW_KEPT", 10)
    async with running(tmp_path / "jobs.db", "inline_s=0.0000001") as store:
        for number in range(50):
            assert await store.fetch(Statement(f"{counting(20_000).sql} WHERE {number} = {number}")) == [(20_000,)]
            assert len(store._slow) <= 10
        assert store._slow
