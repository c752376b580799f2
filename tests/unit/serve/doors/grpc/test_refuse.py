"""Errors as `google.rpc.Status`: a code for each, details in bounds, nothing of ours."""

from __future__ import annotations

import inspect

import pytest
from google.rpc import error_details_pb2

from strongback import errors
from strongback.contract.problems import PROBLEMS
from strongback.errors import Fault, StrongbackError
from strongback.serve.doors.grpc.refuse import CODES, INTERNAL, code_of, field_path, status_of

RAISED = [
    each
    for _, each in inspect.getmembers(errors, inspect.isclass)
    if issubclass(each, errors.RequestError | errors.DependencyError)
]


@pytest.mark.parametrize("kind", RAISED, ids=lambda kind: kind.__name__)
def test_what_is_the_callers_is_never_told_as_ours(kind: type[StrongbackError]) -> None:
    if issubclass(kind, errors.RequestError):
        assert code_of(kind) != INTERNAL


def test_every_error_that_http_tells_apart_has_its_own_row_or_that_of_its_class() -> None:
    assert {code_of(kind) for kind in PROBLEMS if issubclass(kind, StrongbackError)} <= set(CODES.values())


def test_of_our_own_faults_nothing_is_told() -> None:
    status = status_of(errors.InternalError("SELECT secret"), "jobs.v1", "r1")
    assert (status.code, b"secret" in status.SerializeToString()) == (INTERNAL, False)
    status = status_of(errors.Unavailable("postgresql://secret", retry_after_s=2.5), "jobs.v1", "r1")
    assert b"secret" not in status.SerializeToString()
    retry = error_details_pb2.RetryInfo()
    assert any(each.Unpack(retry) for each in status.details)
    assert retry.retry_delay.ToMilliseconds() == 2500


def test_a_hint_speaks_of_what_there_is_in_a_request() -> None:
    error = errors.VersionRequired("this needs a version", hint="send its ETag in `If-Match`")
    info = error_details_pb2.ErrorInfo()
    assert status_of(error, "jobs.v1", "r1").details[0].Unpack(info)
    assert info.metadata["hint"] == "read the row, and send its `etag`"


def test_details_have_an_end_and_say_how_much_more_there_is() -> None:
    faults = [Fault("SB201", "x" * 1_000, f"/{at}/" + "y" * 1_000) for at in range(200)]
    status = status_of(errors.InvalidInput(faults), "jobs.v1", "r1", "/job")
    bad = error_details_pb2.BadRequest()
    assert any(each.Unpack(bad) for each in status.details)
    assert status.ByteSize() < 2_800
    assert bad.field_violations[-1].description == f"and {200 - len(bad.field_violations) + 1} more"


@pytest.mark.parametrize(
    ("where", "prefix", "path"),
    [
        ("", "/job", ""),
        ("/title", "/job", "job.title"),
        ("/lines/10/sku", "", "lines[10].sku"),
        ("?page_size", "/job", "page_size"),
        ("sort", "", "order_by"),
        ("q", "", "query"),
        ("include", "", "read_mask"),
        ("applications.sort", "", "included"),
        ("/a~1b", "", "a/b"),
    ],
)
def test_a_place_is_a_path_of_fields(where: str, prefix: str, path: str) -> None:
    assert field_path(where, prefix) == path
