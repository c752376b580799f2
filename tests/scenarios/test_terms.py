"""Writes on terms: a dry run leaves nothing, and a bound on rows holds; over HTTP, on every store."""

from __future__ import annotations

from typing import Any

import pytest

from strongback.store.store import Statement
from strongback.testing import async_client
from strongback.testing.client import AsyncClient
from tests.services.depot import depot
from tests.services.workshop import workshop

DRY = {"prefer": "tx=rollback"}
ABSENT = "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"


def at_most(rows: int) -> dict[str, str]:
    return {"prefer": f"handling=strict, max-affected={rows}"}


async def everything(client: AsyncClient) -> dict[str, list[tuple[Any, ...]]]:
    """All that is stored, histories too."""
    tables = [t for table in client.app.schema.tables.values() for t in (table.name, table.history) if t]
    found = {}
    for name in tables:
        rows = await client.app.store.fetch(Statement(f'SELECT * FROM "{name}"'))
        found[name] = sorted((tuple(row) for row in rows), key=repr)
    return found


async def test_each_kind_of_write_is_answered_as_it_would_be_and_leaves_nothing(store_url: str) -> None:
    async with async_client(depot, store_url) as stranger:
        ann = stranger.as_user("ann")
        team = (await ann.post("/v1/teams/found", json={"name": "ours"})).expect(200).json["id"]
        task = (await ann.post("/v1/tasks", json={"team_id": team, "title": "sweep"})).expect(201).json["id"]
        before = await everything(ann)

        made = await ann.post("/v1/tasks", json={"team_id": team, "title": "wash"}, headers=DRY)
        assert made.status == 201 and made.json["title"] == "wash" and made.headers["etag"] == '"1"'
        assert made.headers["preference-applied"] == "tx=rollback"
        changed = await ann.patch(f"/v1/tasks/{task}", json={"title": "mop"}, headers=DRY)
        assert (changed.status, changed.json["title"], changed.headers["etag"]) == (200, "mop", '"2"')
        gone = await ann.delete(f"/v1/tasks/{task}", headers=DRY)
        assert (gone.status, gone.headers["preference-applied"]) == (204, "tx=rollback")
        founded = await ann.post("/v1/teams/found", json={"name": "more"}, headers=DRY)
        assert (founded.status, founded.json["name"]) == (200, "more")

        assert await everything(ann) == before
        assert (await ann.get(f"/v1/tasks/{made.json['id']}")).status == 404


async def test_a_dry_run_is_refused_as_the_write_would_be(store_url: str) -> None:
    async with async_client(depot, store_url) as stranger:
        ann, eve = stranger.as_user("ann"), stranger.as_user("eve")
        team = (await ann.post("/v1/teams/found", json={"name": "ours"})).expect(200).json["id"]
        task = (await ann.post("/v1/tasks", json={"team_id": team, "title": "sweep"})).expect(201)
        path, tag = f"/v1/tasks/{task.json['id']}", {**DRY, "if-match": '"7"'}
        asked: list[tuple[int, str]] = []
        for answer in (
            await stranger.post("/v1/tasks", json={"team_id": team, "title": "x"}, headers=DRY),
            await eve.patch(path, json={"title": "x"}, headers=DRY),
            await eve.post("/v1/tasks", json={"team_id": team, "title": 5}, headers=DRY),
            await ann.post("/v1/tasks", json={"team_id": team, "title": 5}, headers=DRY),
            await ann.patch(path, json={"title": "x"}, headers=tag),
            await ann.post("/v1/tasks", json={"team_id": team, "title": "sweep"}, headers=DRY),
        ):
            asked.append((answer.status, answer.json["code"]))
        assert asked == [
            (401, "SB210"),
            (404, "SB212"),
            (403, "SB211"),
            (422, "SB201"),
            (412, "SB220"),
            (409, "SB231"),
        ]


async def test_a_dry_run_of_somebody_new_leaves_no_row_of_theirs(store_url: str) -> None:
    async with async_client(depot, store_url) as stranger:
        before = await everything(stranger)
        ann = stranger.as_user("ann")
        founded = await ann.post("/v1/teams/found", json={"name": "ours"}, headers=DRY)
        assert founded.status == 200, founded.json
        faulty = await ann.post("/v1/teams/found", json={"name": 5}, headers=DRY)
        assert (faulty.status, faulty.json["code"]) == (422, "SB201"), "somebody new is signed in in a dry run as well"
        assert await everything(stranger) == before
        (await ann.post("/v1/teams/found", json={"name": "ours"})).expect(200)


async def test_a_write_of_more_rows_than_allowed_is_refused_and_leaves_nothing(store_url: str) -> None:
    async with async_client(depot, store_url) as stranger:
        ann = stranger.as_user("ann")
        (await ann.get(f"/v1/teams/{ABSENT}")).expect(404)
        before = await everything(ann)
        refused = await ann.post("/v1/teams/found", json={"name": "ours"}, headers=at_most(1))
        assert (refused.status, refused.json["code"]) == (409, "SB225")
        assert refused.json["detail"] == "this would write 2 rows, more than the 1 allowed by `max-affected`"
        assert await everything(ann) == before
        made = await ann.post("/v1/teams/found", json={"name": "ours"}, headers=at_most(2))
        assert (made.status, made.headers["preference-applied"]) == (200, "handling=strict, max-affected=2")
        nothing = await ann.patch(f"/v1/teams/{made.json['id']}", json={"name": "x"}, headers=at_most(0))
        assert (nothing.status, nothing.json["code"]) == (409, "SB225")
        assert (await ann.patch(f"/v1/teams/{ABSENT}", json={"name": "x"}, headers=at_most(0))).status == 404
        (await ann.patch(f"/v1/teams/{made.json['id']}", json={"name": "x"}, headers=at_most(1))).expect(200)


async def test_a_row_that_an_action_writes_twice_is_one_row(store_url: str) -> None:
    async with async_client(workshop, store_url) as stranger:
        ann = stranger.as_user("ann")
        made = await ann.post("/v1/shops/start", json={"name": "Wood"}, headers=at_most(2))
        assert made.status == 200, made.json
        assert (await ann.post("/v1/shops/start", json={"name": "Iron"}, headers=at_most(1))).status == 409


@pytest.mark.parametrize(
    ("field", "detail", "hint"),
    [
        ("max-afected=1", "the preference `max-afected` is not known here", "did you mean `max-affected`?"),
        ("max-affected", "`max-affected` needs a number of rows", "write `max-affected=10`"),
        ("max-affected=-1", "`max-affected` needs a number of rows", "write `max-affected=10`"),
        ("max-affected=9999999999", "`max-affected` needs a number of rows", "write `max-affected=10`"),
        ("tx=maybe", "`tx=maybe` is not known here", "write `tx=commit` or `tx=rollback`"),
        ("return", "`return=` is not known here", "write `return=minimal` or `return=representation`"),
        ("wait=5", "the preference `wait` is not known here", ""),
    ],
)
async def test_what_strict_handling_does_not_know_is_refused(field: str, detail: str, hint: str) -> None:
    async with async_client(depot) as stranger:
        path, body = "/v1/teams/found", {"name": "ours"}
        refused = await stranger.post(path, json=body, headers={"prefer": f"handling=strict, {field}"})
        assert (refused.status, refused.json["code"], refused.json["detail"]) == (400, "SB226", detail)
        assert refused.json.get("hint", "") == hint
        lenient = await stranger.as_user("ann").post(path, json=body, headers={"prefer": field})
        assert lenient.status == 200, "without strict handling it is ignored (RFC 7240, section 2)"
