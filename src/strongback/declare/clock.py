"""The time, bound once per request, so that every predicate and every row of one request agrees on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_current: ContextVar[Callable[[], datetime] | None] = ContextVar("strongback_clock", default=None)


def now() -> datetime:
    """Tell the time, aware and in UTC; inside a request its start. In a predicate it compiles to the same moment in the store."""
    clock = _current.get()
    return datetime.now(UTC) if clock is None else clock()


@contextmanager
def use_clock(clock: Callable[[], datetime] | datetime) -> Iterator[None]:
    """
    Make *clock*, or one fixed moment, the time of this context.

    >>> with use_clock(datetime(2028, 2, 29, tzinfo=UTC)):
    ...     print(now())
    2028-02-29 00:00:00+00:00
    """
    token = _current.set((lambda: clock) if isinstance(clock, datetime) else clock)
    try:
        yield
    finally:
        _current.reset(token)
