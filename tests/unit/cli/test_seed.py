"""`strongback seed`: the project's own sample data, through the door that callers use."""

from __future__ import annotations

import json
from pathlib import Path

from tests.unit.cli.conftest import EXAMPLE, Cli

WRITES_A_COMPANY = """
async def seed(client):
    (await client.as_user("ada").post("/v1/companies/found", json={"name": "Acme"})).expect(%s)
"""


def test_the_example_fills_a_store_once(cli: Cli) -> None:
    first = json.loads(cli("seed", "--json").stdout)["written"]
    assert first["Company.found"] == 20
    assert 300 < first["Job.batch"] < 600  # each is created, and the open ones are published
    assert first["Job.apply"] > 100 and first["Application.decide"] > 50
    again = cli("seed")
    assert (again.returncode, again.stdout) == (0, "the sample data is there already: nothing written\n")


def test_the_same_data_come_every_time(cli: Cli, tmp_path: Path) -> None:
    counts = [cli("seed", "--store", f"sqlite:///{tmp_path}/{n}.db", "--json").stdout for n in ("a", "b")]
    assert counts[0] == counts[1]


def test_a_seed_that_fails_names_its_line(cli: Cli, project: Path) -> None:
    (project / "seed.py").write_text(WRITES_A_COMPANY % 404)
    failed = cli("seed")
    assert failed.returncode == 1
    assert "seed.py:3: SB421 AssertionError: expected 404, got 200" in failed.stderr


def test_without_a_seed_the_command_says_what_to_write(cli: Cli, project: Path) -> None:
    (project / "seed.py").unlink()
    missing = cli("seed")
    assert missing.returncode == 3
    assert "async def seed(client)" in missing.stderr


def test_production_gets_no_sample_data(cli: Cli) -> None:
    refused = cli("seed", STRONGBACK_PROFILE="production")
    assert refused.returncode == 3 and "production" in refused.stderr


def test_quiet_prints_nothing(cli: Cli, project: Path) -> None:
    (project / "seed.py").write_text(WRITES_A_COMPANY % "200, 201")
    done = cli("seed", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_example_has_a_lock_that_is_up_to_date(cli: Cli) -> None:
    done = cli("lock", "--check", cwd=EXAMPLE)
    assert done.returncode == 0, done.stderr
