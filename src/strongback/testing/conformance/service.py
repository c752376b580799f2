"""The service that every store has to run: each scalar type, each constraint, each way in which rows belong together."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from strongback.declare.action import action, require
from strongback.declare.constraint import Unique, check
from strongback.declare.entity import Entity
from strongback.declare.injected import Db
from strongback.declare.permission import EVERYONE, SIGNED_IN, Access
from strongback.declare.query import Query
from strongback.declare.service import Actor, Service
from strongback.declare.spec import decimal, field, inverse, pii, to_one
from strongback.declare.value import JSON, Value
from strongback.testing.conformance.parcels import Depot, Parcel, Receipt
from strongback.testing.conformance.rooms import Box, Key, Member, Room, Toy

LARGEST_EXACT = 18  # digits that every store holds exactly in a 64 bit integer
_DATA: JSON = {"b": 1, "a": [True, None]}


class Color(StrEnum):
    """Its members stand in no order of their own."""

    RED = "red"
    GREEN = "green"
    QUOTED = "it's: 100%"


class Place(Value):
    """A value object; its members stand in no order of the alphabet."""

    street: str
    number: int | None = None
    area: Annotated[Decimal, decimal(6, 2)] = Decimal("0.00")
    since: date | None = None
    exact: float = 0.0
    open: bool = True


class Thing(Entity):
    """One optional field of each type. Whether `ratio` is answered decides who writes the JSON: the store, or Python."""

    name: str = field(max=60, index=True)
    flag: bool | None = field(index=True)
    whole: int | None = field(index=True)
    ratio: float | None = field(index=True)
    units: Annotated[Decimal, decimal(LARGEST_EXACT, 0)] | None = field(index=True)
    price: Annotated[Decimal, decimal(LARGEST_EXACT, 2)] | None = field(index=True)
    share: Annotated[Decimal, decimal(LARGEST_EXACT, LARGEST_EXACT)] | None = field(index=True)
    text: str | None = field(max=600, index=True)
    word: Literal["b", "a", "c"] | None = field(index=True)
    color: Color | None = field(index=True)
    moment: datetime | None = field(index=True)
    day: date | None = field(index=True)
    span: timedelta | None = field(index=True)
    code: UUID | None = field(index=True)
    blob: bytes | None = field(max=2_000)
    data: JSON | None = field()
    words: list[str] | None = field()
    numbers: list[int] | None = field()
    ratios: list[float] | None = field()
    prices: list[Annotated[Decimal, decimal(6, 2)]] | None = field()
    moments: list[datetime] | None = field()
    place: Place | None = field()
    secret: str | None = pii(lookup="exact")
    sealed: str | None = pii()
    shelf: Shelf | None = to_one()

    access = Access(read=EVERYONE, create=EVERYONE, update=EVERYONE, delete=EVERYONE)
    search = Query(
        where=(
            *("name", "flag", "whole", "ratio", "units", "price", "share", "text", "word", "color"),
            *("moment", "day", "span", "code", "secret", "shelf", "created_at"),
        ),
        sort=(
            *("name", "flag", "whole", "ratio", "units", "price", "share", "text", "word", "color"),
            *("moment", "day", "span", "code"),
            *("-flag", "-whole", "-ratio", "-units", "-price", "-share", "-text", "-word", "-color"),
            *("-moment", "-day", "-span", "-code", "whole,-text", "-whole,text", "id", "-id"),
        ),
        waive={"created_at": "a suite stores few rows"},
        page_max=50,
    )

    @action(allow=SIGNED_IN)
    def copy(self) -> Thing:
        """Make a thing that holds the same values, which pass through Python on their way."""
        return Thing(
            name=f"copy of {self.name}",
            flag=self.flag,
            whole=self.whole,
            ratio=self.ratio,
            units=self.units,
            price=self.price,
            share=self.share,
            text=self.text,
            word=self.word,
            color=self.color,
            moment=self.moment,
            day=self.day,
            span=self.span,
            code=self.code,
            blob=self.blob,
            data=self.data,
            words=self.words,
            numbers=self.numbers,
            ratios=self.ratios,
            prices=self.prices,
            moments=self.moments,
            place=self.place,
            secret=self.secret,
            sealed=self.sealed,
            shelf=None,
        )

    @action(allow=SIGNED_IN)
    def kinds(self) -> list[str]:
        """Name the Python types of the values."""
        held = (self.flag, self.whole, self.ratio, self.units, self.text, self.color, self.moment, self.day, self.span)
        more = (self.code, self.blob, self.data, self.numbers, self.prices, self.place, self.secret)
        return [type(value).__name__ for value in (*held, *more)]


class Filled(Entity, plural="filled"):
    """A default of each type."""

    flag: bool = True
    whole: int = -(2**63)
    ratio: float = 0.1
    price: Annotated[Decimal, decimal(LARGEST_EXACT, 2)] = Decimal("12.50")
    text: str = "it's 100% ä \U0001f600"
    word: Literal["a", "b"] = "b"
    color: Color = Color.QUOTED
    span: timedelta = timedelta(days=-1, microseconds=1)
    words: list[str] = field(default=["b", "a"])
    data: JSON = field(default=_DATA)

    access = Access(read=EVERYONE, create=EVERYONE)
    search = Query(sort=("-created_at",))


class Wide(Entity):
    """More digits than a 64 bit integer holds; left out for a store that lacks `wide-decimals`."""

    name: str = field(max=40, index=True)
    amount: Annotated[Decimal, decimal(38, 10)] | None = field(index=True)

    access = Access(read=EVERYONE, create=EVERYONE)
    search = Query(where=("amount",), sort=("amount", "-amount"))


class Shelf(Entity, plural="shelves"):
    """Holds things, cups, labels and bolts, each with another end when it is deleted."""

    name: str = field(max=40, unique=True)
    low: int = 0
    high: int = 100
    things: list[Thing] = inverse("shelf")
    cups: list[Cup] = inverse("shelf", nested=True)
    labels: list[Label] = inverse("shelf")
    bolts: list[Bolt] = inverse("shelf")

    access = Access(read=EVERYONE, create=EVERYONE, update=EVERYONE, delete=EVERYONE)
    search = Query(sort=("name", "-name"))

    @check(code="upside_down", message="the low end is above the high one")
    def upright(self) -> bool:
        return self.low <= self.high

    @action(allow=SIGNED_IN)
    @classmethod
    def furnish(cls, name: str, cups: list[str]) -> Shelf:
        """Make a shelf with cups."""
        shelf = cls(name=name)
        for each in cups:
            Cup(shelf=shelf, name=each)
        return shelf

    @action(allow=SIGNED_IN)
    def paint(self, prefix: str, fail: bool = False) -> int:
        """Rename the shelf and all its cups, and perhaps think better of it."""
        self.name = f"{prefix} {self.name}"
        for cup in self.cups:
            cup.name = f"{prefix} {cup.name}"
        require(not fail, "changed_my_mind")
        return len(self.cups)

    @action(allow=SIGNED_IN)
    async def sweep(self, db: Db) -> list[Cup]:
        """Throw away the cups that are broken, and return the others."""
        for cup in await db.find(Cup, shelf=self, broken=True):
            db.delete(cup)
        return await db.find(Cup, shelf=self)

    @action(allow=SIGNED_IN)
    async def renew(self, db: Db) -> list[Cup]:
        """Throw away every cup, and make one of the same name for each."""
        old = await db.find(Cup, shelf=self)
        new = [Cup(shelf=self, name=cup.name) for cup in old]
        for cup in old:
            db.delete(cup)
        return new

    @action(allow=SIGNED_IN)
    async def rename(self, names: list[str], db: Db) -> list[Cup]:
        """Give the cups, in the order they were made in, other names."""
        cups = await db.find(Cup, shelf=self)
        for cup, name in zip(cups, names, strict=True):
            cup.name = name
        return cups

    @action(allow=SIGNED_IN)
    async def replace(self, db: Db) -> Shelf:
        """Make a shelf of the same name, hang the labels on it and throw this one away."""
        labels = await db.find(Label, shelf=self)
        shelf = Shelf(name=self.name)
        for label in labels:
            label.shelf = shelf
        db.delete(self)
        return shelf

    @action(allow=SIGNED_IN)
    def widen(self, by: int) -> None:
        """Move the high end."""
        self.high = self.high + by


class Cup(Entity):
    """Goes with its shelf."""

    shelf: Shelf = to_one(on_delete="cascade")
    name: str = field(max=40)
    broken: bool = False
    favourite: bool = False
    once = Unique(shelf, name, code="cup_is_there")

    def stands_out(self) -> bool:
        return self.favourite and not self.broken

    one_favourite = Unique(shelf, where=stands_out, code="favourite_is_there")

    access = Access(read=EVERYONE, create=EVERYONE, update=EVERYONE, delete=EVERYONE)
    search = Query(where=(shelf,), sort=("name", "-created_at"))


class Label(Entity):
    """Outlives its shelf."""

    shelf: Shelf | None = to_one(on_delete="set_null")
    text: str = field(max=40)

    access = Access(read=EVERYONE, create=EVERYONE, update=EVERYONE, delete=EVERYONE)
    search = Query(where=(shelf,), sort=("-created_at",))


class Bolt(Entity):
    """Keeps its shelf from being deleted."""

    shelf: Shelf = to_one(on_delete="restrict")

    access = Access(read=EVERYONE, create=EVERYONE, delete=EVERYONE)


class Note(Entity, soft_delete=True, history=True):
    """Stays when it is deleted, in each of its versions; a note may answer another."""

    slug: str = field(max=40, unique=True)
    text: str = field(max=200)
    secret: str | None = pii()
    draft: str = pii(default="", max=200, lookup="exact", erase="30d after updated_at")
    hint: str | None = pii(default=None, erase="1h after deletion")
    answers: Note | None = to_one()
    answered: list[Note] = inverse("answers")

    access = Access(
        read=EVERYONE, create=EVERYONE, update=EVERYONE, delete=EVERYONE, history=SIGNED_IN, restore=SIGNED_IN
    )
    search = Query(where=("slug", "answers"), sort=("slug", "-created_at"))

    @action(allow=SIGNED_IN)
    @classmethod
    def converse(cls, slugs: list[str]) -> list[Note]:
        """Write notes each of which answers the one before it, and the first the last."""
        notes: list[Note] = [cls(slug=slug, text=slug, secret=None, answers=None) for slug in slugs]
        for at, note in enumerate(notes):
            note.answers = notes[at - 1]
        return notes

    @action(allow=SIGNED_IN)
    def reword(self, text: str) -> Note:
        """Change the text."""
        self.text = text
        return self


class Essay(Entity, soft_delete=True):
    """Is found by its words."""

    name: str = field(max=40)
    text: str = field(max=2_000)
    more: str | None = field(max=2_000)

    access = Access(read=EVERYONE, create=EVERYONE, update=EVERYONE, delete=EVERYONE)
    search = Query(text=("text", "more"), sort=("name", "-name"))
    short = Query(text=("text",), sort=("name",))

    @action(allow=SIGNED_IN)
    def rewrite(self, text: str) -> None:
        """Change the text."""
        self.text = text


class Sale(Entity):
    """Is counted and measured."""

    kind: str | None = field(max=20, index=True)
    whole: int | None = field(index=True)
    price: Annotated[Decimal, decimal(6, 2)] | None = field()
    ratio: float | None = field()
    moment: datetime | None = field()

    access = Access(read=EVERYONE, create=EVERYONE)
    search = Query(where=("kind", "whole"), group=("kind", "whole"), measure=("whole", "price", "ratio", "moment"))


class Record(Entity, conditional_writes=True):
    """Changes only for who names its version."""

    text: str = field(max=40)

    access = Access(read=EVERYONE, create=EVERYONE, update=EVERYONE, delete=EVERYONE)


SERVICE = Service(
    "conformance",
    version="1.0.0",
    rest="/v1",
    entities=[
        Member,
        Thing,
        Filled,
        Wide,
        Shelf,
        Cup,
        Label,
        Bolt,
        Note,
        Essay,
        Sale,
        Record,
        Room,
        Key,
        Box,
        Toy,
        Depot,
        Parcel,
        Receipt,
    ],
    actor=Actor(Member, claims={"sub": Member.subject}, provision=True),
)
