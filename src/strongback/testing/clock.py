"""A clock that a test sets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 1, tzinfo=UTC)


class SetClock:
    """
    Stands still until it is moved.

    >>> clock = SetClock(datetime(2028, 2, 28, 23, tzinfo=UTC))
    >>> clock.move(timedelta(hours=2))
    >>> clock.now().isoformat()
    '2028-02-29T01:00:00+00:00'
    """

    def __init__(self, at: datetime = START) -> None:
        if at.tzinfo is None:
            raise ValueError("a clock is set to an aware moment: datetime(..., tzinfo=UTC)")
        self._at = at

    def now(self) -> datetime:
        return self._at

    def move(self, by: timedelta) -> None:
        """Let *by* pass."""
        self._at += by
