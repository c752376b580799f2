"""An album: rows with files, and everything that a file can meet: hidden fields, rows that stay, versions, actions, one put for good."""

import strongback as sb


class Member(sb.Entity):
    """Who calls."""

    subject: str = sb.field(max=80, unique=True, read_only=True)
    pictures: list["Picture"] = sb.inverse("owner")

    access = sb.Access(read=sb.EVERYONE)


class Picture(sb.Entity):
    """A picture of its owner, which others see when it is shared; its negative nobody else ever does."""

    owner: Member = sb.to_one(immutable=True)
    title: str = sb.field(max=80)
    shared: bool = False
    image: sb.Blob | None = sb.blob(max="300 kB", types=("image/png", "image/jpeg"))
    negative: sb.Blob | None = sb.blob(max=1000, pii=True, doc="What it was made of.")
    contract_scan: sb.Blob | None = sb.blob(max=1000, immutable=True)

    stamp: sb.Blob | None = sb.blob(max=1000)

    @sb.role
    def mine(self, me: Member) -> bool:
        return self.owner == me

    @sb.role
    def stamped(self, me: Member) -> bool:
        """Whose stamp shows: not even that of every owner."""
        return self.title == "a"

    @sb.role
    def seen(self, me: Member | None) -> bool:
        return self.shared

    access = sb.Access(read=mine | seen, update=mine, delete=mine, fields={negative: mine, stamp: stamped})
    search = sb.Query(sort=("-created_at",))

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    def start(cls, me: Member, title: str) -> "Picture":
        return cls(owner=me, title=title)

    @sb.action(allow=mine)
    def wipe(self) -> None:
        sb.require(self.image is not None, "no_image")
        self.image = None

    @sb.action(allow=mine)
    def swap(self) -> None:
        """What an action may not do: give a row a file that is another's. The guard keeps those away who ask anything at random."""
        sb.require(self.title == "swap", "not_meant")
        self.negative = self.image

    @sb.action(allow=mine)
    async def throw(self, db: sb.Db) -> None:
        db.delete(self)


class Paper(sb.Entity, history=True):
    """A paper whose every version is kept."""

    owner: Member = sb.to_one(immutable=True)
    scan: sb.Blob | None = sb.blob(max="250 MB")

    @sb.role
    def mine(self, me: Member) -> bool:
        return self.owner == me

    access = sb.Access(read=mine, update=mine, delete=mine)

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    def start(cls, me: Member) -> "Paper":
        return cls(owner=me)


class Card(sb.Entity, soft_delete=True, conditional_writes=True):
    """A card that stays when it is deleted, and is never changed blindly."""

    owner: Member = sb.to_one(immutable=True)
    face: sb.Blob | None = sb.blob(max="1 MB")

    @sb.role
    def mine(self, me: Member) -> bool:
        return self.owner == me

    access = sb.Access(read=mine, update=mine, delete=mine)

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    def start(cls, me: Member) -> "Card":
        return cls(owner=me)


album = sb.Service(
    "album",
    version="1.0.0",
    rest="/v1",
    entities=[Member, Picture, Paper, Card],
    actor=sb.Actor(Member, claims={"sub": Member.subject}, provision=True),
)
