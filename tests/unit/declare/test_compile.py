"""Bodies become trees; what is not in the language is refused at its own line, with what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import indent

import pytest

from strongback.model.model import Model
from strongback.predicate.tree import (
    FALSE,
    TRUE,
    And,
    Call,
    Compare,
    Const,
    Exists,
    Expr,
    In,
    IsNone,
    Not,
    Or,
    Path,
    RoleCall,
)
from strongback.predicate.types import Type

from .conftest import Write

DECLARATION = """
from datetime import date, datetime, timedelta, timezone, UTC
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID
import builtins
import strongback as sb
from strongback import now

LIMIT = 3

class Color(StrEnum):
    RED = "red"

class Colors:
    best = Color.RED

class User(sb.Entity):
    subject: str = sb.field(max=200, unique=True)
    access = sb.Access(read=sb.EVERYONE)

class Room(sb.Entity):
    owner: User
    guest: User | None
    title: str
    note: str | None
    size: int
    price: Annotated[Decimal, sb.decimal(8, 2)]
    open: bool
    color: Color
    born: date
    seen: datetime
    stay: timedelta
    key: UUID
    desks: list["Desk"] = sb.inverse("room")

    @sb.role
    def owns(self, me: User) -> bool:
        return self.owner == me

    @sb.role
    def anyone(self) -> bool:
        return True

    @sb.role
    def tried(self, me: User | None) -> bool:
{body}

    access = sb.Access(read=tried)

class Desk(sb.Entity):
    room: Room
    height: int
    access = sb.Access(read=sb.EVERYONE)

svc = sb.Service("rooms", entities=[User, Room, Desk], actor=sb.Actor(User, claims={{"sub": User.subject}}))
"""
BODY_LINE = 51


def me(*steps: str) -> Path:
    return Path("me", steps)


def this(*steps: str) -> Path:
    return Path("self", steps)


def text(value: str) -> Const:
    return Const(value, Type("str"))


def number(value: int) -> Const:
    return Const(value, Type("int"))


@pytest.fixture
def compiled(write: Write) -> Callable[[str], Expr]:
    def compile_expression(source: str) -> Expr:
        model: Model = write(DECLARATION.format(body=indent(f"return {source}", " " * 8))).svc.draft()
        role = model.entity("Room").role("tried")
        assert role is not None
        return role.body

    return compile_expression


MEANT: list[tuple[str, Expr]] = [
    ("True", TRUE),
    ("False", FALSE),
    ("self.open", this("open")),
    ("not self.open", Not(this("open"))),
    ("self == me", Compare("==", this(), me())),
    ("self.owner != me", Compare("!=", this("owner"), me())),
    ('self.title == "a"', Compare("==", this("title"), text("a"))),
    ("self.size == -1", Compare("==", this("size"), number(-1))),
    ("self.open == True", Compare("==", this("open"), Const(True, Type("bool")))),
    ("1 <= self.size < 5", And((Compare("<=", number(1), this("size")), Compare("<", this("size"), number(5))))),
    ("self.open and me is not None and self.size > 1",
     And((this("open"), IsNone(me(), True), Compare(">", this("size"), number(1))))),
    ("self.open or self.size >= 2", Or((this("open"), Compare(">=", this("size"), number(2))))),
    ("me is None", IsNone(me())),
    ("self.guest is not None and self.guest == me",
     And((IsNone(this("guest"), True), Compare("==", this("guest"), me())))),
    ('self.title in ("a", "b")', In(this("title"), (text("a"), text("b")))),
    ('self.title not in ["a"]', In(this("title"), (text("a"),), True)),
    ("self.size in {1, -2}", In(this("size"), (number(1), number(-2)))),
    ('"a" in self.title', Call("contains", (this("title"), text("a")))),
    ('"a" not in self.title', Not(Call("contains", (this("title"), text("a"))))),
    ("len(self.title) > 3", Compare(">", Call("len", (this("title"),)), number(3))),
    ('self.title.startswith("a")', Call("startswith", (this("title"), text("a")))),
    ("self.title.endswith(self.title)", Call("endswith", (this("title"), this("title")))),
    ("self.seen < sb.now()", Compare("<", this("seen"), Call("now"))),
    ("self.seen < now()", Compare("<", this("seen"), Call("now"))),
    ("self.color == Color.RED", Compare("==", this("color"), text("red"))),
    ("self.color in (Color.RED,)", In(this("color"), (text("red"),))),
    ('self.price > Decimal("1.50")', Compare(">", this("price"), Const("1.50", Type("decimal")))),
    ("self.price > Decimal(-2)", Compare(">", this("price"), Const("-2", Type("decimal")))),
    ("self.born == date(2024, 2, 29)", Compare("==", this("born"), Const("2024-02-29", Type("date")))),
    ("self.seen > datetime(2024, 1, 2, tzinfo=UTC)",
     Compare(">", this("seen"), Const("2024-01-02T00:00:00.000000Z", Type("datetime")))),
    ("self.stay > timedelta(days=1, hours=-2)", Compare(">", this("stay"), Const("PT79200S", Type("timedelta")))),
    ('self.key == UUID("0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11")',
     Compare("==", this("key"), Const("0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11", Type("uuid")))),
    ("self.owns(me)", RoleCall(this(), "owns")),
    ("self.anyone()", RoleCall(this(), "anyone")),
    ("any(d.room.owns(me) for d in self.desks)", Exists("d", this("desks"), RoleCall(Path("d", ("room",)), "owns"))),
    ("all(d.height > 1 for d in self.desks if d.height < 9)",
     Exists("d", this("desks"), Or((Not(Compare("<", Path("d", ("height",)), number(9))),
                                   Compare(">", Path("d", ("height",)), number(1)))), True)),
    ("any(d.height > 1 for d in self.desks if d.height < 9 if self.open)",
     Exists("d", this("desks"), And((Compare("<", Path("d", ("height",)), number(9)), this("open"),
                                    Compare(">", Path("d", ("height",)), number(1)))))),
    ("any(e == d for d in self.desks for e in d.room.desks)",
     Exists("d", this("desks"), Exists("e", Path("d", ("room", "desks")), Compare("==", Path("e"), Path("d"))))),
]  # fmt: skip


@pytest.mark.parametrize(("source", "meant"), MEANT, ids=[source for source, _ in MEANT])
def test_a_body_says_what_its_tree_says(compiled: Callable[[str], Expr], source: str, meant: Expr) -> None:
    assert compiled(source) == meant


REFUSED = [
    ("self.size + 1 > 2", "SB105", "no arithmetic"),
    ("bool(self.size)", "SB105", "not a function"),
    ("self.size > LIMIT", "SB105", "write the value here"),
    ("self.color == Colors.best", "SB105", "write the value here"),
    ("self.size in (LIMIT,)", "SB105", "is not a constant"),
    ("self.title in self.desks[0].room.title", "SB105", "any(...)"),
    ("me is self.owner", "SB105", "write `==`"),
    ("self.title in other", "SB105", "options in brackets"),
    ("slf.open", "SB105", "did you mean `self`?"),
    ("any(self.desks)", "SB105", "write any(condition for x in self.relation)"),
    ("any([d.height > 1 for d in self.desks])", "SB105", "write any(condition"),
    ("any(d.height > 1 for d in self.desks for self in d.room.desks)", "SB105", "another name"),
    ("any(d.height > 1 for (d, e) in self.desks)", "SB105", "one name at a time"),
    ("any(x for x in (1, 2))", "SB105", "over the rows of a relation"),
    ("(lambda: True)()", "SB105", "not a function"),
    ("self.open if me else False", "SB105", "(a and b) or (not a and c)"),
    ('self.title == f"{me}"', "SB105", "cannot be put together"),
    ('self.title.startswith(("a", "b"))', "SB105", "join several by or"),
    ("self.title.lower() == 'a'", "SB105", "`title` is a value"),
    ("self.owns(self.guest)", "SB109", "self.owns(me)"),
    ("self.owns(me=me)", "SB109", "self.owns(me)"),
    ("self.owns()", "SB109", "write owns(me)"),
    ("self.anyone(me)", "SB109", "takes no caller"),
    ("sb.now(1) > self.seen", "SB105", "takes nothing"),
    ("len(self.title, 1) > 2", "SB105", "one text field"),
    ('self.price > Decimal("x")', "SB105", "not a constant"),
    ("self.seen > datetime(2024, 1, 2)", "SB105", "not a constant"),
    ("self.size < 2 ** 70", "SB105", "no arithmetic"),
    ("self.size < 18446744073709551616", "SB105", "64 bits"),
    ("self.title == 'a\\0b'", "SB105", "NUL"),
    ("self.size < 1e999", "SB105", "not finite"),
    ("builtins.any(d.height > 1 for d in self.desks)", "SB105", "outside of the predicate"),
]


@pytest.mark.parametrize(("source", "code", "said"), REFUSED, ids=[source for source, _, _ in REFUSED])
def test_what_is_not_in_the_language_is_refused(
    faults_of: Callable[[str], list[tuple[str, int, str]]], source: str, code: str, said: str
) -> None:
    faults = faults_of(DECLARATION.format(body=indent(f"return {source}", " " * 8)))
    assert [(found, said in message) for found, _, message in faults] == [(code, True)], faults


def test_all_faults_of_a_body_are_found_each_at_its_own_line(
    faults_of: Callable[[str], list[tuple[str, int, str]]],
) -> None:
    body = indent("return (\n    self.size + 1 > 2\n    and foo(self)\n    or self.desks[0].open\n)", " " * 8)
    faults = faults_of(DECLARATION.format(body=body))
    first = faults[0][1]
    assert [(code, line - first) for code, line, _ in faults] == [("SB105", 0), ("SB105", 1), ("SB105", 2)]


@pytest.mark.parametrize(
    "body", ["x = 1\nreturn x == 1", "pass", "return", "if self.open:\n    return True\nreturn False"]
)
def test_a_body_that_is_not_one_return_is_refused(
    faults_of: Callable[[str], list[tuple[str, int, str]]], body: str
) -> None:
    assert [code for code, _, _ in faults_of(DECLARATION.format(body=indent(body, " " * 8)))] == ["SB104"]


def test_a_docstring_may_stand_before_the_return(write: Write) -> None:
    model = write(DECLARATION.format(body='        """Whoever."""\n        return self.open')).svc.draft()
    role = model.entity("Room").role("tried")
    assert (role.doc, role.body) == ("Whoever.", this("open"))
