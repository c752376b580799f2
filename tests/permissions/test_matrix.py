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
from tests.services.album import album
from tests.services.bazaar import bazaar
from tests.services.clinic import clinic
from tests.services.depot import depot
from tests.services.guild import guild
from tests.services.legacy import legacy
from tests.services.workshop import workshop

# On each store more than 20,000 in all.
CASES = {"jobs": 13_000, "clinic": 5_000, "guild": 2_500, "album": 2_000, "bazaar": 2_500, "legacy": 2_500}


@pytest.mark.slow
@pytest.mark.parametrize("service", [jobs, clinic, guild, album, bazaar, legacy], ids=lambda service: service.name)
def test_no_caller_gets_more_or_less(service: Service, store_url: str) -> None:
    """
    The example; tenants behind long paths; hidden fields, null paths, own kind, negation, deleted rows; rows with children; tables that
    are there already.
    """
    report = run(service, store_url, CASES[service.name], seed=1)
    assert report.cases >= CASES[service.name]
    assert not report.findings, render_report(report)


@pytest.mark.parametrize("service", [depot, workshop], ids=lambda service: service.name)
def test_any_service_can_be_asked(service: Service) -> None:
    """Whatever types, constraints and actions a service has, a world of it can be made."""
    report = run(service, None, 800, seed=4)
    assert report.cases >= 800
    assert not report.findings, render_report(report)


def test_enough_is_asked_on_each_store() -> None:
    assert sum(CASES.values()) >= 20_000


def test_equal_seeds_ask_the_same() -> None:
    """A finding can be found again."""
    first, second, other = (run(jobs, None, 500, seed).coverage for seed in (7, 7, 8))
    assert first == second != other


async def test_a_store_with_rows_is_left_alone(tmp_path: Path) -> None:
    """Nothing of a store in use is deleted."""
    url = f"sqlite:///{tmp_path}/used.db"
    async with stage(url) as on:
        ann = await on.user("ann")
        company = (await ann("Company.found", body={"name": "Acme"})).item["id"]
    with pytest.raises(StoreInUse):
        await run_permissions(jobs, url, 10)
    async with stage(url) as on:
        assert (await (await on.user("ann"))("Company.get", company)).item["name"] == "Acme"
