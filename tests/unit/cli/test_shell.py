"""`strongback shell`: as any caller, with permissions as ever, and nothing stays unless that was asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Cli, environment

FOUND = 'made = await client.post("/v1/companies/found", json={"name": "Acme"}); print(made.status)'
COUNT = 'print(len((await as_user("ada").get("/v1/memberships")).json["items"]))'


def test_each_request_is_taken_back_and_commit_keeps_it(cli: Cli, store_url: str) -> None:
    """The row, and that of a caller who was never seen: on both stores."""
    assert cli("migrate", "--quiet", "--store", store_url).returncode == 0
    tried = cli("shell", "--store", store_url, "--as", "ada", "-c", f"{FOUND}\n{COUNT}")
    assert (tried.returncode, tried.stdout.split()) == (0, ["200", "0"]), tried.stderr
    kept = cli("shell", "--store", store_url, "--as", "ada", "--commit", "-c", f"{FOUND}\n{COUNT}")
    assert kept.stdout.split() == ["200", "1"], kept.stderr
    users = 'print([u["name"] for u in (await client.get("/v1/users")).json["items"]])'
    assert cli("shell", "--store", store_url, "--as", "bob", "-c", users).stdout == "[]\n"


def test_permissions_hold_and_a_constraint_is_told_although_nothing_stays(cli: Cli) -> None:
    assert cli("shell", "--as", "ada", "--commit", "-c", FOUND).stdout == "200\n"
    told = cli("shell", "--as", "bob", "-c", FOUND)
    assert told.stdout == "409\n", told.stderr
    stranger = cli("shell", "-c", FOUND)
    assert stranger.stdout == "401\n"


def test_statements_are_said_when_asked_for(cli: Cli) -> None:
    code = "await client.get('/v1/jobs')\nsql(False)\nawait client.get('/v1/memberships')"
    said = cli("shell", "--sql", "--as", "ada", "-c", code)
    assert said.returncode == 0 and "Job.search" in said.stderr and "Membership.search" not in said.stderr
    assert " ms 0 rows" in said.stderr


def test_the_models_classes_and_explain_are_at_hand(cli: Cli) -> None:
    code = "print(Job.__name__, sb.EVERYONE is not None)\nawait explain('Job.recruiter')"
    told = cli("shell", "-c", code)
    assert told.stdout.startswith("Job True\nJob.recruiter\n") and "Cost: " in told.stdout


def test_what_raises_ends_with_one_and_is_shown(cli: Cli) -> None:
    for code, expected in (("1/0", "ZeroDivisionError"), ("await (", "SyntaxError")):
        failed = cli("shell", "-c", code)
        assert failed.returncode == 1 and expected in failed.stderr


def test_production_is_refused_unless_it_is_said(cli: Cli) -> None:
    refused = cli("shell", "-c", "1", STRONGBACK_PROFILE="production")
    assert refused.returncode == 3 and "SB426" in refused.stderr and "--production" in refused.stderr


@pytest.mark.skipif(os.name == "nt", reason="lacks a terminal of this kind")
def test_at_the_prompt_names_live_on_and_a_mistake_ends_nothing(project: Path) -> None:
    typed = "answer = await client.get('/v1/jobs')\nanswer.status\n1/0\nanswer.json['items']\n"
    command = [sys.executable, "-m", "strongback.cli", "shell"]
    done = subprocess.run(
        command, cwd=project, env=environment(), input=typed, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0 and "200" in done.stdout and "[]" in done.stdout
    assert "ZeroDivisionError" in done.stderr and "as a stranger; each request is rolled back" in done.stderr
