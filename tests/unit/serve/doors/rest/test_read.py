"""What is framing is refused at once; what is a value is handed on."""

from __future__ import annotations

import pytest

from strongback.engine.request import Request
from strongback.errors import MalformedRequest, NotAcceptable, Unauthenticated, UnsupportedMedia
from strongback.plan.asked import Asked, Target
from strongback.serve.conditions import read_tags
from strongback.serve.doors.rest.door import RestDoor
from strongback.serve.doors.rest.media import accepts_json, media_type
from tests.jobs_model import jobs_model

DOOR = RestDoor(jobs_model())
ID = "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"
ROW = f"/v1/jobs/{ID}"
JSON = {"content-type": "application/json"}


def read(method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"", query: str = "") -> Asked:
    return DOOR.read(Request(method, path, query, headers or {}, body))


def test_a_get_asks_for_its_row() -> None:
    assert read("GET", ROW) == Asked(Target("Job", "get", "get"), ID)


def test_a_create_carries_its_members() -> None:
    asked = read("POST", "/v1/jobs", JSON, b'{"title": "Engineer", "salary": 1}')
    assert asked.body == {"title": "Engineer", "salary": 1} and asked.id is None and asked.faults == ()


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/merge-patch+json", 'Application/JSON;charset="utf-8"']
)
def test_a_patch_takes_merge_patches_and_json(content_type: str) -> None:
    assert read("PATCH", ROW, {"content-type": content_type}, b'{"city": null}').body == {"city": None}


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/v1/jobs", {}),
        ("POST", "/v1/jobs", {"content-type": "text/plain"}),
        ("POST", "/v1/jobs", {"content-type": "application/merge-patch+json"}),
        ("POST", "/v1/jobs", {"content-type": "application/json; charset=latin-1"}),
        ("PATCH", ROW, {"content-type": "application/json-patch+json"}),
        ("POST", "/v1/jobs", {**JSON, "content-encoding": "gzip"}),
    ],
)
def test_other_content_is_unsupported(method: str, path: str, headers: dict[str, str]) -> None:
    with pytest.raises(UnsupportedMedia):
        read(method, path, headers, b"{}")


def test_an_action_without_needs_takes_no_content() -> None:
    assert read("POST", f"{ROW}/publish").body == {}


def test_an_action_with_needs_wants_content() -> None:
    with pytest.raises(MalformedRequest):
        read("POST", f"{ROW}/apply", JSON)


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"null", b"5"])
def test_content_that_is_no_object_is_a_fault_to_be_told_later(body: bytes) -> None:
    asked = read("POST", "/v1/jobs", JSON, body)
    assert asked.body == {} and [(f.code, f.where) for f in asked.faults] == [("SB201", "")]


@pytest.mark.parametrize("body", [b"", b"{", b'{"a": 1, "a": 2}', b"\xff", b'{"a": NaN}'])
def test_content_that_is_no_json_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        read("POST", "/v1/jobs", JSON, body)


def test_content_of_a_get_means_nothing() -> None:
    assert read("GET", ROW, {"content-type": "text/plain"}, b"{").body is None


@pytest.mark.parametrize(
    "accept", ["text/html", "application/xml, text/*", "application/json;q=0", "application/json;q=x", ""]
)
def test_who_takes_no_json_is_told(accept: str) -> None:
    with pytest.raises(NotAcceptable):
        read("GET", ROW, {"accept": accept})


@pytest.mark.parametrize("accept", ["*/*", "application/*", "text/html, */*;q=0.1", "APPLICATION/JSON ; q=0.5"])
def test_who_takes_json_gets_it(accept: str) -> None:
    assert read("GET", ROW, {"accept": accept}).id == ID


def test_the_most_specific_range_decides() -> None:
    assert not accepts_json("*/*, application/json;q=0")
    assert accepts_json("*/*;q=0, application/json")


def test_a_charset_is_no_part_of_the_media_type() -> None:
    assert media_type("application/json;charset=UTF-8") == "application/json"


def test_versions_and_tags_are_read() -> None:
    assert read("PATCH", ROW, {**JSON, "if-match": '"3.1", W/"4"'}, b"{}").if_match == ("3.1",)
    assert read("GET", ROW, {"if-none-match": 'W/"3", "4"'}).if_none_match == ("3", "4")
    assert read("DELETE", f"/v1/applications/{ID}", {"if-match": "*"}).if_match == ("*",)


def test_a_list_has_no_tag_so_its_condition_is_dropped() -> None:
    assert read("GET", "/v1/jobs", {"if-none-match": '"3"'}).if_none_match is None


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/v1/jobs", {**JSON, "if-match": '"3"'}),
        ("GET", "/v1/jobs", {"if-match": "*"}),
        ("PATCH", ROW, {**JSON, "if-none-match": "*"}),
    ],
)
def test_a_condition_nobody_would_judge_is_refused(method: str, path: str, headers: dict[str, str]) -> None:
    with pytest.raises(MalformedRequest):
        read(method, path, headers, b"{}")


@pytest.mark.parametrize("field", ["", '"', '"a" "b"', '"a"x', 'w/"a"', "*, *", 'W/ "a"', "3 4"])
@pytest.mark.parametrize("weak", [True, False])
def test_what_is_no_list_of_tags_matches_no_version(field: str, weak: bool) -> None:
    assert {"3", "4", "a", "b", "*"}.isdisjoint(read_tags(field, weak=weak))


def test_a_tag_that_lost_its_quotes_is_that_tag() -> None:
    assert read_tags("3.1", weak=False) == ("3.1",)


def test_a_list_of_only_weak_tags_matches_nothing_strongly() -> None:
    assert read_tags('W/"1", W/"2"', weak=False) == ()


@pytest.mark.parametrize(("field", "token"), [("Bearer abc.def", "abc.def"), ("bearer   x", "x")])
def test_the_bearer_token_is_taken(field: str, token: str) -> None:
    assert DOOR.credentials(Request("GET", ROW, headers={"authorization": field})) == token


def test_no_credentials_are_no_fault() -> None:
    assert DOOR.credentials(Request("GET", ROW)) is None


@pytest.mark.parametrize("field", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer a b", "Bearer a, Bearer b"])
def test_other_credentials_are_refused(field: str) -> None:
    with pytest.raises(Unauthenticated):
        DOOR.credentials(Request("GET", ROW, headers={"authorization": field}))
