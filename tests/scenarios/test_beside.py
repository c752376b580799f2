"""A service beside Django on one server: one prefix is the service's, everything else stays Django's."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

import strongback as sb
from strongback.host.beside import PrefixWrong
from tests.services.notes import notes, plants
from tests.services.site import configure, django_user
from tests.serving import served


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRONGBACK_KEYS", "1:" + base64.b64encode(bytes(range(32))).decode())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Any:
    configure(tmp_path_factory.mktemp("site"))
    from django.core.asgi import get_asgi_application

    return get_asgi_application()


async def test_the_service_has_its_prefix_and_django_the_rest(site: Any, store_url: str) -> None:
    service = sb.asgi(notes, store=store_url, claims=django_user)
    async with served(sb.beside(site, service, "/api")) as client:
        assert service.app.health.started  # Django knows no lifespan; the service heard it
        hello = await client.get("/hello")
        assert (hello.text, hello.headers["x-host"]) == ("from Django", "django")
        ready = await client.get("/api/ready")
        assert ready.json() == {"status": "ready"} and "x-host" not in ready.headers
        assert (await client.get("/apidocs")).headers["x-host"] == "django"
        assert (await client.get("/api/openapi.json")).json()["servers"][0]["url"] == "/api"
    assert service.app.health.stopping


async def test_whoever_is_logged_in_to_django_is_the_caller(site: Any, store_url: str) -> None:
    service = sb.asgi(notes, store=store_url, claims=django_user)
    async with served(sb.beside(site, service)) as client:
        assert (await client.get("/api/v1/notes")).status_code == 401
        await client.get("/login?name=ann")
        made = await client.post("/api/v1/notes/write", json={"text": "hello"})
        assert made.headers["content-location"] == f"/api/v1/notes/{made.json()['id']}"
        assert len((await client.get("/api/v1/notes")).json()["items"]) == 1
        await client.get("/login?name=bob")
        assert (await client.get("/api/v1/notes")).json()["items"] == []
        forged = {"origin": "https://evil.example"}
        assert (await client.delete(made.headers["content-location"], headers=forged)).status_code == 403


class Other:
    """An application that knows lifespans and websockets, and says what it got."""

    def __init__(self) -> None:
        self.got: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.got.append(scope["type"])
        while scope["type"] == "lifespan":
            message = await receive()
            self.got.append(message["type"])
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return


async def test_lifespan_and_websockets_go_to_the_other_application(tmp_path: Path) -> None:
    other, service = Other(), sb.asgi(plants, store=f"sqlite:///{tmp_path / 'plants.db'}")
    both = sb.beside(other, service)
    async with served(both) as client:
        assert other.got == ["lifespan", "lifespan.startup"]
        assert (await client.get("/api/v1/plants")).status_code == 200
        await both({"type": "websocket", "path": "/api/v1", "headers": []}, None, None)  # type: ignore[arg-type]
    assert other.got == ["lifespan", "lifespan.startup", "websocket", "lifespan.shutdown"]
    assert service.app.health.stopping


async def test_a_service_that_cannot_open_its_store_keeps_the_server_from_starting(tmp_path: Path) -> None:
    service = sb.asgi(plants, store=f"sqlite:///{tmp_path}/absent/plants.db")
    for other in (Other(), None):
        with pytest.raises(RuntimeError, match="did not start"):
            async with served(sb.beside(other or _deaf, service)):
                pass


async def _deaf(scope: Any, receive: Any, send: Any) -> None:
    raise ValueError("only HTTP here")


@pytest.mark.parametrize("prefix", ["", "/", "api", "/api/", "//", "/a b"])
def test_a_prefix_that_is_no_path_is_refused(prefix: str, tmp_path: Path) -> None:
    service = sb.asgi(plants, store=f"sqlite:///{tmp_path / 'plants.db'}")
    with pytest.raises(PrefixWrong):
        sb.beside(_deaf, service, prefix)
