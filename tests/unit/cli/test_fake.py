"""`strongback fake`: rows as callers would have made them, the same for a seed, more with a second run."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from strongback.cli.fake.ways import ways_of
from tests.jobs_model import jobs_model
from tests.unit.cli.conftest import Cli, environment


def rows(database: Path, sql: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(database) as opened:
        found = opened.execute(sql).fetchall()
    opened.close()
    return found


def test_as_many_rows_are_made_as_asked_for_by_those_who_may(cli: Cli, store_url: str) -> None:
    done = cli("fake", "--rows", "80", "--store", store_url, "--json")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert sum(told["made"].values()) == 80
    assert set(told["made"]) >= {"User", "Company", "Job", "Application"}
    (refused,) = [line for line in told["refused"] if line.startswith("Membership: 0 of ")]
    assert "Membership.create: SB211" in refused


def test_what_is_made_keeps_its_constraints_and_personal_fields_are_sealed(cli: Cli, project: Path) -> None:
    assert cli("fake", "--rows", "120", "--quiet").returncode == 0
    database = project / "jobs.db"
    assert {status for (status,) in rows(database, "SELECT DISTINCT status FROM job")} == {"draft", "open"}
    assert rows(
        database, "SELECT count(*) FROM application a JOIN job j ON j.id = a.job_id WHERE j.status != 'open'"
    ) == [(0,)]
    twice = "SELECT 1 FROM application GROUP BY job_id, candidate_id HAVING count(*) > 1"
    assert rows(database, twice) == []
    content = b"".join(path.read_bytes() for path in project.glob("jobs.db*"))
    assert b"example.org" not in content and b"Oslo" in content


def test_equal_seeds_make_equal_rows_and_others_others(cli: Cli, project: Path) -> None:
    made = {}
    for name, seed in (("one", "7"), ("two", "7"), ("three", "8")):
        assert cli("fake", "--rows", "60", "--seed", seed, "--quiet", "--store", f"sqlite:///{name}.db").returncode == 0
        database = project / f"{name}.db"
        made[name] = (
            rows(database, "SELECT title, body, city, status FROM job ORDER BY rowid"),
            rows(database, "SELECT subject FROM user ORDER BY rowid"),
        )
    assert made["one"] == made["two"] != made["three"]


SHOP = """
import strongback as sb


class User(sb.Entity):
    subject: str = sb.field(max=80, unique=True, read_only=True)
    access = sb.Access(read=sb.SIGNED_IN)


class Visit(sb.Entity[int], table="visits", managed=False):
    id: int = sb.key(generated=True)
    note: str = sb.field(max=9)
    access = sb.Access(read=sb.SIGNED_IN, create=sb.SIGNED_IN)


class Part(sb.Entity):
    visit: Visit = sb.to_one()
    access = sb.Access(read=sb.SIGNED_IN, create=sb.SIGNED_IN)


shop = sb.Service(
    "shop", rest="/v1", entities=[User, Visit, Part], actor=sb.Actor(User, claims={"sub": User.subject}, provision=True)
)
"""


def test_rows_refer_to_rows_that_the_database_numbers(cli: Cli, project: Path) -> None:
    (project / "shop.py").write_text(SHOP, "utf-8")
    with sqlite3.connect(project / "old.db") as old:
        old.execute("CREATE TABLE visits (id INTEGER PRIMARY KEY, note TEXT NOT NULL)")
    old.close()
    store = ("--store", "sqlite:///old.db")
    assert cli("migrate", "shop:shop", *store).returncode == 0
    done = cli("fake", "shop:shop", "--rows", "20", "--quiet", *store)
    assert done.returncode == 0, done.stdout + done.stderr
    ((parts,),) = rows(project / "old.db", "SELECT count(*) FROM part JOIN visits ON visits.id = visit_id")
    assert parts > 0


def test_a_second_run_adds(cli: Cli, project: Path) -> None:
    for _ in range(2):
        assert cli("fake", "--rows", "60", "--quiet").returncode == 0
    ((subjects, different),) = rows(project / "jobs.db", "SELECT count(*), count(DISTINCT subject) FROM user")
    assert subjects == different >= 8


def test_one_entity_is_made_with_few_of_those_it_needs(cli: Cli) -> None:
    told = json.loads(cli("fake", "--rows", "50", "--entity", "Job", "--json").stdout)["made"]
    assert told["Job"] == 50 and 1 <= told["Company"] <= 5 and "Application" not in told


def test_a_dry_run_makes_no_file_and_no_row(cli: Cli, project: Path) -> None:
    tried = cli("fake", "--rows", "30", "--dry-run")
    assert tried.returncode == 0 and tried.stdout.startswith("would make 30 rows")
    assert not list(project.glob("*.db*")) and not list(project.glob("*.files"))


@pytest.mark.parametrize(
    ("arguments", "variables", "expected"),
    [
        ((), {"STRONGBACK_PROFILE": "production"}, "SB427 made-up rows do not belong into production"),
        (("--entity", "Jbo"), {}, "did you mean `Job`?"),
    ],
)
def test_where_none_are_made_it_is_said(
    cli: Cli, arguments: tuple[str, ...], variables: dict[str, str], expected: str
) -> None:
    refused = cli("fake", *arguments, **variables)
    assert refused.returncode == 3 and expected in refused.stderr


@pytest.mark.skipif(os.name == "nt", reason="lacks signals of this kind")
def test_stopped_by_ctrl_c_it_keeps_what_was_made_and_says_how_much(project: Path) -> None:
    heeding = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    command = [
        sys.executable,
        "-c",
        f"{heeding}from strongback.cli.main import main\nmain()",
        "fake",
        "--rows",
        "500000",
    ]
    with subprocess.Popen(command, cwd=project, env=environment(), stderr=subprocess.PIPE, text=True) as running:
        until = time.monotonic() + 60
        while time.monotonic() < until and not _made(project / "jobs.db"):
            time.sleep(0.1)
        running.send_signal(signal.SIGINT)
        try:
            _, said = running.communicate(timeout=60)
        finally:
            running.kill()
    assert running.returncode == 130 and "made and kept: " in said and "interrupted" in said and "Traceback" not in said
    assert _made(project / "jobs.db")


def _made(database: Path) -> int:
    try:
        return int(rows(database, "SELECT count(*) FROM user")[0][0]) if database.exists() else 0
    except sqlite3.OperationalError:
        return 0


def test_ways_are_creates_and_actions_that_give_a_row_and_those_that_change_one() -> None:
    ways = {way.operation: way for way in ways_of(jobs_model())}
    assert (ways["Job.create"].makes, ways["Job.create"].on) == ("Job", "")
    assert (ways["Job.apply"].makes, ways["Job.apply"].on) == ("Application", "Job")
    assert (ways["Job.publish"].makes, ways["Job.publish"].on) == ("", "Job")
    assert ways["Company.found"].given[0].unique
