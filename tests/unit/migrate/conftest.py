from __future__ import annotations

from pathlib import Path

import pytest

from tests.stores import KINDS, Opened, open_store, postgres_server, run_coroutine


def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    return run_coroutine(pyfuncitem)


@pytest.fixture
def server(request: pytest.FixtureRequest) -> str:
    return postgres_server(request)


@pytest.fixture(params=KINDS)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    """Opens an empty store of each kind: `async with opened("pool_size=2") as store`."""
    server = postgres_server(request) if request.param == "postgresql" else ""
    return lambda options="": open_store(request.param, server, tmp_path, options)
