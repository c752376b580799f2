"""Actions, through the whole path: what they are given, what they save, what they answer, and what a failure leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from strongback.errors import InternalError, InvalidInput, NotLoaded
from strongback.plan.asked import SelectAsk
from strongback.store.store import Statement
from tests.scenarios.counting import CountingStore
from tests.scenarios.jobs import Caller, Stage, including, stage, where
from tests.services.workshop import BELL, workshop


@dataclass
class Shop:
    """A workshop of Ann's; Bob is a stranger to it."""

    on: Stage
    ann: Caller
    bob: Caller
    id: str

    async def order(self, title: str = "chair", by: Caller | None = None, **more: Any) -> str:
        said = await (by or self.ann)("Order.place_one", body={"shop_id": self.id, "title": title, **more})
        assert said.error is None
        return str(said.item["id"])

    async def read(self, order: str) -> dict[str, Any]:
        return (await self.ann("Order.get", order)).item

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self.on.app.store.fetch(Statement(sql))]


@asynccontextmanager
async def shop(url: str, **more: Any) -> AsyncIterator[Shop]:
    BELL.rung, BELL.meanwhile = [], None
    async with stage(url, service=workshop, **more) as on:
        ann, bob = await on.user("ann"), await on.user("bob")
        started = await ann("Shop.start", body={"name": "Wood"})
        yield Shop(on, ann, bob, started.item["id"])


def wheres(said: Any) -> list[str]:
    assert isinstance(said.error, InvalidInput), said.error
    return [fault.where for fault in said.error.faults]


# What an action is given ---------------------------------------------------------------------------------------------


async def test_a_class_action_makes_rows_of_values_enums_and_lists(store_url: str) -> None:
    async with shop(store_url) as at:
        place = {"street": "Elm 1", "zip": "1234"}
        made = await at.ann(
            "Order.place_one",
            body={"shop_id": at.id, "title": "chair", "size": "large", "place": place, "tags": ["oak"]},
        )
        assert made.item["size"] == "large" and made.item["place"] == place
        assert made.item["tags"] == ["oak", "large"] and made.item["letter"] == "Elm 1"
        assert (await at.read(made.item["id"])) == made.item


async def test_what_one_run_does_to_its_arguments_is_not_seen_by_the_next(store_url: str) -> None:
    """A default list belongs to one run; a second request of the same form begins with the declared one."""
    async with shop(store_url) as at:
        tags = [(await at.read(await at.order(f"chair {i}")))["tags"] for i in range(3)]
        assert tags == [["small"]] * 3


async def test_wrong_arguments_are_told_all_at_once(store_url: str) -> None:
    async with shop(store_url) as at:
        body = {"shop_id": at.id, "size": "huge", "place": {"street": "x" * 41, "zip": "12"}, "tags": ["a"] * 6, "x": 1}
        said = await at.ann("Order.place_one", body=body)
        assert set(wheres(said)) == {"/size", "/place/street", "/place/zip", "/tags", "/x", "/title"}


async def test_a_row_the_caller_may_not_read_is_as_absent_as_an_argument(store_url: str) -> None:
    async with shop(store_url) as at:
        secret = (await at.bob("Shop.start", body={"name": "Cellar", "secret": True})).item["id"]
        absent = "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"
        told = [await at.ann("Order.place_one", body={"shop_id": id_, "title": "t"}) for id_ in (secret, absent)]
        assert [wheres(said) for said in told] == [["/shop_id"], ["/shop_id"]]
        assert [str(f) for f in told[0].error.faults] == [str(f) for f in told[1].error.faults]  # type: ignore[union-attr]
        assert (await at.bob("Order.place_one", body={"shop_id": secret, "title": "t"})).error is None


async def test_me_may_be_nobody_where_the_action_says_so(store_url: str) -> None:
    async with shop(store_url) as at:
        order = await at.order()
        for caller, name in ((at.ann, "Ann"), (at.bob, "Bob"), (at.on.stranger, "stranger")):
            said = await caller("Order.greet", order)
            assert said.outcome is not None and said.outcome.value == name


async def test_a_clock_and_a_dependency_are_given(store_url: str) -> None:
    """The clock stands still within a request, and is the one `sb.now()` tells."""
    async with shop(store_url) as at:
        said = await at.ann("Order.call", await at.order(), body={"text": "hey"})
        assert said.outcome is not None and str(said.outcome.value).startswith("hey 20")
        assert str(said.outcome.value).endswith("+00:00 True")
        assert BELL.rung == ["hey"]


async def test_permission_is_asked_before_values_and_guards(store_url: str) -> None:
    """401, 404, 403 and 422 in this order; the body of a refused action never runs."""
    async with shop(store_url) as at:
        order = await at.order()
        absent = "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"
        assert (await at.on.stranger("Order.rename", order, body={"title": 1})).code in ("SB210", "SB211")
        assert (await at.bob("Order.rename", absent, body={"title": 1})).code == "SB212"
        assert (await at.bob("Order.rename", order, body={"title": 1})).code == "SB211"
        assert (await at.ann("Order.rename", order, body={"title": 1})).code == "SB201"
        assert (await at.bob("Order.call", order, body={"text": "x"})).code == "SB211" and BELL.rung == []


# What it saves ------------------------------------------------------------------------------------------------------


async def test_a_guard_refuses_with_the_teams_own_code_and_leaves_nothing(store_url: str) -> None:
    async with shop(store_url) as at:
        order = await at.order()
        assert (await at.ann("Order.finish", order)).error is None
        before = await at.read(order)
        said = await at.ann("Order.finish", order)
        assert said.code == "SB230" and said.error.reason == "is_done"  # type: ignore[union-attr]
        assert str(said.error.message) == "it is done already" and await at.read(order) == before  # type: ignore[union-attr]


async def test_an_exception_leaves_nothing_behind(store_url: str) -> None:
    async with shop(store_url) as at:
        order = await at.order()
        before = await at.read(order)
        with pytest.raises(RuntimeError, match="of the team's own"):
            await at.ann("Order.break_down", order)
        assert await at.read(order) == before
        assert await at.rows("SELECT * FROM item") == []
        assert len(await at.rows("SELECT * FROM order_history")) == 1
        assert (await at.ann("Order.rename", order, body={"title": "desk"})).error is None


async def test_changes_in_place_of_lists_and_json_are_saved(store_url: str) -> None:
    async with shop(store_url) as at:
        order = await at.order()
        said = await at.ann("Order.annotate", order, body={"word": "urgent"})
        assert said.item["tags"] == ["small", "urgent"] and said.item["extra"] == {"urgent": [1, None]}
        assert await at.read(order) == said.item


async def test_rows_made_in_any_order_are_saved(store_url: str) -> None:
    """A row may refer to one that is made after it."""
    async with shop(store_url) as at:
        assert (await at.ann("Order.backwards", await at.order())).error is None
        rows = await at.rows("SELECT count(*), count(before_id) FROM item")
        assert rows == [(2, 1)]


async def test_db_reads_what_the_action_has_done(store_url: str) -> None:
    async with shop(store_url) as at:
        order = await at.order()
        said = await at.ann("Order.count", order)
        assert said.outcome is not None and said.outcome.value == 2


async def test_deleting_through_db(store_url: str) -> None:
    """A deleted row leaves the lists at once; a soft one stays as a row, and its history tells of it."""
    async with shop(store_url) as at:
        order = await at.order()
        await at.ann("Order.itemize", order, body={"count": 3})
        said = await at.ann("Order.clear", order)
        assert said.outcome is not None and said.outcome.value == 0
        assert await at.rows("SELECT * FROM item") == []
        assert (await at.ann("Order.withdraw", order)).error is None
        assert (await at.ann("Order.get", order)).code == "SB212"
        assert await at.rows('SELECT count(*) FROM "order" WHERE _deleted_at IS NOT NULL') == [(1,)]
        assert await at.rows("SELECT _version FROM order_history ORDER BY _version") == [(1,), (2,)]


async def test_deleting_what_others_refer_to_is_a_conflict(store_url: str) -> None:
    """As of a derived delete: 409, and nothing is gone."""
    async with shop(store_url) as at:
        assert (await at.ann("Shop.close", at.id)).code == "SB232"
        assert (await at.ann("Shop.get", at.id)).item["name"] == "Wood"


async def test_every_version_that_an_action_makes_is_kept(store_url: str) -> None:
    async with shop(store_url) as at:
        order = await at.order()
        for title in ("a", "b", "b"):
            assert (await at.ann("Order.rename", order, body={"title": title})).error is None
        kept = await at.rows("SELECT _version, title FROM order_history ORDER BY _version")
        assert kept == [(1, "chair"), (2, "a"), (3, "b")], "a change that changes nothing is none"


async def test_a_value_too_long_for_its_field_is_the_callers_fault(store_url: str) -> None:
    """What an action stores is checked against the field: 422 with its name, never 500."""
    async with shop(store_url) as at:
        order = await at.order()
        assert wheres(await at.ann("Order.rename", order, body={"title": "x" * 41})) == ["/title"]
        assert wheres(await at.ann("Order.rename", order, body={"title": "x\0"})) == ["/title"]
        assert wheres(await at.ann("Order.place_one", body={"shop_id": at.id, "title": "x" * 41})) == ["/title"]
        assert (await at.read(order))["title"] == "chair"


# How it reads --------------------------------------------------------------------------------------------------------


async def test_rows_are_loaded_by_the_step_and_not_one_by_one(store_url: str) -> None:
    """However many rows there are, the statements that read are as many."""
    async with shop(store_url) as at:
        counting, reads = CountingStore(at.on.app), []
        for count in (1, 40):
            order = await at.order()
            await at.ann("Order.itemize", order, body={"count": count})
            counting.take()
            said = await at.ann("Order.finish", order)
            assert said.outcome is not None and said.outcome.value == count
            reads.append(
                sum("SELECT" in sql and "UPDATE" not in sql and "INSERT" not in sql for sql in counting.take())
            )
        assert reads[0] == reads[1] <= 5


async def test_a_list_is_answered_by_as_many_statements_however_long_it_is(store_url: str) -> None:
    async with shop(store_url) as at:
        counting, ran = CountingStore(at.on.app), []
        for more in (1, 20):
            for _ in range(more):
                await at.order()
            counting.take()
            said = await at.ann("Order.those_of", body={"shop_id": at.id})
            assert said.error is None
            ran.append((len(counting.take()), len(said.items)))
        assert [length for _, length in ran] == [1, 21]
        assert ran[0][0] == ran[1][0]


async def test_what_was_not_loaded_is_said_clearly(store_url: str) -> None:
    async with shop(store_url) as at:
        with pytest.raises(NotLoaded, match=r"Person\.name") as told:
            await _raised(at.ann("Order.stray", await at.order()))
        assert "db.get" in told.value.hint


async def _raised(said: Any) -> None:
    error = (await said).error
    if error is not None:
        raise error


async def test_db_finds_by_an_encrypted_field_that_may_be_looked_up(store_url: str) -> None:
    async with shop(store_url) as at:
        for email, count in (("bob@example.org", 1), ("nobody@example.org", 0)):
            said = await at.ann("Order.of_mail", body={"email": email})
            assert said.outcome is not None and said.outcome.value == count


async def test_db_as_actor_reads_what_the_caller_may(store_url: str) -> None:
    async with shop(store_url) as at:
        order, other = await at.order(), await at.order("desk")
        await at.ann("Order.hide", order)
        raw = await at.bob("Order.those_of", body={"shop_id": at.id})
        judged = await at.bob("Order.those_of", body={"shop_id": at.id, "judged": True})
        assert [item["id"] for item in judged.items] == [other]
        assert [item["id"] for item in raw.items] == [order, other] and raw.items[0] == {"id": order}


# What it answers ----------------------------------------------------------------------------------------------------


async def test_a_row_nothing_and_a_scalar_are_answered(store_url: str) -> None:
    async with shop(store_url) as at:
        order = await at.order()
        here = await at.ann("Order.itself", order, body={"there": True})
        assert here.item["id"] == order and here.outcome is not None and here.outcome.etag
        none = await at.ann("Order.itself", order, body={"there": False})
        assert none.outcome is not None and none.outcome.returned and none.outcome.item is None
        summed = await at.ann("Order.total_of", order, body={"items": ["a", "b"], "by": "1.25"})
        assert summed.outcome is not None and summed.outcome.value == "2.50"
        assert (await at.read(order))["total"] == "2.50"


async def test_a_result_is_seen_through_the_callers_own_eyes(store_url: str) -> None:
    """A row that the caller may not read any more is its id and nothing else."""
    async with shop(store_url) as at:
        order = await at.order()
        said = await at.ann("Order.hide", order)
        assert said.outcome is not None and said.outcome.item is None and said.outcome.id == order


async def test_what_is_returned_may_be_asked_for_with_its_relations(store_url: str) -> None:
    async with shop(store_url) as at:
        order = await at.order()
        await at.ann("Order.itemize", order, body={"count": 2})
        select = SelectAsk(("title",), including(parts=SelectAsk(("name",), sort="created_at")).include)
        said = await at.ann("Order.itself", order, body={"there": True}, select=select)
        assert said.item == {"title": "chair", "parts": [{"name": "part 0"}, {"name": "part 1"}]}


# Others at the same time ----------------------------------------------------------------------------------------------


async def test_another_writer_between_is_met_once_and_then_told(postgres_url: str) -> None:
    """A row that another request changed meanwhile: the action runs again; if it happens again the caller is told."""
    async with shop(postgres_url) as at:
        order, left = await at.order(), 1

        async def rename() -> None:
            nonlocal left
            if left:
                left -= 1
                said = await at.ann("Shop.update", at.id, body={"name": f"Wood {len(BELL.rung)}"})
                assert said.error is None

        BELL.meanwhile = rename
        assert (await at.ann("Order.sign", order)).error is None
        assert BELL.rung == ["signing"] * 2
        assert (await at.ann("Shop.get", at.id)).item["name"] == "Wood 1!", "nothing is lost"
        left = 2
        assert (await at.ann("Order.sign", order)).code == "SB234"
        assert (await at.ann("Shop.get", at.id)).item["name"] == "Wood 4"


async def test_runs_at_the_same_time_lose_nothing(store_url: str) -> None:
    """The row an action runs on is locked: two runs come one after the other."""
    async with shop(store_url) as at:
        order = await at.order()
        said = await asyncio.gather(*(at.ann("Order.annotate", order, body={"word": f"w{i}"}) for i in range(6)))
        assert [s.error for s in said] == [None] * 6
        assert sorted((await at.read(order))["tags"]) == ["small", *(f"w{i}" for i in range(6))]
        one = await asyncio.gather(*(at.ann("Order.finish", order) for _ in range(4)))
        assert sorted(s.code for s in one) == ["", "SB230", "SB230", "SB230"]


async def test_an_action_ends_when_its_time_is_over(store_url: str) -> None:
    """It leaves nothing, and the row is free at once."""
    async with shop(store_url) as at:
        order = await at.order()
        at.on.app.runtime.action_time_s = 0.2
        assert (await at.ann("Order.sleep", order, body={"seconds": 30.0})).code == "SB302"
        assert (await at.read(order))["title"] == "chair"
        assert (await at.ann("Order.rename", order, body={"title": "desk"})).error is None


async def test_a_time_out_of_the_teams_own_is_not_taken_for_ours(store_url: str) -> None:
    async with shop(store_url) as at:
        with pytest.raises(TimeoutError, match="the bell did not answer"):
            await at.ann("Order.impatient", await at.order())


async def test_a_cancelled_action_leaves_no_transaction(store_url: str) -> None:
    async with shop(store_url) as at:
        order = await at.order()
        running = asyncio.create_task(at.ann("Order.sleep", order, body={"seconds": 30.0}))
        await asyncio.sleep(0.1)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert (await at.ann("Order.rename", order, body={"title": "desk"})).error is None
        if at.on.app.store.dialect == "postgresql":
            idle = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%' AND datname = current_database()"
            assert await at.rows(idle) == [(0,)]


async def test_an_unknown_row_is_a_fault_of_ours(store_url: str) -> None:
    """An action that returns what it does not declare is our fault and never the caller's."""
    async with shop(store_url) as at:
        order = await at.order()
        handlers = dict(at.on.app.runtime.handlers)
        handlers["Order", "itself"] = lambda self, there: self.shop
        at.on.app.runtime.handlers = handlers
        with pytest.raises(InternalError, match="returned a Shop"):
            await _raised(at.ann("Order.itself", order, body={"there": True}))


async def test_runs_do_not_depend_on_where_the_clock_stands(store_url: str) -> None:
    """Filters by what an action wrote find it."""
    async with shop(store_url) as at:
        order = await at.order()
        await at.ann("Order.finish", order)
        assert [i["id"] for i in (await at.bob("Order.search", filters=where(state="done"))).items] == [order]
