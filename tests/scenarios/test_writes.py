"""Derived writes, through the whole path: races, what is judged when, references, and the two forms of a program."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from strongback.errors import CheckRefused, InvalidInput
from strongback.store.sql import programs
from strongback.store.store import Statement
from strongback.store.violations import ForeignKeyViolated
from tests.scenarios.jobs import Caller, Said, Stage, stage
from tests.scenarios.test_story import timeless
from tests.services.depot import depot

ABSENT = "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"


@dataclass
class Depot:
    """Two teams: Ann's and Eve's; Bob belongs to both."""

    on: Stage
    ann: Caller
    bob: Caller
    eve: Caller
    ours: str
    theirs: str

    async def make(self, operation: str, by: Caller | None = None, **body: Any) -> str:
        said = await (by or self.ann)(f"{operation}.create", body=body)
        assert said.error is None, said.error
        assert said.outcome is not None
        return said.outcome.id

    async def run(self, sql: str, *, writes: bool = False) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self.on.app.store.fetch(Statement(sql, writes=writes))]

    async def user_id(self, name: str) -> str:
        return str((await self.run(f"SELECT id FROM \"user\" WHERE subject = '{name}'"))[0][0])


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Depot]:
    async with stage(url, service=depot) as on:
        ann, bob, eve = await on.user("ann"), await on.user("bob"), await on.user("eve")
        ours = (await ann("Team.found", body={"name": "ours"})).item["id"]
        theirs = (await eve("Team.found", body={"name": "theirs"})).item["id"]
        at = Depot(on, ann, bob, eve, ours, theirs)
        now = "2026-01-02 03:04:05.000006+00" if on.app.store.dialect == "postgresql" else "2026-01-02T03:04:05.000006Z"
        for i, team in enumerate(
            (ours, theirs)
        ):  # Bob's membership is made behind the service's back: nobody may read Bob
            id_ = f"0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2d1{i}"
            ids = f"'{id_}', '{team}', '{await at.user_id('bob')}'"
            columns = "id, team_id, user_id, created_at, updated_at, _version"
            await at.run(f"INSERT INTO member ({columns}) VALUES ({ids}, '{now}', '{now}', 1)", writes=True)
        yield at


def faults(said: Said) -> list[tuple[str, str]]:
    assert isinstance(said.error, InvalidInput), said.error
    return [(fault.code, fault.where) for fault in said.error.faults]


@pytest.fixture(params=["as it is compiled", "several statements"])
def form(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program as the compiler chooses it, and always as a transaction of several statements."""
    if request.param == "several statements":
        monkeypatch.setattr(programs, "compile_single", lambda *_: None)


# Races --------------------------------------------------------------------------------------------------------------


async def test_of_writers_with_one_version_one_wins(store_url: str, form: None) -> None:
    """Sixteen updates that all read version 1: one is made, the others are told; no version is lost or skipped."""
    async with opened(store_url) as at:
        task = await at.make("Task", team_id=at.ours, title="t")
        for round_ in range(1, 4):
            bodies = [{"title": f"{round_}-{i}"} for i in range(16)]
            said = await asyncio.gather(*(at.ann("Task.update", task, body=b, if_match=(str(round_),)) for b in bodies))
            assert sorted(s.code for s in said) == ["", *["SB220"] * 15]
            won = next(s for s in said if s.error is None)
            assert (await at.ann("Task.get", task)).item == won.item
        kept = await at.run("SELECT _version FROM task_history ORDER BY _version")
        assert kept == [(i,) for i in range(1, 5)]


async def test_writers_without_a_version_all_win_one_after_the_other(store_url: str, form: None) -> None:
    async with opened(store_url) as at:
        task = await at.make("Task", team_id=at.ours, title="t")
        said = await asyncio.gather(*(at.ann("Task.update", task, body={"title": f"n{i}"}) for i in range(8)))
        assert [s.code for s in said] == [""] * 8
        assert await at.run("SELECT _version FROM task_history ORDER BY _version") == [(i,) for i in range(1, 10)]


async def test_of_deleters_one_wins_and_the_row_is_gone_for_the_others(store_url: str, form: None) -> None:
    async with opened(store_url) as at:
        task = await at.make("Task", team_id=at.ours, title="t")
        said = await asyncio.gather(*(at.ann("Task.delete", task) for _ in range(6)))
        assert sorted(s.code for s in said) == ["", *["SB212"] * 5]
        assert await at.run("SELECT _version FROM task_history ORDER BY _version") == [(1,), (2,)]


async def test_of_creates_with_one_unique_value_one_wins(store_url: str, form: None) -> None:
    """The others are told which rule it is, and nothing of theirs is left."""
    async with opened(store_url) as at:
        body = {"team_id": at.ours, "title": "once", "note": "n"}
        said = await asyncio.gather(*(at.ann("Task.create", body=body) for _ in range(8)))
        assert sorted(s.code for s in said) == ["", *["SB231"] * 7]
        assert {getattr(s.error, "reason", "title_taken") for s in said} == {"title_taken"}
        assert await at.run("SELECT count(*) FROM task") == await at.run("SELECT count(*) FROM task_history") == [(1,)]


# What is judged, and when ---------------------------------------------------------------------------------------------


async def test_an_update_is_judged_on_the_old_row_and_on_the_new_one(store_url: str, form: None) -> None:
    """A row cannot be moved to where the caller may not write, nor taken from there."""
    async with opened(store_url) as at:
        shelf = await at.make("Shelf", team_id=at.ours, name="s")
        assert (await at.ann("Shelf.update", shelf, body={"team_id": at.theirs})).code == "SB211"
        assert (await at.ann("Shelf.get", shelf)).item["team_id"] == at.ours
        assert (await at.eve("Shelf.update", shelf, body={"team_id": at.theirs})).code == "SB212"
        moved = await at.bob("Shelf.update", shelf, body={"team_id": at.theirs})
        assert moved.item["team_id"] == at.theirs, "who belongs to both may"
        assert (await at.ann("Shelf.get", shelf)).code == "SB212"


async def test_a_create_cannot_grant_itself_the_role_that_lets_it(store_url: str, form: None) -> None:
    """A membership of one's own would make one a member: it is judged against the state before it."""
    async with opened(store_url) as at:
        body = {"team_id": at.theirs, "user_id": await at.user_id("ann")}
        assert (await at.ann("Member.create", body=body)).code == "SB211"
        assert await at.run(f"SELECT count(*) FROM member WHERE team_id = '{at.theirs}'") == [(2,)]
        assert (await at.bob("Member.create", body={**body, "user_id": await at.user_id("bob")})).error is None


async def test_who_gives_the_right_away_still_may(store_url: str, form: None) -> None:
    """The facts are those of before: a member may end their own membership, and is told no more of it."""
    async with opened(store_url) as at:
        mine = (await at.run(f"SELECT id FROM member WHERE user_id = '{await at.user_id('ann')}'"))[0][0]
        done = await at.ann("Member.delete", str(mine))
        assert done.error is None
        assert (await at.ann("Task.create", body={"team_id": at.ours, "title": "t"})).code == "SB211"


# References ---------------------------------------------------------------------------------------------------------


async def test_a_reference_to_an_unreadable_row_is_told_as_one_to_none(store_url: str, form: None) -> None:
    async with opened(store_url) as at:
        ours, theirs = (
            await at.make("Shelf", team_id=at.ours, name="s"),
            await at.make("Shelf", at.eve, team_id=at.theirs, name="s"),
        )
        said = [
            await at.ann("Thing.create", body={"shelf_id": ours, "spare_id": spare, "code": i})
            for i, spare in enumerate((theirs, ABSENT))
        ]
        assert [faults(s) for s in said] == [[("SB203", "/spare_id")]] * 2
        assert said[0].error.__dict__.keys() == said[1].error.__dict__.keys()
        assert str(said[0].error) == str(said[1].error)
        thing = await at.make("Thing", shelf_id=ours, code=7)
        assert faults(await at.ann("Thing.update", thing, body={"spare_id": theirs})) == [("SB203", "/spare_id")]
        assert (await at.bob("Thing.update", thing, body={"spare_id": theirs})).error is None


async def test_a_reference_out_of_the_tenant_is_refused(store_url: str, form: None) -> None:
    """Bob reads both teams' tasks, yet no task is part of another team's: neither through the service nor in the store itself."""
    async with opened(store_url) as at:
        theirs = await at.make("Task", at.eve, team_id=at.theirs, title="t")
        said = await at.bob("Task.create", body={"team_id": at.ours, "title": "u", "parent_id": theirs})
        assert faults(said) == [("SB203", "/parent_id")]
        ours = await at.make("Task", team_id=at.ours, title="v")
        assert faults(await at.bob("Task.update", ours, body={"parent_id": theirs})) == [("SB203", "/parent_id")]
        with pytest.raises(ForeignKeyViolated):
            await at.run(f"UPDATE task SET parent_id = '{theirs}' WHERE id = '{ours}'", writes=True)
        part = await at.make("Task", at.bob, team_id=at.ours, title="w", parent_id=ours)
        assert (await at.bob("Task.get", part)).item["parent_id"] == ours


async def test_what_a_delete_does_to_rows_that_refer_to_it(store_url: str, form: None) -> None:
    """restrict refuses, set_null empties, cascade takes along."""
    async with opened(store_url) as at:
        shelf, spare = [await at.make("Shelf", team_id=at.ours, name=n) for n in "ab"]
        thing = await at.make("Thing", shelf_id=shelf, spare_id=spare, code=1)
        label = await at.make("Label", thing_id=thing, text="x")
        assert (await at.ann("Shelf.delete", shelf)).code == "SB232"
        assert (await at.ann("Shelf.delete", spare)).error is None
        assert (await at.ann("Thing.get", thing)).item["spare_id"] is None
        assert (await at.ann("Thing.delete", thing)).error is None
        assert (await at.ann("Label.get", label)).code == "SB212"
        assert (await at.ann("Shelf.delete", shelf)).error is None


async def test_a_deleted_row_can_be_referred_to_no_more(store_url: str, form: None) -> None:
    async with opened(store_url) as at:
        parent = await at.make("Task", team_id=at.ours, title="p")
        assert (await at.ann("Task.delete", parent)).error is None
        said = await at.ann("Task.create", body={"team_id": at.ours, "title": "c", "parent_id": parent})
        assert faults(said) == [("SB203", "/parent_id")]


async def test_a_check_judges_the_row_as_it_would_be(store_url: str, form: None) -> None:
    async with opened(store_url) as at:
        shelf = await at.make("Shelf", team_id=at.ours, name="s", size=3, used=3)
        said = await at.ann("Shelf.update", shelf, body={"size": 2})
        assert isinstance(said.error, CheckRefused) and said.error.reason == "too_full"
        assert (await at.ann("Shelf.update", shelf, body={"size": 2, "used": 2})).item["used"] == 2


# The two forms ----------------------------------------------------------------------------------------------------------


async def tell(at: Depot) -> list[str]:
    """Do every kind of write, and say what each came to."""
    told: list[str] = []

    async def do(by: Caller, operation: str, id: str | None = None, /, **more: Any) -> str:
        said = await by(operation, id, **more)
        error, outcome = said.error, said.outcome
        if outcome is None:
            where = [(f.code, f.where, f.message) for f in getattr(error, "faults", ())]
            told.append(f"{operation} {said.code} {getattr(error, 'reason', '')} {where}")
            return ""
        told.append(
            timeless(f"{operation} {outcome.did} {outcome.etag} {said.item if outcome.item is not None else None}")
        )
        return outcome.id

    shelf = await do(at.ann, "Shelf.create", body={"team_id": at.ours, "name": "s"})
    other = await do(at.eve, "Shelf.create", body={"team_id": at.theirs, "name": "o"})
    await do(at.ann, "Shelf.create", body={"team_id": at.theirs, "name": "s"})
    await do(at.ann, "Shelf.create", body={"team_id": ABSENT, "name": "s"})
    await do(at.ann, "Shelf.create", body={"team_id": at.ours, "name": "s", "size": 1, "used": 2})
    await do(at.on.stranger, "Shelf.create", body={"team_id": at.ours, "name": "s"})
    await do(at.ann, "Shelf.update", shelf, body={"team_id": at.theirs})
    await do(at.ann, "Shelf.update", shelf, body={"team_id": at.theirs}, if_match=("7",))
    await do(at.ann, "Shelf.update", shelf, body={"team_id": ABSENT})
    await do(at.ann, "Shelf.update", shelf, body={"size": 9}, if_match=("1",))
    await do(at.ann, "Shelf.update", shelf, body={"size": 8}, if_match=("1",))
    await do(at.ann, "Shelf.update", shelf, body={"size": 8}, if_match=("x", "*"))
    await do(at.eve, "Shelf.update", shelf, body={"size": 8}, if_match=("1",))
    await do(at.ann, "Shelf.update", shelf, body={})
    thing = await do(at.ann, "Thing.create", body={"shelf_id": shelf, "code": 1, "secret": "hush"})
    await do(at.ann, "Thing.create", body={"shelf_id": shelf, "code": 1})
    await do(at.ann, "Thing.create", body={"shelf_id": other, "code": 2})
    await do(at.ann, "Thing.update", thing, body={"shelf_id": other})
    await do(at.bob, "Thing.update", thing, body={"spare_id": other, "secret": None})
    await do(at.ann, "Thing.update", thing, body={"secret": "again", "code": 3}, if_match=("2",))
    await do(at.bob, "Thing.update", thing, body={"shelf_id": other, "spare_id": None})
    await do(at.ann, "Thing.update", thing, body={"code": 4})
    await do(at.bob, "Shelf.delete", other)
    await do(at.bob, "Thing.delete", thing, if_match=("1",))
    await do(at.bob, "Thing.delete", thing)
    await do(at.bob, "Thing.delete", thing)
    task = await do(at.ann, "Task.create", body={"team_id": at.ours, "title": "t", "note": "n"})
    await do(at.ann, "Task.create", body={"team_id": at.ours, "title": "t"})
    await do(at.bob, "Task.create", body={"team_id": at.theirs, "title": "t", "parent_id": task})
    await do(at.ann, "Task.update", task, body={"parent_id": task, "note": "m"})
    await do(at.ann, "Task.delete", task, if_match=("1",))
    await do(at.ann, "Task.delete", task)
    await do(at.ann, "Task.update", task, body={"title": "u"})
    await do(at.ann, "Task.create", body={"team_id": at.ours, "title": "t"})
    for table in ("thing_history", "task_history"):
        told.append(f"{table} {await at.run(f'SELECT _version FROM {table} ORDER BY created_at, id, _version')}")
    return told


async def test_both_forms_and_both_stores_come_to_the_same(
    sqlite_url: str, postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same cases as one statement and as several, on PostgreSQL and on SQLite: equal outcomes, equal history."""
    from tests.stores import postgres_database

    told = []
    async with opened(sqlite_url) as at:
        told.append(await tell(at))
    compiled = []
    honest = programs.compile_single
    monkeypatch.setattr(programs, "compile_single", lambda *a: compiled.append(honest(*a)) or compiled[-1])
    async with postgres_database(postgres_server) as url, opened(url) as at:
        told.append(await tell(at))
    assert sum(one is not None for one in compiled) > 5, "PostgreSQL really writes in one statement here"
    monkeypatch.setattr(programs, "compile_single", lambda *_: None)
    async with postgres_database(postgres_server) as url, opened(url) as at:
        told.append(await tell(at))
    assert told[0] == told[2], "SQLite as PostgreSQL"
    assert told[1] == told[2], "one statement as several"
