"""A request's content, gathered from any ASGI server, up to the limit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from strongback.errors import MalformedRequest, TooLarge
from strongback.serve.guard.limits import DEFAULT_LIMITS, Limits


class ClientLeft(MalformedRequest):
    """The client left before the end: nobody reads what is answered."""


Receive = Callable[[], Awaitable[Mapping[str, Any]]]


async def read_body(receive: Receive, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """
    Read the whole content.

    Args:
        receive: ASGI's.
        limits: Its `body_size_bytes` holds here, also behind a server that has no guard of ours.
    Raises:
        TooLarge: There is more than the limit; the rest is not read.
        ClientLeft: There is an end to the connection and none to the content.
    """
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        return _bounded(message.get("body", b""), limits)
    parts: list[bytes] = []
    size = 0
    while message["type"] == "http.request":
        parts.append(_bounded(message.get("body", b""), limits, size))
        size += len(parts[-1])
        if not message.get("more_body"):
            return b"".join(parts)
        message = await receive()
    raise ClientLeft("the client left before the end of the body")


def _bounded(body: bytes, limits: Limits, before: int = 0) -> bytes:
    if before + len(body) > limits.body_size_bytes:
        raise TooLarge(f"the body is larger than {limits.body_size_bytes} bytes")
    return body
