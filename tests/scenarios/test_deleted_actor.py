"""A caller whose row is deleted stays deleted: now, in another process, and after a restart."""

from __future__ import annotations

import pytest

import strongback as sb
from strongback.errors import ActorDeleted, ActorForgotten
from tests.scenarios.jobs import stage


class Member(sb.Entity, soft_delete=True):
    """May leave, and be taken back."""

    subject: str = sb.field(max=80, unique=True)

    @sb.role
    def oneself(self, me: Member) -> bool:
        return self == me

    access = sb.Access(read=oneself, delete=oneself, create=sb.SIGNED_IN)


club = sb.Service(
    "club",
    version="1.0.0",
    rest="/v1",
    entities=[Member],
    actor=sb.Actor(Member, claims={"sub": Member.subject}, provision=True),
)


class Guest(sb.Entity):
    """Is made by a token, and cannot be deleted."""

    subject: str = sb.field(max=80, unique=True)
    access = sb.Access(read=sb.EVERYONE)

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    def leave(cls, me: Guest, db: sb.Db) -> None:
        """Try to be forgotten."""
        db.delete(me)


inn = sb.Service(
    "inn",
    version="1.0.0",
    rest="/v1",
    entities=[Guest],
    actor=sb.Actor(Guest, claims={"sub": Guest.subject}, provision=True),
)


async def test_a_deleted_caller_is_refused_in_every_process_and_after_a_restart(store_url: str) -> None:
    async with stage(store_url, service=club) as one, stage(store_url, service=club) as other:
        ada = await one.user("ada")
        await other.user("ada")
        rows = await one.app.store.fetch(one.app.provisioner.objects.actor("test").statement, ["ada"])
        assert (await ada("Member.delete", str(rows[0][0]))).error is None
        for process in (one, other):
            with pytest.raises(ActorDeleted):
                await process.user("ada")
        assert (await ada("Member.create", body={"subject": "x"})).code == "SB211", "a request that had begun already"
    async with stage(store_url, service=club) as restarted:
        with pytest.raises(ActorDeleted) as refused:
            await restarted.user("ada")
        assert refused.value.code == "SB215"


async def test_a_deleted_caller_is_taken_back_as_a_new_row_on_purpose(store_url: str) -> None:
    async with stage(store_url, service=club) as at:
        ada, bob = await at.user("ada"), await at.user("bob")
        actor = at.app.provisioner.objects.actor("test").statement
        old = (await at.app.store.fetch(actor, ["ada"]))[0][0]
        await ada("Member.delete", str(old))
        assert (await bob("Member.create", body={"subject": "ada"})).error is None
        back = await at.user("ada")
        new = (await at.app.store.fetch(actor, ["ada"]))[0][0]
        assert new != old and (await back("Member.get", str(new))).item["subject"] == "ada"
        assert (await back("Member.get", str(old))).code == "SB212"


async def test_a_row_that_would_come_back_is_not_deleted_for_good(store_url: str) -> None:
    async with stage(store_url, service=inn) as at:
        ann = await at.user("ann")
        with pytest.raises(ActorForgotten, match="Guest"):
            said = await ann("Guest.leave", body={})
            raise said.error or AssertionError("it was deleted")
        assert (await at.user("ann")).actor.key == "ann"
