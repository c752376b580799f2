"""Rooms of the conformance service: tenants, who holds their keys, and what stands in them."""

from __future__ import annotations

from typing import Literal

from strongback.declare.action import action
from strongback.declare.constraint import Unique
from strongback.declare.entity import Entity
from strongback.declare.permission import SIGNED_IN, Access, role
from strongback.declare.query import Query
from strongback.declare.spec import field, inverse, to_one


class Member(Entity):
    """Who calls."""

    subject: str = field(max=40, unique=True)
    keys: list[Key] = inverse("member")

    @role
    def oneself(self, me: Member) -> bool:
        return self == me

    access = Access(read=oneself)


class Room(Entity):
    """A tenant: whose members hold keys."""

    name: str = field(max=40, unique=True)
    public: bool = False
    keys: list[Key] = inverse("room")
    boxes: list[Box] = inverse("room")

    @role
    def holder(self, me: Member) -> bool:
        return any(k.member == me for k in self.keys)

    @role
    def visitor(self, me: Member | None) -> bool:
        return self.public

    access = Access(read=holder | visitor, update=holder)

    @action(allow=SIGNED_IN)
    @classmethod
    def build(cls, me: Member, name: str, public: bool = False) -> Room:
        """Build a room and hold its key."""
        room = cls(name=name, public=public)
        Key(room=room, member=me)
        return room


class Key(Entity, tenant="room"):
    """Who may enter a room."""

    room: Room = to_one(immutable=True)
    member: Member = to_one(immutable=True)
    once = Unique(room, member)

    @role
    def fellow(self, me: Member) -> bool:
        return self.room.holder(me)

    access = Access(read=fellow)


class Box(Entity, tenant="room"):
    """Stands in a room; what it costs is for key holders."""

    room: Room = to_one(immutable=True)
    name: str = field(max=40, index=True)
    state: Literal["shut", "open"] = field(default="shut", index=True)
    cost: int | None = field(index=True)
    inside: list[Toy] = inverse("box")

    @role
    def holder(self, me: Member) -> bool:
        return self.room.holder(me)

    @role(spans_tenants=True)
    def shown(self, me: Member | None) -> bool:
        return self.state == "open"

    access = Access(read=holder | shown, create=holder, update=holder, delete=holder, fields={cost: holder})
    search = Query(where=("name", "state", "cost", "room"), group=("state",), sort=("name", "-name"), page_max=20)


class Toy(Entity, tenant="box.room"):
    """Lies in a box."""

    box: Box = to_one(immutable=True)
    name: str = field(max=40)

    @role
    def holder(self, me: Member) -> bool:
        return self.box.holder(me)

    access = Access(read=holder, create=holder, delete=holder)
    search = Query(where=(box,), sort=("name",))
