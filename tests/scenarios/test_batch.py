"""Batches over HTTP, on every store: in order, all or none, everything wrong told at once with its place."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

import strongback as sb
from strongback.testing import async_client
from strongback.testing.client import AsyncClient
from strongback.testing.in_process import Response
from tests.scenarios.test_terms import everything
from tests.services.depot import depot
from tests.services.workshop import BELL, workshop

ABSENT = "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"


@dataclass
class Depot:
    """Ann's team, with two tasks; Eve has a team of her own."""

    ann: AsyncClient
    eve: AsyncClient
    stranger: AsyncClient
    team: str
    first: dict[str, Any]
    second: dict[str, Any]
    hidden: str

    async def batch(self, *operations: Any, by: AsyncClient | None = None, **headers: str) -> Response:
        return await (by or self.ann).batch("/v1/tasks", *operations, headers=headers)

    def new(self, title: object) -> dict[str, Any]:
        return {"create": {"team_id": self.team, "title": title}}

    async def titles(self) -> list[str]:
        page = (await self.ann.get(f"/v1/tasks?team_id={self.team}&sort=title")).expect(200).json
        return [row["title"] for row in page["items"]]


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Depot]:
    async with async_client(depot, url) as stranger:
        ann, eve = stranger.as_user("ann"), stranger.as_user("eve")
        team = (await ann.post("/v1/teams/found", json={"name": "ours"})).expect(200).json["id"]
        theirs = (await eve.post("/v1/teams/found", json={"name": "theirs"})).expect(200).json["id"]
        rows = [(await ann.post("/v1/tasks", json={"team_id": team, "title": t})).expect(201).json for t in ("a", "b")]
        hidden = (await eve.post("/v1/tasks", json={"team_id": theirs, "title": "x"})).expect(201).json["id"]
        yield Depot(ann, eve, stranger, team, rows[0], rows[1], hidden)


def told(answer: Response) -> list[tuple[str, int, str]]:
    return [(each["pointer"], each["status"], each["code"]) for each in answer.json["errors"]]


async def test_operations_of_every_kind_are_done_in_order(store_url: str) -> None:
    async with opened(store_url) as at:
        answer = await at.batch(
            at.new("c"),
            {"update": {"id": at.first["id"], "if_match": '"1"', "set": {"title": "z"}}},
            {"delete": {"id": at.second["id"]}},
            at.new("a"),  # the first has given it up
            at.new("b"),
        )
        results = answer.expect(200).json["results"]
        assert [each["status"] for each in results] == [201, 200, 204, 201, 201]
        assert results[0]["row"]["title"] == "c" and results[0]["etag"] == "1"
        assert (results[1]["id"], results[1]["row"]["title"], results[1]["etag"]) == (at.first["id"], "z", "2")
        assert results[2] == {"status": 204, "id": at.second["id"]}
        assert await at.titles() == ["a", "b", "c", "z"]
        assert (await at.ann.get(f"/v1/tasks/{results[0]['id']}")).json == results[0]["row"]


async def test_one_refusal_undoes_everything(store_url: str) -> None:
    async with opened(store_url) as at:
        before = await everything(at.ann)
        answer = await at.batch(at.new("c"), {"delete": {"id": at.first["id"]}}, at.new("b"))
        assert (answer.status, answer.json["code"], answer.json["reason"]) == (409, "SB231", "title_taken")
        assert answer.json["errors"] == [
            {
                "code": "SB231",
                "detail": "there is already one with this `team_id`, `title`",
                "pointer": "/operations/2",
                "status": 409,
                "reason": "title_taken",
            }
        ]
        assert await everything(at.ann) == before


async def test_everything_that_is_wrong_is_told_at_once_by_the_first_in_the_order_of_refusals(store_url: str) -> None:
    async with opened(store_url) as at:
        before = await everything(at.ann)
        answer = await at.batch(
            at.new(5),
            {"update": {"id": at.hidden, "set": {"title": 5}}},
            {"update": {"id": ABSENT, "set": {"title": "x"}}},
            {"update": {"id": at.first["id"], "set": {"title": None, "tittle": "x"}}},
            {"delete": {"id": at.first["id"], "if_match": "9"}},
            at.new("b"),
            at.new("fine"),
            {"create": {"team_id": ABSENT, "title": "t"}},
            {"publish": {}},
            5,
        )
        assert (answer.status, answer.json["code"]) == (404, "SB212")
        assert answer.json["detail"] == "9 of 10 operations are refused"
        assert told(answer) == [
            ("/operations/0/create/title", 422, "SB201"),
            ("/operations/1", 404, "SB212"),
            ("/operations/2", 404, "SB212"),
            ("/operations/3/update/set/title", 422, "SB201"),
            ("/operations/3/update/set/tittle", 422, "SB204"),
            ("/operations/4", 412, "SB220"),
            ("/operations/5", 409, "SB231"),
            ("/operations/7", 403, "SB211"),
            ("/operations/8/publish", 422, "SB204"),
            ("/operations/9", 422, "SB201"),
        ]
        hidden, absent = answer.json["errors"][1:3]
        assert {**hidden, "pointer": ""} == {**absent, "pointer": ""}, "a hidden row is told as one that is not there"
        assert await everything(at.ann) == before


async def test_a_later_operation_sees_what_an_earlier_one_did(store_url: str) -> None:
    async with opened(store_url) as at:
        first = at.first["id"]
        twice = await at.batch(
            {"update": {"id": first, "set": {"note": "1"}}}, {"update": {"id": first, "set": {"note": "2"}}}
        )
        assert [each["etag"] for each in twice.expect(200).json["results"]] == ["2", "3"]
        stale = await at.batch(
            {"update": {"id": first, "if_match": "3", "set": {"note": "3"}}},
            {"update": {"id": first, "if_match": "3", "set": {"note": "4"}}},
        )
        assert told(stale) == [("/operations/1", 412, "SB220")]
        gone = await at.batch({"delete": {"id": first}}, {"update": {"id": first, "set": {"note": "5"}}})
        assert (gone.status, told(gone)) == (404, [("/operations/1", 404, "SB212")])
        assert (await at.ann.get(f"/v1/tasks/{first}")).json["note"] == "2"


async def test_who_may_is_judged_after_the_operations_before(store_url: str) -> None:
    """As by requests one after another: whoever leaves a team does nothing in it any more."""
    async with opened(store_url) as at:
        members = (await at.ann.get(f"/v1/members?team_id={at.team}")).expect(200).json["items"]
        member = members[0]
        answer = await at.ann.batch(
            "/v1/members",
            {"delete": {"id": member["id"]}},
            {"create": {"team_id": at.team, "user_id": member["user_id"]}},
        )
        assert (answer.status, told(answer)) == (403, [("/operations/1", 403, "SB211")])
        assert (await at.ann.get(f"/v1/members?team_id={at.team}")).json["items"] == members


async def test_a_stranger_is_asked_for_a_token_before_anything(store_url: str) -> None:
    async with opened(store_url) as at:
        answer = await at.batch(at.new("c"), {"delete": {"id": at.first["id"]}}, by=at.stranger)
        assert answer.status == 401 and answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_dry_run_of_a_batch_and_a_bound_on_its_rows(store_url: str) -> None:
    async with opened(store_url) as at:
        before = await everything(at.ann)
        dry = await at.batch(at.new("c"), {"delete": {"id": at.first["id"]}}, prefer="tx=rollback, return=minimal")
        assert dry.headers["preference-applied"] == "return=minimal, tx=rollback"
        assert [each["status"] for each in dry.expect(200).json["results"]] == [204, 204]
        few = await at.batch(at.new("c"), at.new("d"), prefer="handling=strict, max-affected=1")
        assert (few.status, few.json["code"]) == (409, "SB225")
        assert await everything(at.ann) == before
        (await at.batch(at.new("c"), at.new("d"), prefer="handling=strict, max-affected=2")).expect(200)


async def test_actions_are_operations_too_and_none_runs_once_the_batch_cannot_stand(store_url: str) -> None:
    BELL.rung, BELL.meanwhile = [], None
    async with async_client(workshop, store_url) as stranger:
        ann = stranger.as_user("ann")
        both = await ann.batch(
            "/v1/shops",
            {"action": {"name": "start", "arguments": {"name": "Wood"}}},
            {"action": {"name": "start", "arguments": {"name": "Iron"}}},
        )
        first, second = both.expect(200).json["results"]
        assert (first["status"], first["row"]["name"], second["row"]["name"]) == (200, "Wood", "Iron")
        closing = {"action": {"name": "close", "id": first["id"]}}
        refused = await ann.batch(
            "/v1/shops",
            {"action": {"name": "start", "arguments": {"name": 5}}},
            {"action": {"name": "start", "arguments": {"name": "Wood"}}},
            {"action": {"name": "close"}},
            {"action": {"name": "strat"}},
            {"action": {"name": "start", "id": first["id"], "arguments": []}},
            closing,
        )
        assert told(refused) == [
            ("/operations/0/action/arguments/name", 422, "SB201"),
            ("/operations/2/action/id", 422, "SB201"),
            ("/operations/3/action/name", 422, "SB204"),
            ("/operations/4/action/id", 422, "SB204"),
            ("/operations/4/action/arguments", 422, "SB201"),
        ], "the second would be a conflict, if it ran"
        assert (await ann.get(f"/v1/shops/{first['id']}")).status == 200


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/operations", "SB201"),
        ({"operations": {}}, "/operations", "SB201"),
        ({"operations": []}, "/operations", "SB227"),
        ({"operations": [{"delete": {"id": ABSENT}}] * 101}, "/operations", "SB227"),
        ({"operations": [{"create": {}}], "operation": []}, "/operation", "SB204"),
        ([], "", "SB201"),
        ({"operations": [None]}, "/operations/0", "SB201"),
        ({"operations": [{}]}, "/operations/0", "SB201"),
        ({"operations": [{"create": {}, "delete": {}}]}, "/operations/0", "SB201"),
        ({"operations": [{"create": []}]}, "/operations/0/create", "SB201"),
        ({"operations": [{"a/b~": {}}]}, "/operations/0/a~1b~0", "SB204"),
        ({"operations": [{"update": {"id": ABSENT}}]}, "/operations/0/update/set", "SB201"),
        ({"operations": [{"update": {"id": ABSENT, "set": 5}}]}, "/operations/0/update/set", "SB201"),
        ({"operations": [{"update": {"set": {}}}]}, "/operations/0/update/id", "SB201"),
        ({"operations": [{"delete": {"id": 5}}]}, "/operations/0/delete/id", "SB201"),
        ({"operations": [{"delete": {"id": ABSENT, "if_match": 3}}]}, "/operations/0/delete/if_match", "SB201"),
        ({"operations": [{"delete": {"id": ABSENT, "set": {}}}]}, "/operations/0/delete/set", "SB204"),
    ],
)
async def test_what_is_no_batch_is_told_where(body: object, pointer: str, code: str) -> None:
    async with async_client(depot) as stranger:
        answer = await stranger.as_user("ann").post("/v1/tasks/batch", json=body)
        assert answer.status == 422, answer.json
        assert [(each.get("pointer"), each["code"]) for each in answer.json["errors"]] == [(pointer, code)]


async def test_conditional_writes_need_their_version_in_a_batch_too() -> None:
    class Record(sb.Entity, conditional_writes=True):
        text: str

        access = sb.Access(read=sb.EVERYONE, create=sb.EVERYONE, update=sb.EVERYONE, delete=sb.EVERYONE)

    async with async_client(sb.Service("records", version="1", rest="/v1", entities=[Record])) as stranger:
        made = (await stranger.post("/v1/records", json={"text": "a"})).expect(201).json["id"]
        change = {"id": made, "set": {"text": "b"}}
        bare = await stranger.batch("/v1/records", {"update": change}, {"delete": {"id": made}})
        assert (bare.status, told(bare)) == (428, [("/operations/0", 428, "SB221"), ("/operations/1", 428, "SB221")])
        (await stranger.batch("/v1/records", {"update": {**change, "if_match": "*"}})).expect(200)


async def test_each_operation_of_a_batch_counts_against_its_rate() -> None:
    class Bell(sb.Entity):
        name: str

        access = sb.Access(read=sb.EVERYONE, create=sb.EVERYONE)

        @sb.action(allow=sb.EVERYONE, rate="3/min")
        @classmethod
        def ring(cls) -> None: ...

    async with async_client(sb.Service("bells", version="1", rest="/v1", entities=[Bell])) as stranger:
        ring = {"action": {"name": "ring"}}
        (await stranger.batch("/v1/bells", ring, ring)).expect(200)
        many = await stranger.batch("/v1/bells", {"create": {"name": "x"}}, ring, ring)
        assert (many.status, many.json["code"]) == (429, "SB246")
        (await stranger.batch("/v1/bells", {"create": {"name": "x"}}, ring)).expect(200)
        assert (await stranger.post("/v1/bells/ring")).status == 429
