"""The port of a door: REST, GraphQL, gRPC and MCP differ only in this."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from strongback.engine.request import Reply, Request
from strongback.errors import StrongbackError
from strongback.plan.actor import Actor
from strongback.plan.asked import Asked
from strongback.plan.outcome import Outcome


class Door(Protocol):
    """Reads requests into what is asked, and words outcomes and refusals; no permission and no value is judged here."""

    name: str

    def read(self, request: Request) -> Asked:
        """
        Read what *request* asks for: framing and names of operations only.

        Raises:
            RequestError: It cannot be read, or there is no such operation.
        """
        ...

    def credentials(self, request: Request) -> str | None:
        """The bearer token *request* carries, if any."""
        ...

    def render(self, request: Request, asked: Asked, outcome: Outcome) -> Reply: ...

    def refuse(self, request: Request, error: StrongbackError) -> Reply: ...


class Several(Struct, frozen=True, gc=False):
    """
    What one request asks for that may ask for several things.

    Attributes:
        asked: Each as a request of its own would ask it.
        serial: Whether one follows the other; otherwise they are done at once.
        meant: What the door made of the request beside, for its own answer.
    """

    asked: tuple[Asked, ...]
    serial: bool
    meant: object


class Result(Struct, frozen=True, gc=False):
    """
    What one of them came to: an outcome, or the error in its place.

    Attributes:
        duration_s: How long it took, in seconds.
    """

    asked: Asked
    outcome: Outcome | None
    error: StrongbackError | None
    duration_s: float


class SeveralDoor(Protocol):
    """A door whose requests may ask for several things; otherwise as `Door`."""

    name: str

    def read(self, request: Request) -> Several:
        """
        Read what *request* asks for.

        Raises:
            RequestError: It cannot be read.
        """
        ...

    def credentials(self, request: Request) -> str | None: ...

    def render(self, request: Request, several: Several, actor: Actor, results: Sequence[Result]) -> Reply: ...

    def refuse(self, request: Request, error: StrongbackError) -> Reply: ...
