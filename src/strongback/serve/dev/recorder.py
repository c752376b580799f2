"""The last requests, each with what it did: kept in memory, while developing."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from strongback.engine.request import Reply, Request
from strongback.observe.observation import Observation
from strongback.serve.dev.trace import CURRENT, Trace

KEPT: Final = 200
Answering = Callable[[Request], Awaitable[Reply]]


class Recorded(Struct, frozen=True):
    """
    One request.

    Attributes:
        number: Grows with each request.
        at: When it ended, UTC.
    """

    number: int
    at: datetime
    seen: Observation
    trace: Trace


class Recorder:
    """
    A sink that keeps the last KEPT requests with their traces.

    Attributes:
        newest: The number of the last one; 0 before the first.
    """

    def __init__(self) -> None:
        self._kept: deque[Recorded] = deque(maxlen=KEPT)
        self.newest = 0

    def record(self, observation: Observation, /) -> None:
        self.newest += 1
        self._kept.append(Recorded(self.newest, datetime.now(UTC), observation, CURRENT.get() or Trace()))

    def after(self, number: int) -> Iterator[Recorded]:
        """Those that came after the one of *number*, newest first."""
        for each in reversed(self._kept):
            if each.number <= number:
                return
            yield each

    def find(self, request_id: str) -> Recorded | None:
        """The last one of that id: callers may give the same one twice."""
        return next((each for each in reversed(self._kept) if each.seen.request_id == request_id), None)

    def watching(self, answer: Answering) -> Answering:
        """*answer*, with a trace for each request."""

        async def answered(request: Request) -> Reply:
            token = CURRENT.set(Trace())
            try:
                return await answer(request)
            finally:
                CURRENT.reset(token)

        return answered
