"""Letters that are kept for a time: values erased by rules of every kind, in rows, kept versions, and of rows that are gone."""

from datetime import datetime
from typing import Annotated

import strongback as sb

Letter = Annotated[str, sb.pii(max=2_000, erase="365d after created_at")]


class User(sb.Entity):
    """Who calls."""

    subject: str = sb.field(max=80, unique=True, read_only=True)
    access = sb.Access(read=sb.SIGNED_IN)


class Guest(sb.Entity):
    """Somebody who was there, until they left."""

    host: User = sb.to_one(immutable=True)
    name: str = sb.pii(max=80)
    email: str | None = sb.pii(max=120, lookup="exact", erase="2w after left_at")
    phone: str = sb.pii(max=120, lookup="exact", erase="2w after left_at", default="")
    left_at: datetime | None = None
    alone = sb.Unique(email, code="email_taken")

    @sb.role
    def hosted_by(self, me: User) -> bool:
        return self.host == me

    access = sb.Access(read=hosted_by, create=hosted_by, update=hosted_by, delete=hosted_by)
    search = sb.Query(where=(email, phone), sort=("id",))


class Post(sb.Entity, soft_delete=True, history=True):
    """What was written; a deleted one goes sooner."""

    letter: Letter
    remark: str | None = sb.pii(max=200, erase="7d after deletion")
    scan: sb.Blob | None = sb.blob(max="1 MB", pii=True, erase="365d after created_at")
    stamp: sb.Blob | None = sb.blob(max="1 MB")
    city: str = sb.field(max=40)
    access = sb.Access(
        read=sb.EVERYONE,
        create=sb.EVERYONE,
        update=sb.EVERYONE,
        delete=sb.EVERYONE,
        restore=sb.SIGNED_IN,
        history=sb.SIGNED_IN,
    )

    @sb.action(allow=sb.EVERYONE)
    @classmethod
    def send(cls, letter: Letter) -> "Post":
        """Write one."""
        return cls(letter=letter, remark=None, city="Oslo")


class Memo(sb.Entity, history=True):
    """Of a deleted one, its versions stay."""

    text: str = sb.pii(max=200, erase="1d after updated_at")
    access = sb.Access(read=sb.EVERYONE, create=sb.EVERYONE, update=sb.EVERYONE, delete=sb.EVERYONE)


retention = sb.Service(
    "retention",
    version="1.0.0",
    rest="/v1",
    entities=[User, Guest, Post, Memo],
    actor=sb.Actor(User, claims={"sub": User.subject}, provision=True),
)
