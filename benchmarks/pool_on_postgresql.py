"""
What lending a connection costs: our store against a bare connection and asyncpg's own pool.

Run: `.venv/bin/python benchmarks/pool_on_postgresql.py postgresql://postgres@127.0.0.1:5432/postgres`. It makes a table and drops it.
The decision it led to: docs/decisions/2026-11-24-connection-pool.md.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import asyncpg

from strongback.store.postgresql.driver import PostgresStore
from strongback.store.store import Statement

SQL = "SELECT id, title, size FROM strongback_pool_benchmark WHERE id = $1"
MAKE = "CREATE TABLE strongback_pool_benchmark (id uuid PRIMARY KEY, title text, size bigint)"
DROP = "DROP TABLE IF EXISTS strongback_pool_benchmark"
ROWS, ROUNDS, SIZE = 1000, 12, 4
Get = Callable[[UUID], Awaitable[object]]


class Unreset(asyncpg.Connection):
    """A connection that asyncpg's pool gives back without a round trip."""

    def get_reset_query(self) -> str:
        return ""


def through(pool: asyncpg.Pool) -> Get:
    async def get(key: UUID) -> object:
        async with pool.acquire() as connection:
            return await connection.fetch(SQL, key)

    return get


async def measure(get: Get, keys: list[UUID]) -> float:
    """CPU of this process, in microseconds a statement."""
    started = time.process_time()
    for key in keys:
        await get(key)
    return (time.process_time() - started) / len(keys) * 1e6


async def main(url: str) -> None:
    bare = await asyncpg.connect(url)
    await bare.execute(DROP)
    await bare.execute(MAKE)
    keys = [uuid4() for _ in range(ROWS)]
    await bare.executemany("INSERT INTO strongback_pool_benchmark VALUES ($1, 'title', 3)", [(key,) for key in keys])
    prepared = await bare.prepare(SQL)
    pool = await asyncpg.create_pool(url, min_size=SIZE, max_size=SIZE)
    unreset = await asyncpg.create_pool(url, min_size=SIZE, max_size=SIZE, connection_class=Unreset)
    store, statement = PostgresStore(url), Statement(SQL)
    await store.start()
    ways: dict[str, Get] = {
        "one prepared statement": prepared.fetch,
        "our store": lambda key: store.fetch(statement, (key,)),
        "asyncpg's pool, empty reset": through(unreset),
        "asyncpg's pool": through(pool),
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(ROUNDS):
        for name, get in ways.items():
            best[name] = min(best[name], await measure(get, keys))
    limit = best["one prepared statement"]
    for name, us in best.items():
        print(f"{name:28} {us:6.1f} us of CPU   {limit / us:.2f} of the limit")
    await store.close()
    await pool.close()
    await unreset.close()
    await bare.execute(DROP)
    await bare.close()


if __name__ == "__main__":
    try:
        import uvloop

        uvloop.run(main(sys.argv[1]))
    except ImportError:
        asyncio.run(main(sys.argv[1]))
