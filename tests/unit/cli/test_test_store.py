"""`strongback test store`: the suite, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.unit.cli.conftest import Cli


def test_it_says_what_came_of_the_cases(cli: Cli) -> None:
    done = cli("test", "store", "--store", "sqlite://", "--only", "references")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "sqlite: 6 cases, 6 passed, 0 failed, 0 skipped\n"


def test_a_skip_names_the_capability(cli: Cli) -> None:
    report = json.loads(cli("test", "store", "--store", "sqlite://", "--only", "kept/reopened", "--json").stdout)
    assert (report["skipped"], report["failed"]) == (1, 0)
    assert report["results"][0]["why"].startswith("the store lacks durable")


def test_two_stores_are_compared(cli: Cli, tmp_path: Path) -> None:
    more = ("--against", f"sqlite:///{tmp_path}/other.db", "--only", "includes", "--json")
    report = json.loads(cli("test", "store", "--store", "sqlite://", *more).stdout)
    assert (report["compared"], report["differences"]) == (5, [])


def test_a_store_with_rows_is_left_alone(cli: Cli, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/used.db"
    assert cli("test", "store", "--store", url, "--only", "scalars/defaults").returncode == 0
    import sqlite3

    with sqlite3.connect(tmp_path / "used.db") as used:
        used.execute("INSERT INTO label VALUES ('a', NULL, 'mine', '2026-01-01', '2026-01-01', 1)")
    used.close()
    refused = cli("test", "store", "--store", url)
    assert refused.returncode != 0 and "SB432" in refused.stderr
    with sqlite3.connect(tmp_path / "used.db") as used:
        assert used.execute("SELECT text FROM label").fetchall() == [("mine",)]
    used.close()


def test_cases_that_are_not_there_are_a_wrong_use(cli: Cli) -> None:
    wrong = cli("test", "store", "--store", "sqlite://", "--only", "riting")
    assert wrong.returncode == 2 and "there is no case `riting`" in wrong.stderr
