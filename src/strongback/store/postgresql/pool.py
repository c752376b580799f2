"""
A pool of connections that survives cancelled callers, killed backends and a database that is gone.

- Lending sends nothing over the wire: a connection comes back clean, or not to the idle ones.
- A caller waits a bounded time, then is refused with `Unavailable`.
- Connections are opened by tasks of the pool's own, so a caller that leaves takes none along.
- One that a caller left in the middle of something is brought to rest in the background, or closed.
- One whose server has gone silent is given up: the pool looks after all that are lent, once a second.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from strongback.store.postgresql.connection import Connection
from strongback.store.postgresql.failures import translate, unavailable
from strongback.store.store import PoolFigures

SETTLE_S = 2.0
CLOSE_S = 2.0
PAUSE_MAX_S = 0.5
LOOK_S = 1.0
TICK_S = 0.001


class Pool:
    """
    Up to *limit* connections, the last used lent first. For one event loop; made inside it.

    Args:
        wait_s: How long a caller waits for a connection.
        answer_s: How long a prepared statement may go unanswered.
    """

    def __init__(
        self, open_connection: Callable[[], Awaitable[Connection]], limit: int, wait_s: float, answer_s: float
    ) -> None:
        self._open_connection = open_connection
        self._limit = limit
        self._wait_s = wait_s
        self._answer_s = answer_s
        self._loop = asyncio.get_running_loop()
        self._idle: list[Connection] = []
        self._lent: set[Connection] = set()
        # Ordered: whoever waits longest is served first. A set would lose the order, a deque the quick removal.
        self._waiters: dict[asyncio.Future[Connection], float] = {}  # by when it has to be served
        self._impatience: asyncio.TimerHandle | None = None
        self._opening = 0
        self._settling = 0
        self._failures = 0
        self._paused_until = 0.0
        self._last_error: BaseException | None = None
        self._refused = 0
        self._closed = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._looking = self._loop.call_later(LOOK_S, self._look)

    @property
    def size(self) -> int:
        """Connections that are open, or about to be."""
        return len(self._idle) + len(self._lent) + self._opening + self._settling

    def figures(self) -> PoolFigures:
        return PoolFigures(self._limit, self.size, len(self._lent), len(self._waiters), self._refused)

    async def acquire(self) -> Connection:
        """
        Borrow a connection; give it back by `release`, or by `abandon` when its state is unknown.

        Raises:
            Unavailable: The database cannot be reached, or no connection came free in time.
        """
        return self.lend() or await self._wait()

    def lend(self) -> Connection | None:
        """As `acquire`, if one is idle."""
        idle = self._idle
        while idle:
            connection = idle.pop()
            if not connection.is_closed():
                self._lent.add(connection)
                return connection
        return None

    def release(self, connection: Connection) -> None:
        """Give *connection* back after a statement that ended, well or badly."""
        if connection.is_closed():
            self._lent.discard(connection)
            self._open_as_needed()
        elif connection.is_in_transaction():
            self.abandon(connection)
        elif self._closed or connection.expires_at < time.monotonic():
            self._lent.discard(connection)
            self._run(self._retire(connection))
        else:
            self._lent.discard(connection)
            self._lend_or_keep(connection)

    def abandon(self, connection: Connection) -> None:
        """Give *connection* back in the middle of something; it is brought to rest in the background."""
        self._lent.discard(connection)
        if connection.is_closed():
            self._open_as_needed()
        else:
            self._settling += 1
            self._run(self._settle(connection))

    def doubt(self, connection: Connection) -> None:
        """
        Give back a connection that turned out dead. The idle ones are closed as well: what ended one has often ended all, and each
        would cost a caller its statement.
        """
        self._lent.discard(connection)
        idle, self._idle = self._idle, []
        for doubtful in (connection, *idle):
            doubtful.terminate()
        self._open_as_needed()

    async def close(self, grace_s: float) -> None:
        """Refuse new callers, wait at most *grace_s* for lent connections, then close all."""
        self._closed = True
        self._looking.cancel()
        if self._impatience is not None:
            self._impatience.cancel()
        self._refuse_waiters(lambda: unavailable("is being disconnected"))
        until = time.monotonic() + grace_s
        while (self._lent or self._settling or self._opening) and time.monotonic() < until:
            await asyncio.sleep(0.01)
        for connection in self._lent:
            connection.terminate()
        self._lent.clear()
        idle, self._idle = self._idle, []
        await asyncio.gather(*(self._retire(connection) for connection in idle))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _wait(self) -> Connection:
        if self._closed:
            raise unavailable("is disconnected")
        waiter: asyncio.Future[Connection] = self._loop.create_future()
        self._waiters[waiter] = self._loop.time() + self._wait_s
        if self._impatience is None:
            self._impatience = self._loop.call_later(self._wait_s, self._refuse_late)
        self._open_as_needed()
        if self.size == 0:
            del self._waiters[waiter]
            raise self._away() from None
        try:
            return await waiter
        except asyncio.CancelledError:
            # The connection was handed over in the same turn in which the caller was cancelled.
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self.release(waiter.result())
            raise
        finally:
            self._waiters.pop(waiter, None)

    def _refuse_late(self) -> None:
        """Refuse who has waited long enough. One timer serves all who wait: it is for whoever has waited longest."""
        self._impatience = None
        now = self._loop.time() + TICK_S
        for waiter, until in self._waiters.items():
            if until > now:
                self._impatience = self._loop.call_at(until, self._refuse_late)
                return
            if not waiter.done():
                self._refused += 1
                waiter.set_exception(unavailable("has no free connection"))

    def _lend_or_keep(self, connection: Connection) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                self._lent.add(connection)
                waiter.set_result(connection)
                return
        self._idle.append(connection)

    def _open_as_needed(self) -> None:
        """Open as many connections as there are callers waiting, within the limit, and none while the database is away."""
        if self.size >= self._limit or self._closed or time.monotonic() < self._paused_until:
            return
        wanted = sum(not waiter.done() for waiter in self._waiters) - self._opening - self._settling
        for _ in range(min(wanted, self._limit - self.size)):
            self._opening += 1
            self._run(self._open())

    async def _open(self) -> None:
        try:
            connection = await self._open_connection()
        except Exception as error:
            self._opening -= 1
            self._opening_failed(error)
        except BaseException:
            self._opening -= 1
            raise
        else:
            self._opening -= 1
            self._failures = 0
            self._lend_or_keep(connection)

    def _opening_failed(self, error: Exception) -> None:
        self._failures += 1
        self._last_error = error
        pause_s = min(PAUSE_MAX_S, 0.02 * 2 ** min(self._failures, 10)) * random.uniform(0.5, 1.0)
        self._paused_until = time.monotonic() + pause_s
        if self.size == 0:
            self._refuse_waiters(self._away)
        else:
            # The server may only be full: those who wait get a connection that comes back, or one opened later.
            self._loop.call_later(pause_s + 0.001, self._open_as_needed)

    def _away(self) -> BaseException:
        return translate(self._last_error) if self._last_error is not None else unavailable("cannot be reached")

    def _refuse_waiters(self, why: Callable[[], BaseException]) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                self._refused += 1
                waiter.set_exception(why())

    async def _settle(self, connection: Connection) -> None:
        try:
            async with asyncio.timeout(SETTLE_S):
                await connection.settle()
        except BaseException as error:
            self._settling -= 1
            connection.terminate()
            self._open_as_needed()
            if not isinstance(error, Exception):
                raise
        else:
            self._settling -= 1
            self.release(connection)

    async def _retire(self, connection: Connection) -> None:
        try:
            await connection.close(timeout=CLOSE_S)
        except Exception:
            connection.terminate()
        self._open_as_needed()

    def _look(self) -> None:
        """Give up the connections whose servers have gone silent. What else is asked of a connection has a timer of its own."""
        silent_since = time.monotonic() - self._answer_s
        for connection in self._lent:
            if 0.0 < connection.asked_at < silent_since:
                connection.give_up()
        self._looking = self._loop.call_later(LOOK_S, self._look)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
