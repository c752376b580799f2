"""What goes into the engine and comes out, whatever the transport."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """
    A request as values, read by a transport.

    Attributes:
        headers: Names in lower case. A field sent twice is joined by `, ` (RFC 9110, section 5.2), except where that is unsafe, which the
            transport refuses before.
        query: The raw query string, without `?`.
        client: The peer's address; empty in tests without a socket.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    client: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as values. *headers* are in the order they are sent."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
