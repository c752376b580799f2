"""A tenant's path holds, and a role is bound to it or says that it is not."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from strongback.model.access import Access, Role
from strongback.model.entity import Entity
from strongback.model.faults.find import find_faults
from strongback.model.load import load
from strongback.model.model import Model
from strongback.model.tenancy import is_tenant_bound
from strongback.predicate.tree import FALSE, Call, Compare, Const, Exists, Expr, In, IsNone, Not, both, either
from tests.jobs_model import call, inverse, jobs_model, path, same, to_one

MODEL = jobs_model()
STAFF = path("self.company.staff")
MEMBER = Exists("m", STAFF, same("m.user", "me"))
OPEN = same("self.status", Const("open"))


def with_entity(model: Model, name: str, **changes: object) -> Model:
    entities = tuple(replace(e, **changes) if e.name == name else e for e in model.entities)
    return replace(model, entities=entities)


def bigger() -> Model:
    """The example, with companies that have an owner and a parent, users that have an employer, and interviews."""
    company, user, application = (MODEL.entity(name) for name in ("Company", "User", "Application"))
    owner = replace(to_one("owner", "User"), optional=True)
    parent = replace(to_one("parent", "Company"), optional=True)
    partners = inverse("partnerships", "Partnership", "partner")
    model = with_entity(MODEL, "Company", relations=(*company.relations, owner, parent, partners))
    employer = replace(to_one("employer", "Company"), optional=True)
    memberships = inverse("memberships", "Membership", "user")
    model = with_entity(model, "User", relations=(*user.relations, employer, memberships))
    interviews = inverse("interviews", "Interview", "application")
    model = with_entity(model, "Application", relations=(*application.relations, interviews))
    return replace(model, entities=(*model.entities, partnership(), interview()))


def partnership() -> Entity:
    return Entity(
        "Partnership",
        plural="partnerships",
        relations=(to_one("company", "Company", immutable=True), to_one("partner", "Company"), to_one("user", "User")),
        access=Access(read=Call("signed_in")),
        tenant=("company",),
    )


def interview() -> Entity:
    return Entity(
        "Interview",
        plural="interviews",
        relations=(to_one("application", "Application", immutable=True), to_one("interviewer", "User")),
        access=Access(read=Call("signed_in")),
        tenant=("application", "job", "company"),
    )


def bound(body: Expr, entity: str = "Job") -> bool:
    model = bigger()
    changed = with_entity(model, entity, roles=(*model.entity(entity).roles, Role("asked", body)))
    return is_tenant_bound(changed, changed.entity(entity), "asked")


def test_the_examples_roles_are_bound_as_they_say() -> None:
    model = load(MODEL)
    found = {
        f"{e.name}.{r.name}": (r.tenant_bound, r.spans_tenants) for e in model.entities for r in e.roles if e.tenant
    }
    assert found == {
        "Membership.colleague": (True, False),
        "Membership.recruiter": (True, False),
        "Job.recruiter": (True, False),
        "Job.public": (False, True),
        "Application.owner": (False, True),
        "Application.reviewer": (True, False),
    }
    assert not any(role.tenant_bound for name in ("User", "Company") for role in model.entity(name).roles)


def test_the_bigger_model_has_no_faults() -> None:
    assert find_faults(bigger()) == ()


@pytest.mark.parametrize(
    "body",
    [
        MEMBER,
        FALSE,
        call("self.company.member"),
        same("self.company.owner", "me"),
        same("me", "self.company.owner"),
        same("self.company", "me.employer"),
        both(OPEN, MEMBER),
        either(MEMBER, both(OPEN, same("self.company.owner", "me"))),
        Not(either(OPEN, Not(MEMBER))),
        Not(Exists("m", STAFF, Compare("!=", path("m.user"), path("me")), every=True)),
        Exists("m", path("me.memberships"), same("m.company", "self.company")),
        Exists("j", path("self.company.jobs"), Exists("a", path("j.applications"), same("a.candidate", "me"))),
        In(path("self.company"), (path("me.employer"),)),
    ],
)
def test_facts_of_the_tenant_bind(body: Expr) -> None:
    assert bound(body)


@pytest.mark.parametrize(
    "body",
    [
        OPEN,
        Call("signed_in"),
        either(MEMBER, OPEN),
        Not(MEMBER),
        Exists("m", STAFF, same("m.user", "me"), every=True),
        Exists("m", STAFF, same("m.role", Const("viewer"))),
        Exists("a", path("self.applications"), same("a.candidate", "me")),
        same("self.company.parent.owner", "me"),
        same("self.company.parent", "me.employer"),
        Exists("m", path("self.company.parent.staff"), same("m.user", "me")),
        Exists("p", path("self.company.partnerships"), same("p.user", "me")),
        Exists("m", STAFF, Exists("n", path("m.user.memberships"), same("n.user", "me"))),
        Compare("!=", path("self.company"), path("me.employer")),
        IsNone(path("me.employer"), negated=True),
    ],
)
def test_anything_else_does_not_bind(body: Expr) -> None:
    assert not bound(body)


def test_a_longer_path_binds_as_well() -> None:
    assert bound(same("self.application.job.company.owner", "me"), "Interview")
    assert bound(call("self.application.job.recruiter"), "Interview")
    assert not bound(same("self.interviewer", "me"), "Interview")
    assert not bound(same("self.application.candidate", "me"), "Interview")


def test_a_role_that_spans_tenants_says_so() -> None:
    job = MODEL.entity("Job")
    silent = tuple(replace(role, spans_tenants=False) for role in job.roles)
    faults = find_faults(with_entity(MODEL, "Job", roles=silent))
    assert [(fault.code, fault.where) for fault in faults] == [("SB165", "Job.public")]
    assert faults[0].message == "the role `Job.public` is not bound to the row's `Company`: it can hold in every tenant"


def test_a_bound_role_may_say_that_it_spans() -> None:
    job = MODEL.entity("Job")
    loud = tuple(replace(role, spans_tenants=True) for role in job.roles)
    assert find_faults(with_entity(MODEL, "Job", roles=loud)) == ()


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("Job", {"tenant": ("compny",)}, "`tenant=` goes through `Job.compny`, which is no to-one relation"),
        (
            "Job",
            {"tenant": ("applications",)},
            "`tenant=` goes through `Job.applications`, which is no to-one relation",
        ),
        ("Company", {"tenant": ("staff",)}, "`tenant=` goes through `Company.staff`, which is no to-one relation"),
        ("Application", {"tenant": ("job",)}, "`Job` is the tenant of `Application`, but has a tenant itself"),
        ("Job", {"tenant": ()}, "the tenant of `Application` goes through `Job`, whose own tenant is not `company`"),
    ],
)
def test_a_path_that_does_not_hold_is_told(name: str, changes: dict[str, object], message: str) -> None:
    assert message in [fault.message for fault in find_faults(with_entity(MODEL, name, **changes))]


def test_a_row_never_moves_to_another_tenant() -> None:
    relations = MODEL.entity("Membership").relations
    loose = (replace(relations[0], immutable=False, optional=True), relations[1])
    told = [fault.message for fault in find_faults(with_entity(MODEL, "Membership", relations=loose))]
    assert "the tenant of `Membership` goes through `Membership.company`, which can be changed" in told
    assert "the tenant of `Membership` goes through `Membership.company`, which may be None" in told
