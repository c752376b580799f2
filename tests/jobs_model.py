"""The example's model, written out by hand: what declaring it must give."""

from __future__ import annotations

from strongback.model.access import Access, FieldAccess, Role
from strongback.model.action import Action, Injected, Parameter
from strongback.model.entity import Entity, Unique
from strongback.model.field import Default, Field, Pii
from strongback.model.model import Actor, Claim, Model
from strongback.model.query import Query, Rate
from strongback.model.relation import Relation
from strongback.predicate.tree import Call, Compare, Const, Exists, Expr, Path, RoleCall, both, either
from strongback.predicate.types import Type

TEXT = Type("str")
ME = Path("me")


def text(maximum: int) -> Type:
    return Type("str", max=maximum)


def enum(*members: str) -> Type:
    return Type("enum", members=members)


def path(spelt: str) -> Path:
    """`path("self.company.name")`."""
    var, *steps = spelt.split(".")
    return Path(var, tuple(steps))


def same(left: str, right: Expr | str) -> Expr:
    return Compare("==", path(left), path(right) if isinstance(right, str) else right)


def call(spelt: str) -> RoleCall:
    """`call("self.company.member")`."""
    at = path(spelt)
    return RoleCall(Path(at.var, at.steps[:-1]), at.steps[-1])


def to_one(name: str, target: str, **more: bool) -> Relation:
    return Relation(name, "to_one", target, **more)


def inverse(name: str, target: str, of: str) -> Relation:
    return Relation(name, "to_many", target, inverse=of)


LETTER = Pii()


def user() -> Entity:
    return Entity(
        "User",
        plural="users",
        members=("subject", "name", "email", "applications"),
        fields=(
            Field("subject", text(200), unique=True, read_only=True),
            Field("name", text(120), pii=Pii()),
            Field("email", text(254), pii=Pii(lookup="exact")),
        ),
        relations=(inverse("applications", "Application", "candidate"),),
        roles=(
            Role("oneself", same("self", "me")),
            Role("reviewer", Exists("a", path("self.applications"), call("a.reviewer"))),
        ),
        access=Access(read=either(call("self.oneself"), call("self.reviewer")), update=call("self.oneself")),
    )


def company() -> Entity:
    staff = path("self.staff")
    is_me = same("m.user", "me")
    return Entity(
        "Company",
        plural="companies",
        members=("name", "staff", "jobs"),
        fields=(Field("name", text(120), unique=True),),
        relations=(inverse("staff", "Membership", "company"), inverse("jobs", "Job", "company")),
        roles=(
            Role("member", Exists("m", staff, is_me)),
            Role("recruiter", Exists("m", staff, both(is_me, same("m.role", Const("recruiter"))))),
            Role("public", Exists("j", path("self.jobs"), same("j.status", Const("open"))), anonymous=True),
        ),
        access=Access(read=either(call("self.member"), call("self.public")), update=call("self.recruiter")),
        actions=(
            Action(
                "found",
                "class",
                allow=signed_in(),
                parameters=(Parameter("name", TEXT),),
                injected=(Injected("me", "me"),),
                returns_entity="Company",
            ),
        ),
    )


def signed_in() -> Expr:
    return Call("signed_in")


def membership() -> Entity:
    recruiter = call("self.recruiter")
    return Entity(
        "Membership",
        plural="memberships",
        members=("company", "user", "role"),
        fields=(Field("role", enum("recruiter", "viewer")),),
        relations=(to_one("company", "Company", immutable=True), to_one("user", "User", immutable=True)),
        roles=(Role("colleague", call("self.company.member")), Role("recruiter", call("self.company.recruiter"))),
        access=Access(read=call("self.colleague"), create=recruiter, update=recruiter, delete=recruiter),
        uniques=(Unique("once", ("company", "user")),),
        tenant=("company",),
    )


def job() -> Entity:
    recruiter, public = call("self.recruiter"), call("self.public")
    return Entity(
        "Job",
        plural="jobs",
        members=("company", "title", "body", "city", "status", "applications"),
        fields=(
            Field("title", text(140)),
            Field("body", text(20_000)),
            Field("city", text(80), index=True),
            Field("status", enum("draft", "open", "closed"), default=Default('"draft"'), index=True, read_only=True),
        ),
        relations=(to_one("company", "Company", immutable=True), inverse("applications", "Application", "job")),
        roles=(
            Role("recruiter", call("self.company.recruiter")),
            Role("public", same("self.status", Const("open")), anonymous=True, spans_tenants=True),
        ),
        access=Access(read=either(public, recruiter), create=recruiter, update=recruiter),
        queries=(Query("search", where=("city", "company"), sort=("-created_at",), page_max=50, rate=Rate(60, 60)),),
        actions=(
            Action("publish", "row", allow=recruiter),
            Action(
                "apply",
                "row",
                allow=both(signed_in(), public),
                parameters=(Parameter("letter", text(20_000), pii=LETTER),),
                injected=(Injected("me", "me"),),
                returns_entity="Application",
            ),
        ),
        tenant=("company",),
        soft_delete=True,
    )


def application() -> Entity:
    owner, reviewer = call("self.owner"), call("self.reviewer")
    outcome = enum("shortlisted", "rejected")
    return Entity(
        "Application",
        plural="applications",
        members=("job", "candidate", "letter", "note", "status"),
        fields=(
            Field("letter", text(20_000), pii=LETTER),
            Field("note", text(2_000), default=Default('""'), pii=Pii()),
            Field(
                "status",
                enum("submitted", "shortlisted", "rejected"),
                default=Default('"submitted"'),
                read_only=True,
            ),
        ),
        relations=(to_one("job", "Job", immutable=True), to_one("candidate", "User", immutable=True)),
        roles=(
            Role("owner", same("self.candidate", "me"), spans_tenants=True),
            Role("reviewer", call("self.job.recruiter")),
        ),
        access=Access(
            read=either(owner, reviewer),
            delete=owner,
            history=reviewer,
            fields=(FieldAccess("note", reviewer),),
        ),
        actions=(
            Action(
                "decide",
                "row",
                allow=reviewer,
                parameters=(
                    Parameter("outcome", outcome),
                    Parameter("note", text(2_000), default=Default('""')),
                ),
            ),
        ),
        uniques=(Unique("once", ("job", "candidate"), code="already_applied"),),
        tenant=("job", "company"),
        history=True,
    )


def jobs_model() -> Model:
    claims = (Claim("sub", "subject"), Claim("name", "name"), Claim("email", "email"))
    return Model(
        "jobs",
        version="1.0.0",
        rest="/v1",
        graphql=True,
        entities=(user(), company(), membership(), job(), application()),
        actor=Actor("User", claims, provision=True),
    )
