"""`/metrics`: what a model's operations came to, and how busy its store is, for Prometheus."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from strongback.contract.rest import endpoints
from strongback.engine.request import Reply, Request
from strongback.model.codec import to_json
from strongback.model.erasure import erasures_of
from strongback.model.model import Model
from strongback.observe.exposition import CONTENT_TYPE
from strongback.observe.sinks.metrics import Metrics
from strongback.serve.direct import Ask, Sent, ask_of
from strongback.serve.raw import operation_of
from strongback.store.store import PoolFigures

if TYPE_CHECKING:
    from strongback.engine.erase import Due

PATH: Final = "/metrics"
PATH_BYTES: Final = PATH.encode()
HEADERS: Final = (("content-type", CONTENT_TYPE), ("cache-control", "no-store"))

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def make_metrics(model: Model) -> Metrics:
    """A sink that knows every operation of *model*, each of whose outcomes has been counted zero times."""
    operations = dict.fromkeys(endpoint.operation for endpoint in endpoints(model))
    operations |= dict.fromkeys(operation_of(mount.path) for mount in model.mounts)
    digest = sha256(to_json(model)).hexdigest()[:12]
    return Metrics(tuple(operations), {"service": model.name, "version": model.version, "model": digest})


def count_store(metrics: Metrics, figures: Callable[[], PoolFigures]) -> None:
    """Show how busy the store is at each scrape."""

    def connections() -> Mapping[tuple[tuple[str, str], ...], float]:
        now = figures()
        return {(("state", "idle"),): now.size - now.in_use, (("state", "in_use"),): now.in_use}

    metrics.gauge("strongback_store_connections", "Connections to the store, by state.", connections)
    metrics.gauge(
        "strongback_store_connections_limit", "Connections the store may have.", lambda: float(figures().limit)
    )
    metrics.gauge("strongback_store_waiting", "Requests that wait for the store.", lambda: float(figures().waiting))
    metrics.counter(
        "strongback_store_refused_total",
        "Requests that waited for the store in vain.",
        lambda: float(figures().refused),
    )


def count_overdue(
    metrics: Metrics, model: Model, find: Callable[[], Awaitable[Sequence[Due]]], is_open: Callable[[], bool]
) -> None:
    """Show how many erasures are overdue, where anything of *model* is erased by a rule."""
    if any(True for entity in model.entities for _ in erasures_of(entity)):
        from strongback.engine.overdue import Overdue  # noqa: PLC0415 - most services erase nothing

        doc = "Erasures that are past their time, by entity, counted at most once an hour."
        metrics.gauge("strongback_overdue_erasures", doc, Overdue(find, is_open).figures)


def metrics_page(metrics: Metrics) -> Callable[[Request], Awaitable[Reply]]:
    """What answers at `/metrics`."""

    async def answer(request: Request) -> Reply:
        return Reply(200, HEADERS, metrics.render())

    return answer


@dataclass(frozen=True, slots=True)
class Counted:
    """An ASGI application around another, which knows how many requests are being answered."""

    application: Application
    metrics: Metrics

    @property
    def ask(self) -> Ask | None:
        """The short way, counted, where the application around which this stands has one."""
        inner = ask_of(self.application)
        return None if inner is None else partial(self._asked, inner)

    async def _asked(self, ask: Ask, sent: Sent) -> Reply:
        if sent.target.partition(b"?")[0] == PATH_BYTES:
            return await ask(sent)
        self.metrics.in_flight += 1
        try:
            return await ask(sent)
        finally:
            self.metrics.in_flight -= 1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == PATH:
            await self.application(scope, receive, send)
            return
        self.metrics.in_flight += 1
        try:
            await self.application(scope, receive, send)
        finally:
            self.metrics.in_flight -= 1
