"""The matrix through the GraphQL door: by documents, judged by the same oracle; and leaks planted in the door, which it has to notice."""

from __future__ import annotations

from typing import Any

import pytest

from examples.jobs.service import jobs
from strongback.declare.service import Service
from strongback.plan.asked import Asked, FilterAsk, SelectAsk, Target
from strongback.serve.doors.graphql import shapes, told
from strongback.serve.doors.graphql.fields import GetField
from strongback.testing.permissions import render_report, run
from strongback.testing.through_graphql import words_of
from tests.jobs_model import jobs_model
from tests.services.bazaar import bazaar
from tests.services.clinic import clinic
from tests.services.guild import guild
from tests.services.legacy import legacy

Patch = pytest.MonkeyPatch
CASES = {"jobs": 3_000, "clinic": 1_500, "guild": 1_500, "bazaar": 800, "legacy": 800}


@pytest.mark.slow
@pytest.mark.parametrize("service", [jobs, clinic, guild, bazaar, legacy], ids=lambda service: service.name)
def test_no_caller_gets_more_or_less(service: Service, store_url: str) -> None:
    report = run(service, store_url, CASES[service.name], seed=11, door="graphql")
    assert report.cases >= CASES[service.name]
    assert report.through >= report.cases * 0.8  # walks ask several times, and a few requests have no words in GraphQL
    assert not report.findings, render_report(report)


def no_errors(patch: Patch) -> None:
    """A hidden member is null, and nothing tells it from one without a value."""
    patch.setattr(told.Told, "hide", lambda self, at: None)


def no_reference(patch: Patch) -> None:
    """A related row that is hidden is told as one that is missing."""
    patch.setattr(shapes.ToOne, "__call__", lambda self, row, at, said: said.hide(at) if self.key not in row else None)


def another_row(patch: Patch) -> None:
    """A document is answered with the row of the one before."""
    before: list[Asked] = []
    ask = GetField.ask

    def asked(self: GetField, arguments: Any) -> Asked:
        before.append(ask(self, arguments))
        return before[-2] if len(before) > 1 and before[-2].target == before[-1].target else before[-1]

    patch.setattr(GetField, "ask", asked)


@pytest.mark.parametrize("plant", [no_errors, no_reference, another_row], ids=lambda plant: plant.__name__)
def test_a_leak_of_the_door_is_found(plant: Any, monkeypatch: Patch) -> None:
    plant(monkeypatch)
    report = run(jobs, None, 3_000, seed=2, door="graphql", enough=1)
    assert report.findings


def test_every_part_of_a_request_is_in_its_document() -> None:
    select = SelectAsk(
        ("id", "title"), {"company": SelectAsk(("name",)), "applications": SelectAsk(("note",), page_size=2)}
    )
    filters = (FilterAsk("city", "in", ("Oslo", "Bergen"), "", text=False),)
    asked = Asked(Target("Job", "list", "search"), select=select, filters=filters, sort="-created_at", page_size=5)
    words = words_of(jobs_model(), asked)
    assert words is not None
    assert words["variables"] == {"where": {"city": {"in": ["Oslo", "Bergen"]}}, "first": 5}
    for part in ("orderBy: CREATED_AT_DESC", "id: rowId", "company: company { name: name }", "applications(first: 2)"):
        assert part in words["query"]
