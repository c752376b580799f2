"""
How much is past the time at which its rule erases it, as a figure that costs next to nothing to look at.

To count it, the store reads every row of the entities that erase, and where history is kept every version of them: far too much for each
scrape. So a look shows what the last count found, and starts the next one when that is old. Nobody waits for it, no two run at once, and
where nobody looks, nothing is counted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from strongback.engine.erase import Due
from strongback.errors import StrongbackError
from strongback.observe.messages import get_logger

EVERY_S: Final = 3600.0

Figures = Mapping[tuple[tuple[str, str], ...], float]


class Overdue:
    """
    The count, as old as it may be.

    Args:
        find: Finds what is due now.
        is_open: Whether the store is.
        now_s: A clock that only goes forward, in seconds.
    """

    def __init__(
        self,
        find: Callable[[], Awaitable[Sequence[Due]]],
        is_open: Callable[[], bool],
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._find, self._is_open, self._now_s = find, is_open, now_s
        self._figures: Figures = {}
        self._begun_s: float | None = None
        self._counting: asyncio.Task[None] | None = None

    def figures(self) -> Figures:
        """Due rows by entity, a row once for each of its rules; nothing before the first count has ended. Called on the event loop."""
        if self._is_old() and self._is_open():
            self._begun_s = self._now_s()
            self._counting = asyncio.get_running_loop().create_task(self._count())
        return self._figures

    def _is_old(self) -> bool:
        if self._counting is not None and not self._counting.done():
            return False
        return self._begun_s is None or self._now_s() - self._begun_s >= EVERY_S

    async def _count(self) -> None:
        """Count; what could not be counted is not told as if it were known."""
        try:
            due = await self._find()
        except StrongbackError as error:
            get_logger("erasure").warning("overdue erasures could not be counted", code=error.code)
            self._figures = {}
            return
        found: dict[tuple[tuple[str, str], ...], float] = {}
        for each in due:
            key = (("entity", each.entity),)
            found[key] = found.get(key, 0) + each.rows
        self._figures = found
