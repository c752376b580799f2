"""A service as one ASGI application: the root of a server, or mounted inside FastAPI, Starlette or beside Django."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final, TypeAlias

from strongback.app import App
from strongback.declare.service import Service
from strongback.engine.request import Reply, Request
from strongback.errors import ConfigurationError, StrongbackError
from strongback.host.handed import Claims, Handed
from strongback.host.lazily import Lazily
from strongback.host.project import PRODUCTION, Project
from strongback.host.settings import check_production, read_settings
from strongback.model.load import load
from strongback.observe.messages import hand_to_logging
from strongback.observe.sink import FanOut, Sink
from strongback.serve.asgi import Application, Receive, Scope, Send
from strongback.serve.cors import ORIGINS, make_cors, origins_from_environment
from strongback.serve.metrics import PATH, Counted, count_overdue, count_store, make_metrics, metrics_page

OPENED_BY: Final = frozenset({"/ready"})
ClaimsOf: TypeAlias = Callable[[Scope], Claims | Awaitable[Claims | None] | None]


def asgi(
    service: Service,
    *,
    store: str | None = None,
    profile: str | None = None,
    claims: ClaimsOf | None = None,
    sink: Sink | None = None,
) -> Mounted:
    """
    Make *service* an ASGI application: `app.mount("/api", sb.asgi(jobs))`.

    Settings are those of `strongback run`, from the environment. The store opens with the first request, or with
    `async with mounted.running()` in the host's own lifespan, which also closes it.

    What only a server sees is the host's to bound: slow clients, framing (a request with two lengths), the number of connections.
    `strongback run` does that; uvicorn and others by themselves do not.

    Args:
        store: URL of the store; left out, `STRONGBACK_STORE`, or in development an SQLite file beside the service.
        profile: `development` or `production`; left out, `STRONGBACK_PROFILE`.
        claims: Who is asking, by the host's own login: takes the ASGI scope, returns verified claims, or None for an anonymous caller.
            The service then reads no token. Left out, the service verifies bearer tokens as ever, whatever the host did.
        sink: Is told of every request.
    Raises:
        DeclarationError: With all faults of the service.
        ConfigurationError: A setting is missing or wrong.
    """
    settings = read_settings({"STRONGBACK_STORE": store, "STRONGBACK_PROFILE": profile})
    project = Project(service, load(service, service.folder), service.folder, settings.profile)
    if project.model.grpc:
        hint = "serve it with `strongback run`, or mount a service without `grpc=True`"
        raise ConfigurationError("a service that is mounted does not serve gRPC", hint=hint)
    if settings.profile == PRODUCTION:
        check_production(settings, callers=project.model.actor is not None and claims is None)
    hand_to_logging()
    metrics = make_metrics(project.model)
    more: dict[str, Any] = project.inspecting() | ({} if claims is None else {"verify": None})
    app = project.app(
        settings.store or project.default_store,
        sink=metrics if sink is None else FanOut([metrics, sink]),
        pages={PATH: metrics_page(metrics)},
        **more,
    )
    count_store(metrics, app.store.figures)
    count_overdue(metrics, project.model, app.find_overdue, app.health.is_open)
    origins = tuple(origins_from_environment({ORIGINS: settings.text(ORIGINS)}))
    mounted = Mounted(app)
    answering: Any = mounted.application if claims is None else Handed(mounted.application, claims, origins)
    mounted.entry = make_cors(Counted(answering, metrics), origins)
    return mounted


class Mounted:
    """
    A service that answers by ASGI wherever it stands.

    Attributes:
        app: The service, joined to its store.
        application: What answers, without what stands around it.
    """

    def __init__(self, app: App) -> None:
        self.app = app
        self._store = Lazily(self._start, app.close)
        bare = app.application()
        opening = {path: self._opening(bare.fixed[path], quiet=True) for path in OPENED_BY}
        self.application: Application = replace(
            bare,
            answer=self._opening(bare.answer),
            fixed={**bare.fixed, **opening},
            start=self._store.open,
            stop=self._stop,
            heard=True,
            raw=None if bare.raw is None else replace(bare.raw, opening=self._open_for_raw),
        )
        self.entry: Callable[[Scope, Receive, Send], Awaitable[None]] = self.application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.entry(scope, receive, send)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Mounted]:
        """
        Keep the store open: for the lifespan of the host.

        Raises:
            StoreMismatch: The store's schema is not the model's.
            Unavailable: The store cannot be reached.
        """
        await self._store.open()
        try:
            yield self
        finally:
            await self._stop()

    async def _start(self) -> None:
        await self.app.start(create=self.app.create_schema)
        self.app.health.stopping = False

    async def _stop(self) -> None:
        self.app.health.stopping = True
        await self._store.close()

    async def _open_for_raw(self) -> None:
        if not self._store.is_open():
            await self._store.open_for_a_request()

    def _opening(
        self, answer: Callable[[Request], Awaitable[Reply]], *, quiet: bool = False
    ) -> Callable[[Request], Awaitable[Reply]]:
        """*answer* with the store open; *quiet* asks it also when the store does not open."""
        store, refuse = self._store, self.app.application().refuse

        async def answering(request: Request) -> Reply:
            if not store.is_open():
                try:
                    await store.open_for_a_request()
                except StrongbackError as error:
                    if not quiet:
                        return refuse(request, error)
            return await answer(request)

        return answering
