"""Notes: as little as a host can mount, with a caller, a class action and one that takes its time."""

import asyncio
from typing import Any

import strongback as sb

MAY_END: dict[str, Any] = {}


class User(sb.Entity):
    """Who calls."""

    subject: str = sb.field(max=80, unique=True, read_only=True)
    name: str = sb.pii(max=120)

    @sb.role
    def oneself(self, me: "User") -> bool:
        return self == me

    access = sb.Access(read=oneself)


class Note(sb.Entity):
    """What somebody wrote."""

    owner: User = sb.to_one(immutable=True)
    text: str = sb.field(max=200)

    @sb.role
    def writer(self, me: User) -> bool:
        return self.owner == me

    access = sb.Access(read=writer, create=writer, update=writer, delete=writer)
    search = sb.Query(sort=("created_at",))

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    def write(cls, me: User, text: str) -> "Note":
        """Write a note of one's own."""
        return cls(owner=me, text=text)

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    async def write_slowly(cls, me: User) -> None:
        """Write a note, and end when it may."""
        Note(owner=me, text="slow")
        MAY_END["waiting"] = True
        await asyncio.Event().wait()


notes = sb.Service(
    "notes",
    rest="/v1",
    entities=[User, Note],
    actor=sb.Actor(User, claims={"sub": User.subject, "name": User.name}, provision=True),
)


class Plant(sb.Entity):
    """What grows; everybody may read."""

    name: str = sb.field(max=40)
    access = sb.Access(read=sb.EVERYONE)
    search = sb.Query(sort=("created_at",))


plants = sb.Service("plants", rest="/v1", entities=[Plant])
