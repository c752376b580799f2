"""A headless Chromium of this machine, and the example running for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.conftest import lack
from tests.servers import Lacking
from tests.unit.cli.running import running

PROJECT = Path(__file__).parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
# Nothing of its own goes out: what is counted in these tests are the page's requests.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Runs an event loop in this thread as long as it lives; so it ends with its module, before a test comes that needs one of its own."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        lack(Lacking("Chromium", f"none of the programs {', '.join(NAMES)} is on the PATH"), "chromium")
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    chromium = playwright.chromium.launch(executable_path=found, args=[*QUIET, *as_root])
    yield chromium
    chromium.close()


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where `examples/jobs` answers, with a part of its sample data."""
    folder = tmp_path_factory.mktemp("jobs")
    shutil.copytree(
        PROJECT / "examples" / "jobs", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.db*", ".strongback")
    )
    seeded = subprocess.run(
        [sys.executable, "-m", "strongback.cli", "seed", "--quiet"],
        cwd=folder,
        env={**os.environ, "JOBS_PER_COMPANY": "15"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert seeded.returncode == 0, seeded.stderr
    with running(folder, "--no-reload") as service:
        yield service.base.replace("127.0.0.1", "localhost")
