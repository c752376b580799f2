from __future__ import annotations

from pathlib import Path

import pytest

from tests.stores import KINDS, Opened, open_store


@pytest.fixture(params=KINDS)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    """Opens an empty store of each kind: `async with opened("pool_size=2") as store`."""
    server = str(request.getfixturevalue("postgres_server")) if request.param == "postgresql" else ""
    return lambda options="": open_store(request.param, server, tmp_path, options)
