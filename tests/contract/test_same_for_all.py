"""Whoever may list, may ask for everything the document offers: no value that is right is refused for what its caller never sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from examples.jobs.service import jobs
from strongback.contract.openapi import make_openapi
from strongback.declare.service import Service
from strongback.testing.client import async_client
from tests.contract.judge import Judge
from tests.services.clinic import clinic
from tests.services.depot import depot
from tests.services.guild import guild
from tests.services.shop import shop

ID = "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"
FORMATS = {"uuid": ID, "date-time": "2026-01-02T03:04:05Z", "date": "2026-02-28", "decimal": "1"}


def options(parameter: dict[str, Any]) -> Iterator[str]:
    """Values that *parameter* takes: each of an enumeration, one of anything else."""
    schema = parameter["schema"]
    schema = schema["items"] if schema["type"] == "array" else schema
    if "enum" in schema:
        yield from map(str, schema["enum"])
    elif schema["type"] == "string":
        yield FORMATS.get(schema.get("format", ""), "P1D" if schema.get("pattern", "").startswith("^-?P") else "a")
    else:
        yield {"boolean": "true", "integer": "1", "number": "0.5"}[schema["type"]]


def in_one(parameter: dict[str, Any]) -> bool:
    """Whether all values are asked for at once: a selection of members takes them all, and each shape is a statement to compile."""
    return str(parameter["name"]).rpartition(".")[2] == "fields"


def queries(operation: dict[str, Any]) -> Iterator[str]:
    for parameter in operation["parameters"]:
        if parameter.get("in") == "query":
            # A path of relations is a statement of its own to compile; those of two steps are read as those of one.
            values = [value for value in options(parameter) if parameter["name"] != "include" or "." not in value]
            values = [",".join(values)] if in_one(parameter) else values
            yield from (f"{parameter['name']}={quote(value)}" for value in values)


@pytest.mark.parametrize("service", [jobs, clinic, shop, guild, depot], ids=lambda service: service.name)
async def test_what_is_documented_is_taken_of_everybody(service: Service) -> None:
    """Each filter, order, relation and member of each list, alone: the answer is that of the list without it."""
    asked, taken = 0, 0
    async with async_client(service) as stranger:
        document = msgspec.json.decode(msgspec.json.encode(make_openapi(stranger.app.model)))
        lists = [each for each in Judge(document).operations() if each.method == "GET" and "{id}" not in each.path]
        for caller in (stranger, stranger.as_user("somebody")):
            for each in lists:
                plain = (await caller.get(each.path)).status
                for query in queries(each.said):
                    asked += 1
                    answer = await caller.get(f"{each.path}?{query}")
                    assert answer.status == plain, f"{each.path}?{query}: {answer.body!r}"
                    taken += answer.status == 200
    assert asked > 30
    assert taken > asked / 4
