"""Raw SQL in actions: what the caller may read is a condition in it, values are bound, and it is listed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

import strongback as sb
from strongback.app import App, Team
from strongback.contract.spec import make_spec
from strongback.crypto.keyring import Keyring
from strongback.engine.db import ActionDb
from strongback.engine.pipeline import perform
from strongback.model.codec import from_json, to_json
from strongback.plan.asked import Asked, Target
from strongback.testing.client import async_client
from strongback.testing.grants import Grants
from strongback.testing.oracle import Oracle
from strongback.testing.samples import NOW
from strongback.testing.stored import clear, store_world
from strongback.testing.worlds import make_world
from tests.services.reports import SEEN, reports


@asynccontextmanager
async def two_teams(store_url: str) -> AsyncIterator[tuple[Any, Any, Any]]:
    """Ann sells in Oslo and Bergen, Bob in Oslo: one deal of his is won, so everybody sees it."""
    nobody = async_client(reports, store_url)
    ann, bob = nobody.as_user("ann"), nobody.as_user("bob")
    for who, city, status in (
        (ann, "Oslo", "open"),
        (ann, "Bergen", "open"),
        (bob, "Oslo", "open"),
        (bob, "Oslo", "it's won"),
    ):
        team = (await who.post("/v1/teams/found", json={"name": "team"})).expect(200).json["id"]
        body = {"team_id": team, "city": city, "amount": "10.50", "status": status}
        (await who.post("/v1/deals", json=body)).expect(201)
    async with nobody:
        yield nobody, ann, bob


async def test_a_raw_query_counts_what_its_caller_may_read(store_url: str) -> None:
    async with two_teams(store_url) as (nobody, ann, bob):
        for who, said in ((nobody, ["Oslo: 1"]), (ann, ["Bergen: 1", "Oslo: 2"]), (bob, ["Oslo: 2"])):
            assert (await who.post("/v1/deals/by-city", json={})).json == {"value": said}
        assert (await bob.post("/v1/deals/by-city", json={"least": 3})).json == {"value": []}


async def test_a_hidden_field_is_part_of_the_condition_when_asked(store_url: str) -> None:
    async with two_teams(store_url) as (nobody, ann, _):
        assert (await nobody.post("/v1/deals/sums", json={})).json == {"value": []}
        assert (await ann.post("/v1/deals/sums", json={})).json == {"value": ["Bergen", "Oslo"]}


async def test_values_go_in_and_come_out_as_the_same_types_on_every_store(store_url: str) -> None:
    async with two_teams(store_url) as (_nobody, ann, _):
        deal = (await ann.get("/v1/deals?city=Bergen")).json["items"][0]
        tag = (await ann.get(f"/v1/deals/{deal['id']}")).headers["etag"]
        body = {"closing": "2020-01-02T03:04:05.000006Z"}
        (await ann.patch(f"/v1/deals/{deal['id']}", json=body, headers={"if-match": tag})).expect(200)
        (await ann.post(f"/v1/deals/{deal['id']}/facts", json={"amount": "10.50"})).expect(204)
        assert [(UUID(deal["id"]), "Bergen", datetime(2020, 1, 2, 3, 4, 5, 6, UTC), True)] == SEEN


async def test_raw_sql_sees_what_the_action_did_before_and_is_undone_with_it(store_url: str) -> None:
    async with two_teams(store_url) as (_nobody, ann, _):
        deal = (await ann.get("/v1/deals?city=Bergen")).json["items"][0]["id"]
        assert (await ann.post(f"/v1/deals/{deal}/move", json={"city": "nowhere"})).status == 409
        assert len((await ann.get("/v1/deals?city=Bergen")).json["items"]) == 1
        assert (await ann.post(f"/v1/deals/{deal}/move", json={"city": "Moss"})).json == {"value": 1}
        assert len((await ann.get("/v1/deals?city=Moss!")).json["items"]) == 1


async def test_an_action_whose_text_shows_no_raw_sql_runs_none(sqlite_url: str) -> None:
    from strongback.declare.work import current_work
    from tests.services.reports import BEHIND

    async def run() -> None:
        await ActionDb(current_work.get()).fetch(sb.sql("SELECT 1"))  # type: ignore[arg-type]

    BEHIND["run"] = run
    async with async_client(reports, sqlite_url) as nobody:
        assert (await nobody.post("/v1/deals/hidden", json={})).status == 500


def test_actions_with_raw_sql_are_listed_and_the_model_keeps_it() -> None:
    model = sb.load(reports)
    listed = {action.name for action in model.entity("Deal").actions if action.raw_sql}
    assert listed == {"seen", "by_city", "facts", "sums", "move"}
    assert from_json(to_json(model)) == model
    lines = {line.name: line.text for each in make_spec(model).entities for line in each.actions}
    assert "outside the promise" in lines["by_city"] and "outside the promise" not in lines["found"]


class AtNow:
    """The one time of all worlds."""

    def now(self) -> datetime:
        return NOW


@pytest.mark.slow
async def test_rows_by_raw_sql_are_those_that_a_list_gives(store_url: str) -> None:
    app = App(
        sb.load(reports), Team.of(reports), store_url, Keyring({1: bytes(range(32))}, 1), limiters={}, clock=AtNow()
    )
    await app.start(create=True)
    compared = 0
    listing, raw = Target("Deal", "list", "search"), Target("Deal", "action", "seen")
    for seed in range(10):
        world = make_world(app.model, f"raw/{seed}", 12)
        await store_world(app, world)
        for caller in Oracle(reports, app.model, world, Grants(reports.classes)).callers():
            listed = await perform(Asked(listing, page_size=100), caller.actor, app.runtime)
            seen = await perform(Asked(raw, body={}), caller.actor, app.runtime)
            ids = sorted(str(row["id"]) for row in msgspec.json.decode(msgspec.json.encode(list(listed.items or ()))))
            assert seen.value == ids, (seed, caller.label)
            compared += len(ids)
        await clear(app)
    await app.close()
    assert compared > 150, compared
