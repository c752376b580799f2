"""Content that is not held in memory: read while it arrives, sent while it is read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

from strongback.serve.guard.body import ClientLeft

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class StreamedContent:
    """The content of one request. A server that is not asked for more keeps its client waiting, so what is in memory is bounded."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.is_read = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while not self.is_read:
            message = await self._receive()
            if message["type"] != "http.request":
                raise ClientLeft("the client left before the end of the body")
            self.is_read = not message.get("more_body")
            if message.get("body"):
                yield message["body"]


async def send_content(content: AsyncIterator[bytes], receive: Receive, send: Send) -> None:
    """
    Send *content* as the body of an answer that has begun, and close it, whoever ends first.

    A server takes what is sent to a client that is gone without a word, so the client is watched beside: nothing is read for nobody.
    """
    gone = asyncio.create_task(_until_gone(receive))
    try:
        async for chunk in content:
            if gone.done():
                return
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        close = getattr(content, "aclose", None)
        if close is not None:
            await close()


async def _until_gone(receive: Receive) -> None:
    """Return when the client has left. The end of the request's own content may come before, once."""
    if (await receive())["type"] != "http.disconnect" and (await receive())["type"] != "http.disconnect":
        await asyncio.Event().wait()  # a server that never says so
