"""
The matrix on the example and the sample services: no caller gets more than the team's own functions say, nor less.

`strongback test permissions` runs the same with as many cases as one likes.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from examples.jobs.service import jobs
from strongback.declare.service import Service
from strongback.testing.permissions import render_report, run, run_permissions
from strongback.testing.stored import StoreInUse
from tests.scenarios.jobs import stage
from tests.services.clinic import clinic
from tests.services.guild import guild

CASES = 3_000


def test_the_example_on_every_store(store_url: str) -> None:
    """No leak and no wrong refusal."""
    report = run(jobs, store_url, CASES, seed=1)
    assert report.cases >= CASES
    assert not report.findings, render_report(report)


def test_equal_seeds_ask_the_same() -> None:
    """A finding can be found again."""
    first, second, other = (run(jobs, None, 500, seed).coverage for seed in (7, 7, 8))
    assert first == second != other


async def test_a_store_with_rows_is_left_alone(tmp_path: Path) -> None:
    """Nothing of a store in use is deleted."""
    url = f"sqlite:///{tmp_path}/used.db"
    async with stage(url) as on:
        ann = await on.user("ann")
    with pytest.raises(StoreInUse):
        await run_permissions(jobs, url, 10)
    async with stage(url) as on:
        assert (await ann("User.get", "no id")).code == "SB212"


@pytest.mark.parametrize("service", [guild, clinic], ids=["guild", "clinic"])
def test_the_samples_on_every_store(service: Service, store_url: str) -> None:
    """Hidden fields, null paths, own kind, `all`, negation, deleted rows; tenants behind long paths, roles of the caller alone."""
    report = run(service, store_url, CASES, seed=2)
    assert report.cases >= CASES
    assert not report.findings, render_report(report)
