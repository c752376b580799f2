"""Behind pgbouncer in transaction mode, where each transaction may run on another server connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from strongback.errors import ConfigurationError
from strongback.store.postgresql.driver import PostgresStore
from strongback.store.store import Statement
from strongback.store.violations import UniqueViolated


@asynccontextmanager
async def running(url: str) -> AsyncIterator[PostgresStore]:
    store = PostgresStore(url)
    await store.start()
    try:
        yield store
    finally:
        await store.close()


async def test_statements_and_transactions_work_on_whatever_connection_they_get(pgbouncer_url: str) -> None:
    async with running(f"{pgbouncer_url}?statement_cache=off&pool_size=12&pool_wait_s=10") as store:
        await store.fetch(Statement("CREATE TABLE job (id bigint PRIMARY KEY, title text)", writes=True))

        async def story(number: int) -> list[object]:
            async with store.begin() as transaction:
                add = Statement("INSERT INTO job VALUES ($1, $2)", writes=True)
                await transaction.fetch(add, (number, f"t{number}"))
                rows = await transaction.fetch(Statement("SELECT title FROM job WHERE id = $1"), (number,))
            again = await store.fetch(Statement("SELECT title, id FROM job WHERE id = $1"), (number,))
            return [rows[0][0], *again[0]]

        answers = await asyncio.gather(*(story(number) for number in range(120)))
        assert answers == [[f"t{number}", f"t{number}", number] for number in range(120)]
        with pytest.raises(UniqueViolated):
            await store.fetch(Statement("INSERT INTO job VALUES (1, 'x')", writes=True))


async def test_callers_cancelled_behind_a_pooler_lose_no_connection(pgbouncer_url: str) -> None:
    async with running(f"{pgbouncer_url}?statement_cache=off&pool_size=6&pool_wait_s=10") as store:
        for _ in range(10):
            tasks = [asyncio.create_task(store.fetch(Statement("SELECT pg_sleep(0.01)"))) for _ in range(12)]
            await asyncio.sleep(0.005)
            for task in tasks[::2]:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        rows = await asyncio.gather(*(store.fetch(Statement("SELECT 1")) for _ in range(50)))
        assert all(row[0][0] == 1 for row in rows)


async def test_a_pooler_is_given_no_lock_to_keep(pgbouncer_url: str) -> None:
    async with running(f"{pgbouncer_url}?statement_cache=off") as store, store.session() as session:
        with pytest.raises(ConfigurationError, match="pooler"):
            await session.lock(1)
