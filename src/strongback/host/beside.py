"""A service and another ASGI application (Django) on one server."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from strongback.errors import ConfigurationError
from strongback.host.mounted import Mounted
from strongback.serve.asgi import Receive, Scope, Send, below, within

Other = Callable[[Any, Any, Any], Awaitable[None]]
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+")


class PrefixWrong(ConfigurationError):
    """The path that a service is to be served below is none."""

    code = "SB417"

    def __init__(self, prefix: str) -> None:
        super().__init__(f"`{prefix}` is no prefix of paths", hint='one or more segments, none of them empty: "/api"')


def beside(other: Other, service: Mounted, prefix: str = "/api") -> Beside:
    """
    Serve *service* below *prefix*, and *other* everywhere else: `application = sb.beside(get_asgi_application(), sb.asgi(jobs))`.

    Websockets go to *other*. The server's lifespan goes to both: the store is open before requests come, and closed after the last.

    Raises:
        PrefixWrong: *prefix* is no path.
    """
    if not _PREFIX.fullmatch(prefix):
        raise PrefixWrong(prefix)
    return Beside(other, service, prefix)


@dataclass(frozen=True, slots=True)
class Beside:
    """One ASGI application of two."""

    other: Other
    service: Mounted
    prefix: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
        elif scope["type"] == "http" and within(scope, self.prefix):
            await self.service(below(scope, self.prefix), receive, send)
        else:
            await self.other(scope, receive, send)

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Both applications' start and end. One that knows no lifespan (Django) raises before it listens."""
        heard = False

        async def hearing() -> Any:
            nonlocal heard
            heard = True
            return await receive()

        async def saying(message: Any) -> None:
            await send(await self._joined(message))

        try:
            await self.other(scope, hearing, saying)
        except Exception:
            if heard:
                raise
            await self.service(scope, receive, send)

    async def _joined(self, message: Any) -> Any:
        """What *other* says of its lifespan, once the service has done the same."""
        if message["type"] == "lifespan.startup.complete":
            try:
                await self.service.application.start()
            except Exception as broken:  # noqa: BLE001 - whatever it is, the server is told
                return {"type": "lifespan.startup.failed", "message": str(broken)}
        elif message["type"].startswith("lifespan.shutdown"):
            await self.service.application.stop()
        return message
