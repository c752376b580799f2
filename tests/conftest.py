"""
Fixtures that every test may use.

    postgres_server        URL of a PostgreSQL on which databases may be made; for fixtures that make their own
    postgres_url           URL of a new, empty PostgreSQL database; dropped after the test
    postgres_session_url   the same, one for all tests of a process: for data that take long to make and are only read
    pgbouncer_url          as `postgres_url`, reached through PgBouncer in transaction mode
    sqlite_url             URL of a new SQLite file
    store_url              `sqlite_url`, then `postgres_url`: the test runs on both
    s3_server              endpoint of a server of S3's protocol, with its credentials in the environment
    s3_url                 URL of a new bucket there, as a place for files

A test that needs a server which this machine lacks is skipped and says which; the summary counts them. It fails instead where
`STRONGBACK_TEST_REQUIRED` lists that server (`postgresql`, `pgbouncer`), as CI does.

A test may be `async def`: it runs in an event loop of its own.
"""

from __future__ import annotations

import asyncio
import inspect
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, settings

from tests import places, servers

# How long a machine takes that does much else is no fault of what is tested.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

_CLOSES_RUN = pytest.StashKey[bool]()
_REQUIRED = {name.strip().lower() for name in os.environ.get("STRONGBACK_TEST_REQUIRED", "").split(",")}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the files under tests/golden anew")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_CLOSES_RUN] = servers.open_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    if config.stash.get(_CLOSES_RUN, False):
        servers.close_run()
    else:
        servers.leave_run()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = [report.longrepr[2] for report in terminalreporter.stats.get("skipped", []) if report.longrepr]
    lacking = Counter(reason.removeprefix("Skipped: ") for reason in reasons if reason.startswith("Skipped: lacks "))
    if lacking:
        terminalreporter.section("servers this machine lacks")
        for reason, count in sorted(lacking.items()):
            terminalreporter.line(f"{count} test{'s' if count > 1 else ''} did not run: {reason}")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names if name in pyfuncitem.funcargs}))
    return True


def lack(error: servers.Lacking, server: str) -> NoReturn:
    if server in _REQUIRED:
        pytest.fail(str(error), pytrace=False)
    pytest.skip(str(error))


@pytest.fixture(scope="session")
def postgres_server() -> str:
    try:
        return servers.postgres_server()
    except servers.Lacking as error:
        lack(error, "postgresql")


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    with servers.postgres_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_session_url(postgres_server: str) -> Iterator[str]:
    with servers.postgres_database(postgres_server) as url:
        yield url


@pytest.fixture
def pgbouncer_url(postgres_url: str) -> Iterator[str]:
    try:
        with servers.pgbouncer(postgres_url) as url:
            yield url
    except servers.Lacking as error:
        lack(error, "pgbouncer")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(name))


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    pytest.importorskip("moto", reason="lacks moto")
    with places.s3_server() as endpoint:
        yield endpoint


@pytest.fixture
def s3_server(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in places.CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    return s3_endpoint


@pytest.fixture
def s3_url(s3_server: str) -> str:
    return places.make_bucket(s3_server)
