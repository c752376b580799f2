"""The data of performance.md, declared: what the benchmark serves with everything on."""

from __future__ import annotations

from typing import Literal

import strongback as sb


class User(sb.Entity):
    subject: str = sb.field(max=200, unique=True, read_only=True)

    @sb.role
    def oneself(self, me: User) -> bool:
        return self == me

    access = sb.Access(read=oneself)


class Company(sb.Entity):
    name: str = sb.field(max=120, unique=True)
    staff: list[Membership] = sb.inverse("company")

    @sb.role
    def public(self, me: User | None) -> bool:
        return True

    @sb.role
    def recruiter(self, me: User) -> bool:
        return any(m.user == me and m.role == "recruiter" for m in self.staff)

    access = sb.Access(read=public, update=recruiter)


class Membership(sb.Entity, tenant="company"):
    company: Company = sb.to_one(immutable=True)
    user: User = sb.to_one(immutable=True)
    role: Literal["recruiter", "viewer"]
    once = sb.Unique(company, user)

    @sb.role
    def recruiter(self, me: User) -> bool:
        return self.company.recruiter(me)

    access = sb.Access(read=recruiter)


class Candidate(sb.Entity):
    name: str = sb.field(max=120)

    @sb.role(spans_tenants=True)
    def anyone(self, me: User) -> bool:
        return True

    access = sb.Access(read=anyone)


class Job(sb.Entity, tenant="company"):
    company: Company = sb.to_one(immutable=True)
    title: str = sb.field(max=140)
    body: str = sb.field(max=20_000)
    city: str = sb.field(max=80)
    status: Literal["draft", "open", "closed"] = sb.field(default="draft", index=True)
    applications: list[Application] = sb.inverse("job")
    newest = sb.Index(company, status, "-created_at")

    @sb.role
    def recruiter(self, me: User) -> bool:
        return self.company.recruiter(me)

    @sb.role(spans_tenants=True)
    def public(self, me: User | None) -> bool:
        return self.status == "open"

    access = sb.Access(read=public | recruiter, create=recruiter, update=recruiter)
    search = sb.Query(where=(status, company), sort=("-created_at",), page_max=50)


class Application(sb.Entity, tenant="job.company"):
    job: Job = sb.to_one(immutable=True)
    candidate: Candidate = sb.to_one(immutable=True)
    letter: str = sb.field(max=20_000)
    status: Literal["submitted", "shortlisted", "rejected"] = sb.field(default="submitted", read_only=True)
    latest = sb.Index(job, "-created_at")

    @sb.role
    def reviewer(self, me: User) -> bool:
        return self.job.recruiter(me)

    access = sb.Access(read=reviewer, create=reviewer)


bench = sb.Service(
    "bench",
    rest="/v1",
    entities=[User, Company, Membership, Candidate, Job, Application],
    actor=sb.Actor(User, claims={"sub": User.subject}, provision=True),
)
