"""
Ask a service without a socket, as whichever user: `client(jobs).as_user("ada").get("/v1/jobs")`.

Requests take the whole path: framing, authentication, permissions, the store. Declared rates act as well.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
import weakref
from collections.abc import Coroutine, Mapping
from datetime import datetime
from functools import lru_cache
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from strongback.app import App, Team
from strongback.crypto.keyring import KEY_BYTES, Keyring
from strongback.declare.service import Service
from strongback.model.load import load
from strongback.model.model import Model
from strongback.observe.messages import hand_to_logging
from strongback.testing.clock import SetClock
from strongback.testing.in_process import Bearers, InProcess, Response

IN_MEMORY = "sqlite://"
OCTETS = "application/octet-stream"
T = TypeVar("T")


class Clock(Protocol):
    """Tells the time, aware and in UTC."""

    def now(self) -> datetime: ...


def client(
    service: Service, store: str | None = None, clock: Clock | datetime | None = None, files: str | None = None
) -> Client:
    """
    Run *service* in this process, to be asked from plain functions.

    Args:
        store: `postgresql://...` or `sqlite:///file.db`, its schema brought up to the model; left out, a database in memory.
        clock: The time, or the one moment it always is; left out, the machine's.
        files: `file:///folder`; left out, files are kept in memory.
    Returns:
        A client that sends no token. It closes itself when nobody holds it; `with` closes it sooner.
    Raises:
        DeclarationError: With all faults of the service.
    """
    return Client(_Portal(_in_process(service, store, clock, files)))


def async_client(
    service: Service, store: str | None = None, clock: Clock | datetime | None = None, files: str | None = None
) -> AsyncClient:
    """Run *service* in this process, to be asked from coroutines: `async with async_client(jobs) as stranger`; else as `client`."""
    return AsyncClient(_in_process(service, store, clock, files))


class AsyncClient:
    """
    One caller, whose methods are coroutines.

    Its methods take `path` with its query, `json` or `content` (bytes, of `content_type`) for the content, and `headers`.
    """

    def __init__(self, served: InProcess, token: str = "") -> None:
        self._served = served
        self._token = token

    @property
    def app(self) -> App:
        """The running service."""
        return self._served.app

    def as_user(self, subject: str, **claims: Any) -> AsyncClient:
        """
        A client that is *subject*.

        Args:
            claims: What else the token says. Claims that the service maps to fields and that are not given are made up.
        """
        return AsyncClient(self._served, self._served.bearers.issue(subject, claims))

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        content_type: str = "",
    ) -> Response:
        return await self._served.ask(method, path, json, headers, self._token, content, content_type)

    async def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> Response:
        return await self.request("GET", path, headers=headers)

    async def post(self, path: str, *, json: Any = None, headers: Mapping[str, str] | None = None) -> Response:
        return await self.request("POST", path, json=json, headers=headers)

    async def patch(self, path: str, *, json: Any = None, headers: Mapping[str, str] | None = None) -> Response:
        return await self.request("PATCH", path, json=json, headers=headers)

    async def put(
        self, path: str, *, content: bytes, content_type: str = "", headers: Mapping[str, str] | None = None
    ) -> Response:
        """Put a file; *content_type* left out is `application/octet-stream`."""
        said = content_type or OCTETS
        return await self.request("PUT", path, headers=headers, content=content, content_type=said)

    async def delete(self, path: str, *, headers: Mapping[str, str] | None = None) -> Response:
        return await self.request("DELETE", path, headers=headers)

    async def batch(
        self, path: str, *operations: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> Response:
        """Several operations on the rows at *path*, all or none: `batch("/v1/jobs", {"create": {...}}, {"delete": {"id": ...}})`."""
        return await self.post(f"{path}/batch", json={"operations": operations}, headers=headers)

    async def close(self) -> None:
        await self._served.close()

    async def __aenter__(self) -> Self:
        await self._served.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class Client:
    """One caller, whose methods are plain functions; as `AsyncClient` otherwise."""

    def __init__(self, portal: _Portal, token: str = "") -> None:
        self._portal = portal
        self._token = token

    @property
    def app(self) -> App:
        """The running service."""
        return self._portal.served.app

    def as_user(self, subject: str, **claims: Any) -> Client:
        """A client that is *subject*; see `AsyncClient.as_user`."""
        return Client(self._portal, self._portal.served.bearers.issue(subject, claims))

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        content_type: str = "",
    ) -> Response:
        return self._portal.run(
            self._portal.served.ask(method, path, json, headers, self._token, content, content_type)
        )

    def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> Response:
        return self.request("GET", path, headers=headers)

    def post(self, path: str, *, json: Any = None, headers: Mapping[str, str] | None = None) -> Response:
        return self.request("POST", path, json=json, headers=headers)

    def patch(self, path: str, *, json: Any = None, headers: Mapping[str, str] | None = None) -> Response:
        return self.request("PATCH", path, json=json, headers=headers)

    def put(
        self, path: str, *, content: bytes, content_type: str = "", headers: Mapping[str, str] | None = None
    ) -> Response:
        """Put a file; *content_type* left out is `application/octet-stream`."""
        said = content_type or OCTETS
        return self.request("PUT", path, headers=headers, content=content, content_type=said)

    def delete(self, path: str, *, headers: Mapping[str, str] | None = None) -> Response:
        return self.request("DELETE", path, headers=headers)

    def batch(self, path: str, *operations: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
        """As that of `AsyncClient`."""
        return self.post(f"{path}/batch", json={"operations": operations}, headers=headers)

    def close(self) -> None:
        self._portal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Portal:
    """An event loop of its own, in the caller's thread; work goes on while a request is asked."""

    def __init__(self, served: InProcess) -> None:
        self.served = served
        self._runner = asyncio.Runner()
        self.close = weakref.finalize(self, _close, self._runner, served)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        if _in_a_coroutine():
            work.close()
            raise RuntimeError("a plain client was asked inside a coroutine: use `async_client` there")
        return self._runner.run(work)


def _close(runner: asyncio.Runner, served: InProcess) -> None:
    """Close what a portal held. When the garbage collector finds it while another loop runs in this thread: in another thread."""
    if _in_a_coroutine():
        closing = threading.Thread(target=_close, args=(runner, served))
        closing.start()
        closing.join()
        return
    with runner:
        if served.started:
            runner.run(served.close())


def _in_a_coroutine() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _in_process(service: Service, store: str | None, clock: Clock | datetime | None, files: str | None) -> InProcess:
    hand_to_logging()  # else a fault would be printed with every value on its way, and slowly
    model = _loaded(service)
    bearers = Bearers(model)
    return InProcess(
        App(
            model,
            Team.of(service),
            store or IN_MEMORY,
            Keyring({1: secrets.token_bytes(KEY_BYTES)}, primary=1),
            verify=bearers,
            clock=SetClock(clock) if isinstance(clock, datetime) else clock,
            files_url=files,
        ),
        bearers,
    )


@lru_cache(maxsize=16)
def _loaded(service: Service) -> Model:
    """With the lock beside it, as a server loads it. A service's model does not change while its module stays imported."""
    return load(service, service.folder)
