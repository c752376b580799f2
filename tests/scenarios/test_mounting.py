"""A service inside FastAPI and Starlette, served by uvicorn: the host stays what it was, and the service knows where it is."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, AuthenticationBackend, SimpleUser
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

import strongback as sb
from strongback.errors import ConfigurationError, StoreMismatch
from strongback.host.lazily import Lazily, SecondLoop
from tests.services.notes import MAY_END, notes, plants
from tests.serving import served


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRONGBACK_KEYS", "1:" + base64.b64encode(bytes(range(32))).decode())


def by_header(scope: Any) -> dict[str, Any] | None:
    """A host's login, as small as one can be: who stands in `x-user` is who is asking."""
    user = dict(scope["headers"]).get(b"x-user")
    return {"sub": user.decode(), "name": user.decode().title()} if user else None


def mounted(store_url: str, **more: Any) -> Any:
    MOUNTED.append(sb.asgi(notes, store=store_url, **{"claims": by_header, **more}))
    return MOUNTED[-1]


MOUNTED: list[Any] = []


@asynccontextmanager
async def serving(app: Any, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
    """*app*, and at its end the stores closed that no lifespan closes."""
    async with served(app, **options) as client:
        yield client
    while MOUNTED:
        await MOUNTED.pop().app.close()


ANN, BOB = {"x-user": "ann"}, {"x-user": "bob"}


class Custom(Exception):
    """An error of the host's own."""


def host(service: Any, **options: Any) -> FastAPI:
    app = FastAPI(**options)

    @app.middleware("http")
    async def stamp(request: Request, call_next: Any) -> Any:
        answer = await call_next(request)
        answer.headers["x-host"] = "fastapi"
        return answer

    @app.exception_handler(Custom)
    async def custom(request: Request, error: Custom) -> JSONResponse:
        return JSONResponse({"host": str(error)}, status_code=418)

    @app.get("/own")
    async def own() -> dict[str, str]:
        return {"from": "host"}

    @app.get("/broken")
    async def broken() -> None:
        raise Custom("tea")

    app.mount("/api", service)
    return app


async def test_a_host_that_sends_no_lifespan_finds_the_store_open_at_the_first_request(store_url: str) -> None:
    async with serving(host(mounted(store_url)), lifespan="off") as client:
        made = await client.post("/api/v1/notes/write", json={"text": "hello"}, headers=ANN)
        assert made.status_code == 200, made.text
        assert [each["text"] for each in (await client.get("/api/v1/notes", headers=ANN)).json()["items"]] == ["hello"]
        assert (await client.get("/api/v1/notes", headers=BOB)).json()["items"] == []


async def test_many_first_requests_open_the_store_once(store_url: str) -> None:
    service, starts = mounted(store_url), 0
    start = service.app.store.start

    async def counted() -> None:
        nonlocal starts
        starts += 1
        await start()

    service.app.store.start = counted
    async with serving(host(service), lifespan="off") as client:
        answers = await asyncio.gather(*(client.get("/api/v1/notes", headers=ANN) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert starts == 1


async def test_the_lifespan_of_the_host_opens_and_closes_the_store(store_url: str) -> None:
    service = mounted(store_url)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with service.running():
            yield

    async with serving(host(service, lifespan=lifespan)) as client:
        assert service.app.health.started
        assert (await client.get("/api/ready")).json() == {"status": "ready"}
        assert (await client.get("/api/v1/notes", headers=ANN)).status_code == 200
    late: list[dict[str, Any]] = []
    await service(scope("/v1/notes"), nothing_more, collected(late))
    assert late[0]["status"] == 503


async def test_links_lead_to_where_the_service_is_mounted(store_url: str) -> None:
    async with serving(host(mounted(store_url))) as client:
        made = await client.post("/api/v1/notes/write", json={"text": "hello"}, headers=ANN)
        place = made.headers["content-location"]
        assert place == f"/api/v1/notes/{made.json()['id']}"
        assert (await client.get(place, headers=ANN)).json()["text"] == "hello"
        document = (await client.get("/api/openapi.json")).json()
        assert document["servers"][0]["url"] == "/api"
        page = (await client.get("/api/docs")).text
        assert 'href="docs/page.css"' in page and "/docs/page" not in page.replace("docs/page.css", "").replace(
            'src="docs/page.js"', ""
        )
        assert (await client.get("/api/docs/page.js")).status_code == 200
        problem = (await client.get("/api/v1/nothing")).json()
        assert problem["type"] == "/api/problems/SB212"
        assert (await client.get(problem["type"])).status_code == 200


async def test_the_root_path_of_a_proxy_stands_before_links(store_url: str) -> None:
    async with serving(mounted(store_url), root_path="/behind") as client:
        made = await client.post("/v1/notes/write", json={"text": "hello"}, headers=ANN)
        assert made.headers["content-location"].startswith("/behind/v1/notes/")
        assert (await client.get("/openapi.json")).json()["servers"][0]["url"] == "/behind"


async def test_the_host_keeps_its_routes_middleware_and_errors(store_url: str) -> None:
    async with serving(host(mounted(store_url))) as client:
        assert (await client.get("/own")).json() == {"from": "host"}
        broken = await client.get("/broken")
        assert (broken.status_code, broken.json()) == (418, {"host": "tea"})
        for path in ("/own", "/api/v1/notes", "/api/v1/nothing"):
            assert (await client.get(path, headers=ANN)).headers["x-host"] == "fastapi"
        assert (await client.get("/elsewhere")).json() == {"detail": "Not Found"}


async def test_what_the_host_raises_when_asked_who_is_there_is_answered_by_the_host(sqlite_url: str) -> None:
    def refusing(scope: Any) -> None:
        raise HTTPException(401, "log in at /login")

    service = mounted(sqlite_url, claims=refusing)
    async with serving(host(service)) as client:
        answer = await client.get("/api/v1/notes")
    assert (answer.status_code, answer.json()) == (401, {"detail": "log in at /login"})


async def test_a_caller_the_host_does_not_know_is_anonymous(sqlite_url: str) -> None:
    async with serving(host(mounted(sqlite_url))) as client:
        assert (await client.get("/api/v1/notes")).status_code == 401
        forged = {"authorization": "Bearer ann"}  # the host's scheme is the host's: nobody reads this
        assert (await client.get("/api/v1/notes", headers=forged)).status_code == 401


async def test_a_write_from_a_page_of_another_origin_is_refused_before_anybody_is_asked(sqlite_url: str) -> None:
    async with serving(host(mounted(sqlite_url))) as client:
        for foreign in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
            answer = await client.post("/api/v1/notes/write", json={"text": "x"}, headers={**ANN, **foreign})
            assert (answer.status_code, answer.json()["code"]) == (403, "SB211")
        here = {"origin": str(client.base_url).rstrip("/"), "sec-fetch-site": "same-origin"}
        assert (await client.post("/api/v1/notes/write", json={"text": "x"}, headers={**ANN, **here})).is_success
        assert (await client.get("/api/v1/notes", headers={**ANN, "sec-fetch-site": "cross-site"})).is_success


class Login(AuthenticationBackend):
    async def authenticate(self, conn: Any) -> tuple[AuthCredentials, SimpleUser] | None:
        user = conn.headers.get("x-user")
        return (AuthCredentials(["authenticated"]), SimpleUser(user)) if user else None


async def test_two_services_live_in_one_starlette_and_share_its_login(store_url: str, tmp_path: Any) -> None:
    def logged_in(scope: Any) -> dict[str, Any] | None:
        user = scope["user"]
        return {"sub": user.username, "name": user.display_name} if user.is_authenticated else None

    first = sb.asgi(notes, store=store_url, claims=logged_in)
    second = sb.asgi(plants, store=f"sqlite:///{tmp_path / 'plants.db'}")

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with first.running(), second.running():
            yield

    async def own(request: Any) -> PlainTextResponse:
        return PlainTextResponse("host")

    app = Starlette(
        routes=[Route("/own", own), Mount("/notes", first), Mount("/garden", second)],
        middleware=[Middleware(AuthenticationMiddleware, backend=Login())],
        lifespan=lifespan,
    )
    async with serving(app) as client:
        assert (await client.get("/own")).text == "host"
        assert (await client.post("/notes/v1/notes/write", json={"text": "a"}, headers=ANN)).is_success
        assert (await client.get("/garden/v1/plants")).json()["items"] == []
        assert (await client.get("/garden/v1/notes")).status_code == 404
        figures = (await client.get("/notes/metrics")).text
        assert 'operation="Note.write"' in figures and "Plant" not in figures


async def test_a_request_that_the_host_cancels_leaves_the_pool_clean(store_url: str) -> None:
    service = mounted(store_url)
    app = host(service)

    class Impatient:
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "http" or not scope["path"].endswith("slowly"):
                await self.inner(scope, receive, send)
                return
            running = asyncio.ensure_future(self.inner(scope, receive, send))
            while not MAY_END.pop("waiting", False):
                await asyncio.sleep(0.01)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await PlainTextResponse("too slow", 504)(scope, receive, send)

    app.add_middleware(Impatient)
    async with serving(app) as client:
        for _ in range(12):  # more than the pool has connections
            assert (await client.post("/api/v1/notes/write-slowly", headers=ANN)).status_code == 504
        assert (await client.post("/api/v1/notes/write", json={"text": "kept"}, headers=ANN)).is_success
        listed = (await client.get("/api/v1/notes", headers=ANN)).json()["items"]
        assert [each["text"] for each in listed] == ["kept"]
        assert service.app.store.figures().in_use == 0


async def test_a_host_does_not_start_over_a_store_that_is_not_migrated(store_url: str, monkeypatch: Any) -> None:
    service = mounted(store_url, profile="production")
    with pytest.raises(StoreMismatch):
        async with service.running():
            pass
    async with serving(host(service), lifespan="off") as client:
        answer = await client.get("/api/v1/notes", headers=ANN)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert (await client.get("/api/live")).status_code == 200
        assert (await client.get("/api/ready")).status_code == 503


def test_production_without_an_issuer_is_refused_unless_the_host_says_who_asks(sqlite_url: str) -> None:
    with pytest.raises(ConfigurationError, match="STRONGBACK_ISSUER"):
        sb.asgi(notes, store=sqlite_url, profile="production")
    assert mounted(sqlite_url, profile="production").app.verify is None


async def test_heads_are_bounded_where_a_server_of_others_lets_them_through(sqlite_url: str) -> None:
    async with serving(mounted(sqlite_url)) as client:
        many = {f"x-{at}": "1" for at in range(120)}
        assert (await client.get("/v1/notes", headers=many)).status_code == 431
        assert (await client.get("/v1/notes", headers={"x-long": "a" * 20_000})).status_code == 431
        assert (await client.get("/v1/notes?city=" + "a" * 9_000)).status_code == 414


def test_a_client_with_an_event_loop_for_each_request_is_answered(sqlite_url: str) -> None:
    service = mounted(sqlite_url)

    async def ask(method: str, path: str) -> int:
        sent: list[dict[str, Any]] = []
        await service(scope(path, method), nothing_more, collected(sent))
        return int(sent[0]["status"])

    assert [asyncio.run(ask("GET", "/v1/notes")) for _ in range(3)] == [200, 200, 200]
    asyncio.run(service.app.close())


async def test_a_second_event_loop_is_told_to_mount_its_own() -> None:
    async def nothing() -> None: ...

    lazily = Lazily(nothing, nothing)
    await lazily.open()
    with pytest.raises(SecondLoop):
        await asyncio.to_thread(lambda: asyncio.run(lazily.open_for_a_request()))


async def test_a_websocket_at_a_service_is_closed(sqlite_url: str) -> None:
    sent: list[dict[str, Any]] = []
    await mounted(sqlite_url)({"type": "websocket", "path": "/v1", "headers": []}, nothing_more, collected(sent))
    assert [each["type"] for each in sent] == ["websocket.close"]


def scope(path: str, method: str = "GET") -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"testing"), (b"x-user", b"ann")],
        "client": ("127.0.0.1", 1),
        "http_version": "1.1",
    }


async def nothing_more() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


def collected(sent: list[dict[str, Any]]) -> Any:
    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    return send


async def test_what_breaks_is_told_to_the_host_s_logging_without_personal_values(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    service = mounted(sqlite_url)

    async def breaking() -> None:
        raise RuntimeError("ann@example.org is at the door")

    service.app.store.start = breaking
    async with serving(host(service)) as client:
        with pytest.raises(RuntimeError):
            await service.application.start()
        assert (await client.get("/api/live")).status_code == 200
    said = [record.getMessage() for record in caplog.records if record.name == "strongback.host"]
    assert said and "RuntimeError" in said[0] and "ann@example.org" not in "".join(said)
