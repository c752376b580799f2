"""Rows written with their children, over HTTP, on every store: judged each by its own, all or none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from strongback.testing import async_client
from strongback.testing.client import AsyncClient
from strongback.testing.in_process import Response
from tests.scenarios.test_terms import everything
from tests.services.bazaar import bazaar

ABSENT = "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"


@dataclass
class Bazaar:
    """Ann buys, Cle is a clerk, Eve has a good that nobody else sees."""

    ann: AsyncClient
    cle: AsyncClient
    eve: AsyncClient
    stranger: AsyncClient
    ids: dict[str, str]
    good: str
    secret: str

    def line(self, place: int, **more: Any) -> dict[str, Any]:
        return {"good_id": self.good, "place": place, **more}

    async def order(self, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
        body = {"buyer_id": self.ids["ann"], "lines": list(lines), **more}
        made: dict[str, Any] = (await self.ann.post("/v1/orders", json=body)).expect(201).json
        return made

    async def change(self, order: str, by: AsyncClient | None = None, /, **body: Any) -> Response:
        return await (by or self.ann).patch(f"/v1/orders/{order}", json=body)

    async def hide(self, order: str, place: int) -> str:
        """A line that Ann does not see."""
        line = {"order_id": order, **self.line(place, hidden=True)}
        return str((await self.cle.post("/v1/lines", json=line)).expect(201).json["id"])


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Bazaar]:
    async with async_client(bazaar, url) as stranger:
        who = {name: stranger.as_user(name) for name in ("ann", "cle", "eve")}
        ids = {}
        for name, client in who.items():
            (await client.get(f"/v1/users/{ABSENT}")).expect(404)
            ids[name] = str(await user_id(stranger, name))
        eve = who["eve"]
        goods = [
            (await eve.post("/v1/goods", json={"owner_id": ids["eve"], "name": n, "shown": n == "tea"})).expect(201)
            for n in ("tea", "gold")
        ]
        yield Bazaar(who["ann"], who["cle"], eve, stranger, ids, *(good.json["id"] for good in goods))


async def user_id(client: AsyncClient, name: str) -> Any:
    from strongback.store.store import Statement

    return (await client.app.store.fetch(Statement(f"SELECT id FROM \"user\" WHERE subject = '{name}'")))[0][0]


def told(answer: Response) -> list[tuple[str | None, str]]:
    return [(each.get("pointer"), each["code"]) for each in answer.json["errors"]]


def places(row: dict[str, Any]) -> list[int]:
    return sorted(line["place"] for line in row["lines"])


async def test_a_row_is_made_with_its_children_and_theirs(store_url: str) -> None:
    async with opened(store_url) as at:
        (await at.ann.post("/v1/orders", json={"buyer_id": at.ids["ann"], "closed": True})).expect(201)
        body = {
            "buyer_id": at.ids["ann"],
            "lines": [at.line(1, qty=2, marks=[{"word": "a"}, {"word": "b"}]), at.line(2, marks=[])],
        }
        answer = (await at.ann.post("/v1/orders", json=body)).expect(201)
        made = answer.json
        assert (places(made), answer.headers["etag"]) == ([1, 2], '"1"')
        first, second = made["lines"]
        assert (first["order_id"], first["qty"], second["qty"]) == (made["id"], 2, 1)
        assert [mark["word"] for mark in first["marks"]] == ["a", "b"] and second["marks"] == []
        assert "price" not in first, "a field that is hidden from the caller stays so"
        read = (await at.ann.get(f"/v1/orders/{made['id']}?include=lines.marks&lines.sort=id&lines.marks.sort=id")).json
        assert {**read, "lines": made["lines"]} == made and places(read) == [1, 2]


async def test_an_update_changes_makes_and_deletes(store_url: str) -> None:
    async with opened(store_url) as at:
        made = await at.order(at.line(1), at.line(2), at.line(3))
        kept, changed, gone = (line["id"] for line in made["lines"])
        answer = await at.change(made["id"], lines=[{"id": kept}, {"id": changed, "qty": 7}, at.line(4)])
        assert answer.expect(200).headers["etag"] == '"2"', "writing through a row writes it"
        lines = {line["id"]: line for line in answer.json["lines"]}
        assert places(answer.json) == [1, 2, 4] and lines[changed]["qty"] == 7 and gone not in lines
        assert lines[kept]["updated_at"] == made["lines"][0]["updated_at"], "a row that is named alone is left alone"
        assert (await at.ann.get(f"/v1/lines/{kept}")).headers["etag"] == '"1.0"'
        assert (await at.ann.get(f"/v1/lines/{changed}")).headers["etag"] == '"2.0"'
        assert (await at.ann.get(f"/v1/lines/{gone}")).status == 404
        alone = (await at.change(made["id"], note="x")).expect(200)
        assert "lines" not in alone.json, "without them nothing happens to them"
        empty = (await at.change(made["id"], lines=[])).expect(200)
        assert empty.json["lines"] == []


async def test_children_the_caller_does_not_read_are_neither_told_of_nor_deleted(store_url: str) -> None:
    async with opened(store_url) as at:
        made = await at.order(at.line(1), clerk_id=at.ids["cle"])
        hidden = await at.hide(made["id"], 2)
        before = (await at.cle.get(f"/v1/lines/{hidden}")).expect(200).json
        emptied = (await at.change(made["id"], lines=[])).expect(200)
        assert emptied.json["lines"] == []
        assert (await at.cle.get(f"/v1/lines/{hidden}")).json == before
        named = await at.change(made["id"], lines=[{"id": hidden, "qty": 2}])
        absent = await at.change(made["id"], lines=[{"id": ABSENT, "qty": 2}])
        assert (named.status, told(named)) == (422, [("/lines/0/id", "SB203")])
        assert {**named.json, "request_id": ""} == {**absent.json, "request_id": ""}


async def test_a_child_of_another_row_is_as_one_that_is_not_there(store_url: str) -> None:
    async with opened(store_url) as at:
        one, other = await at.order(at.line(1)), await at.order(at.line(1))
        answer = await at.change(one["id"], lines=[{"id": other["lines"][0]["id"], "qty": 2}, {"id": "x"}])
        assert (answer.status, told(answer)) == (422, [("/lines/1/id", "SB203"), ("/lines/0/id", "SB203")])


async def test_each_row_is_judged_by_its_own_permissions(store_url: str) -> None:
    async with opened(store_url) as at:
        made = await at.order(at.line(1), closed=False)
        before = await everything(at.ann)
        (await at.change(made["id"], closed=True)).expect(200)
        for lines in ([], [{"id": made["lines"][0]["id"], "qty": 2}], [{"id": made["lines"][0]["id"]}, at.line(2)]):
            refused = await at.change(made["id"], lines=lines)
            assert (refused.status, refused.json["code"]) == (403, "SB211"), (
                "the order is the caller's, its lines are shut"
            )
            assert told(refused)[0][0] in ("/lines", "/lines/0", "/lines/1")
        opening = await at.change(made["id"], closed=False, lines=[at.line(2)])
        assert opening.status == 403, "the state before the request decides"
        assert len((await everything(at.ann))["line"]) == len(before["line"]) == 1


async def test_a_row_that_is_made_grants_its_caller_no_role_for_those_inside(store_url: str) -> None:
    async with opened(store_url) as at:
        before = await everything(at.ann)
        itself = await at.ann.post("/v1/clubs", json={"name": "x", "staff": [{"user_id": at.ids["ann"]}]})
        assert (itself.status, told(itself)) == (403, [("/staff/0", "SB211")])
        lines = [at.line(1, marks=[{"word": "w"}])]
        sibling = {"lines": lines, "buyer_id": at.ids["ann"], "clerk_id": at.ids["ann"], "closed": True}
        mark = await at.ann.post("/v1/orders", json=sibling)
        assert (mark.status, told(mark)) == (403, [("/lines/0/marks/0", "SB211")]), (
            "an order that is closed was not there"
        )
        assert await everything(at.ann) == before
        (await at.ann.post("/v1/clubs", json={"name": "x", "rooms": [{"name": "r", "keys": [{"number": 1}]}]})).expect(
            201
        )


async def test_the_row_itself_is_judged_again_when_its_children_are_written(store_url: str) -> None:
    async with opened(store_url) as at:
        made = await at.order(at.line(1), clerk_id=at.ids["cle"])
        line = made["lines"][0]["id"]
        handed = await at.change(made["id"], buyer_id=at.ids["eve"], lines=[{"id": line, "qty": 2}])
        assert handed.status == 403
        served = await at.change(made["id"], at.cle, clerk_id=None, lines=[{"id": line, "qty": 2}])
        assert served.status == 403
        assert (await at.ann.get(f"/v1/lines/{line}")).json["qty"] == 1


async def test_everything_that_is_wrong_is_told_with_its_place(store_url: str) -> None:
    async with opened(store_url) as at:
        made = await at.order(at.line(1))
        line = made["lines"][0]["id"]
        answer = await at.change(
            made["id"],
            note=5,
            lines=[
                {"id": line, "qty": "x", "order_id": made["id"]},
                {"id": ABSENT, "qty": 0, "colour": 1},
                {"place": 2},
                5,
                {"id": line},
                {"id": 7},
                at.line(3, good_id=at.secret),
                at.line(4, marks=5),
            ],
        )
        assert answer.status == 422 and set(told(answer)) == {
            ("/note", "SB201"),
            ("/lines/0/qty", "SB201"),
            ("/lines/0/order_id", "SB202"),
            ("/lines/1/qty", "SB201"),
            ("/lines/1/colour", "SB204"),
            ("/lines/1/id", "SB203"),
            ("/lines/2/good_id", "SB201"),
            ("/lines/3", "SB201"),
            ("/lines/4/id", "SB228"),
            ("/lines/5/id", "SB201"),
            ("/lines/6/good_id", "SB203"),
            ("/lines/7/marks", "SB201"),
        }


async def test_a_stranger_and_someone_without_the_row_learn_nothing_of_values(store_url: str) -> None:
    async with opened(store_url) as at:
        made = await at.order(at.line(1))
        body = {"lines": [{"qty": "x"}]}
        assert (await at.stranger.patch(f"/v1/orders/{made['id']}", json=body)).status == 401
        assert (await at.eve.patch(f"/v1/orders/{made['id']}", json=body)).status == 404
        other = {"buyer_id": at.ids["eve"], "lines": [{"qty": "x"}]}
        assert (await at.ann.post("/v1/orders", json=other)).status == 403


async def test_a_constraint_of_a_child_undoes_all_and_says_where(store_url: str) -> None:
    async with opened(store_url) as at:
        made = await at.order(at.line(1))
        before = await everything(at.ann)
        twice = await at.change(made["id"], note="x", lines=[at.line(5), at.line(5)])
        assert (twice.status, twice.json["reason"], told(twice)) == (409, "place_taken", [("/lines/1", "SB231")])
        many = await at.change(made["id"], lines=[at.line(5), at.line(6, qty=101)])
        assert (many.status, many.json["reason"], told(many)) == (422, "too_many", [("/lines/1", "SB233")])
        assert await everything(at.ann) == before


async def test_unique_values_move_from_row_to_row(store_url: str) -> None:
    async with opened(store_url) as at:
        made = await at.order(at.line(1), at.line(2), at.line(3))
        one, two, three = (line["id"] for line in made["lines"])
        shifted = [{"id": one, "place": 2}, {"id": two, "place": 3}, {"id": three, "place": 4}, at.line(1)]
        assert places((await at.change(made["id"], lines=shifted)).expect(200).json) == [1, 2, 3, 4]
        replaced = [{"id": one, "place": 3}, at.line(2)]
        assert places((await at.change(made["id"], lines=replaced)).expect(200).json) == [2, 3]


async def test_two_writers_through_one_row_meet_at_its_version(store_url: str) -> None:
    async with opened(store_url) as at:
        made = await at.order(at.line(1))
        path, tag = f"/v1/orders/{made['id']}", {"if-match": '"1"'}
        first = await at.ann.patch(path, json={"lines": [{"id": made["lines"][0]["id"]}, at.line(2)]}, headers=tag)
        assert first.expect(200).headers["etag"] == '"2"'
        assert (await at.ann.patch(path, json={"lines": []}, headers=tag)).status == 412
        assert places((await at.ann.get(f"{path}?include=lines")).json) == [1, 2]


async def test_nested_writes_are_bounded(store_url: str) -> None:
    async with opened(store_url) as at:
        many = await at.ann.post("/v1/orders", json={"buyer_id": at.ids["ann"], "lines": [{}] * 10_000})
        assert (many.status, told(many)) == (422, [("/lines", "SB227")])
        assert many.json["errors"][0]["detail"] == "this brings 10,000 rows along; one request may write 500"


async def test_a_dry_run_and_a_bound_count_the_rows_of_a_nested_write(store_url: str) -> None:
    async with opened(store_url) as at:
        before = await everything(at.ann)
        body = {"buyer_id": at.ids["ann"], "lines": [at.line(1), at.line(2)]}
        dry = await at.ann.post("/v1/orders", json=body, headers={"prefer": "tx=rollback"})
        assert places(dry.expect(201).json) == [1, 2] and await everything(at.ann) == before
        few = await at.ann.post("/v1/orders", json=body, headers={"prefer": "handling=strict, max-affected=2"})
        assert (few.status, few.json["code"]) == (409, "SB225")
        (await at.ann.post("/v1/orders", json=body, headers={"prefer": "handling=strict, max-affected=3"})).expect(201)


async def test_a_batch_takes_nested_writes(store_url: str) -> None:
    async with opened(store_url) as at:
        made = await at.order(at.line(1))
        new = {"buyer_id": at.ids["ann"], "lines": [at.line(1)]}
        change = {"id": made["id"], "set": {"lines": [at.line(7)]}}
        done = (await at.ann.batch("/v1/orders", {"create": new}, {"update": change})).expect(200).json["results"]
        assert [places(each["row"]) for each in done] == [[1], [7]]
        wrong = {"id": made["id"], "set": {"lines": [at.line(8), {"qty": "x"}]}}
        refused = await at.ann.batch("/v1/orders", {"create": new}, {"update": wrong})
        assert ("/operations/1/update/set/lines/1/qty", "SB201") in told(refused)


async def test_tenants_come_down_with_the_rows_around(store_url: str) -> None:
    async with opened(store_url) as at:
        made = (
            await at.ann.post("/v1/clubs", json={"name": "x", "rooms": [{"name": "r", "keys": [{"number": 1}]}]})
        ).expect(201)
        room = made.json["rooms"][0]
        more = await at.ann.post("/v1/keys", json={"room_id": room["id"], "number": 2})
        assert more.status == 201, "the row that came with others has its tenant"


async def test_only_a_relation_that_says_so_takes_rows(store_url: str) -> None:
    async with opened(store_url) as at:
        answer = await at.ann.patch(f"/v1/users/{at.ids['ann']}", json={"orders": []})
        assert (answer.status, told(answer)) == (422, [("/orders", "SB204")])


@pytest.mark.parametrize("body", [{"lines": None}, {"lines": {}}, {"lines": "x"}, {"lines": [[]]}, {"lines": [None]}])
async def test_what_is_no_list_of_rows_is_told(body: dict[str, Any]) -> None:
    async with opened("sqlite://") as at:
        made = await at.order()
        assert (await at.change(made["id"], **body)).status == 422
