"""What stands in class bodies comes out as a model."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from strongback.model.access import FieldAccess
from strongback.model.action import Injected, Parameter
from strongback.model.codec import from_json, to_json
from strongback.model.entity import Index, Unique
from strongback.model.field import Default, Pii
from strongback.model.load import load
from strongback.model.model import Actor, Claim, Model
from strongback.model.query import Rate, Waived
from strongback.predicate.tree import FALSE, TRUE, And, Call, Compare, Const, IsNone, Or, RoleCall
from strongback.predicate.tree import Path as P
from strongback.predicate.types import INT, Member, Type

from .conftest import Write

SELF = P("self")
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def jobs() -> Model:
    spec = importlib.util.spec_from_file_location("jobs_example", ROOT / "examples" / "jobs" / "service.py")
    assert spec is not None and spec.loader is not None
    module = sys.modules["jobs_example"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model: Model = load(module.jobs)
    return model


def test_the_example_loads_with_what_it_says(jobs: Model) -> None:
    assert (jobs.name, jobs.version, jobs.rest) == ("jobs", "1.0.0", "/v1")
    assert jobs.doc.startswith("Companies post jobs")
    names = ["User", "Company", "Membership", "Skill", "Job", "JobSkill", "Application"]
    assert [entity.name for entity in jobs.entities] == names
    plurals = ["users", "companies", "memberships", "skills", "jobs", "job-skills", "applications"]
    assert [entity.plural for entity in jobs.entities] == plurals
    assert jobs.actor == Actor(
        "User", (Claim("sub", "subject"), Claim("name", "name"), Claim("email", "email")), provision=True
    )


def test_the_examples_entities_have_their_options_and_members(jobs: Model) -> None:
    job, application = jobs.entity("Job"), jobs.entity("Application")
    assert (job.tenant, job.soft_delete, job.history) == (("company",), True, False)
    assert (application.tenant, application.soft_delete, application.history) == (("job", "company"), False, True)
    assert job.members == ("company", "title", "body", "city", "status", "skills", "applications")
    status, letter = job.field("status"), application.field("letter")
    assert status is not None and letter is not None
    assert status.type == Type("enum", members=("draft", "open", "closed"))
    assert (status.default, status.index, status.read_only) == (Default('"draft"'), True, True)
    assert (letter.type, letter.pii) == (Type("str", max=20_000), Pii(erase="365d after created_at"))
    company, applications = job.relation("company"), job.relation("applications")
    assert company is not None and applications is not None
    assert (company.kind, company.target, company.immutable) == ("to_one", "Company", True)
    assert (applications.kind, applications.target, applications.inverse) == ("to_many", "Application", "job")


def test_the_examples_permissions_and_queries(jobs: Model) -> None:
    job, application = jobs.entity("Job"), jobs.entity("Application")
    assert job.access.read == Or((RoleCall(SELF, "public"), RoleCall(SELF, "recruiter")))
    assert (job.access.create, job.access.delete) == (RoleCall(SELF, "recruiter"), FALSE)
    assert application.access.fields == (FieldAccess("note", RoleCall(SELF, "reviewer")),)
    search, apply = job.query("search"), job.action("apply")
    assert search is not None and apply is not None
    assert search.where == ("city", "company", "status", "skills.skill")
    assert (search.sort, search.page_max) == (("-created_at",), 50)
    assert search.rate == Rate(60, 60)
    assert apply.allow == And((Call("signed_in"), RoleCall(SELF, "public")))
    assert apply.parameters == (Parameter("letter", Type("str", max=20_000), pii=Pii()),)
    assert apply.injected == (Injected("me", "me"),)
    assert (apply.on, apply.returns_entity, apply.doc) == ("row", "Application", "Apply to this job.")
    found = jobs.entity("Company").action("found")
    assert found is not None and found.on == "class"


def test_the_examples_roles_say_who_they_let_in(jobs: Model) -> None:
    public, owner = jobs.entity("Job").role("public"), jobs.entity("Application").role("owner")
    assert public is not None and owner is not None
    assert (public.anonymous, public.spans_tenants) == (True, True)
    assert (owner.anonymous, owner.spans_tenants) == (False, True)


def test_everything_has_its_place(jobs: Model) -> None:
    text = (ROOT / "examples" / "jobs" / "service.py").read_text().splitlines()
    job = jobs.entity("Job")
    for item, start in (
        (job, "class Job("),
        (job.field("title"), "title:"),
        (job.role("public"), "def public("),
        (job.access, "access ="),
        (job.query("search"), "search ="),
        (job.action("publish"), "def publish("),
        (jobs.entity("Application").uniques[0], "once ="),
    ):
        assert item is not None
        assert item.origin.file.endswith("service.py")
        assert text[item.origin.line - 1].strip().startswith(start)


TYPES = """
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, NewType, Optional
from uuid import UUID
import strongback as sb

Color = StrEnum("Color", {"RED": "red", "BLUE": "blue"})
Slug = Annotated[str, sb.field(pattern="[a-z]+", max=20)]
Key = NewType("Key", UUID)

class Address(sb.Value):
    street: Annotated[str, sb.field(max=80)]
    country: str = sb.field(default="NO", max=2)
    floor: int | None = None

class Thing(sb.Entity):
    kind_of: ClassVar[str] = "thing"
    text: str
    number: int
    ratio: float
    flag: bool
    price: Annotated[Decimal, sb.decimal(12, 2)]
    cost: Decimal = sb.field(precision=8, scale=3, min=Decimal("0.5"), max=10)
    at: datetime
    on: date
    span: timedelta
    key: Key
    raw: bytes = sb.field(max=64)
    word: Literal["a", "b"] = "a"
    color: Color | None
    colors: list[Color] = sb.field(default=[Color.RED], max=5)
    any: sb.JSON
    maybe: sb.JSON | None = sb.field(default=None)
    slug: Slug = sb.field(max=10, index=True, was="name", doc="In addresses.")
    slugs: list[Slug]
    where: Address
    where2: Optional[Address] = None
    amount: int = 3
    access = sb.Access(read=sb.EVERYONE)

svc = sb.Service("things", entities=[Thing])
"""


def test_every_type_is_read(write: Write) -> None:
    thing = load(write(TYPES).svc).entity("Thing")
    types = {field.name: field.type for field in thing.fields}
    slug = Type("str", pattern="[a-z]+", max=20)
    address = Type(
        "object",
        fields=(
            Member("street", Type("str", max=80)),
            Member("country", Type("str", max=2), "NO", True),
            Member("floor", Type("int", optional=True, min=INT.min, max=INT.max), None, True),
        ),
    )
    assert types == {
        "text": Type("str"),
        "number": INT,
        "ratio": Type("float"),
        "flag": Type("bool"),
        "price": Type("decimal", precision=12, scale=2),
        "cost": Type("decimal", precision=8, scale=3, min="0.5", max="10"),
        "at": Type("datetime"),
        "on": Type("date"),
        "span": Type("timedelta"),
        "key": Type("uuid"),
        "raw": Type("bytes", max=64),
        "word": Type("enum", members=("a", "b")),
        "color": Type("enum", members=("red", "blue"), optional=True),
        "colors": Type("list", item=Type("enum", members=("red", "blue")), max=5),
        "any": Type("json"),
        "maybe": Type("json", optional=True),
        "slug": Type("str", pattern="[a-z]+", max=10),
        "slugs": Type("list", item=slug),
        "where": address,
        "where2": Type("object", optional=True, fields=address.fields),
        "amount": INT,
    }
    defaults = {field.name: field.default.json for field in thing.fields if field.default is not None}
    assert defaults == {
        "word": '"a"',
        "colors": '["red"]',
        "maybe": "null",
        "where2": "null",
        "amount": "3",
    }
    found = thing.field("slug")
    assert found is not None
    assert (found.index, found.was, found.doc) == (True, "name", "In addresses.")


def test_annotations_may_be_text(write: Write) -> None:
    plain = load(write(TYPES).svc)
    late = load(write("from __future__ import annotations\n" + TYPES).svc)
    for one, other in zip(plain.entity("Thing").fields, late.entity("Thing").fields, strict=True):
        assert (one.name, one.type, one.default) == (other.name, other.type, other.default)


def test_a_mixins_members_roles_and_checks_become_the_entitys_own(write: Write) -> None:
    module = write("""
        from typing import Annotated
        import strongback as sb

        class User(sb.Entity):
            subject: str = sb.field(max=200, unique=True)
            access = sb.Access(read=sb.EVERYONE)

        class Owned(sb.Entity, abstract=True):
            owner: User = sb.to_one(immutable=True)

            @sb.role
            def own(self, me: User) -> bool:
                return self.owner == me

        class Sized(sb.Entity, abstract=True):
            size: int

            @sb.check(code="size_positive", message="A size is positive.")
            def positive(self) -> bool:
                return self.size > 0

            @sb.computed
            def is_big(self) -> bool:
                return self.size > 10

        class Box(Owned, Sized):
            name: Annotated[str, sb.field(max=80)]
            once = sb.Unique(Owned.owner, "name")

            def is_small(self) -> bool:
                return self.size < 3

            small = sb.Unique("name", where=is_small, code="small_taken")
            big = sb.Unique("name", where=Sized.is_big)
            access = sb.Access(read=Owned.own)

        class Bag(Owned):
            access = sb.Access(read=Owned.own)

        svc = sb.Service("boxes", entities=[User, Box, Bag], actor=sb.Actor(User, claims={"sub": User.subject}))
    """)
    box = load(module.svc).entity("Box")
    assert box.members == ("size", "owner", "name", "is_big")
    assert [role.name for role in box.roles] == ["own"]
    assert box.access.read == RoleCall(SELF, "own")
    assert box.checks[0].body == Compare(">", P("self", ("size",)), Const(0, Type("int")))
    assert (box.checks[0].code, box.checks[0].message) == ("size_positive", "A size is positive.")
    once, small, big = box.uniques
    assert once == Unique("once", ("owner", "name"), origin=once.origin)
    assert (small.code, small.where) == ("small_taken", Compare("<", P("self", ("size",)), Const(3, Type("int"))))
    assert big.where == Compare(">", P("self", ("size",)), Const(10, Type("int")))
    assert from_json(to_json(load(module.svc))) == load(module.svc)
    computed = box.field("is_big")
    assert computed is not None and computed.type == Type("bool") and not computed.stored


def test_a_model_may_stand_in_several_files_with_cycles(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    first = write(
        """
        from __future__ import annotations
        from typing import TYPE_CHECKING
        import strongback as sb

        if TYPE_CHECKING:
            from second_file import Page

        class Book(sb.Entity):
            pages: list[Page] = sb.inverse("book")
            cover: Page | None = sb.to_one(on_delete="set_null")

            @sb.role
            def covered(self) -> bool:
                return any(page.first() for page in self.pages)

            access = sb.Access(read=covered)
        """,
        name="first_file",
    )
    second = write(
        """
        import strongback as sb
        from first_file import Book

        class Page(sb.Entity):
            book: Book
            number: int

            @sb.role
            def first(self) -> bool:
                return self.number == 1

            access = sb.Access(read=first)

        svc = sb.Service("books", entities=[Book, Page])
        """,
        name="second_file",
    )
    model = load(second.svc)
    cover = model.entity("Book").relation("cover")
    assert cover is not None
    assert (cover.target, cover.optional, cover.on_delete) == ("Page", True, "set_null")
    book = first.Book(cover=None)
    assert second.Page(book=book, number=1).first()
    assert book.covered()


def test_what_an_action_takes_and_gives(write: Write) -> None:
    module = write(
        """
        from enum import StrEnum
        from typing import Annotated
        import strongback as sb

        class Mode(StrEnum):
            FAST = "fast"

        class Spot(sb.Value):
            x: int

        class Mailer: ...

        class User(sb.Entity):
            subject: str = sb.field(max=200, unique=True)
            access = sb.Access(read=sb.EVERYONE)

            @sb.action(allow=sb.SIGNED_IN, rate="5/s")
            async def act(
                self, me: User | None, friend: "User", rival: "User | None", mode: Mode, spots: list[int],
                clock: sb.Clock, store: sb.Db, mailer: Mailer, *, spot: Spot | None = None,
                size: Annotated[int, sb.field(max=9, doc="How big.")] = 1,
            ) -> list["User"]:
                return [friend]

            @sb.action(allow=sb.EVERYONE)
            @classmethod
            def count(cls) -> int:
                return 3

            @sb.action(allow=sb.EVERYONE)
            @classmethod
            def nobody(cls) -> "User | None":
                return None

        svc = sb.Service(
            "users", entities=[User], actor=sb.Actor(User, claims={"sub": User.subject}), provide={Mailer: Mailer}
        )
    """.replace("me: User |", 'me: "User |').replace("| None, friend", '| None", friend')
    )
    entity = load(module.svc).entity("User")
    act, count = entity.action("act"), entity.action("count")
    assert act is not None and count is not None
    spot = Type("object", optional=True, fields=(Member("x", INT),))
    assert act.parameters == (
        Parameter("friend", Type("ref", target="User")),
        Parameter("rival", Type("ref", optional=True, target="User")),
        Parameter("mode", Type("enum", members=("fast",))),
        Parameter("spots", Type("list", item=INT)),
        Parameter("spot", spot, Default("null")),
        Parameter("size", Type("int", min=INT.min, max=9), Default("1"), doc="How big."),
    )
    assert act.injected == (
        Injected("me", "me", optional=True),
        Injected("clock", "clock"),
        Injected("store", "db"),
        Injected("mailer", "dependency", type_name="Mailer"),
    )
    assert (act.is_async, act.returns_entity, act.returns_many, act.rate) == (True, "User", True, Rate(5, 1))
    assert (count.on, count.returns_type, count.allow) == ("class", INT, TRUE)
    other = entity.action("nobody")
    assert other is not None
    assert (other.on, other.returns_entity, other.returns_optional) == ("class", "User", True)

    service = module.svc
    assert service.name == "users"
    assert dict(service.classes) == {"User": module.User}
    assert service.handlers["User", "count"]() == 3
    assert service.handlers["User", "nobody"]() is None
    row = module.User(subject="a")
    assert service.handlers["User", "act"] is not None and row.count() == 3
    assert service.provided == {"Mailer": module.Mailer}
    convert = service.conversions
    assert convert["User", "act", "mode"]("fast") is module.Mode.FAST
    assert convert["User", "act", "spot"]({"x": 1}) == module.Spot(x=1)
    assert convert["User", "act", "spot"](None) is None
    assert set(convert) == {("User", "act", "mode"), ("User", "act", "spot")}


def test_queries_indexes_and_permissions_of_their_own(write: Write) -> None:
    module = write("""
        import strongback as sb

        class Note(sb.Entity, plural="memos", was="Memo"):
            text: str = sb.field()
            size: int = sb.field(default=0)

            @sb.role
            def tiny(self) -> bool:
                return self.size < 3 and self.text is not None

            access = sb.Access(read=sb.EVERYONE | tiny, delete=tiny & sb.SIGNED_IN)
            by_size = sb.Index(size, "-created_at")
            small = sb.Query(
                where=(size, "created_at"), sort=("size", "-created_at"), page_max=5, allow=tiny, rate="1 / day",
                waive={"created_at": "few rows"}, doc="Small ones.",
            )
            all = sb.Query()

        svc = sb.Service("notes", entities=[Note], doc="Notes.")
    """)
    model: Model = module.svc.draft()
    note = model.entity("Note")
    assert (note.plural, note.was, model.doc, model.actor) == ("memos", "Memo", "Notes.", None)
    assert note.access.read == TRUE
    assert note.access.delete == And((RoleCall(SELF, "tiny"), Call("signed_in")))
    assert note.indexes == (Index("by_size", ("size", "-created_at"), origin=note.indexes[0].origin),)
    small, every = note.queries
    assert (small.where, small.sort) == (("size", "created_at"), ("size", "-created_at"))
    assert (small.page_default, small.page_max, small.allow) == (5, 5, RoleCall(SELF, "tiny"))
    assert (small.rate, small.waived, small.doc) == (
        Rate(1, 86_400),
        (Waived("created_at", "few rows"),),
        "Small ones.",
    )
    assert (every.where, every.sort, every.page_default, every.page_max) == ((), ("id",), 20, 100)
    tiny = note.role("tiny")
    assert tiny is not None and tiny.anonymous
    assert tiny.body == And(
        (Compare("<", P("self", ("size",)), Const(3, Type("int"))), IsNone(P("self", ("text",)), True))
    )
