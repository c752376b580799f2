"""Who is asking, as a host has found out by a login of its own."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from strongback.errors import Forbidden
from strongback.serve.asgi import Application, Receive, Scope, Send

Claims: TypeAlias = Mapping[str, Any]
# Methods that change nothing (RFC 9110, section 9.2.1).
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITE = frozenset({"same-origin", "none"})


@dataclass(frozen=True, slots=True)
class Handed:
    """
    An ASGI application around a service: asks *claims* of each request, and hands them on.

    A host's login is often a cookie, which a browser adds to whatever any page sends. So a write that comes from a page of another
    origin is refused, unless the origin is one of those that may call (`STRONGBACK_CORS_ORIGINS`).

    Attributes:
        claims: What it raises goes to the host as it is.
    """

    application: Application
    claims: Callable[[Scope], Claims | Awaitable[Claims | None] | None]
    origins: Iterable[str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        if is_foreign(scope, self.origins):
            await self.application.say(Forbidden("a page of another origin may not send this"), scope, receive, send)
            return
        said = self.claims(scope)
        found = await said if inspect.isawaitable(said) else said
        await self.application.answer_as({} if found is None else found, scope, receive, send)


def is_foreign(scope: Scope, origins: Iterable[str]) -> bool:
    """
    Whether *scope* is a write that a browser sends for a page of another origin than ours and *origins*.

    Programs that are no browsers send neither field, and carry nobody's cookies.

    Source: Fetch Metadata Request Headers, section 2.4; Fetch, section 3.1 (Origin).
    """
    if scope["method"] in SAFE:
        return False
    fields = {name: value.decode("latin-1") for name, value in scope["headers"]}
    origin = fields.get(b"origin", "")
    if origin in origins:
        return False
    site = fields.get(b"sec-fetch-site")
    if site is not None:
        return site not in OWN_SITE
    return bool(origin) and urlsplit(origin).netloc != fields.get(b"host", "")
