"""Real stores for tests that open several, or with settings: a database of its own for each, dropped afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg

from strongback.store.postgresql.driver import PostgresStore
from strongback.store.sqlite.driver import SqliteStore
from strongback.store.store import Store

Opened = Callable[..., AbstractAsyncContextManager[Store]]
KINDS = ("sqlite", "memory", "postgresql")


@asynccontextmanager
async def postgres_database(server: str) -> AsyncIterator[str]:
    """The URL of a new database."""
    name = f"sb_test_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(server)
    try:
        await admin.execute(f'CREATE DATABASE {name} TEMPLATE template0 ENCODING "UTF8"')
        try:
            yield f"{server.rpartition('/')[0]}/{name}"
        finally:
            await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


@asynccontextmanager
async def open_store(kind: str, server: str, folder: Path, options: str = "") -> AsyncIterator[Store]:
    """A started, empty store of *kind*; *options* as they stand in a URL (`pool_size=2`)."""
    ending = f"?{options}" if options else ""
    if kind == "postgresql":
        async with postgres_database(server) as url, _running(PostgresStore(url + ending)) as store:
            yield store
    else:
        path = "" if kind == "memory" else f"/{folder}/{uuid4().hex}.db"
        async with _running(SqliteStore(f"sqlite://{path}{ending}")) as store:
            yield store


@asynccontextmanager
async def _running(store: Store) -> AsyncIterator[Store]:
    await store.start()
    try:
        yield store
    finally:
        await store.close()
