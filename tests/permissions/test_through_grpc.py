"""
The matrix through the gRPC door: the same cases and the same oracle, asked by messages and answered by messages.

What the door does wrong on the way is found as what a plan does wrong is.
"""

from __future__ import annotations

from typing import Any

import pytest

from examples.jobs.service import jobs
from strongback.declare.service import Service
from strongback.serve.doors.grpc import read
from strongback.serve.doors.grpc.rows import RowCodec
from strongback.testing.permissions import render_report, run
from strongback.testing.through_grpc import shown
from tests.services.bazaar import bazaar
from tests.services.clinic import clinic
from tests.services.guild import guild
from tests.services.legacy import legacy
from tests.services.workshop import workshop

CASES = {"jobs": 1_200, "clinic": 1_200, "guild": 400, "bazaar": 1_000, "legacy": 600, "workshop": 600}


@pytest.mark.slow
@pytest.mark.parametrize("service", [jobs, clinic, guild, bazaar, legacy, workshop], ids=lambda service: service.name)
def test_no_caller_gets_more_or_less(service: Service) -> None:
    report = run(service, None, CASES[service.name], seed=2, door="grpc")
    assert not report.findings, render_report(report)
    assert report.through > report.cases // 2, "most of what is asked has a message"


def test_nor_on_the_other_store(postgres_url: str) -> None:
    report = run(jobs, postgres_url, 300, seed=3, door="grpc")
    assert not report.findings, render_report(report)


def no_filter(text: str) -> Any:
    return (), ()


def no_version(etag: str) -> None:
    return None


def no_mask(method: Any, message: Any, included: Any = ()) -> Any:
    return read.NO_SELECTION, ()


@pytest.mark.parametrize(
    "planted",
    [
        (jobs, "read_filter", no_filter),
        (guild, "_version", no_version),
        (jobs, "_select", no_mask),
        (jobs, "unknown_fields", lambda message, where="": iter(())),
    ],
    ids=["filters are dropped", "versions are dropped", "masks are dropped", "unknown fields are dropped"],
)
def test_what_the_door_drops_is_found(planted: tuple[Service, str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    service, name, instead = planted
    monkeypatch.setattr(read, name, instead)
    assert run(service, None, 1_500, seed=1, door="grpc", enough=1).findings


def test_a_member_that_the_door_adds_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    write = RowCodec.write
    monkeypatch.setattr(
        RowCodec, "write", lambda self, row: {**({"note": "?"} if "letter" in row else {}), **write(self, row)}
    )
    report = run(jobs, None, 1_500, seed=1, door="grpc", enough=1)
    assert report.leaks


def test_null_and_hidden_are_one_in_a_message() -> None:
    assert shown({"a": None, "b": [], "c": {"d": None, "e": 0}, "f": [{"g": None}]}) == {"c": {"e": 0}, "f": [{}]}
