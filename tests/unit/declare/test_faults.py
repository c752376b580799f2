"""Everything that only the source can show to be wrong is found, at its line, with what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from textwrap import dedent

import pytest

from .conftest import Write

FaultsOf = Callable[[str], list[tuple[str, int, str]]]

START = """
from __future__ import annotations
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal
import strongback as sb

class Mailer: ...

class User(sb.Entity):
    subject: str = sb.field(max=200, unique=True)
    access = sb.Access(read=sb.EVERYONE)

class Room(sb.Entity):
    title: str = sb.field()
    user: User = sb.to_one()

    @sb.role
    def mine(self, me: User) -> bool:
        return self.user == me

    access = sb.Access(read=mine)
"""
END = """
svc = sb.Service("rooms", entities=[User, Room, *more], actor=sb.Actor(User, claims={"sub": User.subject}))
"""


def members(text: str) -> str:
    """A declaration in which the class `Thing` has the members in *text*."""
    body = dedent(text).strip("\n").replace("\n", "\n    ")
    head = "class Thing(sb.Entity):\n    name: str = sb.field(max=80)\n    access = sb.Access(read=sb.EVERYONE)"
    return f"{START}\n{head}\n    {body}\n\nmore = [Thing]\n{END}"


# What stands in the class, the code, and what message or hint say.
IN_A_CLASS = [
    ("when: time  # !", "SB102", "write datetime"),
    ("x: Any  # !", "SB102", "sb.JSON"),
    ("x: dict[str, int]  # !", "SB102", "sb.JSON"),
    ("x: set[int]  # !", "SB102", "write list"),
    ("x: list  # !", "SB102", "list[str]"),
    ("x: int | str  # !", "SB102", "more than one type"),
    ("x: None  # !", "SB102", "None alone"),
    ("x: Literal['a', 1]  # !", "SB102", "text"),
    ("x: Literal['a', None]  # !", "SB102", "`| None` after"),
    ("x: list[int | None]  # !", "SB102", "write list[int]"),
    ("x: Enum  # !", "SB102", "StrEnum"),
    ("x: Mailer  # !", "SB102", "is not a type of the model"),
    ("x: 1 / 0  # !", "SB102", "division by zero"),
    ("x: Usr  # !", "SB103", "did you mean `User`?"),
    ("x: Whatever  # !", "SB103", "list it in sb.Service"),
    ("date: date  # !", "SB111", "hides the type"),
    ("date: datetime\non: date  # !", "SB111", "hides the type"),
    ("x: str = sb.field(max='big')  # !", "SB112", "not a number"),
    ("x: str = sb.field(max=True)  # !", "SB112", "not a number"),
    ("x: str = sb.field(precision=3)  # !", "SB112", "a Decimal"),
    ("x: str = sb.field(pattern=3)  # !", "SB112", "not text"),
    ("x: str = sb.field(case='upper')  # !", "SB112", "take it out"),
    ("x: str = sb.field(case='fold')  # !", "SB101", "take it out"),
    ("x: int = sb.field(default='x')  # !", "SB113", "not int"),
    ("x: int = 'x'  # !", "SB113", "not int"),
    ("x: bool = sb.field(default=1)  # !", "SB113", "not bool"),
    ("x: str = sb.field(default=None)  # !", "SB113", "`| None`"),
    ("x: list[str] = sb.field(default=list)  # !", "SB113", "set in an action"),
    ("x: datetime = sb.field(default=datetime(2026, 1, 1))  # !", "SB113", "no time zone"),
    ("x: Literal['a', 'b'] = 'c'  # !", "SB113", "none of a, b"),
    ("x: Annotated[Decimal, sb.decimal(4, 1)] = Decimal('1.25')  # !", "SB113", "digits after the point"),
    ("other: User = sb.to_one(default=3)  # !", "SB113", "no default"),
    ("x = sb.field(max=3)  # !", "SB115", "no type"),
    ("x: str = sb.to_one()  # !", "SB115", "no entity"),
    ("other: User = sb.field()  # !", "SB115", "sb.to_one"),
    ("other: User = sb.inverse('thing')  # !", "SB115", "list[User]"),
    ("others: list[User]  # !", "SB115", "sb.inverse"),
    ("others: list[User] = sb.inverse()  # !", "SB115", "sb.inverse"),
    ("x: Annotated[str, sb.to_one()]  # !", "SB115", "Annotated"),
    ("x: list[Annotated[str, sb.pii()]]  # !", "SB115", "at the field"),
    ("once = sb.Unique(name, 3)  # !", "SB116", "is not a member"),
    ("once = sb.Unique(Room.title)  # !", "SB116", "`Room.title` is not a member of `Thing`"),
    ("other: User = sb.to_one()\nonce = sb.Unique(other.subject)  # !", "SB116", "other.subject"),
    ("x: int = 0\nby = sb.Query(where=(x,))  # !", "SB116", "has a specifier"),
    ("who = sb.Access(read=sb.EVERYONE)  # !", "SB117", "access = sb.Access"),
    ("@sb.action(allow=3)  #\ndef act(self) -> None: ...  # !", "SB117", "not a permission"),
    ("@sb.action(allow=Room.mine)\ndef act(self) -> None: ...  # !", "SB117", "a role of another entity"),
    ("@sb.action(allow=~sb.SIGNED_IN)\ndef act(self) -> None: ...  # !", "SB117", "only grants"),
    ("@sb.action(allow=sb.SIGNED_IN | 'x')\ndef act(self) -> None: ...  # !", "SB117", "`'x'` is not"),
    (
        "def mine(self, me: User) -> bool: ...\n@sb.action(allow=mine)\ndef act(self) -> None: ...  # !",
        "SB117",
        "`mine` is a function, and no role | write @sb.role above `def mine`",
    ),
    ("search = sb.Query(allow=None or 'x')  # !", "SB117", "not a permission"),
    ("@sb.role\ndef r(self, you: User) -> bool:  # !\n    return True", "SB108", "`me`"),
    ("@sb.role\ndef r() -> bool:  # !\n    return True", "SB108", "`self`"),
    ("@sb.role\ndef r(self, me: User, x: int = 1) -> bool:  # !\n    return True", "SB108", "takes"),
    ("@sb.role\ndef r(self, me: Room) -> bool:  # !\n    return True", "SB108", "me: User | None"),
    ("@sb.role\ndef r(self, me) -> bool:  # !\n    return True", "SB108", "not the service's actor"),
    ("@sb.role\ndef r(self, me: User):  # !\n    return True", "SB108", "-> bool"),
    ("@sb.role\ndef r(self, me: User) -> int:  # !\n    return True", "SB108", "`int`"),
    ("@sb.role\nasync def r(self, me: User) -> bool:  # !\n    return True", "SB108", "waits"),
    ("r = sb.role(lambda self: True)  # !", "SB108", "is not a function"),
    ("@sb.role\n@cache\ndef r(self) -> bool:  # !\n    return True", "SB108", "is not a function"),
    ("@sb.check(code='c')\ndef c(self, me: User) -> bool:  # !\n    return True", "SB108", "`self` alone"),
    ("@sb.computed\ndef c(self):  # !\n    return self.name", "SB108", "what it returns"),
    ("@sb.computed\ndef c(self) -> User:  # !\n    return self.name", "SB102", "not a type"),
    ("@sb.action(allow=sb.SIGNED_IN)\ndef a(self, x) -> None: ...  # !", "SB119", "has no type"),
    ("@sb.action(allow=sb.SIGNED_IN)\ndef a(self, *x: int) -> None: ...  # !", "SB119", "name each"),
    ("@sb.action(allow=sb.SIGNED_IN)\ndef a(self, me: Room) -> None: ...  # !", "SB119", "me: User"),
    ("@sb.action(allow=sb.SIGNED_IN)\ndef a(self, xs: list[User]) -> None: ...  # !", "SB119", "list[UUID]"),
    ("@sb.action(allow=sb.SIGNED_IN)\ndef a(self): ...  # !", "SB119", "-> None"),
    ("@sb.action(allow=sb.SIGNED_IN)\ndef a(self) -> Mailer: ...  # !", "SB102", "returns"),
    ("@sb.action(allow=sb.SIGNED_IN)\ndef a() -> None: ...  # !", "SB119", "self first"),
    ("@sb.action(allow=sb.SIGNED_IN)\ndef a(cls) -> None: ...  # !", "SB119", "@classmethod below"),
    ("@sb.action(allow=sb.SIGNED_IN)\ndef a(self) -> None:  # !\n    yield", "SB119", "yields"),
    ("@classmethod\n@sb.action(allow=sb.SIGNED_IN)\ndef a(cls) -> None: ...  # !", "SB119", "below it"),
    ("@sb.action(allow=sb.SIGNED_IN)\ndef a(self, m: Mailer) -> None: ...  # !", "SB125", "provide={Mailer"),
    ("@sb.action(allow=sb.SIGNED_IN)\ndef a(self, n: int = 'x') -> None: ...  # !", "SB113", "not int"),
    (
        "@sb.action(allow=sb.SIGNED_IN)\ndef a(self, n: Annotated[int, sb.field(index=True)]) -> None: ...  # !",
        "SB123",
        "index",
    ),
    ("@sb.action(allow=sb.SIGNED_IN, rate='often')\ndef a(self) -> None: ...  # !", "SB124", "60/min"),
    ("search = sb.Query(rate='5 per hour')  # !", "SB124", "60/min"),
    ("x: str = sb.field(maxx=3)  # !", "SB123", "did you mean `max`?"),
    ("x: str = sb.field(3)  # !", "SB123", "sb.field(max=3)"),
    ("x: str = sb.field(unique='yes')  # !", "SB123", "True or False"),
    ("x: str = sb.field(doc=3)  # !", "SB123", "not text"),
    ("x: str = sb.pii(index=True)  # !", "SB123", "no option `index`"),
    ("x: str = sb.pii(lookup='like')  # !", "SB123", 'lookup="exact"'),
    ("other: User = sb.to_one(index=True)  # !", "SB123", "no option `index`"),
    ("other: User = sb.to_one(on_delete='explode')  # !", "SB123", "cascade"),
    ("x: Annotated[str, sb.field(default='a')]  # !", "SB123", "where the field stands"),
    ("once = sb.Unique(name, kode='x')  # !", "SB123", "did you mean `code`?"),
    ("once = sb.Unique(name, where=lambda self: self.name == 'x')  # !", "SB123", "in the body of `Thing`"),
    ("once = sb.Unique(name, where='name')  # !", "SB123", "is not"),
    ("def b(self) -> int:\n    return 1\nonce = sb.Unique(name, where=b)  # !", "SB108", "-> bool"),
    ("search = sb.Query(sort='-created_at')  # !", "SB123", "sort=('-created_at',)"),
    ("search = sb.Query(page_max='x')  # !", "SB123", "a whole number"),
    ("@sb.check()\ndef c(self) -> bool:  # !\n    return self.name != ''", "SB123", "needs a code"),
    (
        "@sb.role(span_tenants=True)\ndef r(self) -> bool:  # !\n    return True",
        "SB123",
        "did you mean `spans_tenants`?",
    ),
    ("@sb.action(allow=sb.SIGNED_IN, alow=1)\ndef a(self) -> None: ...  # !", "SB123", "did you mean `allow`?"),
    ("x: str = sb.pii(erase='some day')  # !", "SB198", "365d after created_at"),
    ("x: str = sb.pii(erase=365)  # !", "SB198", "365d after created_at"),
    ("search = sb.Query(text=('nme',))  # !", "SB190", "did you mean `name`?"),
    ("search = sb.Query(group=('nme',))  # !", "SB191", "did you mean `name`?"),
    ("search = sb.Query(measure=('nme',))  # !", "SB191", "did you mean `name`?"),
    ("search = sb.Query(slo=sb.SLO(p95_ms=300, success=99.9))  # !", "SB101", "slo"),
    ("@sb.action(allow=sb.SIGNED_IN, idempotent=True)\ndef a(self) -> None: ...  # !", "SB101", "idempotent"),
    ("@sb.action(allow=sb.SIGNED_IN, implements='A-1')\ndef a(self) -> None: ...  # !", "SB101", "implements"),
    ("@sb.action(allow=sb.SIGNED_IN, isolation='serializable')\ndef a(self) -> None: ...  # !", "SB101", "isolation"),
    ("@sb.action\ndef a(self) -> None: ...  # !", "SB161", "allow="),
]


@pytest.mark.parametrize(("text", "code", "said"), IN_A_CLASS, ids=[text for text, _, _ in IN_A_CLASS])
def test_a_fault_in_a_class(faults_of: FaultsOf, text: str, code: str, said: str) -> None:
    source = members(text)
    [(found, line, message)] = faults_of(source)
    assert (found, said in message) == (code, True), message
    assert "# !" in source.lstrip("\n").splitlines()[line - 1]


# What stands beside the class, the code, and what message or hint say.
ALL = "    access = sb.Access(read=sb.EVERYONE)"
BESIDE = [
    (f"class Thing(sb.Entity, tenat='x'):  # !\n    x: int\n{ALL}\nmore = [Thing]", "SB123", "tenant"),
    (f"class Thing(sb.Entity, history=1):  # !\n    x: int\n{ALL}\nmore = [Thing]", "SB123", "True or False"),
    ("class Thing(sb.Entity):  # !\n    x: int\nmore = [Thing]", "SB161", "access = sb.Access"),
    (("class Thing(sb.Entity):  # !\n    x: int = sb.field(index=True)\n    search = sb.Query(where=(x,))\n"
     "    @sb.action(allow=sb.SIGNED_IN)\n    def act(self) -> None: ...\nmore = [Thing]"), "SB161", "says nothing of permissions"),
    (f"class Thing(Room):  # !\n{ALL}\nmore = [Thing]", "SB110", "abstract=True"),
    ("class Thing(sb.Entity):  # !\n    x: int\nmore = []", "SB120", "entities=[..., Thing]"),
    ("class Thing(sb.Event, topic='t', version=1):  # !\n    x: int\nmore = []", "SB101", "event"),
    ("@sb.on(int)  # !\ndef thing(event): ...\nmore = []", "SB101", "consumer"),
    ("more = [Mailer]", "SB121", "sb.Entity"),
    ("more = ['Room']", "SB121", "sb.Entity"),
    ("more = [Room]", "SB121", "twice"),
    ("class Thing(sb.Entity, abstract=True):\n    x: int\nmore = [Thing]", "SB121", "abstract"),
    (f"first = Room\nclass Room(sb.Entity):\n    x: int\n{ALL}\nmore = [first]", "SB121", "the name `Room`"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "said"), BESIDE, ids=[text for text, _, _ in BESIDE])
def test_a_fault_beside_a_class(faults_of: FaultsOf, text: str, code: str, said: str) -> None:
    source = f"{START}\n{text}\n{END}"
    [(found, line, message)] = faults_of(source)
    assert (found, said in message) == (code, True), message
    at = source.lstrip("\n").splitlines()[line - 1]
    assert "# !" in at if "# !" in text else at.startswith("svc =")


# The rest of the class statement, members, the code, and what message or hint say.
EXISTING = [
    ("managed=False):  # !", "id: int = sb.key()", "SB193", "table="),
    ("table='t', managed=False):  # !", "", "SB199", "sb.key()"),
    ("table='t', managed=False):", "id: str = sb.key()  # !", "SB199", "max=20"),
    ("table='t', managed=False):", "id: float = sb.key()  # !", "SB199", "an int, a text or a UUID"),
    ("table='t', managed=False):", "id: int | None = sb.key()  # !", "SB199", "an int, a text or a UUID"),
    ("table='t', managed=False):", "id: int = sb.key()\n    line: int = sb.key()  # !", "SB199", "composite"),
    ("table='t', managed=False):", "id: int = sb.key(colum='n')  # !", "SB123", "column"),
    ("table='t', managed=False):  # !", "id: int = sb.key(column='x')", "SB193", "map a column once"),
    ("table='t', managed=False, history=True):  # !", "id: int = sb.key()", "SB186", "history=True"),
    ("table='t', managed=False, soft_delete=True):  # !", "id: int = sb.key()", "SB186", "soft_delete=True"),
    ("table='t', managed=False, conditional_writes=True):  # !", "id: int = sb.key()", "SB186", "conditional_writes"),
    ("table='t', managed=False, was='Old'):  # !", "id: int = sb.key()", "SB186", "was="),
    ("table='t', managed=False):", "id: int = sb.key()\n    secret: str = sb.pii(max=9)  # !", "SB186", "ciphertext"),
    ("table='t', managed=False):", "id: int = sb.key()\n    file: sb.Blob | None = sb.blob()  # !", "SB186", "sb.blob"),
    ("table='t', managed=False):", "id: int = sb.key()\n    y: int = sb.field(was='z')  # !", "SB186", "column="),
    ("table='t', managed=False):", "id: int = sb.key()\n    u: User = sb.to_one(on_delete='cascade')  # !", "SB186", "foreign key"),
    ("table='t', managed=False):", "id: str = sb.key(max=9, generated=True)  # !", "SB199", "whole number"),
    ("table='t', managed=False):", "id: int = sb.key(generated=1)  # !", "SB123", "generated=1"),
    ("table='_strongback'):  # !", "", "SB193", "needs itself"),
    ("table='t'):", "id: int = sb.key()  # !", "SB199", "managed=False"),
    ("table='t'):", "y: int = sb.field(column='z')  # !", "SB193", "was="),
    ("table='t'):", "id: int  # !", "SB177", "choose another"),
]  # fmt: skip


@pytest.mark.parametrize(("head", "body", "code", "said"), EXISTING, ids=[f"{h} {b}" for h, b, _, _ in EXISTING])
def test_a_fault_of_an_existing_table(faults_of: FaultsOf, head: str, body: str, code: str, said: str) -> None:
    source = f"{START}\nclass Thing(sb.Entity, {head}\n    {body or 'pass'}\n    x: int\n{ALL}\nmore = [Thing]\n{END}"
    [(found, line, message)] = faults_of(source)
    assert (found, said in message) == (code, True), message
    assert "# !" in source.lstrip("\n").splitlines()[line - 1]


CLAIMS = 'claims={"sub": User.subject}'
# The arguments of the service, the code, and what message or hint say.
OF_THE_SERVICE = [
    (f'"x", entities=[User, Room], actor=sb.Actor(User, {CLAIMS}), graphql=1', "SB123", "graphql"),
    (f'"x", entities=[User, Room], actor=sb.Actor(User, {CLAIMS}), mcp=[Room]', "SB128", '"Room.get"'),
    (
        f'"x", entities=[User, Room], actor=sb.Actor(User, {CLAIMS}), mcp=[print]',
        "SB128",
        "no operation of the service",
    ),
    (f'"x", entities=[User, Room], actor=sb.Actor(User, {CLAIMS}), mcp=["Rom.get"]', "SB128", "did you mean `Room`?"),
    (f'"x", entities=[User, Room], actor=sb.Actor(User, {CLAIMS}), mcp=["Room.git"]', "SB128", "did you mean `get`?"),
    (f'"x", entities=[User, Room], actor=sb.Actor(User, {CLAIMS}), mcp=["Room.delete"]', "SB128", "granted to nobody"),
    (f'"x", entities=[User, Room], actor=sb.Actor(User, {CLAIMS}), mcp=["Room.batch"]', "SB128", "cannot be a tool"),
    (f'"x", entities=[User, Room], actor=sb.Actor(User, {CLAIMS}), mcp=["Room.get"] * 2', "SB128", "twice"),
    (
        f'"x", entities=[User, Room], actor=sb.Actor(User, {CLAIMS}), mcp=[sb.tool("Room.get", approval=True)]',
        "SB128",
        "reads",
    ),
    (
        f'"x", entities=[User, Room], actor=sb.Actor(User, {CLAIMS}), mcp=[sb.tool("Room.get", approval=1)]',
        "SB128",
        "approval=1",
    ),
    (f'"x", entities=[User, Room], actor=sb.Actor(User, {CLAIMS}), mcp="Room.get"', "SB123", "mcp"),
    (f'"x", entities=[User, Room], actor=sb.Actor(User, {CLAIMS}), consumers=[print]', "SB101", "consumers"),
    (f'"x", entities=[User, Room], actor=sb.Actor(User, {CLAIMS}), colour=1', "SB123", "no option `colour`"),
    (f'"x", entities=[User, Room], actor=sb.Actor(User, {CLAIMS}), version=1', "SB123", "not text"),
    (f'"x", entities=[User, Room], actor=sb.Actor(User, {CLAIMS}), provide={{"a": 1}}', "SB122", "make_mailer"),
    (f"entities=[User, Room], actor=sb.Actor(User, {CLAIMS})", "SB122", "no `name`"),
    (f'"x", entities=[Room], actor=sb.Actor(User, {CLAIMS})', "SB122", "entities=[...]"),
    ('"x", entities=[User, Room], actor=User', "SB122", "sb.Actor"),
    ('"x", entities=[User, Room], actor=sb.Actor(User, claims={"sub": "subject"})', "SB122", "User.subject"),
    ('"x", entities=[User, Room], actor=sb.Actor(User, claims={"sub": Room.title})', "SB122", "User.subject"),
    (
        f'"x", entities=[User, Room], actor=sb.Actor(User, {CLAIMS}, provison=True)',
        "SB123",
        "did you mean `provision`?",
    ),
]


@pytest.mark.parametrize(("text", "code", "said"), OF_THE_SERVICE, ids=[text for text, _, _ in OF_THE_SERVICE])
def test_a_fault_of_the_service(faults_of: FaultsOf, text: str, code: str, said: str) -> None:
    faults = faults_of(f"{START}\nsvc = sb.Service({text})\n")
    assert any(found == code and said in message for found, _, message in faults), faults


def test_roles_that_ask_for_a_caller_need_an_actor(faults_of: FaultsOf) -> None:
    [(code, _, message)] = faults_of(f"{START}\nsvc = sb.Service('x', entities=[User, Room])\n")
    assert (code, "the service has no actor" in message) == ("SB108", True)


def test_an_entity_of_another_service_in_the_module_is_no_fault(write: Write) -> None:
    module = write(members("x: int") + "\nclass Own(sb.Entity):\n    x: int\n    access = sb.Access(read=sb.EVERYONE)\n"
                   "other = sb.Service('other', entities=[Own])\n")  # fmt: skip
    assert [entity.name for entity in module.other.draft().entities] == ["Own"]
    assert [entity.name for entity in module.svc.draft().entities] == ["User", "Room", "Thing"]


def test_all_faults_come_at_once_those_of_the_model_too(faults_of: FaultsOf) -> None:
    found = faults_of(
        members("""
        x: Usr
        y: str = sb.field(maxx=3)
        z: Annotated[Decimal, "no digits"]
        search = sb.Query(where=(name,), slo=sb.SLO(p95_ms=1, success=99.0))

        @sb.role
        def r(self) -> bool:
            return self.x == self.y + 1
        """)
    )
    assert [code for code, _, _ in found] == ["SB103", "SB123", "SB176", "SB101", "SB105"]


def test_what_follows_from_a_fault_is_not_told_as_another(faults_of: FaultsOf) -> None:
    """The role and the query name a member whose type cannot be read."""
    found = faults_of(
        members("""
        owner: Usr = sb.to_one()
        by = sb.Query(where=(owner,))

        @sb.role
        def mine(self, me: User) -> bool:
            return self.owner == me
        """)
    )
    assert [code for code, _, _ in found] == ["SB103"]


def test_an_edit_between_import_and_load_is_a_fault(write: Write) -> None:
    """The text is kept when the class is created, so an edit after that does not matter, and one before it does."""
    from pathlib import Path

    from strongback.errors import DeclarationError

    text = f"{START}\nmore = []\n{END}"
    module = write(text)
    file = Path(module.__file__ or "")
    file.write_text(file.read_text().replace("self.user == me", "self.user != me"))
    body = module.svc.draft().entity("Room").role("mine").body
    assert body.op == "=="

    early = text.replace("class Room(", "import pathlib\n_f = pathlib.Path(__file__)\n"
                         "_f.write_text(_f.read_text().replace('self.user == me', 'self.user != me'))\nclass Room(")  # fmt: skip
    module = write(early)
    with pytest.raises(DeclarationError) as caught:
        module.svc.draft()
    assert [fault.code for fault in caught.value.faults] == ["SB107"]


def test_a_declaration_without_source_says_so(write: Write) -> None:
    from strongback.errors import DeclarationError

    space: dict[str, object] = {"__name__": "typed_in"}
    exec(compile(f"{START}\nmore = []\n{END}", "<typed in>", "exec", dont_inherit=True), space)
    with pytest.raises(DeclarationError) as caught:
        space["svc"].draft()  # type: ignore[attr-defined]
    assert {fault.code for fault in caught.value.faults} == {"SB106"}


def test_every_code_has_a_page() -> None:
    from pathlib import Path

    import strongback

    package = Path(strongback.__file__).parent
    raised = {
        code for file in (package / "declare").rglob("*.py") for code in re.findall(r'"(SB\d{3})"', file.read_text())
    }
    assert raised
    for code in sorted(raised):
        page = (package / "pages" / f"{code}.md").read_text()
        assert page.startswith(f"# {code} ")
        assert all(f"\n## {part}\n" in page for part in ("What it means", "Example", "What to do"))


def test_a_role_is_written_in_the_body_of_its_class(write: Write, faults_of: FaultsOf) -> None:
    write("def elsewhere(self, me) -> bool:\n    return True\n", name="elsewhere_file")
    [(code, _, message)] = faults_of(members("from elsewhere_file import elsewhere\nr = sb.role(elsewhere)"))
    assert (code, "written in another file" in message) == ("SB108", True)


NUMBERED = """
class Thing(sb.Entity, table='t', managed=False):
    id: int = sb.key(generated=True)
    {body}
    access = sb.Access(read=sb.EVERYONE, create={create})

class Part(sb.Entity):
    thing: Thing = sb.to_one()
"""


@pytest.mark.parametrize(
    ("body", "create", "said"),
    [
        ("x: int\n    parts: list['Part'] = sb.inverse('thing', nested=True)  # !", "sb.EVERYONE", "make those rows afterwards"),
        ("x: int = sb.field(read_only=True, default=1)", "sb.EVERYONE", "map a column beside the key"),
        ("x: int\n    @sb.role\n    def low(self, me: User) -> bool:\n        return self.id < 9", "low", "members that the caller gives"),
    ],
)  # fmt: skip
def test_what_needs_a_generated_key_too_early(faults_of: FaultsOf, body: str, create: str, said: str) -> None:
    source = f"{START}\n{NUMBERED.format(body=body, create=create)}\n{ALL}\nmore = [Thing, Part]\n{END}"
    found = [message for code, _, message in faults_of(source) if code == "SB199"]
    assert len(found) == 1 and said in found[0]
