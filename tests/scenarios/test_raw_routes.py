"""The team's own ASGI applications below a service: who may ask, what is bounded, what is told."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

import strongback as sb
from strongback.app import App, Team
from strongback.contract.openapi import write_openapi
from strongback.contract.spec import make_spec
from strongback.errors import DeclarationError
from strongback.model.codec import from_json, to_json
from strongback.observe.observation import Observation
from strongback.serve.direct import ask_of
from strongback.serve.raw import PathTaken
from strongback.testing.client import async_client
from tests.services.notes import Note, User
from tests.serving import served


async def whoami(request: Request) -> JSONResponse:
    scope = request.scope
    said = {
        "sub": scope["strongback.actor"].key,
        "id": scope["strongback.request_id"],
        "at": str(request.url_for("whoami").path),
    }
    return JSONResponse(said)


async def echo(request: Request) -> JSONResponse:
    return JSONResponse({"size": len(await request.body())})


async def broken(request: Request) -> JSONResponse:
    raise RuntimeError("ann@example.org")


def inner() -> Starlette:
    return Starlette(
        routes=[Route("/whoami", whoami), Route("/echo", echo, methods=["POST"]), Route("/broken", broken)]
    )


def service(rest: str = "/v1", doors: dict[str, Any] | None = None, **mounts: Any) -> sb.Service:
    return sb.Service(
        "notes",
        rest=rest,
        entities=[User, Note],
        actor=sb.Actor(User, claims={"sub": User.subject, "name": User.name}, provision=True),
        mounts={f"/{path.replace('__', '/')}": each for path, each in mounts.items()},
        **(doors or {}),
    )


def both() -> sb.Service:
    return service(internal=sb.mount(inner(), allow=sb.SIGNED_IN), open=sb.mount(inner(), allow=sb.EVERYONE))


async def test_an_application_knows_who_asks_and_where_it_stands(store_url: str) -> None:
    async with async_client(both(), store_url) as nobody:
        answer = await nobody.as_user("ann").get("/internal/whoami", headers={"x-request-id": "abc-1"})
        assert answer.json == {"sub": "ann", "id": "abc-1", "at": "/internal/whoami"}
        assert answer.headers["x-request-id"] == "abc-1"
        assert (await nobody.get("/open/whoami")).json["sub"] is None


async def test_whoever_is_not_allowed_reaches_nothing_of_it(sqlite_url: str) -> None:
    async with async_client(both(), sqlite_url) as nobody:
        for path in ("/internal/whoami", "/internal/nothing", "/internal"):
            refused = await nobody.get(path)
            assert (refused.status, refused.json["code"]) == (401, "SB210")
        forged = {"authorization": "Bearer forged"}
        for path in ("/internal/whoami", "/open/whoami"):  # a token that is wrong is wrong everywhere
            assert (await nobody.get(path, headers=forged)).status == 401


async def test_paths_beside_the_prefix_stay_the_service_s(sqlite_url: str) -> None:
    async with async_client(both(), sqlite_url) as nobody:
        assert (await nobody.get("/internals")).json["code"] == "SB212"
        assert (await nobody.as_user("ann").get("/v1/notes")).json["items"] == []


async def test_content_is_bounded_and_what_breaks_is_a_problem(sqlite_url: str) -> None:
    async with async_client(both(), sqlite_url) as nobody:
        assert (await nobody.post("/open/echo", json=b"a" * 1_000_000)).json == {"size": 1_000_000}
        assert (await nobody.post("/open/echo", json=b"a" * 1_100_000)).status == 413
        unsaid = {"content-length": "5"}
        assert (await nobody.post("/open/echo", json=b"a" * 1_100_000, headers=unsaid)).status == 413
        assert (await nobody.get("/open/broken")).status == 500  # Starlette's own answer


async def test_what_breaks_inside_is_told_without_its_text(sqlite_url: str) -> None:
    async def raising(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("ann@example.org")

    async with async_client(service(raw=sb.mount(raising, allow=sb.EVERYONE)), sqlite_url) as nobody:
        answer = await nobody.get("/raw/x")
    assert (answer.status, answer.json["code"]) == (500, "SB900") and b"ann" not in answer.body


async def test_a_request_is_told_under_the_name_of_its_prefix(sqlite_url: str) -> None:
    seen: list[Observation] = []

    class Taking:
        def record(self, observation: Observation, /) -> None:
            seen.append(observation)

    client = async_client(both(), sqlite_url)
    client.app.runtime.sink = Taking()
    client._served._application = client.app.application()
    async with client as nobody:
        await nobody.get("/open/whoami")
        await nobody.get("/internal/whoami")
        await nobody.as_user("ann").get("/internal/nothing")
    told = [(each.operation, each.status, str(each.outcome), each.actor) for each in seen]
    assert told == [
        ("raw /open", 200, "ok", "anonymous"),
        ("raw /internal", 401, "refused", "anonymous"),
        ("raw /internal", 404, "ok", "user"),
    ]


async def test_a_real_server_serves_it_with_the_login_of_a_host(sqlite_url: str, monkeypatch: Any) -> None:
    monkeypatch.setenv("STRONGBACK_KEYS", "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")

    def ann(scope: Any) -> dict[str, str]:
        return {"sub": "ann", "name": "Ann"}

    async with served(sb.asgi(both(), store=sqlite_url, claims=ann)) as client:
        assert (await client.get("/internal/whoami")).json()["sub"] == "ann"
        assert 'operation="raw /internal"' in (await client.get("/metrics")).text


def test_it_is_listed_as_outside_the_promise_and_in_no_document() -> None:
    model = sb.load(both())
    assert [mount.path for mount in model.mounts] == ["/internal", "/open"] and from_json(to_json(model)) == model
    assert "Below /internal" in make_spec(model).text
    assert b"/internal" not in write_openapi(model)


@pytest.mark.parametrize(
    ("mounts", "code"),
    [
        ({"v1__raw": None}, "SB126"),
        ({"v1": None}, "SB126"),
        ({"metrics": None}, "SB126"),
        ({"docs__x": None}, "SB126"),
        ({"a": None, "a__b": None}, "SB126"),
        ({"a b": None}, "SB126"),
        ({"bare": inner()}, "SB127"),
        ({"role": sb.mount(inner(), allow=Note.writer)}, "SB127"),
    ],
)
def test_collisions_and_mounts_that_say_nobody_are_refused_at_load(mounts: dict[str, Any], code: str) -> None:
    given = {path: each or sb.mount(inner(), allow=sb.EVERYONE) for path, each in mounts.items()}
    with pytest.raises(DeclarationError) as caught:
        sb.load(service(**given))
    assert code in {fault.code for fault in caught.value.faults}


@pytest.mark.parametrize(("path", "served"), [("graphql", {"graphql": True}), ("mcp", {"mcp": ["Note.get"]})])
def test_a_door_takes_its_path_where_it_is_served_and_nowhere_else(path: str, served: dict[str, Any]) -> None:
    raw = {path: sb.mount(inner(), allow=sb.EVERYONE)}
    assert [mount.path for mount in sb.load(service(**raw)).mounts] == [f"/{path}"]
    with pytest.raises(DeclarationError, match="collides"):
        sb.load(service(doors=served, **raw))


def test_a_page_where_something_is_mounted_is_refused() -> None:
    from strongback.crypto.keyring import Keyring

    loaded = sb.load(both())
    pages = {"/internal/index.html": None}
    app = App(loaded, Team.of(both()), "sqlite://", Keyring({1: bytes(range(32))}, 1), pages=pages)  # type: ignore[arg-type]
    with pytest.raises(PathTaken):
        app.application()


def test_a_service_with_mounts_is_asked_by_asgi_alone() -> None:
    from strongback.crypto.keyring import Keyring

    app = App(sb.load(both()), Team.of(both()), "sqlite://", Keyring({1: bytes(range(32))}, 1))
    assert ask_of(app.application()) is None
