"""Behind pgbouncer in transaction mode, where each transaction may run on another server connection."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from strongback.store.postgresql.driver import PostgresStore
from strongback.store.store import Statement
from strongback.store.violations import UniqueViolated
from tests.stores import postgres_database

CONFIG = """
[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
unix_socket_dir =
server_reset_query_always = 1
"""


@asynccontextmanager
async def pgbouncer(url: str, folder: Path) -> AsyncIterator[str]:
    """A pgbouncer before the server of *url*, three connections wide; the URL through it."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("needs pgbouncer, which is not installed here")
    parts = urlsplit(url)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        own_port = probe.getsockname()[1]
    file = folder / "pgbouncer.ini"
    user = parts.username or "postgres"
    file.write_text(
        CONFIG.format(host=parts.hostname, port=parts.port or 5432, own_port=own_port).replace(
            "* = ", f"* = user={user} "
        )
    )
    folder.chmod(0o755)
    # It refuses to run as root.
    process = subprocess.Popen(_command(program, file), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: ASYNC220
    try:
        yield f"postgresql://{user}@127.0.0.1:{own_port}{parts.path}"
    finally:
        process.terminate()
        process.wait(10)


def _command(program: str, file: Path) -> list[str]:
    if os.getuid() != 0:
        return [program, str(file)]
    copy = Path("/tmp") / f"sb_test_pgbouncer_{os.getpid()}.ini"
    copy.write_text(file.read_text())
    return [program, "-u", "nobody", str(copy)]


async def started(url: str) -> PostgresStore:
    store = PostgresStore(url)
    for _ in range(100):
        try:
            await store.start()
            return store
        except Exception:
            await store.close()
            await asyncio.sleep(0.05)
    pytest.fail("pgbouncer did not answer")


async def test_statements_and_transactions_work_on_whatever_connection_they_get(server: str, tmp_path: Path) -> None:
    async with postgres_database(server) as url, pgbouncer(url, tmp_path) as through:
        store = await started(f"{through}?statement_cache=off&pool_size=12&pool_wait_s=10")
        await store.fetch(Statement("CREATE TABLE job (id bigint PRIMARY KEY, title text)", writes=True))

        async def story(number: int) -> list[object]:
            async with store.begin() as transaction:
                await transaction.fetch(
                    Statement("INSERT INTO job VALUES ($1, $2)", writes=True), (number, f"t{number}")
                )
                rows = await transaction.fetch(Statement("SELECT title FROM job WHERE id = $1"), (number,))
            again = await store.fetch(Statement("SELECT title, id FROM job WHERE id = $1"), (number,))
            return [rows[0][0], *again[0]]

        answers = await asyncio.gather(*(story(number) for number in range(120)))
        assert answers == [[f"t{number}", f"t{number}", number] for number in range(120)]
        with pytest.raises(UniqueViolated):
            await store.fetch(Statement("INSERT INTO job VALUES (1, 'x')", writes=True))
        await store.close()


async def test_callers_cancelled_behind_a_pooler_lose_no_connection(server: str, tmp_path: Path) -> None:
    async with postgres_database(server) as url, pgbouncer(url, tmp_path) as through:
        store = await started(f"{through}?statement_cache=off&pool_size=6&pool_wait_s=10")
        for _ in range(10):
            tasks = [asyncio.create_task(store.fetch(Statement("SELECT pg_sleep(0.01)"))) for _ in range(12)]
            await asyncio.sleep(0.005)
            for task in tasks[::2]:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        rows = await asyncio.gather(*(store.fetch(Statement("SELECT 1")) for _ in range(50)))
        assert all(row[0][0] == 1 for row in rows)
        await store.close()
