"""A shop beside older tables: customers with numbers, countries with codes, and orders of ours that refer to both."""

from collections.abc import Awaitable, Callable
from typing import ClassVar

import strongback as sb


class Gate:
    """Where a test does something in the middle of an action, once for each time it is run."""

    between: ClassVar[list[Callable[[], Awaitable[None]]]] = []

    async def passed(self) -> None:
        """Wait until it is done."""
        if self.between:
            await self.between.pop()()


class User(sb.Entity):
    """Who calls."""

    subject: str = sb.field(max=80, unique=True, read_only=True)

    @sb.role
    def oneself(self, me: "User") -> bool:
        return self == me

    access = sb.Access(read=oneself)


class Country(sb.Entity[str], table="tbl_countries", managed=False):
    """A country, by its code."""

    id: str = sb.key(column="iso2", min=2, max=2, pattern="[A-Z]{2}")
    name: str = sb.field(max=60, column="cntry_nm")
    listed: bool = sb.field(default=True)
    customers: list["Customer"] = sb.inverse("country")

    @sb.role
    def public(self, me: User | None) -> bool:
        return self.listed

    access = sb.Access(read=public | sb.SIGNED_IN, create=sb.SIGNED_IN, update=public)
    search = sb.Query(where=(name,), sort=("name", "id"))


class Customer(sb.Entity[int], table="tbl_customers", managed=False):
    """A customer, by number."""

    id: int = sb.key(column="customer_no", min=1)
    name: str = sb.field(max=80, column="cust_nm")
    number: str = sb.field(max=20, unique=True, column="vat_no")
    rating: int | None = sb.field(default=None, min=0, max=5)
    country: Country = sb.to_one(column="country_iso")
    keeper: User | None = sb.to_one(default=None)
    orders: list["Order"] = sb.inverse("customer")

    @sb.role
    def kept(self, me: User) -> bool:
        return self.keeper == me

    @sb.role
    def near(self, me: User) -> bool:
        return self.country.listed and self.rating is not None

    @sb.role
    def buyer(self, me: User) -> bool:
        return any(o.taken_by == me for o in self.orders)

    access = sb.Access(
        read=kept | near | buyer,
        create=sb.SIGNED_IN,
        update=kept | buyer,
        delete=kept,
        fields={rating: kept | buyer},
    )
    search = sb.Query(where=(name, country, keeper), sort=("name", "-number", "id"), waive={"name": "few rows"})

    @sb.action(allow=kept)
    def rate(self, rating: int) -> "Customer":
        """Rate the customer."""
        self.rating = rating
        return self

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    def enter(cls, me: User, number: int, name: str, country: Country) -> "Customer":
        """Enter a customer, and keep it."""
        return cls(id=number, name=name, number=name[:20], country=country, keeper=me)

    @sb.action(allow=kept)
    def absorb(self, other: "Customer") -> list["Customer"]:
        """Take the other's name over, and answer both."""
        self.name = other.name
        return [self, other]

    @sb.action(allow=kept)
    async def lend(self, other: "Customer", gate: Gate) -> None:
        """Raise the other's rating."""
        await gate.passed()
        other.rating = (other.rating or 0) + 1


class Visit(sb.Entity[int], table="tbl_visits", managed=False):
    """A visit to a customer; the database numbers it."""

    id: int = sb.key(column="visit_no", generated=True)
    customer: Customer = sb.to_one(column="customer_no")
    keeper: User = sb.to_one(immutable=True)
    after: "Visit | None" = sb.to_one(default=None)
    note: str = sb.field(max=80, default="")
    orders: list["Order"] = sb.inverse("visit")

    @sb.role
    def own(self, me: User) -> bool:
        return self.keeper == me

    @sb.role
    def host(self, me: User) -> bool:
        return self.customer.kept(me)

    access = sb.Access(read=own | host, create=own, update=own, delete=own, fields={note: own})
    search = sb.Query(where=(customer, after), sort=("-id",))

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    def tour(cls, me: User, customer: Customer) -> list["Visit"]:
        """Visit a customer twice, and order on the way."""
        second = cls(customer=customer, keeper=me, note="second")
        first = cls(customer=customer, keeper=me, note="first")
        second.after = first
        Order(customer=customer, taken_by=me, text="on the way", visit=second)
        return [first, second]

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    async def circle(cls, me: User, customer: Customer, db: sb.Db) -> list["Visit"]:
        """Visits that follow each other in a circle, and one that follows itself; each notes its number when it has one."""
        made = [cls(customer=customer, keeper=me) for _ in range(3)]
        made[0].after, made[1].after, made[2].after = made[1], made[0], made[2]
        held = set(made)
        for each in await db.find(Visit, keeper=me):
            each.note = f"{each.id} {each in held} {each == made[0]}"
        return made


class Order(sb.Entity):
    """An order of ours."""

    customer: Customer = sb.to_one()
    visit: Visit | None = sb.to_one(default=None)
    origin: Country | None = sb.to_one(default=None)
    taken_by: User = sb.to_one(immutable=True)
    text: str = sb.field(max=200)

    @sb.role
    def taker(self, me: User) -> bool:
        return self.taken_by == me

    @sb.role
    def keeper(self, me: User) -> bool:
        return self.customer.kept(me)

    access = sb.Access(read=taker | keeper, create=taker, update=taker, delete=taker)
    search = sb.Query(where=(customer, origin), sort=("-created_at",), rate="9000/min")


legacy = sb.Service(
    "legacy",
    version="1.0.0",
    rest="/v1",
    entities=[User, Country, Customer, Visit, Order],
    provide={Gate: Gate},
    actor=sb.Actor(User, claims={"sub": User.subject}, provision=True),
)
