"""
The pace of a connection: what it waits for and until when, and whether the client reads what it asked for.

One timer serves what is waited for. It is not moved with every request: it looks when it fires whether its time was put off.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from strongback.serve.guard.limits import Limits

What = TypeVar("What")
_NO_TIME_S = 0.001


class Deadline(Generic[What]):
    """
    By when something has to come.

    Attributes:
        awaited: What is waited for; None while it is nothing.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, missed: Callable[[What], None]) -> None:
        """*missed* is called with what did not come in time; it may wait on."""
        self.awaited: What | None = None
        self._loop, self._missed = loop, missed
        self._at = self._fires = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def wait_for(self, what: What, within_s: float) -> None:
        self.awaited = what
        self._at = self._loop.time() + within_s
        if self._timer is None:
            self._start(within_s)
        elif self._at < self._fires:
            self._timer.cancel()
            self._start(within_s)

    def _start(self, after_s: float) -> None:
        self._fires = self._loop.time() + after_s
        self._timer = self._loop.call_later(after_s, self._look)

    def _look(self) -> None:
        self._timer = None
        if self.awaited is None:
            return
        left_s = self._at - self._loop.time()
        if left_s > _NO_TIME_S:
            self._start(left_s)
        else:
            self._missed(self.awaited)

    def lift(self) -> None:
        """Wait for nothing; the timer, if it runs, finds nothing to do."""
        self.awaited = None

    def stop(self) -> None:
        self.lift()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Reading:
    """Cuts a client that does not read: what waits for it must shrink at the least pace (a slow reader holds memory)."""

    def __init__(self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport, limits: Limits) -> None:
        self._loop, self._transport, self._limits = loop, transport, limits
        self._unread_bytes = 0
        self._timer: asyncio.TimerHandle | None = None

    def watch(self) -> None:
        self._unread_bytes = self._transport.get_write_buffer_size()
        if self._timer is None and self._unread_bytes:
            self._timer = self._loop.call_later(self._limits.write_time_s, self._look)

    def _look(self) -> None:
        self._timer = None
        waiting_bytes = self._transport.get_write_buffer_size()
        pace_bytes = self._limits.write_bytes_per_s * self._limits.write_time_s
        if waiting_bytes and self._unread_bytes - waiting_bytes < pace_bytes:
            self._transport.abort()
        else:
            self.watch()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
