"""GraphQL over HTTP: methods, media types, statuses, and who may ask for the schema. The audits of graphql-http agree."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from examples.jobs.service import jobs
from strongback.app import App, Team
from strongback.crypto.keyring import Keyring
from strongback.model.load import load
from strongback.testing import async_client
from strongback.testing.client import AsyncClient
from strongback.testing.in_process import Bearers, InProcess
from tests.scenarios.graphql.asking import JSON, RESPONSE, codes, opened, post
from tests.services.notes import notes

PLAIN = "application/json; charset=utf-8"
TYPED = "application/graphql-response+json; charset=utf-8"
GOOD, BAD = "{ __typename }", "{ nothing }"


@pytest.mark.parametrize(
    ("accept", "told"),
    [
        ("", PLAIN),
        ("*/*", PLAIN),
        ("application/json", PLAIN),
        ("application/*", PLAIN),
        (RESPONSE, TYPED),
        (f"{RESPONSE}; charset=utf-8, application/json; charset=utf-8", TYPED),
        (f"application/json, {RESPONSE}", PLAIN),
        (f"application/json;q=0.5, {RESPONSE}", TYPED),
        (f"{RESPONSE};q=0, */*", PLAIN),
        ("text/html, application/xhtml+xml, */*;q=0.8", PLAIN),
    ],
)
async def test_the_answer_has_the_media_type_that_the_client_likes_best(accept: str, told: str) -> None:
    async with opened(jobs_posted=0) as at:
        answer = await post(at.stranger, GOOD, {"accept": accept})
        assert (answer.status, answer.headers["content-type"]) == (200, told)
        assert answer.json == {"data": {"__typename": "Query"}}


async def test_who_takes_neither_media_type_is_told_so() -> None:
    async with opened(jobs_posted=0) as at:
        answer = await post(at.stranger, GOOD, {"accept": "text/html"})
        assert (answer.status, codes(answer.json)) == (406, [("SB241", "")])


@pytest.mark.parametrize(("accept", "status"), [(RESPONSE, 400), ("application/json", 200)])
@pytest.mark.parametrize(
    "document", [BAD, "{", "", "query ($a: Int!) { __typename }", "query A { __typename } query B { __typename }"]
)
async def test_a_document_that_is_none_has_the_status_of_its_media_type(
    accept: str, status: int, document: str
) -> None:
    async with opened(jobs_posted=0) as at:
        answer = await post(at.stranger, document, {"accept": accept})
        assert "data" not in answer.json
        if document:
            assert (answer.status, codes(answer.json)[0][0]) == (status, "SB260")
        else:
            assert (answer.status, codes(answer.json)) == (400, [("SB200", "")])  # nothing was asked


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"7", b"{}", b'{"query": 7}', b'{"query": null}', b'{"query": "{a}", "variables": 7}',
     b'{"query": "{a}", "operationName": 7}', b'{"query": "{a}", "extensions": []}', b'{"query": "{a}", "query": "{b}"}',
     b'[{"query": "{ __typename }"}]', b'{"query": "\\ud800"}', b"\xff", b'{"query": "{a}", "variables": [1]}'],
)  # fmt: skip
async def test_content_that_is_no_request_is_400(body: bytes) -> None:
    async with opened(jobs_posted=0) as at:
        for accept in (RESPONSE, "application/json"):
            answer = await at.stranger.request("POST", "/graphql", headers={**JSON, "accept": accept}, content=body)
            assert (answer.status, codes(answer.json)) == (400, [("SB200", "")])
            assert len(answer.body) < 1000


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql",
     "application/json; charset=latin-1", "application/json+x"],
)  # fmt: skip
async def test_only_json_is_read_so_that_no_foreign_page_can_ask_with_a_form(content_type: str) -> None:
    async with opened(jobs_posted=0) as at:
        headers = {"content-type": content_type}
        answer = await at.ada.request("POST", "/graphql", headers=headers, content=b'{"query": "{ __typename }"}')
        assert (answer.status, answer.headers["accept-post"]) == (415, "application/json")


async def test_a_query_may_be_asked_by_get() -> None:
    async with opened(jobs_posted=1) as at:
        document, variables = quote("query A ($n: Int) { jobs(first: $n) { nodes { title } } }"), quote('{"n": 1}')
        answer = await at.stranger.get(f"/graphql?query={document}&variables={variables}&operationName=A")
        assert (answer.status, answer.json) == (200, {"data": {"jobs": {"nodes": [{"title": "job 0"}]}}})


async def test_a_mutation_by_get_is_not_done() -> None:
    async with opened(jobs_posted=0) as at:
        document = quote('mutation { foundCompany(input: {name: "Other"}) { id } }')
        answer = await at.ada.get(f"/graphql?query={document}")
        assert (answer.status, answer.headers["allow"]) == (405, "POST")
        assert "Other" not in (await at.ada.get("/v1/companies")).body.decode()


@pytest.mark.parametrize("query", ["", "?query=", "?query={a}&query={b}", "?query={a}&variables={", "?variables={}"])
async def test_a_get_without_a_document_is_400(query: str) -> None:
    async with opened(jobs_posted=0) as at:
        assert (await at.stranger.get(f"/graphql{query}")).status == 400


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_other_methods_are_not_answered(method: str) -> None:
    async with opened(jobs_posted=0) as at:
        answer = await at.stranger.request(method, "/graphql")
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, POST, OPTIONS")
        options = await at.stranger.request("OPTIONS", "/graphql")
        assert (options.status, options.headers["allow"]) == (204, "GET, HEAD, POST, OPTIONS")


async def test_a_token_that_is_none_of_ours_is_401_with_a_challenge() -> None:
    async with opened(jobs_posted=0) as at:
        answer = await post(at.stranger, GOOD, {"authorization": "Bearer nonsense"})
        assert answer.status == 401
        assert answer.headers["www-authenticate"].startswith("Bearer ")


async def test_no_answer_is_kept() -> None:
    async with opened(jobs_posted=0) as at:
        assert (await post(at.ada, GOOD)).headers["cache-control"] == "no-store"


SCHEMA = '{ __schema { queryType { name } } t: __type(name: "Job") { kind } __typename }'


async def asked(introspection: str, signed_in: bool) -> tuple[object, list[tuple[str, str]], str]:
    """What a service answers to who asks for its schema, and how it words a misspelt field."""
    model = load(jobs, jobs.folder)
    bearers = Bearers(model)
    keyring = Keyring({1: bytes(range(32))}, primary=1)
    app = App(model, Team.of(jobs), "sqlite://", keyring, verify=bearers, introspection=introspection)
    async with AsyncClient(InProcess(app, bearers)) as stranger:
        who = stranger.as_user("ada") if signed_in else stranger
        answer = (await post(who, SCHEMA)).json
        wrong = (await post(who, "{ jos { totalCount } }")).json["errors"][0]["message"]
        return answer["data"], codes(answer), wrong


@pytest.mark.parametrize(
    ("introspection", "signed_in", "told"),
    [("everyone", False, True), ("signed_in", True, True), ("signed_in", False, False), ("nobody", True, False)],
)
async def test_the_schema_is_told_to_those_whom_the_setting_names(
    introspection: str, signed_in: bool, told: bool
) -> None:
    data, errors, wrong = await asked(introspection, signed_in)
    schema = {"__schema": {"queryType": {"name": "Query"}}, "t": {"kind": "OBJECT"}}
    assert data == {**(schema if told else dict.fromkeys(schema)), "__typename": "Query"}
    assert errors == ([] if told else [("SB263", "__schema"), ("SB263", "t")])
    assert ("Did you mean" in wrong) is (introspection == "everyone")  # a suggestion tells of the schema too


async def test_a_service_that_does_not_ask_for_graphql_answers_none() -> None:
    async with async_client(notes) as stranger:
        assert (await post(stranger, GOOD)).status == 404
