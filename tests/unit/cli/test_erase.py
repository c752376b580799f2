"""`strongback erase`: what is due, erased and told."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Cli

SERVICE = """
import strongback as sb

class Note(sb.Entity, history=True):
    text: str = sb.pii(max=200, erase="30d after created_at")
    access = sb.Access(read=sb.EVERYONE, create=sb.EVERYONE)

notes = sb.Service("notes", rest="/v1", entities=[Note])
"""
SEED = """
async def seed(client):
    for number in range(3):
        (await client.post("/v1/notes", json={"text": f"written by hand {number}"})).expect(201)
"""


@pytest.fixture
def database(project: Path, cli: Cli) -> Path:
    """A store with three notes, two of which are old."""
    (project / "service.py").write_text(SERVICE)
    (project / "seed.py").write_text(SEED)
    assert cli("seed").returncode == 0
    path = project / "notes.db"
    with sqlite3.connect(path) as store:
        store.execute(
            "UPDATE note SET created_at = '2024-01-01T00:00:00.000000Z' WHERE id IN (SELECT id FROM note LIMIT 2)"
        )
    store.close()
    return path


def test_what_is_due_is_told_then_erased_then_reported(cli: Cli, database: Path) -> None:
    due = cli("erase", "--dry-run")
    assert (due.returncode, due.stdout) == (0, "Note: text of 2 rows due (30d after created_at)\n")
    assert json.loads(cli("erase", "--report", "--json").stdout) == {"erasures": []}
    done = json.loads(cli("erase", "--json", "--batch", "1").stdout)
    rule = {"entity": "Note", "fields": ["text"], "rule": "30d after created_at"}
    assert done == {"erasures": [{**rule, "rows": 2}], "applied": True}
    assert json.loads(cli("erase", "--json").stdout)["erasures"][0]["rows"] == 0
    report = json.loads(cli("erase", "--report", "--json").stdout)["erasures"]
    assert [(line["entity"], line["fields"], line["rule"], line["versions"]) for line in report] == [
        ("Note", ["text"], "30d after created_at", 1)
    ] * 2
    told = cli("erase", "--report").stdout.splitlines()
    assert len(told) == 2 and all("text (30d after created_at), in 1 kept version" in line for line in told)


def test_quiet_prints_nothing(cli: Cli, database: Path) -> None:
    done = cli("erase", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_service_without_a_rule_is_told_so(cli: Cli, project: Path, database: Path) -> None:
    (project / "service.py").write_text(SERVICE.replace(', erase="30d after created_at"', ""))
    done = cli("erase")
    assert done.returncode == 0 and "sb.pii(erase=...)" in done.stderr


def test_a_file_that_is_read_meanwhile_is_told_of(cli: Cli, database: Path) -> None:
    reader = sqlite3.connect(database)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM note").fetchall()
    left = cli("erase")
    assert left.returncode == 3 and "SB435" in left.stderr
    reader.close()
    assert cli("erase", "--clean").returncode == 0


def test_the_doctor_warns_of_what_is_past_its_time(cli: Cli, database: Path) -> None:
    def erasure() -> list[str]:
        return [line for line in cli("doctor").stdout.splitlines() if "erasure" in line]

    (before,) = erasure()
    assert "2 rows of Note: 30d after created_at" in before
    assert cli("erase").returncode == 0
    (after,) = erasure()
    assert "nothing is due" in after
