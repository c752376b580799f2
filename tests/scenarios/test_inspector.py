"""The request inspector: what a request did is shown, to whoever sits at this machine, and nothing personal with it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from examples.jobs.service import jobs
from strongback.app import App, Team
from strongback.crypto.keyring import KEY_BYTES, Keyring
from strongback.host.mounted import asgi
from strongback.model.load import load
from strongback.serve.dev.inspector import FILES, PATH, REQUESTS, Inspector
from strongback.serve.dev.recorder import KEPT
from strongback.serve.dev.trace import CURRENT
from strongback.testing.client import AsyncClient
from strongback.testing.in_process import Bearers, InProcess

OWN = {"host": "localhost:8000"}
CANARIES = ("Canary-Name", "canary@example.org", "Canary-Letter", "Canary-City", "canary-sub", "Canary-Path")


@asynccontextmanager
async def watched(store_url: str) -> AsyncIterator[AsyncClient]:
    model = load(jobs, jobs.folder)
    bearers = Bearers(model)
    keyring = Keyring({1: bytes(range(KEY_BYTES))}, primary=1)
    app = App(model, Team.of(jobs), store_url, keyring, verify=bearers, inspector=Inspector(model), limiters={})
    async with AsyncClient(InProcess(app, bearers)) as stranger:
        yield stranger


async def told(stranger: AsyncClient, path: str = REQUESTS) -> Any:
    return (await stranger.get(path, headers=OWN)).expect(200).json


async def one(stranger: AsyncClient, operation: str) -> Any:
    """The last request of *operation*, in full."""
    found = next(each for each in (await told(stranger))["requests"] if each["operation"] == operation)
    return await told(stranger, f"{REQUESTS}/{found['id']}")


async def fill(stranger: AsyncClient) -> tuple[AsyncClient, str]:
    """A company with an open job; gives its recruiter and the job's path."""
    ann = stranger.as_user("ann")
    company = (await ann.post("/v1/companies/found", json={"name": "Acme"})).expect(200).json["id"]
    body = {"company_id": company, "title": "T", "body": "B", "city": "Oslo"}
    job = (await ann.post("/v1/jobs", json=body)).expect(201).json["id"]
    (await ann.post(f"/v1/jobs/{job}/publish")).expect(204)
    return ann, f"/v1/jobs/{job}"


async def test_a_list_is_shown_with_plan_statement_and_ways_in(store_url: str) -> None:
    async with watched(store_url) as stranger:
        ann, _ = await fill(stranger)
        (await ann.get("/v1/jobs?city=Oslo&sort=-created_at&page_size=5&include=company")).expect(200)
        seen = await one(stranger, "Job.search")
        assert (seen["status"], seen["outcome"], seen["actor"], seen["rows"], seen["door"]) == (
            200,
            "ok",
            "user",
            1,
            "rest",
        )
        assert seen["ms"] >= seen["sql_ms"] > 0 and seen["statements"] == len(seen["steps"])
        (plan,) = seen["plans"]
        assert (plan["kind"], plan["filters"], plan["sort"][0], plan["page"]) == ("list", ["city eq"], "-created_at", 5)
        assert plan["tree"] == ["company"]
        ways = {way["role"]: way for way in plan["ways"]}
        assert ways["public"]["condition"] == "the job's status is 'open'" and ways["public"]["open"]
        read = seen["steps"][-1]
        assert "Job.search" in read["sql"] and (read["rows"], read["failed"]) == (1, "")


async def test_a_way_that_needs_a_caller_is_closed_to_strangers(store_url: str) -> None:
    async with watched(store_url) as stranger:
        await fill(stranger)
        (await stranger.get("/v1/jobs")).expect(200)
        (plan,) = (await one(stranger, "Job.search"))["plans"]
        assert {way["role"]: way["open"] for way in plan["ways"]} == {"public": True, "recruiter": False}


async def test_a_write_shows_its_transaction_and_a_refusal_its_code(store_url: str) -> None:
    async with watched(store_url) as stranger:
        ann, job = await fill(stranger)
        published = await one(stranger, "Job.publish")
        assert [step["sql"] for step in published["steps"]][-1] == "COMMIT"
        assert {way["to"] for way in published["plans"][0]["ways"]} == {"read", "run"}
        (await ann.post(f"{job}/publish")).expect(409)
        refused = await one(stranger, "Job.publish")
        assert (refused["status"], refused["code"], refused["steps"][-1]["sql"]) == (409, "SB230", "ROLLBACK")
        assert (await one(stranger, "Job.create"))["plans"][0]["given"] == [
            "body",
            "city",
            "company_id",
            "status",
            "title",
        ]


async def test_what_came_since_is_asked_for_by_number_and_an_id_leads_to_its_place(store_url: str) -> None:
    async with watched(store_url) as stranger:
        await fill(stranger)
        newest = (await told(stranger))["newest"]
        (await stranger.get("/v1/jobs", headers={"x-request-id": "mine-7"})).expect(200)
        since = await told(stranger, f"{REQUESTS}?after={newest}")
        assert [each["id"] for each in since["requests"]] == ["mine-7"] and since["newest"] == newest + 1
        led = await stranger.get(f"{PATH}/mine-7", headers=OWN)
        assert (led.status, led.headers["location"]) == (302, f"{PATH}#mine-7")
        assert (await stranger.get(f"{PATH}/none-such", headers=OWN)).status == 404


async def test_only_the_last_ones_are_kept_and_looking_is_not_one_of_them() -> None:
    async with watched("sqlite://") as stranger:
        for _ in range(KEPT + 5):
            await stranger.get("/v1/nothing-there")
        assert len((await told(stranger))["requests"]) == KEPT
        assert len((await told(stranger))["requests"]) == KEPT
        assert (await told(stranger))["newest"] == KEPT + 5
        assert CURRENT.get() is None


async def test_no_personal_value_and_no_value_of_a_request_is_kept(store_url: str) -> None:
    """Not in the page's data, and not in what the recorder holds."""
    async with watched(store_url) as stranger:
        ann, job = await fill(stranger)
        bob = stranger.as_user("canary-sub", name="Canary-Name", email="canary@example.org")
        (await bob.post(f"{job}/apply", json={"letter": "Canary-Letter"})).expect(200)
        (await bob.get("/v1/users?email=canary@example.org")).expect(200, 400, 422)
        (await ann.get("/v1/jobs?city=Canary-City")).expect(200)
        (await ann.patch(job, json={"title": "Canary-Name", "salary": "Canary-Name"})).expect(422)
        await ann.get("/v1/users/Canary-Path")
        ids = [each["id"] for each in (await told(stranger))["requests"]]
        shown = json.dumps([await told(stranger), *[await told(stranger, f"{REQUESTS}/{each}") for each in ids]])
        inspector = stranger.app.inspector
        assert inspector is not None
        held = repr(list(inspector.recorder.after(0)))
        assert "Job.apply" in shown and "Job.apply" in held
        assert [each for each in CANARIES if each in shown or each in held] == []


@pytest.mark.parametrize("path", [PATH, REQUESTS, f"{PATH}/inspector.js", f"{PATH}/some-id"])
async def test_nobody_else_is_answered(path: str) -> None:
    async with watched("sqlite://") as stranger:
        for host in ("evil.example", "10.0.0.1:8000", ""):
            assert (await stranger.get(path, headers={"host": host})).status == 403
        assert (await stranger.post(path, json={}, headers=OWN)).status == 405


async def test_the_page_is_of_this_origin_alone() -> None:
    async with watched("sqlite://") as stranger:
        for path in FILES:
            page = (await stranger.get(path, headers=OWN)).expect(200)
            assert "script-src 'self'" in page.headers["content-security-policy"]
            text = page.body.decode()
            assert "http://" not in text and "https://" not in text and "innerHTML" not in text
            assert "<script>" not in text and " on" + "click=" not in text and "style=" not in text


def test_production_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "STRONGBACK_KEYS": "1:fNVpUzl8DHQ9UGLVLTyQkbYMNLnVB84kNKA2Oa0U46g=",
        "STRONGBACK_ISSUER": "https://id.example",
        "STRONGBACK_AUDIENCE": "jobs",
        "STRONGBACK_JWKS": "https://id.example/keys",
    }.items():
        monkeypatch.setenv(name, value)
    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    assert asgi(jobs, store=url, profile="production").app.inspector is None
