"""
Sample data: twenty companies, three hundred jobs, and who applied. The same every time.

    strongback seed examples/jobs/service.py:jobs

A company that is there already is left alone with its jobs, so a second run writes nothing.
"""

from __future__ import annotations

import random
from typing import Any

from strongback.testing.client import AsyncClient

JOBS_PER_COMPANY = 15

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

TITLES = (
    (
        "Senior Backend Engineer – Tech Lead",
        "You own the services behind our product, and the people who own them with you.",
    ),
    (
        "Backend Engineer (Python)",
        "You build services that other teams build on, and you are there when they are used.",
    ),
    ("Platform Engineer", "You make the paved road: build, release, observe. Nobody should have to leave it."),
    ("Data Engineer", "You move events from where they happen to where they are understood, once and only once."),
    ("Site Reliability Engineer", "You decide with us what is reliable enough, measure it, and keep us honest."),
    (
        "Frontend Engineer",
        "You build what our customers see, so that everybody can use it, keyboard and screen reader included.",
    ),
    ("Product Manager", "You find out what hurts, and say no to most of what is asked."),
    ("Database Administrator", "You know why the query is slow before you have seen its plan. Then you look anyway."),
    ("Security Engineer", "You break what we build, kindly, before others do."),
    ("Engineering Manager", "You hire well, listen more than you speak, and remove what is in the way."),
    (
        "Machine Learning Engineer",
        "You ship models that are measured against the dull baseline, and drop those that lose.",
    ),
    ("QA Engineer", "You ask the question nobody asked. Automation is your tool, curiosity your trade."),
    ("Technical Writer", "You write the page that makes ten meetings needless."),
    ("Android Developer", "You write for the phone of three years ago, on a train, in a tunnel."),
    ("Customer Support Lead", "You answer the hard ones yourself, and make the easy ones go away for good."),
)

# None of Ada's, so that the newest job in London is one of hers.
CITIES = ("Oslo", "Berlin", "Paris", "Lisboa", "København", "Kraków", "Dublin", "Porto", "Remote")
CANDIDATES = ("bob", "chen", "dara", "emeka", "fatima", "goran", "hana", "ivan", "jamila", "kofi")
NAMES = {"bob": "Bob Martin", "ada": "Ada Lovelace", "ingrid": "Ingrid Daubechies", "grace": "Grace Hopper"}
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


async def seed(client: AsyncClient) -> None:
    """Found the companies, post their jobs and apply to some."""
    chance = random.Random(1843)  # noqa: S311 - sample data, the same every time
    for name, recruiter, city in COMPANIES:
        await _company(client, chance, name, recruiter, city)


async def _company(client: AsyncClient, chance: random.Random, name: str, recruiter: str, city: str) -> None:
    """Found one company with its jobs; when it is there, only draw as many numbers, so that the next is the same as ever."""
    asker = _user(client, recruiter)
    founded = await asker.post("/v1/companies/found", json={"name": name})
    posts = [_post(chance, title, body, city) for title, body in chance.sample(TITLES, JOBS_PER_COMPANY)]
    plans = [_plan(chance) for _ in posts]
    if founded.status == 409:
        return
    company = founded.expect(200, 201).json["id"]
    for post, plan in zip(posts, plans, strict=True):
        made = await asker.post("/v1/jobs", json={"company_id": company, **post})
        await _live(client, asker, made.expect(201).json["id"], plan)


def _post(chance: random.Random, title: str, body: str, city: str) -> dict[str, str]:
    place = city if chance.random() < 0.6 else chance.choice(CITIES)
    return {"title": title, "body": body, "city": place}


def _plan(chance: random.Random) -> dict[str, Any]:
    """What becomes of a job: whether it is published, who applies, and what is decided."""
    applicants = chance.sample(CANDIDATES, chance.choice((0, 0, 1, 1, 2, 3)))
    decisions = [chance.choice(("shortlisted", "rejected", None)) for _ in applicants]
    return {
        "open": chance.random() < 0.8,
        "applied": list(zip(applicants, decisions, strict=True)),
        "note": chance.choice(NOTES),
    }


async def _live(client: AsyncClient, recruiter: AsyncClient, job: str, plan: dict[str, Any]) -> None:
    if not plan["open"]:
        return
    (await recruiter.post(f"/v1/jobs/{job}/publish")).expect(200, 204)
    for candidate, outcome in plan["applied"]:
        letter = f"I would like to hear more about this position. Best regards, {_name(candidate)}"
        sent = await _user(client, candidate).post(f"/v1/jobs/{job}/apply", json={"letter": letter})
        if outcome is not None:
            application = sent.expect(200, 201).json["id"]
            decided = {"outcome": outcome, "note": plan["note"]}
            (await recruiter.post(f"/v1/applications/{application}/decide", json=decided)).expect(200, 204)


def _user(client: AsyncClient, subject: str) -> AsyncClient:
    return client.as_user(subject, name=_name(subject))


def _name(subject: str) -> str:
    return NAMES.get(subject, subject.title())
