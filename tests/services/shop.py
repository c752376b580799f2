"""
A shop of everything: every scalar type there is, with and without constraints, required and optional, in fields, value objects, lists,
filters and the parameters of actions.

A shelf belongs to a brand, which is a tenant, and an article on it to the brand of its shelf.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import strongback as sb

Money = Annotated[Decimal, sb.decimal(10, 2)]


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"
    DEEP_BLUE = "deep-blue"


class Size(sb.Value):
    """How large something is."""

    width: float = sb.field(min=0)
    height: float | None = None
    unit: Literal["cm", "in"] = "cm"


class Parcel(sb.Value):
    """How something is sent."""

    weight: Annotated[Decimal, sb.decimal(6, 3)] = sb.field(min=0)
    sent: datetime | None = None
    labels: list[str] = sb.field(max=3)
    code: str = sb.field(pattern="[A-Z]{2}[0-9]{4}")


class Buyer(sb.Entity):
    """Who calls."""

    subject: str = sb.field(max=120, unique=True, read_only=True)
    email: str = sb.pii(max=254, lookup="exact")

    @sb.role
    def oneself(self, me: Buyer) -> bool:
        return self == me

    access = sb.Access(read=oneself, update=oneself)
    search = sb.Query(where=("email",), sort=("-created_at",))


class Brand(sb.Entity):
    """Who makes things."""

    name: str = sb.field(min=1, max=60, unique=True)
    founded: date | None = None
    owner: Buyer = sb.to_one(immutable=True)
    shelves: list[Shelf] = sb.inverse("brand")

    @sb.role
    def owned(self, me: Buyer) -> bool:
        return self.owner == me

    @sb.role
    def anybody(self, me: Buyer | None) -> bool:
        return self.name != ""

    access = sb.Access(read=anybody, create=owned, update=owned, delete=owned)
    search = sb.Query(where=("name",), sort=("name", "-created_at"))

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    def register(cls, me: Buyer, name: Annotated[str, sb.field(min=1, max=60)], founded: date | None = None) -> Brand:
        """Begin a brand."""
        return cls(name=name, founded=founded, owner=me)


class Shelf(sb.Entity, tenant="brand", soft_delete=True, plural="shelves"):
    """Where articles are."""

    brand: Brand = sb.to_one(immutable=True)
    label: str = sb.field(max=40, pattern="[a-z]+(-[a-z0-9]+)*")
    above: Shelf | None = sb.to_one(default=None)
    below: list[Shelf] = sb.inverse("above")
    articles: list[Article] = sb.inverse("shelf")
    once = sb.Unique(brand, label, code="label_taken")

    @sb.role
    def owned(self, me: Buyer) -> bool:
        return self.brand.owned(me)

    @sb.role(spans_tenants=True)
    def anybody(self, me: Buyer | None) -> bool:
        return self.label != ""

    access = sb.Access(read=anybody, create=owned, update=owned, delete=owned)
    search = sb.Query(where=(brand, above), sort=("label", "-created_at"))


class Article(sb.Entity, tenant="shelf.brand", history=True):
    """Something to buy, with a field of every kind."""

    shelf: Shelf = sb.to_one(immutable=True)
    title: str = sb.field(min=2, max=80)
    note: str | None = None
    ready: bool = sb.field(default=False, index=True)
    stock: int = sb.field(default=0, min=0, max=1_000_000, index=True)
    views: int | None = sb.field(default=None, index=True)
    score: float = sb.field(default=0.0, min=-1, max=1)
    ratio: float | None = sb.field(default=None, index=True)
    price: Money = sb.field(min=0, index=True)
    discount: Annotated[Decimal, sb.decimal(4, 4)] | None = None
    released: datetime | None = sb.field(default=None, index=True)
    best_before: date | None = sb.field(default=None, index=True)
    lasts: timedelta = sb.field(default=timedelta(days=1))
    returns_within: timedelta | None = sb.field(default=None, index=True)
    serial: UUID | None = sb.field(default=None, unique=True)
    picture: bytes = sb.field(default=b"", max=64)
    thumbnail: bytes | None = None
    colour: Colour = sb.field(default=Colour.RED, index=True)
    grade: Literal["a", "b", "c"] | None = sb.field(default=None, index=True)
    extra: sb.JSON = sb.field(default={})
    words: list[str] = sb.field(default=[], max=5)
    ratings: list[int] = sb.field(default=[])
    prices: list[Money] | None = None
    days: list[date] = sb.field(default=[], max=3)
    size: Size
    parcel: Parcel | None = None
    supplier: str | None = sb.pii(max=120, lookup="exact", default=None)
    margin: Money | None = sb.field(default=None)
    tags: list[Tagging] = sb.inverse("article")

    @sb.role
    def owned(self, me: Buyer) -> bool:
        return self.shelf.owned(me)

    @sb.role(spans_tenants=True)
    def on_sale(self, me: Buyer | None) -> bool:
        return self.ready

    @sb.check(code="nothing_in_stock")
    def in_stock_when_ready(self) -> bool:
        return not self.ready or self.stock > 0

    @sb.computed
    def dear(self) -> bool:
        return self.price > Decimal("100.00")

    @sb.computed
    def loved(self) -> bool:
        return self.score > 0.5

    access = sb.Access(
        read=owned | on_sale, create=owned, update=owned, delete=owned, fields={margin: owned, supplier: owned}
    )
    search = sb.Query(
        where=(
            shelf,
            ready,
            stock,
            views,
            ratio,
            price,
            released,
            best_before,
            returns_within,
            serial,
            colour,
            grade,
            supplier,
        ),
        sort=("-created_at", "price", "-released", "ratio", "best_before,-stock"),
        page_max=20,
    )

    @sb.action(allow=owned)
    def reprice(
        self,
        price: Annotated[Decimal, sb.decimal(10, 2), sb.field(min=0)],
        colour: Colour = Colour.RED,
        grade: Literal["a", "b", "c"] | None = None,
        since: datetime | None = None,
    ) -> Article:
        """Give another price."""
        self.price, self.colour, self.grade = price, colour, grade
        self.released = since
        return self

    @sb.action(allow=owned)
    def move(self, to: Shelf) -> None:
        """Say where it will be."""
        self.note = to.label

    @sb.action(allow=owned)
    def replace_by(self, other: Article | None = None) -> Article | None:
        """Name another one that is as good."""
        return other

    @sb.action(allow=sb.SIGNED_IN & on_sale)
    def buy(self, count: Annotated[int, sb.field(min=1, max=99)] = 1) -> Money:
        """Take some from the stock."""
        sb.require(self.stock >= count, "sold_out")
        self.stock -= count
        self.ready = self.stock > 0
        return self.price

    @sb.action(allow=sb.EVERYONE)
    @classmethod
    def echo(
        cls,
        text: Annotated[str, sb.field(max=20)],
        number: int,
        ratio: float,
        flag: bool,
        day: date,
        at: datetime,
        span: timedelta,
        key: UUID,
        raw: Annotated[bytes, sb.field(max=10)],
        any: sb.JSON,
        size: Size,
        parcel: Parcel | None = None,
        words: Annotated[list[str], sb.field(max=3)] = [],  # noqa: B006 - a default of the declaration
    ) -> sb.JSON:
        """Answer what was given."""
        sizes: list[sb.JSON | None] = [number, ratio, len(raw), size.width, flag, parcel is not None]
        texts: list[sb.JSON | None] = [text, str(key), day.isoformat(), at.isoformat(), str(span), *words]
        return {"sizes": sizes, "texts": texts, "any": any}


class Tag(sb.Entity):
    """A word to find articles by."""

    word: str = sb.field(min=1, max=30, unique=True, immutable=True)
    tagged: list[Tagging] = sb.inverse("tag")

    @sb.role
    def anybody(self, me: Buyer | None) -> bool:
        return self.word != ""

    access = sb.Access(read=anybody, create=sb.SIGNED_IN)
    search = sb.Query(where=("word",), sort=("word",))


class Tagging(sb.Entity):
    """That an article has a tag."""

    article: Article = sb.to_one(immutable=True)
    tag: Tag = sb.to_one(immutable=True)
    once = sb.Unique(article, tag)

    @sb.role
    def owned(self, me: Buyer) -> bool:
        return self.article.owned(me)

    @sb.role
    def on_sale(self, me: Buyer | None) -> bool:
        return self.article.ready

    access = sb.Access(read=owned | on_sale, create=owned, delete=owned)
    search = sb.Query(where=(article, tag), sort=("-created_at",))


shop = sb.Service(
    "shop",
    version="1.0.0",
    rest="/v1",
    graphql=True,
    entities=[Buyer, Brand, Shelf, Article, Tag, Tagging],
    actor=sb.Actor(Buyer, claims={"sub": Buyer.subject, "email": Buyer.email}, provision=True),
)
