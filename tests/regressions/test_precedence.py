"""A permission is told before anything that the store would refuse."""

from typing import Literal

import pytest

import strongback as sb
from strongback.store.store import Statement
from tests.scenarios.jobs import stage


class Clerk(sb.Entity):
    subject: str = sb.field(max=80, unique=True, read_only=True)

    @sb.role
    def oneself(self, me: "Clerk") -> bool:
        return self == me

    access = sb.Access(read=oneself)


class Desk(sb.Entity):
    """Anybody may move one; what it costs, nobody but its clerk may see or say."""

    place: str = sb.field(max=20)
    cost: int | None = sb.field(default=None, min=0)
    clerk: Clerk = sb.to_one(immutable=True)

    @sb.role
    def own(self, me: Clerk) -> bool:
        return self.clerk == me

    access = sb.Access(read=sb.EVERYONE, create=sb.SIGNED_IN, update=sb.SIGNED_IN, fields={cost: own})


class Paper(sb.Entity):
    """Nobody may file one away by an update."""

    code: str = sb.field(max=20, unique=True)
    state: Literal["open", "filed"] = "open"

    @sb.role
    def editable(self, me: Clerk | None) -> bool:
        return self.state == "open"

    access = sb.Access(read=sb.EVERYONE, create=sb.EVERYONE, update=editable)


class Binder(sb.Entity):
    """Holds sheets; who reads one may change it as long as none of them is signed."""

    sheets: list["Sheet"] = sb.inverse("binder")

    access = sb.Access(read=sb.EVERYONE, create=sb.EVERYONE)


class Sheet(sb.Entity):
    """What may be done with one depends on all of its binder, so on its own table."""

    binder: Binder = sb.to_one(immutable=True)
    code: str = sb.field(max=20, unique=True)
    state: Literal["open", "signed"] = "open"

    @sb.role
    def unsigned(self, me: Clerk | None) -> bool:
        return all(sheet.state == "open" for sheet in self.binder.sheets)

    access = sb.Access(read=sb.EVERYONE, create=unsigned, update=unsigned)


office = sb.Service(
    "office",
    version="1.0.0",
    rest="/v1",
    entities=[Clerk, Desk, Paper, Binder, Sheet],
    actor=sb.Actor(Clerk, claims={"sub": Clerk.subject}, provision=True),
)


async def test_whether_a_value_is_taken_is_not_told_to_who_may_not_write_the_row(store_url: str) -> None:
    async with stage(store_url, service=office) as running:
        await running.stranger("Paper.create", body={"code": "taken"})
        paper = (await running.stranger("Paper.create", body={"code": "own"})).item["id"]
        for code in ("taken", "free"):
            filed = await running.stranger("Paper.update", paper, body={"code": code, "state": "filed"})
            assert filed.code == "SB211"
        assert (await running.stranger("Paper.update", paper, body={"code": "taken"})).code == "SB231"
        assert (await running.stranger("Paper.get", paper)).item["code"] == "own"


async def test_nor_where_the_permission_reads_the_rows_own_table(store_url: str) -> None:
    """The row is judged in its table as that would be, before the store can say that a value is taken."""
    async with stage(store_url, service=office) as running:
        ask = running.stranger
        binder = (await ask("Binder.create", body={})).item["id"]
        await ask("Sheet.create", body={"binder_id": binder, "code": "taken"})
        sheet = (await ask("Sheet.create", body={"binder_id": binder, "code": "own"})).item["id"]
        for code in ("taken", "free"):
            assert (await ask("Sheet.update", sheet, body={"code": code, "state": "signed"})).code == "SB211"
        assert (await ask("Sheet.update", sheet, body={"code": "taken"})).code == "SB231"
        assert (await ask("Sheet.update", sheet, body={"code": "new"})).item["code"] == "new"
        assert (await ask("Sheet.get", sheet)).item["state"] == "open"


async def test_a_create_is_judged_before_a_value_is_found_taken(store_url: str) -> None:
    async with stage(store_url, service=office) as running:
        ask = running.stranger
        binder = (await ask("Binder.create", body={})).item["id"]
        await ask("Sheet.create", body={"binder_id": binder, "code": "taken", "state": "signed"})
        for code in ("taken", "free"):
            assert (await ask("Sheet.create", body={"binder_id": binder, "code": code})).code == "SB211"


@pytest.mark.parametrize("wrong", [{"cost": "much"}, {"cost": -1}, {"cost": None, "colour": "red"}])
async def test_a_wrong_value_is_not_told_to_who_may_not_write_the_field(
    store_url: str, wrong: dict[str, object]
) -> None:
    async with stage(store_url, service=office) as running:
        ann, bob = await running.user("ann"), await running.user("bob")
        assert (await ann("Paper.create", body={"code": "hers"})).error is None
        clerk = str((await running.app.store.fetch(Statement("SELECT id FROM clerk WHERE subject = 'ann'")))[0][0])
        desk = (await ann("Desk.create", body={"place": "door", "clerk_id": clerk})).item["id"]
        assert (await bob("Desk.update", desk, body=wrong)).code == "SB211"
        assert (await ann("Desk.update", desk, body=wrong)).code == "SB201"
