"""
Sample data: twenty companies, five thousand jobs with the skills they ask for, and who applied. The same every time.

    strongback seed examples/jobs/service.py:jobs

A company that is there already is left alone with its jobs, so a second run writes nothing.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from strongback.testing.client import AsyncClient

# `JOBS_PER_COMPANY=15 strongback seed ...` makes fewer, where that is enough.
JOBS_PER_COMPANY = int(os.environ.get("JOBS_PER_COMPANY", "250"))
AT_ONCE = 100  # operations in one batch

# Who recruits for which company, and where it is. Ada has three of them.
COMPANIES = (
    ("Analytical Engines", "ada", "London"),
    ("Bernoulli Numbers", "ada", "Basel"),
    ("Countess Computing", "ada", "London"),
    ("Fjordkraft Digital", "ingrid", "Oslo"),
    ("Nordlys Robotics", "ingrid", "Tromsø"),
    ("Hopper Compilers", "grace", "Arlington"),
    ("Harbour Freight Systems", "grace", "Rotterdam"),
    ("Spree Logistics", "konrad", "Berlin"),
    ("Zuse Machines", "konrad", "Berlin"),
    ("Isar Mobility", "konrad", "München"),
    ("Lumière Health", "sophie", "Lyon"),
    ("Germain Structures", "sophie", "Paris"),
    ("Atelier Pixel", "sophie", "Paris"),
    ("Tejo Payments", "ines", "Lisboa"),
    ("Alfama Foods", "ines", "Lisboa"),
    ("Øresund Wind", "niels", "København"),
    ("Tivoli Games", "niels", "København"),
    ("Wisła Analytics", "marian", "Kraków"),
    ("Enigma Security", "marian", "Poznań"),
    ("Emerald Cloud", "mary", "Dublin"),
)

# What a posting is called, what it says, and the skills that it asks for.
TITLES = (
    (
        "Senior Backend Engineer – Tech Lead",
        "You own the services behind our product from the first idea to the pager, review code so that its author learns, and say why.",
        (
            "Python",
            "SQL",
            "NoSQL",
            "REST",
            "GraphQL",
            "gRPC",
            "Microservices",
            "Message brokers",
            "Scalability",
            "Monitoring",
            "Security",
            "Docker",
            "Kubernetes",
            "AWS",
            "CI/CD",
            "Code review",
            "Mentoring",
            "Documentation",
        ),
    ),
    (
        "Backend Engineer (Python)",
        "You build services that other teams build on, and you are there when they are used.",
        ("Python", "SQL", "REST", "Message brokers", "Docker"),
    ),
    (
        "Platform Engineer",
        "You make the paved road: build, release, observe. Nobody should have to leave it.",
        ("Kubernetes", "Docker", "Terraform", "CI/CD", "Go"),
    ),
    (
        "Data Engineer",
        "You move events from where they happen to where they are understood, once and only once.",
        ("Python", "SQL", "Kafka", "Data modelling"),
    ),
    (
        "Site Reliability Engineer",
        "You decide with us what is reliable enough, measure it, and keep us honest.",
        ("Monitoring", "Kubernetes", "Go", "Incident response"),
    ),
    (
        "Frontend Engineer",
        "You build what our customers see, so that everybody can use it, keyboard and screen reader included.",
        ("TypeScript", "Accessibility", "GraphQL", "CSS"),
    ),
    ("Product Manager", "You find out what hurts, and say no to most of what is asked.", ("Interviews", "Roadmaps")),
    (
        "Database Administrator",
        "You know why the query is slow before you have seen its plan. Then you look anyway.",
        ("SQL", "PostgreSQL", "NoSQL", "Monitoring"),
    ),
    (
        "Security Engineer",
        "You break what we build, kindly, before others do.",
        ("Security", "Threat modelling", "Python"),
    ),
    (
        "Engineering Manager",
        "You hire well, listen more than you speak, and remove what is in the way.",
        ("Mentoring", "Hiring", "Roadmaps"),
    ),
    (
        "Machine Learning Engineer",
        "You ship models that are measured against the dull baseline, and drop those that lose.",
        ("Python", "Statistics", "Docker"),
    ),
    (
        "QA Engineer",
        "You ask the question nobody asked. Automation is your tool, curiosity your trade.",
        ("Test design", "TypeScript"),
    ),
    ("Technical Writer", "You write the page that makes ten meetings needless.", ("Documentation", "REST")),
    (
        "Android Developer",
        "You write for the phone of three years ago, on a train, in a tunnel.",
        ("Kotlin", "Accessibility", "REST"),
    ),
    (
        "Customer Support Lead",
        "You answer the hard ones yourself, and make the easy ones go away for good.",
        ("Mentoring", "Documentation"),
    ),
)

# None of Ada's, so that the newest job in London is one of hers.
CITIES = ("Oslo", "Berlin", "Paris", "Lisboa", "København", "Kraków", "Dublin", "Porto", "Remote")
CANDIDATES = ("bob", "chen", "dara", "emeka", "fatima", "goran", "hana", "ivan", "jamila", "kofi")
NAMES = {"bob": "Bob Martin", "ada": "Ada Lovelace", "ingrid": "Ingrid Daubechies", "grace": "Grace Hopper"}
# Of each company so many jobs have applicants.
APPLIED = 15
NOTES = ("Strong on fundamentals.", "Ask about on-call experience.", "Clear writing, good questions.")

# What `strongback run` prints under "try": lines for a shell.
TRY = """\
# Ada recruits for companies in London and sees their drafts. Bob looks for work and sees what is open: here, nothing.
ada=$({strongback} token {service} --sub ada)
bob=$({strongback} token {service} --sub bob)
curl -sw '\\n' -H "Authorization: Bearer $ada" '{rest}/jobs?status=draft&page_size=2&include=company'
curl -sw '\\n' -H "Authorization: Bearer $bob" '{rest}/jobs?status=draft&page_size=2&include=company'

# Bob applies for the newest open job in London. Ada, its recruiter, reads his letter; a stranger sees no application.
job=$(curl -s '{rest}/jobs?city=London&status=open&page_size=1' | grep -o '"id":"[^"]*' | head -n 1 | cut -c 7-)
curl -sw '\\n' -H "Authorization: Bearer $bob" -H 'Content-Type: application/json' -d '{"letter":"Hello"}' {rest}/jobs/$job/apply
curl -sw '\\n' -H "Authorization: Bearer $ada" "{rest}/jobs/$job?include=applications"
curl -sw '\\n' "{rest}/jobs/$job?include=applications"
"""


@dataclass(frozen=True)
class Plan:
    """
    What becomes of a posting.

    Attributes:
        applied: Who applies, and what is decided about them.
    """

    job: dict[str, str]
    skills: tuple[str, ...]
    is_open: bool
    applied: tuple[tuple[str, str | None], ...]
    note: str


async def seed(client: AsyncClient) -> None:
    """Found the companies, post their jobs and apply to some."""
    chance = random.Random(1843)  # noqa: S311 - sample data, the same every time
    skills: dict[str, str] = {}
    for name, recruiter, city in COMPANIES:
        plans = [_plan(chance, city, at) for at in range(JOBS_PER_COMPANY)]
        asker = _user(client, recruiter)
        founded = await asker.post("/v1/companies/found", json={"name": name})
        if founded.status == 409:  # it is there already, with its jobs
            continue
        skills = skills or await _skills(asker)
        await _company(client, asker, founded.expect(200, 201).json["id"], plans, skills)


def _plan(chance: random.Random, city: str, at: int) -> Plan:
    title, body, skills = TITLES[at % len(TITLES)] if at < len(TITLES) else chance.choice(TITLES)
    place = city if chance.random() < 0.6 else chance.choice(CITIES)
    applicants = chance.sample(CANDIDATES, chance.choice((0, 1, 2, 3))) if at < APPLIED else []
    decisions = [chance.choice(("shortlisted", "rejected", None)) for _ in applicants]
    return Plan(
        {"title": title, "body": body, "city": place},
        skills,
        chance.random() < 0.8,
        tuple(zip(applicants, decisions, strict=True)),
        chance.choice(NOTES),
    )


async def _skills(asker: AsyncClient) -> dict[str, str]:
    """The id of every skill by its name; those that are missing are made."""
    names = sorted({skill for _, _, skills in TITLES for skill in skills})
    there = (await asker.get("/v1/skills?page_size=100")).expect(200).json["items"]
    found = {each["name"]: each["id"] for each in there}
    missing = [name for name in names if name not in found]
    made = await _batch(asker, "skills", [{"create": {"name": name}} for name in missing])
    return found | dict(zip(missing, made, strict=True))


async def _company(
    client: AsyncClient, asker: AsyncClient, company: str, plans: Sequence[Plan], skills: dict[str, str]
) -> None:
    """Post the jobs of one company, and let happen what is planned for them."""
    ids = await _batch(asker, "jobs", [{"create": {"company_id": company, **plan.job}} for plan in plans])
    posted = list(zip(ids, plans, strict=True))
    asked = [{"job_id": job, "skill_id": skills[skill]} for job, plan in posted for skill in plan.skills]
    await _batch(asker, "job-skills", [{"create": link} for link in asked])
    await _batch(asker, "jobs", [{"action": {"name": "publish", "id": job}} for job, plan in posted if plan.is_open])
    for job, plan in posted:
        if plan.is_open and plan.applied:
            await _apply(client, asker, job, plan)


async def _apply(client: AsyncClient, recruiter: AsyncClient, job: str, plan: Plan) -> None:
    for candidate, outcome in plan.applied:
        letter = f"I would like to hear more about this position. Best regards, {_name(candidate)}"
        sent = await _user(client, candidate).post(f"/v1/jobs/{job}/apply", json={"letter": letter})
        if outcome is not None:
            application = sent.expect(200, 201).json["id"]
            decided = {"outcome": outcome, "note": plan.note}
            (await recruiter.post(f"/v1/applications/{application}/decide", json=decided)).expect(200, 204)


async def _batch(asker: AsyncClient, collection: str, operations: list[dict[str, Any]]) -> list[str]:
    """Do many operations, as many at once as a batch takes; the ids of the rows they answer, in order."""
    ids: list[str] = []
    for part in _parts(operations):
        done = await asker.post(
            f"/v1/{collection}/batch", json={"operations": part}, headers={"Prefer": "return=minimal"}
        )
        ids += [each.get("id", "") for each in done.expect(200).json["results"]]
    return ids


def _parts(operations: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    return (operations[at : at + AT_ONCE] for at in range(0, len(operations), AT_ONCE))


def _user(client: AsyncClient, subject: str) -> AsyncClient:
    return client.as_user(subject, name=_name(subject))


def _name(subject: str) -> str:
    return NAMES.get(subject, subject.title())
