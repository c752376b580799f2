"""
A guild of crafts people: everything that a permission can stumble over, in few entities.

Hidden fields, one of them seen by its caller alone; references that may be null, also in a role; rows that refer to their own kind;
`all` and `not`; deleted rows that stay; a guarded relation; many-to-many through an entity; a query with a permission of its own.
"""

from enum import StrEnum
from typing import Annotated, Literal

import strongback as sb


class Rank(StrEnum):
    APPRENTICE = "apprentice"
    MASTER = "master"


class Person(sb.Entity, soft_delete=True):
    """Somebody of the guild, who may have a mentor in it."""

    subject: str = sb.field(max=80, unique=True, read_only=True)
    nick: str = sb.field(max=40, index=True)
    rank: Rank = sb.field(default=Rank.APPRENTICE, index=True)
    banned: bool = False
    mentor: "Person | None" = sb.to_one()
    pupils: list["Person"] = sb.inverse("mentor")
    crafts: list["Skill"] = sb.inverse("person")
    pieces: list["Piece"] = sb.inverse("maker")
    phone: str | None = sb.pii(max=40, lookup="exact")
    salary: int | None = sb.field(min=0, index=True)
    motto: str | None = sb.field(max=80)

    @sb.role
    def oneself(self, me: "Person") -> bool:
        return self == me

    @sb.role
    def mentor_of(self, me: "Person") -> bool:
        return self.mentor is not None and self.mentor == me

    @sb.role
    def unbanned(self, me: "Person | None") -> bool:
        return not self.banned

    @sb.role
    def master(self, me: "Person") -> bool:
        return me.rank == "master" and not me.banned

    access = sb.Access(
        read=oneself | (unbanned & sb.EVERYONE),
        update=oneself | mentor_of,
        delete=mentor_of,
        fields={phone: oneself | mentor_of, salary: master, motto: master},
    )
    search = sb.Query(
        text=(nick,),
        group=(rank, mentor, "banned"),
        measure=("created_at",),
        where=(nick, rank, phone, mentor, "crafts.craft", "crafts.remark"),
        sort=("nick", "-created_at"),
        page_max=20,
    )
    known = sb.Query(text=(nick, motto), sort=("-created_at",), page_max=5)
    paid = sb.Query(where=(salary,), group=(rank,), measure=(salary,), sort=("-salary",), allow=sb.SIGNED_IN)
    ranked = sb.Query(where=(rank, salary), sort=("-created_at", "salary"))

    @sb.computed
    def is_master(self) -> bool:
        return self.rank == "master"


class Craft(sb.Entity):
    """Something the guild can do."""

    name: str = sb.field(max=60, unique=True)
    secret: bool = False
    practised: list["Skill"] = sb.inverse("craft")
    pieces: list["Piece"] = sb.inverse("craft")

    @sb.role
    def open_to_all(self, me: Person | None) -> bool:
        return not self.secret and all(s.level != "none" for s in self.practised)

    @sb.role
    def practitioner(self, me: Person) -> bool:
        return any(s.person == me and s.level in ("good", "best") for s in self.practised)

    access = sb.Access(read=open_to_all | practitioner, create=sb.SIGNED_IN, update=practitioner)
    search = sb.Query(where=(name, "practised.level", "pieces.price"), sort=("name",))


class Skill(sb.Entity, conditional_writes=True):
    """Who can do what, and how well."""

    person: Person = sb.to_one(immutable=True)
    craft: Craft = sb.to_one(immutable=True)
    level: Literal["none", "some", "good", "best"] = sb.field(index=True)
    remark: str | None = sb.field(max=200, index=True)
    once = sb.Unique(person, craft)
    by_remark = sb.Index(person, remark)
    by_level = sb.Index(craft, level)

    @sb.role
    def owner(self, me: Person) -> bool:
        return self.person == me

    @sb.role
    def fellow(self, me: Person) -> bool:
        return self.craft.practitioner(me) and not self.person.banned

    access = sb.Access(read=owner | fellow, create=owner, update=owner & fellow, delete=owner, fields={remark: fellow})
    search = sb.Query(where=(level, remark, craft), sort=("-created_at", "level"))


class Piece(sb.Entity, soft_delete=True, history=True):
    """A piece of work; made by nobody known, perhaps, and judged by somebody, perhaps."""

    title: str = sb.field(max=80)
    craft: Craft = sb.to_one()
    maker: Person | None = sb.to_one()
    judge: Person | None = sb.to_one()
    part_of: "Piece | None" = sb.to_one()
    parts: list["Piece"] = sb.inverse("part_of")
    price: Annotated[int, sb.field(min=0)] | None = sb.field(index=True)
    verdict: str | None = sb.field(max=200, index=True)
    by_price = sb.Index(craft, price)

    def stands_alone(self) -> bool:
        return self.part_of is None

    one_of_a_name = sb.Unique(craft, title, where=stands_alone, code="title_taken")

    @sb.role
    def made_by(self, me: Person) -> bool:
        return self.maker == me

    @sb.role
    def judged_by(self, me: Person) -> bool:
        return self.judge is not None and self.judge == me and not me.banned

    @sb.role
    def taught_by(self, me: Person) -> bool:
        return self.maker is not None and self.maker.mentor is not None and self.maker.mentor == me

    @sb.role
    def shown(self, me: Person | None) -> bool:
        return self.judge is not None and all(p.judge is not None for p in self.parts)

    @sb.role
    def whole(self, me: Person | None) -> bool:
        return self.part_of is None

    @sb.role
    def of_master(self, me: Person) -> bool:
        return me.master(me)

    access = sb.Access(
        read=made_by | judged_by | taught_by | (shown & whole),
        create=made_by & sb.SIGNED_IN,
        update=made_by | judged_by,
        delete=made_by & whole,
        restore=made_by & whole,
        history=made_by | judged_by | shown,
        fields={verdict: judged_by | taught_by, price: of_master | made_by},
    )
    search = sb.Query(
        text=(title,),
        where=(craft, maker, judge, verdict, price, part_of),
        sort=("-created_at", "title"),
        page_max=10,
    )
    judged = sb.Query(where=(verdict,), sort=("title",), allow=judged_by | taught_by)

    @sb.action(allow=judged_by & whole)
    def approve(self, verdict: Annotated[str, sb.field(max=100)], witness: Person) -> None:
        """Say what it is worth."""
        self.verdict = f"{verdict} ({witness.nick})"

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    def sketch(cls, me: Person, craft: Craft) -> "Piece":
        """Begin a piece."""
        return cls(title="sketch", craft=craft, maker=me)


class Bid(sb.Entity):
    """An offer for a piece that has a price and whose craft is known; the bidder may not be able to read either."""

    piece: Piece = sb.to_one(immutable=True)
    against: "Bid | None" = sb.to_one()
    bidder: Person = sb.to_one(immutable=True)
    amount: int = sb.field(min=0)

    @sb.role
    def fair(self, me: Person) -> bool:
        return self.bidder == me and self.piece.price is not None and not self.piece.craft.secret

    @sb.role
    def bidding(self, me: Person) -> bool:
        return self.bidder == me

    access = sb.Access(read=bidding, create=fair, update=bidding, delete=bidding)
    search = sb.Query(where=(piece,), sort=("-created_at",))


class Complaint(sb.Entity):
    """Anybody may hand one in; masters alone read them, and then anybody could have changed them."""

    text: str = sb.field(max=200)
    about: Piece | None = sb.to_one()
    settled: bool = sb.field(default=False, read_only=True)

    @sb.role
    def by_master(self, me: Person) -> bool:
        return me.master(me)

    access = sb.Access(read=by_master, create=sb.EVERYONE, update=sb.EVERYONE, delete=sb.EVERYONE)
    search = sb.Query(sort=("-created_at",))

    @sb.action(allow=sb.EVERYONE)
    def settle(self, me: Person | None) -> None:
        """Close it."""
        self.settled = True


guild = sb.Service(
    "guild",
    version="1.0.0",
    rest="/v1",
    graphql=True,
    entities=[Person, Craft, Skill, Piece, Bid, Complaint],
    actor=sb.Actor(Person, claims={"sub": Person.subject}),
)
