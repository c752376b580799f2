"""Raw routes: what the team has mounted, behind the same authentication, limits, logs and metrics as everything else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any, TypeAlias

from strongback.contract.problems import problem_of
from strongback.engine.request import Request
from strongback.errors import (
    ConfigurationError,
    DependencyError,
    InternalError,
    RequestError,
    StrongbackError,
    TooLarge,
    Unauthenticated,
)
from strongback.model.model import Mount
from strongback.observe.messages import get_logger
from strongback.observe.observation import Observation, outcome_of
from strongback.observe.sink import Sink
from strongback.plan.actor import Actor

AsgiApp: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]
Credentials: TypeAlias = Callable[[Request], Any]

_log = get_logger("strongback.raw")


async def nothing() -> None:
    """Do nothing: the store is open already."""


@dataclass(frozen=True, slots=True)
class RawRoutes:
    """
    Applications by prefix.

    Attributes:
        credentials: Reads a request's token.
        authenticate: Makes an actor of a token or of verified claims.
        opening: Opens the store, where it may be closed.
    """

    apps: Mapping[str, AsgiApp]
    mounts: Mapping[str, Mount]
    credentials: Credentials
    authenticate: Callable[[Any], Awaitable[Actor]]
    sink: Sink | None = None
    opening: Callable[[], Awaitable[None]] = nothing

    def find(self, path: str) -> str | None:
        """The prefix that *path* is at or below."""
        return next((prefix for prefix in self.apps if path == prefix or path.startswith(f"{prefix}/")), None)

    async def run(self, prefix: str, request: Request, inner: dict[str, Any], heard: Heard) -> StrongbackError | None:
        """
        Let the application at *prefix* answer.

        Args:
            inner: Its scope.
        Returns:
            Why it did not, when nothing was answered yet.
        """
        began, actor, error = perf_counter(), None, None
        try:
            actor = await self._actor(prefix, request)
            scope = {**inner, "strongback.actor": actor, "strongback.request_id": request.request_id}
            await self.apps[prefix](scope, heard.receive, heard.send)
        except Exception as broken:  # noqa: BLE001 - whatever broke, the caller gets an answer and the log the reason
            error = broken if isinstance(broken, StrongbackError) else InternalError("something broke on our side")
            error = heard.refused or error
            if not isinstance(error, RequestError | DependencyError):
                _log.exception("request failed", request_id=request.request_id, operation=operation_of(prefix))
        self._tell(prefix, request, heard.status, error, actor, perf_counter() - began)
        if error is not None and heard.status and not heard.ended:
            raise error  # half an answer is none: the server breaks the connection
        return None if heard.status else error

    async def _actor(self, prefix: str, request: Request) -> Actor:
        await self.opening()
        said = self.credentials(request) if request.claims is None else request.claims
        actor = await self.authenticate(said)
        if actor.is_anonymous and self.mounts[prefix].allow != "EVERYONE":
            raise Unauthenticated("this needs a token")
        return actor

    def _tell(
        self,
        prefix: str,
        request: Request,
        status: int,
        error: StrongbackError | None,
        actor: Actor | None,
        duration_s: float,
    ) -> None:
        if self.sink is not None:
            who = "anonymous" if actor is None or actor.is_anonymous else "user"
            code = "" if error is None else error.code
            status = problem_of(type(error)).status if error is not None and not status else status
            kind = outcome_of(error if error is not None or status < 500 else InternalError("answered so"))
            seen = Observation(
                operation_of(prefix),
                "raw",
                kind,
                status,
                duration_s,
                request_id=request.request_id,
                actor=who,
                code=code,
            )
            self.sink.record(seen)


def operation_of(prefix: str) -> str:
    """What logs and metrics call the requests below *prefix*."""
    return f"raw {prefix}"


class PathTaken(ConfigurationError):
    """A page of the service stands below a prefix at which something is mounted."""

    code = "SB418"

    def __init__(self, path: str, prefix: str) -> None:
        super().__init__(f"`{path}` is a page of the service, and `{prefix}` is mounted", hint="move one of them")


class Heard:
    """
    The two ends of one request: content is bounded, the answer gets its request id, and its status is known.

    Attributes:
        status: Of the answer, 0 before it has begun.
        ended: Whether all of the answer was sent.
        refused: Why no more content was read; what the application answers to that is not sent.
    """

    def __init__(self, receive: Any, send: Any, request_id: str, size_bytes: int) -> None:
        self._receive, self._send = receive, send
        self._request_id, self._left = request_id.encode(), size_bytes
        self.status = 0
        self.ended = False
        self.refused: StrongbackError | None = None

    async def receive(self) -> Any:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.refused = TooLarge("the body is larger than is read here")
            raise self.refused
        return message

    async def send(self, message: Any) -> None:
        if self.refused is not None and not self.status:
            return
        if message["type"] == "http.response.body":
            self.ended = not message.get("more_body")
        elif message["type"] == "http.response.start":
            self.status = message["status"]
            fields = [each for each in message.get("headers", ()) if each[0].lower() != b"x-request-id"]
            message = {**message, "headers": [*fields, (b"x-request-id", self._request_id)]}
        await self._send(message)
