"""The servers that tests run against: real, one for a run, a database of its own for each test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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


TWO_TESTS = """
import os
def test_one(postgres_url): open(os.environ["SEEN"] + "/1", "w").write(postgres_url)
def test_two(postgres_url): open(os.environ["SEEN"] + "/2", "w").write(postgres_url)
def test_folder(postgres_server): open(os.environ["SEEN"] + "/folder", "w").write(os.environ["STRONGBACK_TEST_RUN_FOLDER"])
"""


@pytest.mark.usefixtures("postgres_server")
@pytest.mark.skipif("STRONGBACK_TEST_POSTGRES" in os.environ, reason="a named server is not started by the run")
def test_workers_share_one_server_that_ends_with_the_run(tmp_path: Path) -> None:
    (tmp_path / "test_two.py").write_text(TWO_TESTS)
    (tmp_path / "conftest.py").write_text((PROJECT / "tests" / "conftest.py").read_text())
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("STRONGBACK_", "PYTEST_"))}
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-n",
            "2",
            "-q",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            str(tmp_path),
            str(tmp_path),
        ],
        cwd=tmp_path,
        env={**environment, "SEEN": str(tmp_path), "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "3 passed" in ended.stdout, ended.stdout + ended.stderr
    one, two = ((tmp_path / name).read_text() for name in "12")
    assert one != two
    assert one.rpartition("/")[0] == two.rpartition("/")[0]
    assert not Path((tmp_path / "folder").read_text()).exists()
    assert not servers.is_listening(int(one.rpartition("/")[0].rpartition(":")[2]))
