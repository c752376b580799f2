"""Companies post jobs; candidates apply; the company's recruiters review applications."""

from typing import Annotated, Literal

import strongback as sb

Letter = Annotated[str, sb.pii(max=20_000, erase="365d after created_at")]


class User(sb.Entity):
    """Somebody with an account."""

    subject: str = sb.field(max=200, unique=True, read_only=True)
    name: str = sb.pii(max=120)  # encrypted at rest
    email: str = sb.pii(max=254, lookup="exact")  # encrypted + blind index: `==` only
    memberships: list["Membership"] = sb.inverse("user")
    applications: list["Application"] = sb.inverse("candidate")

    @sb.role
    def oneself(self, me: "User") -> bool:
        return self == me

    @sb.role
    def reviewer(self, me: "User") -> bool:  # whoever reviews an application of theirs may read the name
        return any(a.reviewer(me) for a in self.applications)

    access = sb.Access(read=oneself | reviewer, update=oneself)  # what is not granted, nobody may
    search = sb.Query(where=(subject,), sort=("id",), page_max=10)


class Company(sb.Entity):
    """An employer."""

    name: str = sb.field(max=120, unique=True)
    staff: list["Membership"] = sb.inverse("company")
    jobs: list["Job"] = sb.inverse("company")

    @sb.role
    def member(self, me: User) -> bool:
        return any(m.user == me for m in self.staff)

    @sb.role
    def recruiter(self, me: User) -> bool:
        return any(m.user == me and m.role == "recruiter" for m in self.staff)

    @sb.role
    def public(self, me: User | None) -> bool:  # `User | None` lets anonymous callers in; `User` does not
        return any(j.status == "open" for j in self.jobs)

    access = sb.Access(read=member | public, update=recruiter)

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    def found(cls, me: User, name: Annotated[str, sb.field(max=120)]) -> "Company":
        """Found a company and become its first recruiter."""
        company = cls(name=name)  # what an action makes, it saves
        Membership(company=company, user=me, role="recruiter")
        return company


class Membership(sb.Entity, tenant="company"):
    """Who works for a company, and as what."""

    company: Company = sb.to_one(immutable=True)
    user: User = sb.to_one(immutable=True)
    role: Literal["recruiter", "viewer"]
    once = sb.Unique(company, user)

    @sb.role
    def colleague(self, me: User) -> bool:
        return self.company.member(me)

    @sb.role
    def recruiter(self, me: User) -> bool:
        return self.company.recruiter(me)

    access = sb.Access(read=colleague, create=recruiter, update=recruiter, delete=recruiter)
    search = sb.Query(where=(company, user), sort=("-created_at",))


class Skill(sb.Entity):
    """Something that jobs ask for."""

    name: str = sb.field(max=60, unique=True)
    jobs: list["JobSkill"] = sb.inverse("skill")

    @sb.role
    def recruiting(self, me: User) -> bool:  # for any company: it depends on the caller alone
        return any(m.role == "recruiter" for m in me.memberships)

    access = sb.Access(read=sb.EVERYONE, create=recruiting)
    search = sb.Query(where=(name,), sort=("name",), page_max=100)


class Job(sb.Entity, tenant="company", soft_delete=True):
    """A position that a company wants to fill."""

    company: Company = sb.to_one(immutable=True)
    title: str = sb.field(max=140)
    body: str = sb.field(max=20_000)
    city: str = sb.field(max=80, index=True)
    status: Literal["draft", "open", "closed"] = sb.field(default="draft", index=True, read_only=True)
    skills: list["JobSkill"] = sb.inverse("job")
    applications: list["Application"] = sb.inverse("job")

    @sb.role
    def recruiter(self, me: User) -> bool:
        return self.company.recruiter(me)  # roles compose by calling each other

    @sb.role(spans_tenants=True)  # said aloud: open jobs are read across companies
    def public(self, me: User | None) -> bool:
        return self.status == "open"

    access = sb.Access(read=public | recruiter, create=recruiter, update=recruiter)
    search = sb.Query(
        text=(title, body),
        where=(city, company, status, "skills.skill"),
        sort=("-created_at",),
        page_max=50,
        rate="60/min",
    )

    @sb.action(allow=recruiter)
    def publish(self) -> None:
        """Open the job for applications."""
        sb.require(self.status == "draft", "not_a_draft")  # a guard, not a permission: 409, not 403
        self.status = "open"

    @sb.action(allow=sb.SIGNED_IN & public)
    def apply(self, me: User, letter: Letter) -> "Application":
        """Apply to this job."""
        return Application(job=self, candidate=me, letter=letter)


class JobSkill(sb.Entity, tenant="job.company"):
    """That a job asks for a skill."""

    job: Job = sb.to_one(immutable=True)
    skill: Skill = sb.to_one(immutable=True)
    once = sb.Unique(job, skill)

    @sb.role
    def recruiter(self, me: User) -> bool:
        return self.job.recruiter(me)

    @sb.role(spans_tenants=True)
    def public(self, me: User | None) -> bool:
        return self.job.public(me)

    access = sb.Access(read=public | recruiter, create=recruiter, delete=recruiter)


class Application(sb.Entity, tenant="job.company", history=True):
    """What a candidate sent for a job, and what became of it."""

    job: Job = sb.to_one(immutable=True)
    candidate: User = sb.to_one(immutable=True)
    letter: Letter
    note: str = sb.pii(default="", max=2_000)
    status: Literal["submitted", "shortlisted", "rejected"] = sb.field(default="submitted", index=True, read_only=True)
    once = sb.Unique(job, candidate, code="already_applied")

    @sb.role(spans_tenants=True)
    def owner(self, me: User) -> bool:
        return self.candidate == me

    @sb.role
    def reviewer(self, me: User) -> bool:
        return self.job.recruiter(me)

    access = sb.Access(
        read=owner | reviewer, delete=owner, history=reviewer, fields={note: reviewer}
    )  # a candidate's view has no `note`, and no past
    search = sb.Query(where=(job, candidate, status), sort=("-created_at",))

    @sb.action(allow=reviewer)
    def decide(
        self, outcome: Literal["shortlisted", "rejected"], note: Annotated[str, sb.field(max=2_000)] = ""
    ) -> None:
        """Shortlist or reject the candidate."""
        sb.require(self.status == "submitted", "already_decided")
        self.status, self.note = outcome, note


jobs = sb.Service(
    "jobs",
    version="1.0.0",
    rest="/v1",
    graphql=True,
    mcp=[Job.search, Job.apply],
    static="web",
    entities=[User, Company, Membership, Skill, Job, JobSkill, Application],
    actor=sb.Actor(User, claims={"sub": User.subject, "name": User.name, "email": User.email}, provision=True),
)
