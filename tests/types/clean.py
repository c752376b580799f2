"""What a type checker must accept: everything the house style offers, used as meant."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import strongback as sb

Slug = Annotated[str, sb.field(pattern="[a-z-]+", max=40)]


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


class Address(sb.Value):
    street: str = sb.field(max=80)
    city: str = "Oslo"


class Owned(sb.Entity, abstract=True):
    owner: "User" = sb.to_one(immutable=True)

    @sb.role
    def own(self, me: "User") -> bool:
        return self.owner == me


class User(sb.Entity):
    subject: str = sb.field(max=200, unique=True)
    things: list["Thing"] = sb.inverse("owner")
    access = sb.Access(read=sb.EVERYONE)


class Customer(sb.Entity[int], table="tbl_customers", managed=False):
    id: int = sb.key(column="customer_no", min=1)
    name: str = sb.field(max=80, column="cust_nm")
    user: User | None = sb.to_one(default=None, column="usr")
    access = sb.Access(read=sb.EVERYONE)

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    async def enter(cls, db: sb.Db, number: int) -> "Customer":
        found = await db.get(Customer, number)
        return found or cls(id=number + 1, name=f"number {number:d}")


class Visit(sb.Entity[int], table="tbl_visits", managed=False):
    id: int = sb.key(generated=True)
    customer: Customer = sb.to_one()
    access = sb.Access(read=sb.EVERYONE)

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    def begin(cls, customer: Customer) -> "Visit":
        return cls(customer=customer)


class Mailer:
    def send(self, text: str) -> None: ...


class Thing(Owned, history=True, soft_delete=True, plural="stuff"):
    name: str
    slug: Slug = sb.field(index=True)
    price: Annotated[Decimal, sb.decimal(12, 2)]
    cost: Decimal = sb.field(precision=8, scale=2, min=Decimal("0.5"))
    color: Color = Color.RED
    colors: list[Color] = sb.field(default=[])
    state: Literal["new", "old"] = sb.field(default="new")
    at: datetime | None = None
    on: date | None = sb.field(default=None)
    span: timedelta
    key: UUID
    raw: bytes
    extra: sb.JSON
    home: Address
    parent: "Thing | None" = sb.to_one(default=None, on_delete="set_null")
    children: list["Thing"] = sb.inverse("parent")
    secret: str = sb.pii(default="", max=80, lookup="exact")

    once = sb.Unique(slug, state, code="slug_taken")
    by_state = sb.Index(state, "-created_at")

    @sb.role(spans_tenants=True)
    def public(self, me: User | None) -> bool:
        return self.state in ("new", "old") and self.color == Color.RED and self.created_at < sb.now()

    @sb.role
    def nested(self, me: User) -> bool:
        return (self.parent is not None and self.parent.own(me)) or any(c.public(me) for c in self.children if c.is_new)

    @sb.computed
    def is_new(self) -> bool:
        return self.state == "new" and len(self.name) > 3 and self.slug.startswith("a")

    @sb.check(code="price_above_cost", message="Never below cost.")
    def above_cost(self) -> bool:
        return self.price >= self.cost

    access = sb.Access(read=public | Owned.own, update=nested & sb.SIGNED_IN, fields={secret: nested})
    search = sb.Query(where=(state, slug, "created_at"), sort=("-created_at",), waive={secret: "looked up exactly"})

    @sb.action(allow=public, rate="10/min")
    async def grow(self, me: User, db: sb.Db, clock: sb.Clock, mailer: Mailer, by: int = 1) -> "Thing":
        """Make a child."""
        sb.require(self.is_new, "not_new", "Only new things grow.")
        found = await db.as_actor.get(Thing, self.id)
        if found is None:
            return self
        for each in await db.find(Thing, state="old"):
            db.delete(each)
        mailer.send(self.name)
        self.at, self.parent, self.home = clock.now(), found, Address(street="Main")
        return Thing(
            owner=me,
            name="x",
            slug="x",
            price=Decimal(by),
            cost=self.cost,
            span=timedelta(days=1),
            key=self.id,
            raw=b"",
            extra={"a": [1, None]},
            home=self.home,
        )

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    def count(cls, me: User) -> int:
        return len(me.things)


def use(thing: Thing, me: User) -> None:
    allowed: bool = thing.public(None) and thing.own(me)
    count: int = Thing.count(me)
    new: bool = thing.is_new
    seen: set[Thing] = {thing}
    with sb.use_clock(datetime.fromisoformat("2028-02-29T00:00:00Z")):
        thing.state = "old"
    print(allowed, count, new, seen, thing == thing.parent, thing.id, thing.updated_at)


things = sb.Service(
    "things",
    rest="/v1",
    entities=[User, Thing],
    actor=sb.Actor(User, claims={"sub": User.subject}),
    provide={Mailer: Mailer},
)
