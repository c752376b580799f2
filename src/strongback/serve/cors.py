"""Which pages of other origins may call the service from a browser. Without the setting: none."""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from strongback.errors import ConfigurationError

ORIGINS = "STRONGBACK_CORS_ORIGINS"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

# As a browser writes it: scheme, host, port unless it is the scheme's own (RFC 6454, section 6.2).
_ORIGIN = re.compile(r"https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
_OWN_PORT = re.compile(r"http://.*:80|https://.*:443")
_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE"
# What a browser does not let a page send unasked (Fetch, "CORS-safelisted request-header").
_REQUEST_FIELDS = (
    b"authorization, content-type, idempotency-key, if-match, if-none-match, if-range, mcp-method, mcp-name, "
    b"mcp-protocol-version, prefer, range, traceparent, x-request-id"
)
# What a browser does not let a page read unasked (Fetch, "CORS-safelisted response-header name").
_EXPOSED_FIELDS = (
    b"accept-ranges, allow, content-disposition, content-range, deprecation, etag, link, location, preference-applied, "
    b"retry-after, sunset, www-authenticate, x-request-id"
)
_PREFLIGHT_KEPT_S = b"600"


@dataclass(frozen=True, slots=True)
class Cors:
    """
    An ASGI application around another: lets pages of listed origins call it, and read its answers, refusals as well.

    Origins are compared whole. There is no `*`, no `null` (sandboxed frames and files of anybody send it), no suffix or pattern. Cookies
    are not allowed across origins: who is asking stands in a bearer token, which no browser adds by itself.

    Source: Fetch, section 3.3 (CORS protocol).
    """

    application: Application
    origins: frozenset[bytes]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        asked = _asked(scope["headers"])
        origin = asked.get(b"origin")
        allowed = origin if origin in self.origins else None
        if allowed and scope["method"] == "OPTIONS" and b"access-control-request-method" in asked:
            await _answer_preflight(allowed, send)
            return
        await self.application(scope, receive, _adding(allowed, send))


def make_cors(application: Application, origins: Iterable[str]) -> Application:
    """
    Wrap *application* for *origins*; itself when there are none.

    Args:
        origins: `https://app.example.org`, as a browser sends it.
    Raises:
        ConfigurationError: One of them is not an origin, and so could never match, or would match anything.
    """
    listed = frozenset(check_origin(origin).encode() for origin in origins)
    return Cors(application, listed) if listed else application


def origins_from_environment(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Read the listed origins, separated by commas."""
    return [origin.strip() for origin in environment.get(ORIGINS, "").split(",") if origin.strip()]


def check_origin(origin: str) -> str:
    """
    Give *origin* back if it is one.

    >>> check_origin("https://app.example.org"), check_origin("http://localhost:5173")
    ('https://app.example.org', 'http://localhost:5173')
    """
    if _ORIGIN.fullmatch(origin) is None or _OWN_PORT.fullmatch(origin):
        raise ConfigurationError(
            f"`{origin}` is not an origin as browsers write it",
            where=ORIGINS,
            hint="scheme, host in lower case, and the port unless it is the usual one: https://app.example.org",
        )
    return origin


def _asked(fields: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """The fields that matter here. A second Origin makes none of them right."""
    asked: dict[bytes, bytes] = {}
    for name, value in fields:
        if name in (b"origin", b"access-control-request-method"):
            asked[name] = b"" if name in asked else value
    return asked


async def _answer_preflight(origin: bytes, send: Send) -> None:
    """Say what a page may send. Whether the resource has the method, the request itself will tell."""
    headers = [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-allow-headers", _REQUEST_FIELDS),
        (b"access-control-max-age", _PREFLIGHT_KEPT_S),
        (b"vary", b"origin"),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _adding(origin: bytes | None, send: Send) -> Send:
    """Send answers with what the origin may read. That they differ by origin is said to every reader, for the sake of caches."""

    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*_varying(message.get("headers", ())), *_allowing(origin)]
        await send(message)

    return sending


def _allowing(origin: bytes | None) -> list[tuple[bytes, bytes]]:
    if origin is None:
        return []
    return [(b"access-control-allow-origin", origin), (b"access-control-expose-headers", _EXPOSED_FIELDS)]


def _varying(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    fields = [value for name, value in headers if name == b"vary"]
    return [*((name, value) for name, value in headers if name != b"vary"), (b"vary", b", ".join([*fields, b"origin"]))]
