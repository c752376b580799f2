"""`strongback test permissions`: what a team runs on its own service."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from strongback.cli.main import strongback
from strongback.plan import read as plan_read_module
from strongback.predicate.tree import TRUE

JOBS = str(Path(__file__).parents[2] / "examples" / "jobs" / "service.py")


def test_a_sound_service_passes() -> None:
    """Cases, coverage and seed are printed; the exit code is 0."""
    ran = CliRunner().invoke(strongback, ["test", "permissions", JOBS, "--cases", "400", "--seed", "5"])
    assert ran.exit_code == 0, ran.output
    assert "seed 5" in ran.output and "0 leaks, 0 wrong refusals" in ran.output
    assert "Job.search  recruiter" in ran.output


def test_it_asks_through_a_door() -> None:
    ran = CliRunner().invoke(strongback, ["test", "permissions", JOBS, "--cases", "100", "--door", "grpc"])
    assert ran.exit_code == 0, ran.output
    assert "jobs on sqlite through grpc (" in ran.output


def test_a_leak_is_told_with_all_that_finds_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """World, caller, operation, what was expected and what came; the exit code is 1."""
    monkeypatch.setattr(plan_read_module, "may_see", lambda *args: TRUE)
    ran = CliRunner().invoke(strongback, ["test", "permissions", JOBS, "--cases", "1500", "--json"])
    assert ran.exit_code == 1, ran.output
    found = json.loads(ran.output)
    assert found["seed"] == 1 and found["cases"] >= 1500 and found["coverage"]
    leak = next(each for each in found["leaks"] if each["operation"].startswith("Application."))
    assert leak["world"].startswith("1/")
    assert "note" in leak["got"] and "note" not in leak["expected"]
