"""Where log lines go, in which style, and from which level on."""

from __future__ import annotations

import asyncio
import atexit
import os
import sys
import weakref
from collections import deque
from collections.abc import Mapping
from typing import BinaryIO, Literal

from strongback.observe.line import Clock, console_line, json_line

Style = Literal["auto", "json", "console"]

WAIT_S = 0.02
PAGE_BYTES = 4096

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}


def _flush(output: weakref.ref[LogOutput]) -> None:
    left = output()
    if left is not None:
        left.flush()


class LogOutput:
    """
    A stream that takes whole lines.

    A line is written and flushed at once, so a crash loses none, and two threads never mix theirs. Only lines that say that all is well
    may wait a moment for each other (`write_soon`): a line by itself costs a request 4 us, most of them in the kernel. A stream that
    fails (a closed pipe, a full disk) loses lines and counts them: no request fails because its log line cannot be written.

    Args:
        stream: Takes bytes; standard output when not given.
        style: `json`, `console`, or `auto`: words when *stream* is a terminal, else JSON.
        level: The lowest level that is written.
        environment: Where NO_COLOR (https://no-color.org) and TERM are looked up.
    Attributes:
        console: Whether lines are words for a person.
        lost: Lines that could not be written.
    Raises:
        KeyError: *level* is none.
    """

    __slots__ = (
        "__weakref__",
        "_clock",
        "_flush",
        "_size_bytes",
        "_waiting",
        "_write",
        "colour",
        "console",
        "level",
        "lost",
    )

    def __init__(
        self,
        stream: BinaryIO | None = None,
        *,
        style: Style = "auto",
        level: str = "info",
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        chosen = sys.stdout.buffer if stream is None else stream
        terminal = chosen.isatty()
        self.console = terminal if style == "auto" else style == "console"
        self.colour = (
            self.console and terminal and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
        )
        self.level = LEVELS[level]
        self.lost = 0
        self._clock = Clock()
        self._write = chosen.write
        self._flush = chosen.flush
        self._waiting: deque[bytes] = deque()
        self._size_bytes = 0
        atexit.register(_flush, weakref.ref(self))

    def now(self) -> str:
        """The time of a line: RFC 3339, UTC, microseconds."""
        return self._clock.now()

    def emit(self, values: Mapping[str, object]) -> None:
        """Write *values*, which are fit to be written, as one line of the style chosen."""
        self.write_line(console_line(values, colour=self.colour) if self.console else json_line(values))

    def write_line(self, line: bytes) -> None:
        """Write one line, which ends with a line feed, after those that wait."""
        self._waiting.append(line)
        self.flush()

    def write_soon(self, line: bytes) -> None:
        """
        Write one line, which ends with a line feed, within `WAIT_S`: with others that come meanwhile, or as soon as they fill a page.

        A page is what one write puts into a pipe undivided, so that processes which share one never mix their lines (POSIX, PIPE_BUF).
        """
        size = self._size_bytes + len(line)
        if size > PAGE_BYTES:
            self.flush()
            size = len(line)
        self._waiting.append(line)
        if size == len(line) and not self._flush_soon():
            self.flush()
            return
        self._size_bytes = size

    def flush(self) -> None:
        """Write the lines that wait."""
        self._size_bytes = 0
        lines = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if not lines:
            return
        try:
            self._write(b"".join(lines))
            self._flush()
        except (OSError, ValueError):
            self.lost += len(lines)

    def _flush_soon(self) -> bool:
        """See to it that lines do not wait for long; not where no loop runs, which could."""
        try:
            asyncio.get_running_loop().call_later(WAIT_S, self.flush)
        except RuntimeError:
            return False
        return True
