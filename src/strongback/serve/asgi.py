"""
The ASGI application: one HTTP request in, as a value; one reply out. Nothing here knows what is asked.

What an ASGI application cannot see is not bounded here: header sizes, framing and slow clients are the guard's own protocol's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Final
from urllib.parse import quote

from msgspec import structs

from strongback.engine.request import Reply, Request
from strongback.errors import StrongbackError, TooLarge
from strongback.observe.observation import unread
from strongback.observe.request_id import choose_request_id, find_request_id
from strongback.observe.sink import Sink
from strongback.serve.content import StreamedContent, send_content
from strongback.serve.direct import Sent, places, read_sent
from strongback.serve.guard.body import ClientLeft, read_body
from strongback.serve.guard.framing import check_heard
from strongback.serve.guard.headers import read_headers
from strongback.serve.guard.limits import DEFAULT_LIMITS, Limits
from strongback.serve.raw import Heard, RawRoutes
from strongback.serve.streams import Streams, streams_nothing

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Answer = Callable[[Request], Awaitable[Reply]]
Hook = Callable[[], Awaitable[None]]

# Content of these methods has no meaning (RFC 9110, sections 9.3.1, 9.3.2, 9.3.5 and 9.3.7), so nobody waits for it.
WITHOUT_CONTENT: Final = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
# Answers without content say no length (RFC 9110, section 8.6).
WITHOUT_LENGTH: Final = frozenset({204, 304})
CLOSE: Final = ("connection", "close")


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
        sink: Told of requests that are refused here, before *answer* sees them.
        streams: Says by method and path where content is read while it arrives, and of how many bytes it may be; None elsewhere.
        start, stop: Run once each, around everything (the lifespan protocol).
        raw: What the team has mounted; found before anything else.
        heard: Whether another server than ours listens, whose bounds on a request's head are not known: then ours hold here.
    """

    answer: Answer
    refuse: Callable[[Request, StrongbackError], Reply]
    fixed: Mapping[str, Answer] = field(default_factory=dict)
    start: Hook = nothing
    stop: Hook = nothing
    limits: Limits = DEFAULT_LIMITS
    heard: bool = False
    sink: Sink | None = None
    raw: RawRoutes | None = None
    streams: Streams = streams_nothing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def ask(self, sent: Sent) -> Reply:
        """Answer one HTTP request of our own server, the short way."""
        try:
            request = read_sent(sent, self.limits, has_content=sent.method not in WITHOUT_CONTENT)
        except StrongbackError as error:
            nameless = Request(sent.method, places(sent.target)[0], request_id=find_request_id(sent.fields))
            refused = self._refuse_unread(nameless, error, perf_counter())  # all of it was there: reading took no time
            return Reply(refused.status, (*refused.headers, CLOSE), refused.body)
        return await self.fixed.get(request.path, self.answer)(request)

    async def answer_as(self, claims: Mapping[str, Any], scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request, of a caller whose claims the host has verified."""
        if self.raw is not None and (prefix := self.raw.find(_places(scope)[1])):
            await self._pass_on(self.raw, prefix, scope, receive, send, claims)
            return
        await _send(await self._reply(scope, receive, claims), scope, receive, send)

    async def say(self, error: StrongbackError, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse one HTTP request unread."""
        reply = _closing(self._refuse_unread(_nameless(scope), error, perf_counter()), scope)
        await _send(reply, scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.raw is not None and (prefix := self.raw.find(_places(scope)[1])):
            await self._pass_on(self.raw, prefix, scope, receive, send)
            return
        await _send(await self._reply(scope, receive), scope, receive, send)

    async def _pass_on(
        self,
        raw: RawRoutes,
        prefix: str,
        scope: Scope,
        receive: Receive,
        send: Send,
        claims: Mapping[str, Any] | None = None,
    ) -> None:
        """Let what is mounted at *prefix* answer, within the limits of every other request."""
        root, path = _places(scope)
        try:
            if self.heard:
                check_heard(_target(scope), scope["headers"], self.limits)
            headers = read_headers(scope["headers"])
            _check_length(headers.get("content-length", ""), self.limits)
        except StrongbackError as error:
            await self.say(error, scope, receive, send)
            return
        id_ = find_request_id(scope["headers"])
        request = Request(scope["method"], path, headers=headers, request_id=id_, root=root, claims=claims)
        refused = await raw.run(
            prefix, request, below(scope, prefix), Heard(receive, send, id_, self.limits.body_size_bytes)
        )
        if refused is not None:
            await _send(_closing(self.refuse(request, refused), scope), scope, receive, send)

    async def _reply(self, scope: Scope, receive: Receive, claims: Mapping[str, Any] | None = None) -> Reply:
        began = perf_counter()
        try:
            if self.heard:
                check_heard(_target(scope), scope["headers"], self.limits)
            bound = self.streams(scope["method"], _places(scope)[1])
            request = await read_request(scope, receive, self.limits, claims, streamed=bound is not None)
        except StrongbackError as error:
            return _closing(self._refuse_unread(_nameless(scope), error, began), scope)
        reply = await self.fixed.get(request.path, self.answer)(request)
        return reply if request.content is None or request.content.is_read else _closing(reply, scope)

    def _refuse_unread(self, request: Request, error: StrongbackError, began: float) -> Reply:
        """Word *error* about a request that no door has read, and tell of it: nobody else does."""
        reply = self.refuse(request, error)
        if self.sink is not None and not isinstance(error, ClientLeft):
            self.sink.record(unread(error, reply.status, perf_counter() - began, request.request_id))
        return reply

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


async def _send(reply: Reply, scope: Scope, receive: Receive, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    if reply.status not in WITHOUT_LENGTH:
        headers.append((b"content-length", str(reply.size).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if reply.content is not None:
        await send_content(reply.content, receive, send)
    else:
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else reply.body})


def _closing(reply: Reply, scope: Scope) -> Reply:
    """*reply* to a request whose content nobody read: the connection cannot go on (RFC 9112, section 9.3)."""
    if not str(scope.get("http_version", "1.1")).startswith("1"):
        return reply
    return structs.replace(reply, headers=(*reply.headers, CLOSE))


def _nameless(scope: Scope) -> Request:
    """The request of *scope* as far as it can be known when its fields or content cannot be read."""
    root, path = _places(scope)
    return Request(scope["method"], path, request_id=find_request_id(scope["headers"]), root=root)


async def read_request(
    scope: Scope,
    receive: Receive,
    limits: Limits,
    claims: Mapping[str, Any] | None = None,
    *,
    streamed: bool = False,
) -> Request:
    """
    Make the request of *scope*, with its content where the method has one.

    Args:
        claims: Who is asking, when a host has verified it.
        streamed: Leave the content to be read while it arrives.

    Raises:
        MalformedRequest: A field stands twice that must stand once.
        TooLarge: The content is larger than the limit, or says that it will be.
    """
    headers = read_headers(scope["headers"])
    client = scope.get("client")
    body = b""
    if scope["method"] not in WITHOUT_CONTENT and not streamed:
        _check_length(headers.get("content-length", ""), limits)
        body = await read_body(receive, limits)
    root, path = _places(scope)
    return Request(
        scope["method"],
        path,
        scope["query_string"].decode("latin-1"),
        headers,
        body,
        client[0] if client else "",
        choose_request_id(headers.get("x-request-id")),
        root,
        claims,
        StreamedContent(receive) if streamed else None,
    )


def _places(scope: Scope) -> tuple[str, str]:
    """
    Where the application is mounted, percent-encoded, and the decoded path below it.

    A path that holds an encoded slash, which separates nothing (RFC 3986, section 2.2), is as it was sent. Servers differ in whether a
    path holds its root (ASGI 3, "HTTP connection scope", root_path): it is taken off where it stands.
    """
    sent: bytes = scope.get("raw_path") or b""
    path = sent.decode("latin-1") if b"%2f" in sent.lower() else scope["path"]
    root = scope.get("root_path", "").rstrip("/")
    if not root:
        return "", path
    encoded = quote(root)
    for prefix in (root, encoded):
        if path == prefix or path.startswith(f"{prefix}/"):
            return encoded, path[len(prefix) :] or "/"
    return encoded, path


def within(scope: Scope, prefix: str) -> bool:
    """Whether the path of *scope*, below where its application is mounted, is *prefix* or below it."""
    path = _places(scope)[1]
    return path == prefix or path.startswith(f"{prefix}/")


def below(scope: Scope, prefix: str) -> dict[str, Any]:
    """The scope of an application at *prefix* of the one that *scope* is for."""
    root = scope.get("root_path", "")
    inner = {**scope, "root_path": root + prefix}
    if not (scope["path"] + "/").startswith(inner["root_path"] + "/"):  # a server that gives the path without its root
        inner["path"] = root + scope["path"]
    return inner


def _target(scope: Scope) -> bytes:
    """Path and query as they were sent, as far as the server tells."""
    path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    query: bytes = scope["query_string"]
    return b"%s?%s" % (path, query) if query else path


def _check_length(declared: str, limits: Limits) -> None:
    if declared.isdecimal() and int(declared[:20]) > limits.body_size_bytes:
        raise TooLarge(f"the body is larger than {limits.body_size_bytes} bytes")
