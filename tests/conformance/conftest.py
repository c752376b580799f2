from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from strongback.testing.conformance import Case, Result, judging
from tests import servers
from tests.conftest import lack

KINDS = ("sqlite", "memory", "postgresql", "pgbouncer")


@pytest.fixture(scope="module", params=KINDS)
def judge(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Case], Result]]:
    """Runs a case on each kind of store, which is opened once for all cases."""
    server = request.getfixturevalue("postgres_server") if request.param in ("postgresql", "pgbouncer") else ""
    with (
        _urls(request.param, str(tmp_path_factory.mktemp("conformance")), server) as (url, schema_url),
        asyncio.Runner() as runner,
    ):
        opening = judging(url, schema_url=schema_url)
        judge = runner.run(opening.__aenter__())
        try:
            yield lambda case: runner.run(_judged(judge, case))
        finally:
            runner.run(opening.__aexit__(None, None, None))


async def _judged(judge: Callable[[Case], object], case: Case) -> Result:
    return await judge(case)


@contextmanager
def _urls(kind: str, folder: str, server: str) -> Iterator[tuple[str, str]]:
    """Where the store is, and where its schema is made when that is elsewhere."""
    if kind == "memory":
        yield "sqlite://", ""
    elif kind == "sqlite":
        yield f"sqlite:///{folder}/conformance.db", ""
    else:
        with servers.postgres_database(server) as url:
            if kind == "postgresql":
                yield url, ""
                return
            try:
                with servers.pgbouncer(url) as pooled:
                    yield f"{pooled}?statement_cache=off", url
            except servers.Lacking as error:
                lack(error, "pgbouncer")
