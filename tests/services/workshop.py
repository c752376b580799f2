"""
A workshop that takes orders: every way in which an action can be written.

On rows and on classes, sync and async; injected `me`, `db`, `clock` and a dependency of the team's own; value objects, enums, rows and
lists as arguments; rows, lists, scalars and nothing as results; changes in place, deleting, guards, exceptions.
"""

import asyncio
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

import strongback as sb


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


class Place(sb.Value):
    """Where to deliver."""

    street: str = sb.field(max=40)
    zip: str = sb.field(pattern="[0-9]{4}")


class Bell:
    """A dependency of the team's own: what it was told, and what is to happen meanwhile."""

    def __init__(self) -> None:
        self.rung: list[str] = []
        self.meanwhile: object = None

    async def ring(self, text: str) -> None:
        self.rung.append(text)
        if callable(self.meanwhile):
            await self.meanwhile()


BELL = Bell()


class Person(sb.Entity):
    """Who calls."""

    subject: str = sb.field(max=80, unique=True, read_only=True)
    name: str = sb.pii(max=120)
    email: str = sb.pii(max=254, lookup="exact")
    hands: list["Hand"] = sb.inverse("person")

    @sb.role
    def oneself(self, me: "Person") -> bool:
        return self == me

    access = sb.Access(read=oneself, update=oneself)
    search = sb.Query(where=("email",), sort=("-created_at",))


class Shop(sb.Entity):
    """A workshop, which is a tenant."""

    name: str = sb.field(max=80, unique=True)
    secret: bool = False
    hands: list["Hand"] = sb.inverse("shop")
    orders: list["Order"] = sb.inverse("shop")

    @sb.role
    def worker(self, me: Person) -> bool:
        return any(h.person == me for h in self.hands)

    @sb.role
    def listed(self, me: Person | None) -> bool:
        return not self.secret

    access = sb.Access(read=listed | worker, update=worker)

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    def start(cls, me: Person, name: Annotated[str, sb.field(max=80)], secret: bool = False) -> "Shop":
        """Open a workshop and work in it."""
        shop = cls(name=name, secret=secret)
        Hand(shop=shop, person=me)
        return shop

    @sb.action(allow=worker)
    def close(self, db: sb.Db) -> None:
        """Close the workshop, in which nobody may work any more."""
        db.delete(self)


class Hand(sb.Entity, tenant="shop"):
    """Who works in a workshop."""

    shop: Shop = sb.to_one(immutable=True)
    person: Person = sb.to_one(immutable=True)

    @sb.role
    def colleague(self, me: Person) -> bool:
        return self.shop.worker(me)

    access = sb.Access(read=colleague, create=colleague)


class Order(sb.Entity, tenant="shop", soft_delete=True, history=True):
    """What somebody wants made."""

    shop: Shop = sb.to_one(immutable=True)
    buyer: Person | None = sb.to_one(default=None)
    title: str = sb.field(max=40)
    letter: str = sb.pii(default="", max=200)
    size: Size = Size.SMALL
    place: Place | None = None
    tags: list[str] = sb.field(default=[])
    extra: sb.JSON = sb.field(default={})
    total: Annotated[Decimal, sb.decimal(10, 2)] = Decimal("0.00")
    hidden: bool = False
    state: Literal["new", "done"] = sb.field(default="new", read_only=True, index=True)
    parts: list["Item"] = sb.inverse("order")

    @sb.role
    def worker(self, me: Person) -> bool:
        return self.shop.worker(me)

    @sb.role(spans_tenants=True)
    def shown(self, me: Person | None) -> bool:
        return not self.hidden

    @sb.role
    def reader(self, me: Person) -> bool:
        return self.shop.worker(me) and not self.hidden

    access = sb.Access(read=reader | shown, create=worker, update=worker, delete=worker)
    search = sb.Query(where=("state",), sort=("-created_at",))

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    def place_one(
        cls,
        me: Person,
        shop: Shop,
        title: str,
        size: Size = Size.SMALL,
        place: Place | None = None,
        tags: Annotated[list[str], sb.field(max=5)] = [],  # noqa: B006 - a default of the declaration
    ) -> "Order":
        """Order something."""
        tags.append(size.value)
        street = "" if place is None else place.street
        return cls(shop=shop, buyer=me, title=title, size=size, place=place, tags=tags, letter=street)

    @sb.action(allow=worker)
    def itemize(self, count: int) -> None:
        """Split into items."""
        for i in range(count):
            Item(order=self, name=f"part {i}", price=Decimal(i))

    @sb.action(allow=worker)
    def finish(self) -> int:
        """Everything is made."""
        sb.require(self.state == "new", "is_done", "it is done already")
        for item in self.parts:
            item.done = True
            item.name = f"{item.name} of {item.order.shop.name}"
        self.state = "done"
        return len(self.parts)

    @sb.action(allow=worker)
    def rename(self, title: str) -> None:
        """Give another title, as long as the caller likes."""
        self.title = title

    @sb.action(allow=worker)
    def annotate(self, word: str) -> "Order":
        """Change what is inside a list and a JSON value."""
        self.tags.append(word)
        assert isinstance(self.extra, dict)
        self.extra[word] = [1, None]
        return self

    @sb.action(allow=worker)
    def break_down(self) -> None:
        """Change something, and fail."""
        self.title = "broken"
        Item(order=self, name="broken", price=Decimal(1))
        raise RuntimeError("a fault of the team's own")

    @sb.action(allow=sb.EVERYONE)
    def greet(self, me: Person | None) -> str:
        """Say hello."""
        return "stranger" if me is None else me.name

    @sb.action(allow=worker)
    async def call(self, bell: Bell, clock: sb.Clock, text: str) -> str:
        """Ring the bell, and say when."""
        await bell.ring(text)
        return f"{text} {clock.now().isoformat()} {sb.now() == clock.now()}"

    @sb.action(allow=worker)
    async def count(self, db: sb.Db) -> int:
        """Count the orders of the shop, as they are now."""
        Order(shop=self.shop, title="one more")
        return len(await db.find(Order, shop=self.shop))

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    async def those_of(cls, db: sb.Db, shop: Shop, judged: bool = False) -> "list[Order]":
        """List a shop's orders."""
        return await (db.as_actor if judged else db).find(cls, shop=shop)

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    async def of_mail(cls, db: sb.Db, email: str) -> int:
        """Count the people who have an address."""
        return len(await db.find(Person, email=email))

    @sb.action(allow=worker)
    def itself(self, there: bool) -> "Order | None":
        """Return the row, or nothing."""
        return self if there else None

    @sb.action(allow=worker)
    def hide(self) -> "Order":
        """Return a row that the caller does not read any more."""
        self.hidden = True
        return self

    @sb.action(allow=worker)
    def clear(self, db: sb.Db) -> int:
        """Throw the items away."""
        for item in list(self.parts):
            db.delete(item)
        return len(self.parts)

    @sb.action(allow=worker)
    def withdraw(self, db: sb.Db) -> None:
        """Throw the order away."""
        db.delete(self)

    @sb.action(allow=worker)
    async def sleep(self, seconds: float) -> None:
        """Take time."""
        self.title = "asleep"
        await asyncio.sleep(seconds)

    @sb.action(allow=worker)
    async def impatient(self) -> None:
        """Run out of a time of the team's own."""
        raise TimeoutError("the bell did not answer")

    @sb.action(allow=worker)
    async def sign(self, db: sb.Db, bell: Bell) -> None:
        """Change another row than the order."""
        shop = await db.get(Shop, self.shop.id)
        assert shop is not None
        await bell.ring("signing")
        shop.name = f"{shop.name}!"

    @sb.action(allow=worker)
    async def stray(self, db: sb.Db) -> str:
        """Use what nobody loaded: the person behind a row that was found."""
        found = await db.find(Hand, shop=self.shop)
        return found[0].person.name

    @sb.action(allow=worker)
    def backwards(self) -> None:
        """Make rows in another order than they refer to each other."""
        first = Item(order=self, name="first", price=Decimal(1))
        first.before = Item(order=self, name="second", price=Decimal(2))

    @sb.action(allow=worker)
    def total_of(
        self, items: list[str], by: Annotated[Decimal, sb.decimal(4, 2)]
    ) -> Annotated[Decimal, sb.decimal(10, 2)]:
        """Reckon."""
        self.total = by * len(items)
        return self.total


class Item(sb.Entity, tenant="order.shop"):
    """One part of an order."""

    order: Order = sb.to_one(immutable=True)
    before: "Item | None" = sb.to_one(default=None)
    name: str = sb.field(max=60)
    price: Annotated[Decimal, sb.decimal(10, 2)]
    done: bool = False

    @sb.role
    def worker(self, me: Person) -> bool:
        return self.order.worker(me)

    access = sb.Access(read=worker, create=worker, update=worker, delete=worker)
    search = sb.Query(where=(order,), sort=("created_at",))


workshop = sb.Service(
    "workshop",
    version="1.0.0",
    rest="/v1",
    entities=[Person, Shop, Hand, Order, Item],
    actor=sb.Actor(Person, claims={"sub": Person.subject, "name": Person.name, "email": Person.email}, provision=True),
    provide={Bell: lambda: BELL},
)
