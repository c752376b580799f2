"""One request and its answer on a connection of our own server, without ASGI between them and the application."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from strongback.engine.request import Reply
from strongback.serve.direct import Ask, Sent

# Answers without content say no length (RFC 9110, section 8.6).
WITHOUT_LENGTH: Final = frozenset({204, 304})
CLOSE: Final = ("connection", "close")
BROKEN: Final = Reply(500, (("content-type", "text/plain; charset=utf-8"), CLOSE), b"Internal Server Error")

_log = logging.getLogger("uvicorn.error")


class _Nobody:
    """An event for which nobody waits: the whole request is there before the application is asked."""

    def set(self) -> None:
        """Tell nobody."""


class Exchange:
    """
    A request as it comes in, and then its answer.

    It stands where uvicorn's cycle of request and response stands, and has the members of it that the connection reads.

    Attributes:
        in_turn: Whether every earlier request on the connection is answered.
        more_body: Whether there is content to come.
        keep_alive: Whether another request may follow.
    """

    __slots__ = (
        "body", "client", "disconnected", "fields", "in_turn", "keep_alive", "method", "more_body", "protocol", "response_complete",
        "response_started", "target", "task",
    )  # fmt: skip
    message_event: Final = _Nobody()
    waiting_for_100_continue: Final = False

    def __init__(self, protocol: Any, method: str, *, keep_alive: bool, in_turn: bool) -> None:
        self.protocol, self.method, self.keep_alive, self.in_turn = protocol, method, keep_alive, in_turn
        self.target, self.fields = protocol.url, protocol.headers
        self.client = protocol.client
        self.body = b""
        self.more_body = True
        self.response_started = self.response_complete = self.disconnected = False
        self.task: asyncio.Task[None] | None = None

    def start(self, ask: Ask) -> None:
        """Ask the application. The server's stop waits for the task."""
        self.task = self.protocol.loop.create_task(self._run(ask))
        self.protocol.tasks.add(self.task)

    async def _run(self, ask: Ask) -> None:
        protocol = self.protocol
        try:
            reply = await ask(Sent(self.method, self.target, self.fields, self.body, self.client, protocol.known))
            head = self._head(reply)
        except BaseException as broken:  # noqa: BLE001 - what the stop of the server cancels gets an answer too
            _log.error("Exception in the application", exc_info=broken)
            reply, head = BROKEN, self._head(BROKEN)
        try:
            if protocol.flow.write_paused and not self.disconnected:
                await protocol.flow.drain()
            if reply.content is not None:
                await self._stream(head, reply.content)
            elif not self.disconnected:
                self._send(head if self.method == "HEAD" else head + reply.body)
        finally:
            protocol.tasks.discard(self.task)

    async def _stream(self, head: bytes, content: AsyncIterator[bytes]) -> None:
        """Write *content* as fast as the client reads it. When it breaks off, so does the connection: the client knows by the length."""
        self.response_started = True
        transport, flow = self.protocol.transport, self.protocol.flow
        transport.write(head)
        try:
            async for chunk in content:
                if flow.write_paused and not self.disconnected:
                    await flow.drain()
                if self.disconnected:
                    return
                transport.write(chunk)
        except BaseException as broken:  # noqa: BLE001 - as above
            _log.error("Exception in the application", exc_info=broken)
            transport.close()
            return
        finally:
            close = getattr(content, "aclose", None)
            if close is not None:
                await close()
        if not self.disconnected:
            self._send(b"")

    def _head(self, reply: Reply) -> bytes:
        if CLOSE in reply.headers:
            self.keep_alive = False
        return write_head(reply, self.protocol.server_state.default_headers, closes=not self.keep_alive)

    def _send(self, answer: bytes) -> None:
        """Write the answer at once: two writes are two system calls, and 6 us."""
        protocol = self.protocol
        self.response_started = self.response_complete = True
        protocol.transport.write(answer)
        if not self.keep_alive:
            protocol.transport.close()
        protocol.on_response_complete()


def write_head(reply: Reply, defaults: Sequence[tuple[bytes, bytes]], *, closes: bool) -> bytes:
    r"""
    Write the status line and header fields of *reply*.

    Args:
        defaults: Fields that go with every answer, such as Date.
        closes: Whether the connection ends with this answer (RFC 9112, section 9.6).
    Raises:
        ValueError: A field would end its line, and so begin another field or the content.

    >>> write_head(Reply(200, (("etag", '"1"'),), b"{}"), [(b"date", b"now")], closes=False)
    b'HTTP/1.1 200 OK\r\ndate: now\r\netag: "1"\r\ncontent-length: 2\r\n\r\n'
    """
    headers = reply.headers
    fields = "\r\n".join(map(": ".join, headers))
    ends = len(headers) - 1 if headers else 0
    if fields.count("\n") != ends or fields.count("\r") != ends:
        raise ValueError("a header field holds the end of a line")
    last = b"\r\n" if headers else b""
    length = b"" if reply.status in WITHOUT_LENGTH else b"content-length: %d\r\n" % reply.size
    close = b"connection: close\r\n" if closes and CLOSE not in headers else b""
    start = STATUS_LINE[reply.status] + b"".join([b"%s: %s\r\n" % field for field in defaults])
    return b"%s%s%s%s%s\r\n" % (start, fields.encode("latin-1"), last, length, close)
