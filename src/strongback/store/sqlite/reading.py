"""One read in a thread, which can be stopped from outside of it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from strongback.store.sqlite.connection import Connection


class Reading:
    """
    Lends a connection to a thread while it reads. `stop` ends the read that runs, or is yet to begin, and no other: the connection may be
    somebody else's by then.

    Args:
        borrow, give_back: Where connections come from and go to; called in the thread.
    """

    __slots__ = ("_borrow", "_connection", "_give_back", "_lock", "_stopped")

    def __init__(self, borrow: Callable[[], Connection], give_back: Callable[[Connection], None]) -> None:
        self._borrow, self._give_back = borrow, give_back
        self._connection: Connection | None = None
        self._lock = Lock()
        self._stopped = False

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            if self._connection is not None:
                self._connection.stopped = True

    def __enter__(self) -> Connection:
        connection = self._borrow()
        with self._lock:
            connection.stopped = self._stopped
            self._connection = connection
        return connection

    def __exit__(self, *raised: object) -> None:
        connection = self._connection
        assert connection is not None
        with self._lock:
            self._connection = None
        self._give_back(connection)
