"""The page at `/graphql`: for a browser that asks nothing; whoever asks is answered by the door."""

from __future__ import annotations

from msgspec.structs import replace

from examples.jobs.service import jobs
from strongback.app import App, Team
from strongback.crypto.keyring import Keyring
from strongback.model.load import load
from strongback.serve.pages.site import make_pages
from strongback.testing.client import AsyncClient
from strongback.testing.in_process import Bearers, InProcess

HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def test_a_browser_gets_the_page_and_a_document_its_answer() -> None:
    model = load(jobs, jobs.folder)
    bearers = Bearers(model)
    app = App(
        model,
        Team.of(jobs),
        "sqlite://",
        Keyring({1: bytes(range(32))}, primary=1),
        verify=bearers,
        pages=make_pages(model),
    )
    async with AsyncClient(InProcess(app, bearers)) as stranger:
        page = (await stranger.get("/graphql", headers=HTML)).expect(200)
        assert page.headers["content-type"].startswith("text/html")
        assert "default-src 'none'" in page.headers["content-security-policy"]
        for path in ("/graphql/page.js", "/graphql/page.css"):
            assert path.removeprefix("/").encode() in page.body
            (await stranger.get(path)).expect(200)
        asked = (await stranger.get("/graphql?query={__typename}", headers=HTML)).expect(200)
        assert asked.json == {"data": {"__typename": "Query"}}
        assert (await stranger.get("/graphql", headers={"accept": "application/json"})).status == 400


def test_pages_are_those_of_the_doors_that_are_served() -> None:
    model = load(jobs, jobs.folder)
    paths = {path for path in make_pages(replace(model, rest="")) if not path.startswith("/problems/")}
    assert paths == {"/graphql", "/graphql/page.css", "/graphql/page.js"}
    assert "/graphql" not in make_pages(replace(model, graphql=False))
