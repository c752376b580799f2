"""One connection to an SQLite file, whose statements end by a deadline."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from time import perf_counter
from typing import Any

from strongback.errors import ConfigurationError
from strongback.store.sqlite.settings import SqliteSettings

# Instructions of SQLite's machine between two looks at the clock: some tens of microseconds.
STEPS = 2000
# A page of a list takes 45 kB. The writer and the reader keep what a service of a usual size asks for; what a thread reads takes
# milliseconds, against a tenth of one to prepare it, so its connection keeps next to nothing.
STATEMENTS_KEPT = 256
STATEMENTS_KEPT_BY_SPARE = 8
WAL_KEPT_BYTES = 64 * 2**20
CACHE_KIB = 8 * 2**10


class Connection:
    """
    A connection in autocommit mode. Not for two threads at once.

    Attributes:
        stopped: Set from elsewhere, the statement that runs, or is about to, ends at once.
    """

    __slots__ = ("_until", "raw", "stopped")

    def __init__(self, settings: SqliteSettings, *, writes: bool, statements: int = STATEMENTS_KEPT) -> None:
        self._until = float("inf")
        self.stopped = False
        self.raw = _open(settings, statements, writes=writes)
        self.raw.set_progress_handler(self._is_late, STEPS)

    def fetch(self, sql: str, values: Sequence[object], within_s: float) -> list[Any]:
        """
        Run *sql* and return all its rows.

        Raises:
            sqlite3.OperationalError: Interrupted after *within_s* seconds, among others.
        """
        self._until = perf_counter() + within_s
        return self.raw.execute(sql, values).fetchall()

    def run(self, sql: str) -> None:
        """Run *sql*, however long it takes."""
        self._until = float("inf")
        self.raw.execute(sql)

    def close(self) -> None:
        self.raw.close()

    def _is_late(self) -> bool:
        return self.stopped or perf_counter() > self._until


def _open(settings: SqliteSettings, statements: int, *, writes: bool) -> sqlite3.Connection:
    try:
        # Waiting for another process is done between tries, never inside SQLite: that would stop the event loop.
        raw = sqlite3.connect(
            settings.path,
            timeout=0,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=statements,
        )
        _prepare(raw, settings, writes)
    except sqlite3.Error as error:
        raise ConfigurationError(f"the SQLite file `{settings.path}` cannot be opened: {error}") from None
    return raw


def _exact_float(value: float | None) -> str | None:
    """The shortest text that reads back as the same float; SQLite's own cuts digits (SQL asks for this by `EXACT_FLOAT`)."""
    return None if value is None else repr(value)


def _prepare(raw: sqlite3.Connection, settings: SqliteSettings, writes: bool) -> None:
    if writes:
        raw.execute("PRAGMA busy_timeout = 2000")
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA busy_timeout = 0")
        raw.execute(f"PRAGMA synchronous = {settings.synchronous.upper()}")
        raw.execute(f"PRAGMA journal_size_limit = {WAL_KEPT_BYTES}")
        raw.execute("PRAGMA foreign_keys = ON")
    else:
        raw.execute("PRAGMA query_only = ON")
    raw.create_function("strongback_exact_float", 1, _exact_float, deterministic=True)
    raw.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    raw.execute("PRAGMA temp_store = MEMORY")
