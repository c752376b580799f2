"""`strongback new`: what it makes works at once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.unit.cli.conftest import Cli, environment
from tests.unit.cli.running import running


@pytest.fixture
def made(cli: Cli, tmp_path: Path) -> Path:
    done = cli("new", "shop", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path / "shop"


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def test_its_tests_pass_and_it_has_no_fault(made: Path, cli: Cli) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    tested = subprocess.run(command, cwd=made, env=environment(), capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stdout
    assert "no faults" in cli("check", cwd=made).stdout
    assert cli("lock", "--check", cwd=made).returncode == 0


def test_it_runs_with_sample_data(made: Path, cli: Cli) -> None:
    assert cli("seed", cwd=made).returncode == 0
    with running(made, "--no-reload") as run:
        assert [item["title"] for item in httpx.get(f"{run.base}/v1/notes").json()["items"]] == ["What I learnt today"]


@pytest.mark.skipif(shutil.which("git") is None, reason="this machine lacks git")
def test_it_has_a_first_commit_without_a_secret(made: Path) -> None:
    if git(made, "rev-parse", "--show-toplevel") != str(made):
        pytest.skip("the folder for temporary files is inside a repository")
    committed = git(made, "ls-files").splitlines()
    assert {"service.py", "strongback.lock.json", "tests/test_service.py", ".gitignore"} <= set(committed)
    assert not [path for path in committed if "keyring" in path or path.startswith(".strongback")]
    assert git(made, "status", "--porcelain") == ""
    assert (made / ".strongback/keyring.json").stat().st_mode & 0o077 == 0


def test_nothing_is_ever_overwritten(made: Path, cli: Cli) -> None:
    (made / "service.py").write_text("mine")
    again = cli("new", "shop", cwd=made.parent)
    assert again.returncode == 3 and "nothing was changed" in again.stderr
    assert (made / "service.py").read_text() == "mine"


@pytest.mark.parametrize("name", ["../up", "Shop", "1st", "a b", "/tmp/x"])
def test_a_name_that_is_none_is_a_mistake_of_usage(cli: Cli, name: str) -> None:
    refused = cli("new", name)
    assert refused.returncode == 2 and "no name for a project" in refused.stderr
