"""What goes into the engine and comes out, whatever the transport."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

from msgspec import Struct, field


class Content(Protocol):
    """Content that arrives while it is read."""

    @property
    def is_read(self) -> bool:
        """Whether all of it was read: then the connection can go on."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]:
        """
        Its bytes, in order; once.

        Raises:
            MalformedRequest: The client left before the end.
        """
        ...


class Request(Struct, frozen=True, gc=False):
    """
    A request as values, read by a transport. A struct and no dataclass: one is made per request, in a tenth of the time.

    Attributes:
        headers: Names in lower case. A field sent twice is joined by `, ` (RFC 9110, section 5.2), except where that is unsafe, which the
            transport refuses before.
        query: The raw query string, without `?`.
        content: Of a request whose content is read while it arrives, then *body* is empty.
        client: The peer's address; empty in tests without a socket.
        root: Where the service is mounted, percent-encoded: what stands before *path* in every link. Empty when it is the root.
        claims: Who is asking, as the host of a mounted service has verified, none for an anonymous caller; None when the request's own
            credentials say it.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    client: str = ""
    request_id: str = ""
    root: str = ""
    claims: Mapping[str, Any] | None = None
    content: Content | None = None


class Reply(Struct, frozen=True, gc=False):
    """
    An answer as values.

    Attributes:
        headers: In the order they are sent.
        content: Of an answer that is sent while it is read, *length* bytes in all; then *body* is empty. In answer to HEAD there is a
            *length* and no content.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    content: AsyncIterator[bytes] | None = None
    length: int | None = None

    @property
    def size(self) -> int:
        """The bytes of its content."""
        return len(self.body) if self.length is None else self.length
