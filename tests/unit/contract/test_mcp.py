"""What MCP lists of a Model is complete, made of the same schemas as OpenAPI, and the same for the same model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from msgspec.structs import replace

from examples.jobs.service import jobs
from strongback.contract.mcp import describe_tools, write_tools
from strongback.model.model import Model
from strongback.model.tool import tools_of
from strongback.model.wire import required, writable
from tests.services.album import album
from tests.services.bazaar import bazaar
from tests.services.clinic import clinic
from tests.services.depot import depot
from tests.services.guild import guild
from tests.services.legacy import legacy
from tests.services.shop import shop
from tests.services.workshop import workshop
from tests.unit.contract.things import things_model

GOLDEN = Path(__file__).parents[2] / "golden" / "tools_jobs.json"


def with_all(model: Model) -> Model:
    """*model* with every operation that can be a tool."""
    return replace(model, mcp=tuple(tool for entity in model.entities for tool in tools_of(entity)))


SERVICES = (jobs, album, bazaar, clinic, depot, guild, legacy, shop, workshop)
MODELS = {service.name: with_all(service.draft()) for service in SERVICES} | {"things": with_all(things_model())}
each_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


def test_the_example_has_the_tools_that_were_read_and_agreed(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("update_golden"):
        GOLDEN.write_bytes(write_tools(MODELS["jobs"]))
    assert write_tools(MODELS["jobs"]) == GOLDEN.read_bytes()


@each_model
def test_equal_models_give_equal_bytes(model: Model) -> None:
    assert write_tools(model) == write_tools(replace(model))


@each_model
def test_every_input_is_described_by_a_schema_that_stands_by_itself(model: Model) -> None:
    for tool in describe_tools(model):
        jsonschema_rs.meta.validate(tool.input_schema)
        jsonschema_rs.Draft202012Validator(tool.input_schema)  # all that it refers to is in it
        assert tool.input_schema["additionalProperties"] is False


@each_model
def test_names_are_apart_and_what_programs_take(model: Model) -> None:
    names = [tool.name for tool in describe_tools(model)]
    assert len(names) == len(set(names)) == len(model.mcp)
    assert all(name.replace("_", "a").isalnum() and len(name) <= 64 for name in names)


@each_model
def test_only_what_reads_says_so_and_what_takes_an_approval_says_how(model: Model) -> None:
    for tool in describe_tools(model):
        reads = tool.tool.kind in ("get", "list")
        assert tool.annotations["readOnlyHint"] is reads
        assert (
            ("approval" in tool.input_schema["properties"]) is tool.tool.approval is ("`approval`" in tool.description)
        )
        assert ("dry_run" in tool.input_schema["properties"]) is not reads
        if tool.tool.kind in ("update", "delete"):
            assert tool.annotations["destructiveHint"] is True


def one(model: Model, name: str) -> dict[str, Any]:
    return next(tool.input_schema for tool in describe_tools(model) if tool.name == name)


def test_a_create_takes_what_the_model_has_writable() -> None:
    model = MODELS["jobs"]
    values = one(model, "jobs_create")["properties"]["values"]
    assert [*values["properties"]] == [*writable(model.entity("Job"), create=True)]
    assert values["required"] == list(required(model.entity("Job")))


@pytest.mark.parametrize(
    ("arguments", "fits"),
    [
        ({}, True),
        ({"where": {"city": {"eq": "Oslo"}}, "sort": "-created_at", "page_size": 5}, True),
        ({"where": {"city": {"in": ["Oslo", "Bergen"]}}}, True),
        ({"where": {"city": "Oslo"}}, False),
        ({"where": {"city": {}}}, False),
        ({"where": {"title": {"eq": "x"}}}, False),
        ({"sort": "title"}, False),
        ({"fields": ["letter"]}, False),
        ({"city": "Oslo"}, False),
    ],
)
def test_the_schema_of_a_list_says_what_is_taken(arguments: dict[str, Any], fits: bool) -> None:
    validator = jsonschema_rs.Draft202012Validator(one(MODELS["jobs"], "jobs_search"))
    assert validator.is_valid(arguments) is fits
