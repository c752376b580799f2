"""The relations an action's source uses are found, so that they can be loaded before it runs."""

from __future__ import annotations

from textwrap import indent

import pytest

from .conftest import Write

DECLARATION = """
import strongback as sb

def total(company):
    return sum(len(m.user.name) for m in company.staff)

class User(sb.Entity):
    subject: str = sb.field(max=200, unique=True)
    name: str
    memberships: list["Membership"] = sb.inverse("user")
    access = sb.Access(read=sb.EVERYONE)

class Company(sb.Entity):
    name: str
    parent: "Company | None"
    staff: list["Membership"] = sb.inverse("company")

    @sb.role
    def recruiter(self, me: User) -> bool:
        return any(m.user == me for m in self.staff)

    @sb.computed
    def parent_is_named(self) -> bool:
        return self.parent is not None and self.parent.name == "a"

    def names(self) -> list[str]:
        return [m.user.name for m in self.staff]

    def loop(self) -> None:
        self.loop()

    @property
    def boss(self) -> "Membership":
        return self.staff[0]

    access = sb.Access(read=sb.EVERYONE)

class Membership(sb.Entity):
    company: Company
    user: User
    access = sb.Access(read=sb.EVERYONE)

class Job(sb.Entity):
    company: Company
    title: str
    access = sb.Access(read=sb.EVERYONE)

    @sb.action(allow=sb.SIGNED_IN)
    async def act(self, me: User, other: Company, db: sb.Db) -> None:
{body}

svc = sb.Service("jobs", entities=[User, Company, Membership, Job], actor=sb.Actor(User, claims={{"sub": User.subject}}))
"""

CASES = [
    ("self.title = 'x'", []),
    ("self.company = other", []),
    ("print(self.company.name)", ["self.company"]),
    ("self.company.staff", ["self.company.staff"]),
    ("me.memberships[0].company.parent", ["me.memberships.company.parent"]),
    ("other.staff", ["other.staff"]),
    ("for m in self.company.staff:\n    m.user.name", ["self.company.staff.user"]),
    ("[m.user for m in other.staff if m.company.parent]", ["other.staff.company.parent", "other.staff.user"]),
    ("c = self.company\nd = c\nd.parent", ["self.company.parent"]),
    ("while x:\n    y = x.parent\n    x = self.company", ["self.company.parent"]),
    ("a, b = self.company, me\nb.memberships", ["self.company", "me.memberships"]),
    ("if (c := self.company):\n    c.parent", ["self.company.parent"]),
    ("sorted(other.staff, key=lambda m: m.user.name)", ["other.staff.user"]),
    ("next(iter(other.staff)).user", ["other.staff.user"]),
    ("list(filter(lambda m: m.user == me, other.staff))", ["other.staff.user"]),
    ("sb.require(other.recruiter(me), 'no')", ["other.staff.user"]),
    ("other.parent_is_named", ["other.parent"]),
    ("other.names()", ["other.staff.user"]),
    ("other.boss.user", ["other.staff.user"]),
    ("other.loop()", []),
    ("total(self.company)", ["self.company.staff.user"]),
    ("def inner(c):\n    return c.parent\ninner(other).staff", ["other.parent.staff"]),
    ("match other:\n    case _:\n        other.parent", ["other.parent"]),
    ("try:\n    other.parent\nexcept ValueError:\n    me.memberships", ["other.parent", "me.memberships"]),
    ("async with self.company as c:\n    c.parent", ["self.company.parent"]),
    ("job = await db.get(Job, self.id)\njob.company", []),
    ("Membership(company=self.company, user=me)", ["self.company"]),
    ("{m.user: m.company for m in other.staff}", ["other.staff.user", "other.staff.company"]),
    ("return (other if self else self.company).parent", ["other.parent", "self.company.parent"]),
]


@pytest.mark.parametrize(("body", "paths"), CASES, ids=[body for body, _ in CASES])
def test_what_the_source_uses_is_found(write: Write, body: str, paths: list[str]) -> None:
    model = write(DECLARATION.format(body=indent(body, " " * 8))).svc.draft()
    action = model.entity("Job").action("act")
    assert action is not None
    assert sorted(".".join((path.var, *path.steps)) for path in action.prefetch) == sorted(paths)


def test_a_path_without_end_is_cut(write: Write) -> None:
    model = write(DECLARATION.format(body="        c = other\n        while c:\n            c = c.parent")).svc.draft()
    action = model.entity("Job").action("act")
    assert action is not None
    assert 1 <= max(len(path.steps) for path in action.prefetch) <= 6
