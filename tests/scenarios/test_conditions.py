"""Conditional requests: what a write must say, and what happens when it says something else (RFC 9110, section 13; RFC 6585)."""

from __future__ import annotations

from msgspec.structs import replace

from examples.jobs.service import jobs
from strongback.model.load import load
from strongback.model.model import Model
from tests.scenarios.jobs import Caller, Stage, stage


def conditional() -> Model:
    """The example, with jobs whose writes must name a version."""
    model = load(jobs)
    entities = tuple(replace(e, conditional_writes=True) if e.name == "Job" else e for e in model.entities)
    return replace(model, entities=entities)


async def posted(on: Stage) -> tuple[Caller, str]:
    ann = await on.user("ann")
    company = (await ann("Company.found", body={"name": "Acme"})).item["id"]
    made = await ann("Job.create", body={"company_id": company, "title": "T", "body": "B", "city": "Oslo"})
    return ann, made.item["id"]


async def test_a_write_without_a_version_is_refused_where_the_model_demands_one(store_url: str) -> None:
    """428 for who may write, 404 for who may not even read."""
    async with stage(store_url, conditional()) as on:
        ann, job = await posted(on)
        assert (await ann("Job.update", job, body={"title": "U"})).code == "SB221"
        assert (await (await on.user("eve"))("Job.update", job, body={"title": "U"})).code == "SB212"
        assert (await ann("Job.update", job, body={"title": "U"}, if_match=("1",))).item["title"] == "U"
        assert (await ann("Job.update", job, body={"title": "V"}, if_match=("1",))).code == "SB220"
        assert (await ann("Job.get", job)).item["title"] == "U"


async def test_wrong_values_are_told_before_a_missing_version(store_url: str) -> None:
    """422 comes before 428."""
    async with stage(store_url, conditional()) as on:
        ann, job = await posted(on)
        assert (await ann("Job.update", job, body={"title": 7})).code == "SB201"
