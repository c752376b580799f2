"""Paths and methods lead to operations; nothing else does."""

from __future__ import annotations

import pytest

from strongback.contract.rest import endpoints
from strongback.errors import MethodNotAllowed, NotFound
from strongback.plan.asked import Target
from strongback.serve.doors.rest.routes import Routes
from tests.jobs_model import jobs_model

ID = "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"
ROUTES = Routes(jobs_model())


def find(method: str, path: str) -> tuple[Target, str | None]:
    resource, row = ROUTES.find(path)
    return resource.route(method).target, row


@pytest.mark.parametrize(
    ("method", "path", "target", "row"),
    [
        ("GET", "/v1/jobs", Target("Job", "list", "search"), None),
        ("POST", "/v1/jobs", Target("Job", "create", "create"), None),
        ("GET", f"/v1/jobs/{ID}", Target("Job", "get", "get"), ID),
        ("HEAD", f"/v1/jobs/{ID}", Target("Job", "get", "get"), ID),
        ("PATCH", f"/v1/jobs/{ID}", Target("Job", "update", "update"), ID),
        ("DELETE", f"/v1/applications/{ID}", Target("Application", "delete", "delete"), ID),
        ("POST", f"/v1/jobs/{ID}/publish", Target("Job", "action", "publish"), ID),
        ("POST", "/v1/companies/found", Target("Company", "action", "found"), None),
        ("GET", "/v1/jobs/no-id-at-all", Target("Job", "get", "get"), "no-id-at-all"),
    ],
)
def test_a_path_and_method_name_one_operation(method: str, path: str, target: Target, row: str | None) -> None:
    assert find(method, path) == (target, row)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        "/v1",
        "/v1/",
        "/v1/jobs/",
        "/v1/job",
        "/jobs",
        f"/v1/jobs/{ID}/",
        f"/v1/jobs/{ID}/nothing",
        "/v1/jobs//publish",
    ],
)
def test_other_paths_are_not_there(path: str) -> None:
    with pytest.raises(NotFound):
        ROUTES.find(path)


def test_a_misspelt_collection_is_suggested() -> None:
    with pytest.raises(NotFound) as refused:
        ROUTES.find("/v1/job")
    assert refused.value.hint == "did you mean `/v1/jobs`?"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/jobs", ("GET", "HEAD", "POST", "OPTIONS")),
        ("DELETE", f"/v1/jobs/{ID}", ("GET", "HEAD", "PATCH", "OPTIONS")),
        ("GET", f"/v1/jobs/{ID}/publish", ("POST", "OPTIONS")),
        ("TRACE", "/v1/companies/found", ("POST", "OPTIONS")),
        ("BREW", f"/v1/users/{ID}", ("GET", "HEAD", "PATCH", "OPTIONS")),
    ],
)
def test_another_method_is_refused_with_those_there_are(method: str, path: str, allowed: tuple[str, ...]) -> None:
    with pytest.raises(MethodNotAllowed) as refused:
        find(method, path)
    assert refused.value.allowed == allowed


def test_what_nobody_is_granted_is_not_there() -> None:
    ids = {endpoint.operation_id for endpoint in endpoints(jobs_model())}
    assert {"jobs_search", "jobs_create", "jobs_apply", "users_update", "applications_delete"} <= ids
    assert not ids & {"jobs_delete", "users_create", "users_delete", "users_search", "applications_create"}


def test_every_operation_has_one_id_and_is_found_at_its_path() -> None:
    every = endpoints(jobs_model())
    assert len({endpoint.operation_id for endpoint in every}) == len(every) == len(list(ROUTES.each()))
    for endpoint in every:
        assert find(endpoint.method, endpoint.path.replace("{id}", ID))[0] == Target(
            endpoint.entity, endpoint.kind, endpoint.name
        )
