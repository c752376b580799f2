"""
The ASGI application: one HTTP request in, as a value; one reply out. Nothing here knows what is asked.

What an ASGI application cannot see is not bounded here: header sizes, framing and slow clients are the guard's own protocol's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final

from strongback.engine.request import Reply, Request
from strongback.errors import MalformedRequest, StrongbackError, TooLarge
from strongback.observe.request_id import choose_request_id
from strongback.serve.guard.limits import DEFAULT_LIMITS, Limits

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Answer = Callable[[Request], Awaitable[Reply]]
Hook = Callable[[], Awaitable[None]]

# Content of these methods has no meaning (RFC 9110, sections 9.3.1, 9.3.2, 9.3.5 and 9.3.7), so nobody waits for it.
WITHOUT_CONTENT: Final = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
# Two of these would let two readers believe two things.
SINGLE: Final = frozenset({"authorization", "content-length", "content-type", "host", "if-match", "content-encoding"})
# Answers without content say no length (RFC 9110, section 8.6).
WITHOUT_LENGTH: Final = frozenset({204, 304})


class Disconnected(Exception):
    """The client went away before its request was whole."""


async def nothing() -> None:
    """Do nothing: the hook of an application that has nothing to start or stop."""


@dataclass(frozen=True, slots=True)
class Application:
    """
    An ASGI 3 application over functions from `Request` to `Reply`.

    Attributes:
        answer: Answers whatever is at no fixed path. It never raises what is not a mistake of ours.
        refuse: Words a refusal of the transport's own.
        fixed: Answers at exact paths (`/openapi.json`), found before *answer* is asked.
        start, stop: Run once each, around everything (the lifespan protocol).
    """

    answer: Answer
    refuse: Callable[[Request, StrongbackError], Reply]
    fixed: Mapping[str, Answer] = field(default_factory=dict)
    start: Hook = nothing
    stop: Hook = nothing
    limits: Limits = DEFAULT_LIMITS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            reply = await self._reply(scope, receive)
        except Disconnected:
            return
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
        if reply.status not in WITHOUT_LENGTH:
            headers.append((b"content-length", str(len(reply.body)).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else reply.body})

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        request, repeated = read_head(scope)
        try:
            if repeated:
                raise MalformedRequest(f"the header field `{repeated}` is there twice")
            if request.method not in WITHOUT_CONTENT:
                content = await read_content(request.headers, receive, self.limits)
                request = with_content(request, content)
        except StrongbackError as error:
            return _closing(self.refuse(request, error), scope)
        return await self.fixed.get(request.path, self.answer)(request)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await self.start()
                except Exception as broken:  # noqa: BLE001 - whatever it is, the server is told
                    await send({"type": "lifespan.startup.failed", "message": str(broken)})
                    return
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return


def _closing(reply: Reply, scope: Scope) -> Reply:
    """*reply* to a request whose content nobody read: the connection cannot go on (RFC 9112, section 9.3)."""
    if not str(scope.get("http_version", "1.1")).startswith("1"):
        return reply
    return Reply(reply.status, (*reply.headers, ("connection", "close")), reply.body)


def read_head(scope: Scope) -> tuple[Request, str]:
    """
    Make the request of *scope*, without content.

    Returns:
        The request, and the name of a field that is there twice though it must not be; empty when there is none.
    """
    headers, repeated = join_headers(scope["headers"])
    client = scope.get("client")
    request = Request(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        client=client[0] if client else "",
        request_id=choose_request_id(headers.get("x-request-id")),
    )
    return request, repeated


def join_headers(fields: Iterable[tuple[bytes, bytes]]) -> tuple[dict[str, str], str]:
    """
    Join fields of one name by `, ` (RFC 9110, section 5.2).

    >>> join_headers([(b"accept", b"text/html"), (b"accept", b"*/*"), (b"host", b"a"), (b"host", b"b")])
    ({'accept': 'text/html, */*', 'host': 'a, b'}, 'host')
    """
    headers: dict[str, str] = {}
    repeated = ""
    for raw_name, raw_value in fields:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        if name in headers:
            repeated = name if name in SINGLE else repeated
            value = f"{headers[name]}, {value}"
        headers[name] = value
    return headers, repeated


def with_content(request: Request, content: bytes) -> Request:
    """*request* with its content."""
    return Request(
        request.method, request.path, request.query, request.headers, content, request.client, request.request_id
    )


async def read_content(headers: Mapping[str, str], receive: Receive, limits: Limits) -> bytes:
    """
    Read the content, no further than the limit.

    Raises:
        TooLarge: It is larger, or says that it will be.
        Disconnected: The client went away.
    """
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > limits.body_size_bytes:
        raise _too_large(limits)
    content, more = await _receive(receive)
    parts, size = [content], len(content)
    while more and size <= limits.body_size_bytes:
        content, more = await _receive(receive)
        parts.append(content)
        size += len(content)
    if size > limits.body_size_bytes:
        raise _too_large(limits)
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def _receive(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Disconnected
    return message.get("body", b""), message.get("more_body", False)


def _too_large(limits: Limits) -> TooLarge:
    return TooLarge(f"the content is larger than {limits.body_size_bytes} bytes")
