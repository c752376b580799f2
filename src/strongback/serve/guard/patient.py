"""The end of a connection whose application answered before it had read all that was sent."""

from __future__ import annotations

import asyncio
from typing import Protocol


class Connection(Protocol):
    """A connection that can end with bytes unread."""

    transport: asyncio.Transport

    def end_unread(self) -> None: ...


class Patient:
    """
    What an application with streamed content writes to. It may answer before it has read all of that, and then the connection ends: not
    at once, or the client, which is still sending, would never see the answer (RFC 9112, section 9.6).
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def write(self, data: bytes) -> None:
        self._connection.transport.write(data)

    def is_closing(self) -> bool:
        return bool(self._connection.transport.is_closing())

    def close(self) -> None:
        self._connection.end_unread()
