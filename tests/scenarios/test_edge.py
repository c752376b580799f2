"""What is declared or set for the edge of the service acts on requests: rates, tokens, origins."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from examples.jobs.service import jobs
from strongback.app import App, Team
from strongback.model.load import load
from strongback.serve.authn.development import DevelopmentKey, development_keys, development_settings, issue
from strongback.serve.authn.verifier import TokenVerifier
from strongback.serve.cors import make_cors
from tests.scenarios.jobs import keyring

KEY = DevelopmentKey("dev-1", bytes(range(32)))
ORIGIN = "https://app.example.org"


@pytest.fixture
def tell(tmp_path: Path) -> Callable[[Callable[[httpx.AsyncClient], Awaitable[None]]], None]:
    """Run a story against the example service with everything of its edge on."""

    def run(story: Callable[[httpx.AsyncClient], Awaitable[None]]) -> None:
        async def told() -> None:
            model = load(jobs)
            team = Team(jobs.handlers, jobs.classes, jobs.provided)
            verifier = TokenVerifier(development_settings(model.name), development_keys(KEY, "development"))
            app = App(model, team, f"sqlite:///{tmp_path / 'edge.db'}", keyring(), verify=verifier.verify)
            await app.start(create=True)
            transport = httpx.ASGITransport(make_cors(app.application(), [ORIGIN]))
            try:
                async with httpx.AsyncClient(transport=transport, base_url="http://jobs.test") as client:
                    await story(client)
            finally:
                await app.close()

        asyncio.run(told())

    return run


def bearer(subject: str, audience: str = "jobs") -> dict[str, str]:
    claims = {"name": subject.title(), "email": f"{subject}@example.org"}
    return {"authorization": f"Bearer {issue(KEY, subject, audience, claims=claims)}"}


def test_a_declared_rate_refuses_one_too_many_and_nobody_else(tell) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        ann = bearer("ann")
        answers = [await client.get("/v1/jobs", headers=ann) for _ in range(62)]
        assert [answer.status_code for answer in answers] == [200] * 60 + [429] * 2
        assert answers[-1].json()["code"] == "SB246"
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 2
        assert (await client.get("/v1/jobs", headers=bearer("bob"))).status_code == 200
        assert (await client.get("/v1/jobs")).status_code == 200

    tell(story)


def test_a_token_that_is_not_believed_is_401_and_never_an_anonymous_caller(tell) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        assert (await client.get("/v1/jobs")).status_code == 200
        for wrong in (bearer("ann", "billing"), {"authorization": "Bearer a.b.c"}, {"authorization": "Basic YTpi"}):
            answer = await client.get("/v1/jobs", headers=wrong)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith('Bearer realm="jobs"')
        twice = [("authorization", bearer("ann")["authorization"]), ("authorization", bearer("bob")["authorization"])]
        assert (await client.get("/v1/jobs", headers=twice)).status_code in {400, 401}

    tell(story)


def test_a_page_of_a_listed_origin_may_read_answers_and_refusals(tell) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        asked = {"origin": ORIGIN, "access-control-request-method": "POST"}
        preflight = await client.options("/v1/companies/found", headers=asked)
        assert (preflight.status_code, preflight.content) == (204, b"")
        for path, status in (("/v1/jobs", 200), ("/v1/nothing", 404)):
            answer = await client.get(path, headers={"origin": ORIGIN})
            assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, ORIGIN)
            other = await client.get(path, headers={"origin": "null"})
            assert other.status_code == status and "access-control-allow-origin" not in other.headers

    tell(story)
