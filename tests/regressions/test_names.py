"""Fields called as values that statements bind for themselves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import strongback as sb
from tests.scenarios.jobs import Caller, Stage, stage

GIVEN = {"actor": "zoe", "now": "2020-01-02T00:00:00.000000Z", "versions": 7, "expected_version": 9, "ids": 3}


class Person(sb.Entity):
    subject: str = sb.field(max=80, unique=True, read_only=True)

    @sb.role
    def oneself(self, me: "Person") -> bool:
        return self == me

    access = sb.Access(read=oneself)

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    def mine(cls, me: "Person") -> "Person":
        """Who I am."""
        return me


class Entry(sb.Entity):
    """One line of a log."""

    owner: Person = sb.to_one(immutable=True)
    actor: str = sb.field(max=80)
    now: datetime
    versions: int
    expected_version: int
    ids: int

    @sb.role
    def owned(self, me: Person) -> bool:
        return self.owner == me

    access = sb.Access(read=owned, create=sb.SIGNED_IN, update=owned)

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    async def count_of(cls, db: sb.Db, actor: str) -> int:
        """Count the entries that name somebody, as far as the caller may read them."""
        return len(await db.as_actor.find(cls, actor=actor))

    @sb.action(allow=owned)
    def bump(self) -> "Entry":
        """Change one of the numbers."""
        self.expected_version += 1
        return self


log = sb.Service(
    "log",
    version="1.0.0",
    rest="/v1",
    entities=[Person, Entry],
    actor=sb.Actor(Person, claims={"sub": Person.subject}, provision=True),
)


@asynccontextmanager
async def entries(url: str) -> AsyncIterator[tuple[Stage, Caller, dict[str, object]]]:
    async with stage(url, service=log) as running:
        ann = await running.user("ann")
        owner = (await ann("Person.mine", body={})).item["id"]
        yield running, ann, (await ann("Entry.create", body={**GIVEN, "owner_id": owner})).item


async def test_a_field_keeps_what_was_given_though_a_statement_binds_the_same_name(store_url: str) -> None:
    async with entries(store_url) as (_, ann, made):
        assert {name: made[name] for name in GIVEN} == GIVEN
        changed = await ann("Entry.update", made["id"], body={**GIVEN, "versions": 2, "actor": "ann"}, if_match=("1",))
        assert (changed.item["versions"], changed.item["actor"]) == (2, "ann")
        assert (await ann("Entry.update", made["id"], body={"versions": 1}, if_match=("1",))).code == "SB220"
        assert (await ann("Entry.bump", made["id"], body={})).item["expected_version"] == 10


async def test_a_search_by_a_field_called_actor_is_judged_for_the_caller_alone(store_url: str) -> None:
    async with entries(store_url) as (running, _, _made):
        zoe = await running.user("zoe")
        own = (await zoe("Person.mine", body={})).item["id"]
        await zoe("Entry.create", body={**GIVEN, "owner_id": own, "actor": "ann"})
        ann = await running.user("ann")
        counted = await ann("Entry.count_of", body={"actor": "zoe"})
        assert counted.outcome is not None and counted.outcome.value == 1
        counted = await zoe("Entry.count_of", body={"actor": "zoe"})
        assert counted.outcome is not None and counted.outcome.value == 0, "another's entry, which names zoe"
