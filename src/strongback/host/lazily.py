"""What is opened by whoever needs it first, once, however many need it at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from strongback.errors import ConfigurationError, StrongbackError, Unavailable
from strongback.observe.messages import get_logger

# A store that could not be opened is left in peace this long, however many requests come.
RETRY_S = 1.0

_log = get_logger("strongback.host")


class SecondLoop(ConfigurationError):
    """One mounted service is used in two running event loops; its connections belong to the first."""

    code = "SB416"

    def __init__(self) -> None:
        super().__init__(
            "this mounted service is open in another event loop",
            hint="call `sb.asgi` once for each thread with an event loop of its own",
        )


class Lazily:
    """
    Opens by *start* and closes by *stop*; belongs to the event loop it was opened in.

    A test client that begins an event loop for each request finds it open in one that has ended: then it is opened anew.
    """

    def __init__(self, start: Callable[[], Awaitable[None]], stop: Callable[[], Awaitable[None]]) -> None:
        self._start = start
        self._stop = stop
        self._loop: asyncio.AbstractEventLoop | None = None
        self._opening: asyncio.Task[None] | None = None
        self._holders = 0
        self._ended = False
        self._failed: StrongbackError | None = None
        self._failed_at = 0.0

    def is_open(self) -> bool:
        """Whether it is open in the running event loop. Asked by every request."""
        return self._loop is asyncio.get_running_loop() and self._opening is None

    async def open(self) -> None:
        """
        Open it until as many calls of `close`.

        Raises:
            StrongbackError: As *start*.
        """
        self._ended = False
        if not self.is_open():
            await self._open_once()
        self._holders += 1

    async def open_for_a_request(self) -> None:
        """
        Open it without an end that anybody has promised.

        Raises:
            Unavailable: It was closed by whoever opened it.
            StrongbackError: As *start*; told again to requests that come soon after.
        """
        if self._ended:
            raise Unavailable("the service is being stopped")
        if self._failed is not None and monotonic() - self._failed_at < RETRY_S:
            raise self._failed
        await self._open_once()

    async def close(self) -> None:
        self._holders = max(0, self._holders - 1)
        if self._holders == 0:
            self._ended, self._loop = True, None
            await self._stop()

    async def _open_once(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            if self._loop is not None and self._loop.is_running():
                raise SecondLoop
            self._loop, self._opening = loop, loop.create_task(self._run())
            self._opening.add_done_callback(
                lambda done: done.cancelled() or done.exception()
            )  # nobody may be left to see
        if self._opening is not None:
            # One request that is cancelled must not take the store from the others.
            await asyncio.shield(self._opening)

    async def _run(self) -> None:
        opened = False
        try:
            await self._start()
            opened, self._failed = True, None
        except Exception as error:
            _log.error("the store cannot be opened", failure=error)
            if isinstance(error, StrongbackError):
                self._failed, self._failed_at = error, monotonic()
            await self._stop()
            raise
        finally:
            self._opening = None
            if not opened:
                self._loop = None
