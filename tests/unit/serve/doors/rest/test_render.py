"""Outcomes become answers, errors become problems."""

from __future__ import annotations

import json
from typing import Any

import pytest

from strongback import errors
from strongback.contract.problems import PROBLEMS
from strongback.engine.request import Reply, Request
from strongback.errors import Fault, StrongbackError
from strongback.plan.asked import Asked, Target
from strongback.plan.outcome import Outcome
from strongback.serve.doors.rest.door import RestDoor
from tests.jobs_model import jobs_model

DOOR = RestDoor(jobs_model())
ID = "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"
GET = Asked(Target("Job", "get", "get"), ID)
LIST = Asked(Target("Job", "list", "search"))
CREATE = Asked(Target("Job", "create", "create"))
UPDATE = Asked(Target("Job", "update", "update"), ID)
DELETE = Asked(Target("Application", "delete", "delete"), ID)
APPLY = Asked(Target("Job", "action", "apply"), ID)
PUBLISH = Asked(Target("Job", "action", "publish"), ID)


def render(asked: Asked, outcome: Outcome, **headers: str) -> tuple[int, dict[str, str], Any]:
    return shown(DOOR.render(Request("GET", "/", headers=headers, request_id="r1"), asked, outcome))


def refuse(
    error: StrongbackError, method: str = "GET", request_id: str = "r1", **headers: str
) -> tuple[int, dict[str, str], Any]:
    return shown(DOOR.refuse(Request(method, "/", headers=headers, request_id=request_id), error))


def shown(reply: Reply) -> tuple[int, dict[str, str], Any]:
    return reply.status, dict(reply.headers), json.loads(reply.body) if reply.body else None


def test_a_row_comes_with_its_tag_and_may_be_kept_by_its_reader() -> None:
    status, headers, body = render(GET, Outcome("read", {"id": ID}, etag="3.1"))
    assert (status, body, headers["etag"]) == (200, {"id": ID}, '"3.1"')
    assert headers["cache-control"] == "private, no-cache" and headers["vary"] == "authorization, accept"
    assert headers["x-request-id"] == "r1" and headers["content-type"] == "application/json"


def test_a_row_without_a_tag_is_not_kept() -> None:
    status, headers, _ = render(GET, Outcome("read", {"id": ID}))
    assert status == 200 and "etag" not in headers and headers["cache-control"] == "no-store"


def test_who_holds_the_row_is_told_so_without_content() -> None:
    status, headers, body = render(GET, Outcome("unchanged", etag="3"))
    assert (status, body, headers["etag"]) == (304, None, '"3"') and "content-type" not in headers


def test_a_read_of_another_version_than_the_asked_one_is_refused() -> None:
    asked = Asked(GET.target, ID, if_match=("2",))
    with pytest.raises(errors.StaleVersion):
        render(asked, Outcome("read", {"id": ID}, etag="3"))
    assert render(Asked(GET.target, ID, if_match=("2", "3")), Outcome("read", {}, etag="3"))[0] == 200


def test_a_page_says_how_to_go_on_and_the_last_one_does_not() -> None:
    assert render(LIST, Outcome("read", items=[1], next_page_token="t", count=7))[2] == {
        "items": [1],
        "next_page_token": "t",
        "count": 7,
    }
    assert render(LIST, Outcome("read", items=[], count=0))[2] == {"items": [], "count": 0}
    assert render(LIST, Outcome("read", items=[]))[2] == {"items": []}


def test_a_made_row_is_answered_with_its_place() -> None:
    status, headers, body = render(CREATE, Outcome("created", {"id": ID}, id=ID, etag="1"))
    assert (status, body, headers["location"], headers["etag"]) == (201, {"id": ID}, f"/v1/jobs/{ID}", '"1"')


def test_a_made_row_its_maker_may_not_read_has_a_place_only() -> None:
    status, headers, body = render(CREATE, Outcome("created", id=ID))
    assert (status, body, headers["location"]) == (204, None, f"/v1/jobs/{ID}")


def test_a_changed_row_is_answered() -> None:
    status, headers, body = render(UPDATE, Outcome("updated", {"id": ID}, id=ID, etag="2"))
    assert (status, body, headers["content-location"]) == (200, {"id": ID}, f"/v1/jobs/{ID}")


def test_who_wants_no_content_back_gets_none() -> None:
    status, headers, body = render(UPDATE, Outcome("updated", {"id": ID}, id=ID, etag="2"), prefer="return=minimal")
    assert (status, body, headers["preference-applied"], headers["etag"]) == (204, None, "return=minimal", '"2"')
    assert render(CREATE, Outcome("created", {}, id=ID), prefer="handling=strict, Return=minimal")[0] == 204


def test_a_deleted_row_leaves_nothing() -> None:
    assert render(DELETE, Outcome("deleted", id=ID))[::2] == (204, None)


def test_an_action_answers_the_row_it_returns_where_that_row_is() -> None:
    status, headers, body = render(APPLY, Outcome("ran", {"id": ID}, id=ID, etag="1", returned=True))
    assert (status, body, headers["content-location"]) == (200, {"id": ID}, f"/v1/applications/{ID}")


def test_an_action_that_returns_nothing_answers_nothing() -> None:
    assert render(PUBLISH, Outcome("ran"))[::2] == (204, None)


@pytest.mark.parametrize(
    "kind", [kind for kind in PROBLEMS if kind not in (errors.StrongbackError, errors.DependencyError)]
)
def test_every_error_has_a_status_of_its_own_making(kind: type[Exception]) -> None:
    assert 400 <= PROBLEMS[kind].status <= 504 and PROBLEMS[kind].title


def test_every_request_and_dependency_error_is_in_the_table() -> None:
    every = {*errors.RequestError.__subclasses__(), *errors.DependencyError.__subclasses__()}
    every = {each for each in every if each.__module__.startswith(errors.__name__)}  # not those of a test's own
    every -= {errors.StoreMismatch, errors.BatchRefused}  # a batch has the row of what it is refused for
    assert every <= set(PROBLEMS)


def test_all_faults_of_a_request_come_at_once_each_with_its_place() -> None:
    faults = [
        Fault("SB201", "must be text", "/title"),
        Fault("SB204", "cannot filter by it", "?citty", "did you mean `city`?"),
        Fault("SB205", "is no token", "page_token"),
        Fault("SB201", "expected an object", ""),
    ]
    status, headers, body = refuse(errors.InvalidInput(faults))
    assert status == 422 and headers["content-type"] == "application/problem+json"
    assert body == {
        "type": "/problems/SB201",
        "title": "Invalid input",
        "status": 422,
        "code": "SB201",
        "detail": "the request is not valid",
        "errors": [
            {"code": "SB201", "detail": "must be text", "pointer": "/title"},
            {"code": "SB204", "detail": "cannot filter by it", "parameter": "citty", "hint": "did you mean `city`?"},
            {"code": "SB205", "detail": "is no token", "parameter": "page_token"},
            {"code": "SB201", "detail": "expected an object", "pointer": ""},
        ],
        "request_id": "r1",
    }


def test_hidden_and_absent_read_the_same_but_for_the_request() -> None:
    one, other = refuse(errors.NotFound(), request_id="a"), refuse(errors.NotFound(), request_id="b")
    assert one[2].pop("request_id") == "a" and other[2].pop("request_id") == "b"
    assert one[2] == other[2] and one[0] == 404


@pytest.mark.parametrize(
    ("error", "status", "name", "value"),
    [
        (errors.MethodNotAllowed("PUT", ("GET", "HEAD")), 405, "allow", "GET, HEAD"),
        (errors.RateLimited("too often", 2.1), 429, "retry-after", "3"),
        (errors.Unavailable("the pool is full", retry_after_s=0.2), 503, "retry-after", "1"),
        (errors.TimedOut("too slow", retry_after_s=1.0), 504, "retry-after", "1"),
        (errors.Unauthenticated("no token"), 401, "www-authenticate", 'Bearer realm="jobs"'),
    ],
)
def test_a_status_brings_its_fields(error: StrongbackError, status: int, name: str, value: str) -> None:
    answered, headers, _ = refuse(error)
    assert (answered, headers[name]) == (status, value)


def test_a_refused_token_is_called_one() -> None:
    _, headers, _ = refuse(errors.Unauthenticated("expired"), authorization="Bearer x")
    assert headers["www-authenticate"] == 'Bearer realm="jobs", error="invalid_token"'


def test_a_patch_is_told_what_it_may_be() -> None:
    headers = refuse(errors.UnsupportedMedia("no"), "PATCH")[1]
    assert headers["accept-patch"] == "application/merge-patch+json, application/json"


def test_only_a_refused_coding_speaks_of_codings() -> None:
    plain = refuse(errors.UnsupportedMedia("no"), "POST")[1]
    coded = refuse(errors.UnsupportedMedia("no"), "POST", **{"content-encoding": "gzip"})[1]
    assert plain["accept-post"] == "application/json" and "accept-encoding" not in plain
    assert coded["accept-encoding"] == "identity" and "accept-post" not in coded


@pytest.mark.parametrize(
    "error",
    [
        errors.InternalError("secret"),
        errors.UnknownKey(7),
        errors.SealBroken(),
        errors.DeclarationError([]),
        errors.Unavailable("secret host", hint="secret", where="secret"),
        errors.StoreMismatch("secret column"),
    ],
)
def test_what_is_ours_is_told_without_detail(error: StrongbackError) -> None:
    status, _, body = refuse(error)
    assert status in (500, 503) and "secret" not in json.dumps(body) and "key" not in body["detail"]
    assert "hint" not in body and "errors" not in body


def test_a_guard_names_its_reason() -> None:
    status, _, body = refuse(errors.GuardRefused("not_a_draft"))
    assert (status, body["reason"], body["code"]) == (409, "not_a_draft", "SB230")


def test_an_unreadable_body_says_where() -> None:
    assert refuse(errors.MalformedRequest("no JSON", where="byte 17"))[2]["detail"] == "no JSON (byte 17)"
    body = refuse(errors.MalformedRequest("twice", where="/a"))[2]
    assert body["errors"] == [{"code": "SB200", "detail": "twice", "pointer": "/a"}]


def test_options_names_the_methods() -> None:
    status, headers, body = shown(DOOR.options(Request("OPTIONS", f"/v1/jobs/{ID}")))
    assert (status, body, headers["allow"]) == (204, None, "GET, HEAD, PATCH, OPTIONS")
    assert headers["accept-patch"].startswith("application/merge-patch+json")
    assert shown(DOOR.options(Request("OPTIONS", "/nowhere")))[0] == 404
    assert shown(DOOR.options(Request("OPTIONS", "*")))[0] == 204
