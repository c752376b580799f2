"""The command line as a user meets it: a program in a folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[3] / "examples/jobs"
Cli = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(**more: str) -> dict[str, str]:
    """This process's, without settings of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STRONGBACK_")}
    return {**kept, "NO_COLOR": "1", "COLUMNS": "120", "JOBS_PER_COMPANY": "15", **more}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the example in it, as a team has it."""
    for name in ("service.py", "seed.py"):
        shutil.copy(EXAMPLE / name, tmp_path / name)
    shutil.copytree(EXAMPLE / "web", tmp_path / "web")
    return tmp_path


@pytest.fixture
def cli(project: Path) -> Cli:
    """Run `strongback` with some arguments in the project's folder."""

    def run(*arguments: str, cwd: Path = project, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "strongback.cli", *arguments]
        return subprocess.run(
            command, cwd=cwd, env=environment(**variables), capture_output=True, text=True, check=False, timeout=300
        )

    return run
