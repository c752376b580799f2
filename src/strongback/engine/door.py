"""The port of a door: REST, GraphQL, gRPC and MCP differ only in this."""

from __future__ import annotations

from typing import Protocol

from strongback.engine.request import Reply, Request
from strongback.errors import StrongbackError
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
