"""
The walking skeleton: found a company, post and publish a job, apply, decide; and what a stranger sees of it.

The story is told once on each store and must read the same on both, ids and times aside.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from strongback.plan.asked import SelectAsk
from tests.scenarios.jobs import Stage, including, stage, where

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+Z")


async def tell(on: Stage) -> list[Any]:
    """Tell the story and return what everybody saw, in order."""
    ann, bob, eve = await on.user("ann"), await on.user("bob"), await on.user("eve")
    seen: list[Any] = []

    founded = await ann("Company.found", body={"name": "Acme"})
    company = founded.item["id"]
    posted = await ann("Job.create", body={"company_id": company, "title": "Smith", "body": "Iron", "city": "Oslo"})
    job = posted.item["id"]
    seen += [founded.item, posted.item]

    assert (await on.stranger("Job.get", job)).code == "SB212", "a draft is not there for a stranger"
    assert (await eve("Job.publish", job)).code == "SB212", "and not for another user"
    assert (await ann("Job.publish", job)).error is None
    assert (await ann("Job.publish", job)).code == "SB230", "the guard: no draft any more"

    found = await on.stranger("Job.search", filters=where(city="Oslo"), select=including(company=SelectAsk()))
    assert [item["title"] for item in found.items] == ["Smith"]
    seen += found.items

    assert (await on.stranger("Job.apply", job, body={"letter": "Hello"})).code == "SB210"
    applied = await bob("Job.apply", job, body={"letter": "Hello"})
    application = applied.item["id"]
    assert "note" not in applied.item, "a candidate's view has no note"
    assert (await bob("Job.apply", job, body={"letter": "Again"})).code == "SB231"
    seen.append(applied.item)

    review = await ann("Application.get", application, select=including(candidate=SelectAsk(("name",))))
    assert review.item["candidate"] == {"name": "Bob"}, "the recruiter sees the candidate's name"
    assert (await bob("Application.decide", application, body={"outcome": "shortlisted"})).code == "SB211"
    assert (await eve("Application.decide", application, body={"outcome": "shortlisted"})).code == "SB212"
    assert (await ann("Application.decide", application, body={"outcome": "shortlisted", "note": "Good"})).error is None
    assert (await ann("Application.decide", application, body={"outcome": "rejected"})).code == "SB230"
    seen += [
        review.item,
        (await ann("Application.get", application)).item,
        (await bob("Application.get", application)).item,
    ]

    assert (await on.stranger("Application.get", application)).code == "SB210", "no stranger ever reads one"
    assert (await eve("Application.get", application)).code == "SB212"
    for nobody in (on.stranger, eve):
        opened = await nobody("Job.get", job, select=including(applications=SelectAsk()))
        assert opened.item["applications"] == []
    assert (await bob("User.get", review.item["candidate_id"])).item["name"] == "Bob"
    assert (await eve("User.get", review.item["candidate_id"])).code == "SB212"
    return seen


def timeless(seen: object) -> str:
    return TIME.sub("TIME", UUID.sub("ID", repr(seen)))


async def test_the_story_reads_the_same_on_every_store(tmp_path: Path, postgres_url: str) -> None:
    """register, found, post, publish, apply, decide: the same answers from SQLite and PostgreSQL."""
    told = []
    for url in (f"sqlite:///{tmp_path}/jobs.db", postgres_url):
        async with stage(url) as on:
            told.append(timeless(await tell(on)))
    assert told[0] == told[1]


async def test_personal_fields_rest_as_ciphertext(tmp_path: Path) -> None:
    """Neither the name, the address nor the letter can be read in the database's files."""
    async with stage(f"sqlite:///{tmp_path}/jobs.db") as on:
        bob, ann = await on.user("bob"), await on.user("ann")
        company = (await ann("Company.found", body={"name": "Acme"})).item["id"]
        job = await ann("Job.create", body={"company_id": company, "title": "T", "body": "B", "city": "Oslo"})
        await ann("Job.publish", job.item["id"])
        await bob("Job.apply", job.item["id"], body={"letter": "CANARY-LETTER"})
    rest = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"Acme" in rest
    for secret in (b"CANARY-LETTER", b"bob@example.org", b"Bob"):
        assert secret not in rest


async def test_a_wrong_body_is_told_only_to_who_may_write(store_url: str) -> None:
    """401 and 403 come before 422."""
    async with stage(store_url) as on:
        ann, eve = await on.user("ann"), await on.user("eve")
        company = (await ann("Company.found", body={"name": "Acme"})).item["id"]
        wrong = {"company_id": company, "title": "x" * 200, "bdy": 1}
        assert (await on.stranger("Job.create", body=wrong)).code == "SB210"
        assert (await eve("Job.create", body=wrong)).code == "SB211"
        told = await ann("Job.create", body=wrong)
        assert {fault.where for fault in told.error.faults} == {"/title", "/bdy", "/body", "/city"}  # type: ignore[union-attr]


async def test_pages_walk_every_row_once(store_url: str) -> None:
    """Rows made between pages neither repeat nor hide the others."""
    async with stage(store_url) as on:
        ann = await on.user("ann")
        company = (await ann("Company.found", body={"name": "Acme"})).item["id"]

        async def post(title: str) -> None:
            job = await ann("Job.create", body={"company_id": company, "title": title, "body": "B", "city": "Oslo"})
            if int(title) % 2:
                await ann("Job.publish", job.item["id"])

        for i in range(7):
            await post(str(i))
        titles: list[str] = []
        token = ""
        while True:
            page = await ann("Job.search", page_size=2, page_token=token)
            titles += [item["title"] for item in page.items]
            assert page.outcome is not None
            token = page.outcome.next_page_token
            if not token:
                break
            await post(str(100 + len(titles)))
        assert titles == ["6", "5", "4", "3", "2", "1", "0"]


async def test_a_count_counts_what_the_caller_may_read(store_url: str) -> None:
    """A count is behind the permission, as a list is."""
    async with stage(store_url) as on:
        ann = await on.user("ann")
        company = (await ann("Company.found", body={"name": "Acme"})).item["id"]
        for title in ("a", "b"):
            made = await ann("Job.create", body={"company_id": company, "title": title, "body": "B", "city": "Oslo"})
        await ann("Job.publish", made.item["id"])
        for caller, expected in ((ann, 2), (on.stranger, 1)):
            said = await caller("Job.search", count=True)
            assert said.outcome is not None and said.outcome.count == expected
