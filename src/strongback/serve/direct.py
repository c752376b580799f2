"""
The short way between our own server and our own application: values in, a value out, without ASGI between them.

ASGI costs a request a scope, an event, three coroutines and a second reading of every header field: 15 of the 45 microseconds that a get
took, more than anything of ours. Applications that stand around ours offer the short way as well, or are asked by ASGI.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias
from urllib.parse import unquote

from msgspec import Struct

from strongback.engine.request import Reply, Request
from strongback.errors import TooLarge
from strongback.observe.request_id import choose_request_id
from strongback.serve.guard.headers import KnownFields, read_headers
from strongback.serve.guard.limits import Limits


class Sent(Struct, frozen=True, gc=False):
    """
    A request as it came, whole, and checked by the guard.

    Attributes:
        target: As in the request line.
        fields: Names in lower case, values without white space around them.
        client: The peer's address and port.
        known: What reads the fields of this connection's requests; None when each is read by itself.
    """

    method: str
    target: bytes
    fields: list[tuple[bytes, bytes]]
    body: bytes = b""
    client: tuple[str, int] | None = None
    known: KnownFields | None = None


Ask: TypeAlias = Callable[[Sent], Awaitable[Reply]]


def ask_of(application: object) -> Ask | None:
    """What asks *application* the short way; None when it has none."""
    if getattr(application, "raw", None) is not None:
        return None  # what is mounted speaks ASGI
    ask: Ask | None = getattr(application, "ask", None)
    return ask


def read_sent(sent: Sent, limits: Limits, *, has_content: bool) -> Request:
    """
    Make a request of what was sent.

    Args:
        has_content: Whether content has a meaning with this method; otherwise it is left out.
    Raises:
        MalformedRequest: A field stands twice that must stand once.
        TooLarge: The content is larger than the limit.
    """
    headers = read_headers(sent.fields) if sent.known is None else sent.known.read(sent.fields)
    if has_content and len(sent.body) > limits.body_size_bytes:
        raise TooLarge(f"the body is larger than {limits.body_size_bytes} bytes")
    path, query = places(sent.target)
    return Request(
        sent.method,
        path,
        query,
        headers,
        sent.body if has_content else b"",
        sent.client[0] if sent.client else "",
        choose_request_id(headers.get("x-request-id")),
    )


def places(target: bytes) -> tuple[str, str]:
    """
    The decoded path and the raw query of *target*. A path with an encoded slash, which separates nothing (RFC 3986, section 2.2), is as
    it was sent.

    >>> places(b"/v1/jobs?q=%20"), places(b"/a%2Fb"), places(b"/%C3%A5"), places(b"http://a/b?c"), places(b"http://a"), places(b"*")
    (('/v1/jobs', 'q=%20'), ('/a%2Fb', ''), ('/å', ''), ('/b', 'c'), ('/', ''), ('*', ''))
    """
    if not target.startswith(b"/") and target != b"*":
        target = _origin_form(target)
    raw, _, query = target.partition(b"?")
    path = raw.decode("latin-1")
    if "%" in path and b"%2f" not in raw.lower():
        path = unquote(path)
    return path, query.decode("latin-1")


def _origin_form(target: bytes) -> bytes:
    """*target* without scheme and authority, as most requests write it (RFC 9112, sections 3.2.1 and 3.2.2)."""
    authority = target.partition(b"://")[2]
    ends = [at for at in (authority.find(b"/"), authority.find(b"?")) if at >= 0]
    rest = authority[min(ends) :] if ends else b""
    return rest if rest.startswith(b"/") else b"/" + rest
