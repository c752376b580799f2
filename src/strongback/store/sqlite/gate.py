"""Whose turn it is to write: SQLite has one writer."""

from __future__ import annotations

import asyncio

from strongback.store.sqlite.failures import busy


class Gate:
    """
    Lets one task in at a time, in the order they came, each after a bounded wait.

    Unlike `asyncio.Lock` it belongs to no event loop while nobody waits, so a store outlives the loop it was started in.
    """

    def __init__(self) -> None:
        self.held = False
        self.refused = 0
        self._waiters: dict[asyncio.Future[None], None] = {}

    @property
    def waiting(self) -> int:
        return len(self._waiters)

    async def enter(self, wait_s: float) -> None:
        """
        Raises:
            Unavailable: The turn did not come within *wait_s* seconds.
        """
        if not self.held:
            self.held = True
            return
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        self._waiters[turn] = None
        timer = loop.call_later(wait_s, self._give_up, turn)
        try:
            await turn
        except asyncio.CancelledError:
            # The turn came in the same moment in which the caller was cancelled.
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.leave()
            raise
        finally:
            timer.cancel()
            self._waiters.pop(turn, None)

    def leave(self) -> None:
        for turn in self._waiters:
            if not turn.done() and not turn.get_loop().is_closed():
                turn.set_result(None)
                return
        self.held = False

    def _give_up(self, turn: asyncio.Future[None]) -> None:
        if not turn.done():
            self.refused += 1
            turn.set_exception(busy())
