"""What is kept of requests is bounded, whatever callers send."""

from __future__ import annotations

from strongback.serve.doors.rest.routes import Routes
from strongback.serve.guard.query import parse_query
from tests.jobs_model import jobs_model


def test_a_member_named_a_thousand_times_is_asked_once() -> None:
    resource, _ = Routes(jobs_model()).find("/v1/jobs")
    asked = resource.route("GET").parameters.read(
        parse_query(f"fields={'id,' * 999}id&company.fields={'name,' * 99}name")
    )
    assert asked.select.fields == ("id",)
    assert asked.select.include["company"].fields == ("name",)
