"""Where log lines go, in which style, and from which level on."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import BinaryIO, Literal

from strongback.observe.line import Clock, console_line, json_line

Style = Literal["auto", "json", "console"]

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}


class LogOutput:
    """
    A stream that takes whole lines.

    A line is written and flushed at once, so a crash loses none, and two threads never mix theirs. A stream that fails (a closed
    pipe, a full disk) loses the line and is counted: no request fails because its log line cannot be written.

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

    __slots__ = ("_clock", "_flush", "_write", "colour", "console", "level", "lost")

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

    def now(self) -> str:
        """The time of a line: RFC 3339, UTC, microseconds."""
        return self._clock.now()

    def emit(self, values: Mapping[str, object]) -> None:
        """Write *values*, which are fit to be written, as one line of the style chosen."""
        self.write_line(console_line(values, colour=self.colour) if self.console else json_line(values))

    def write_line(self, line: bytes) -> None:
        """Write one line, which ends with a line feed."""
        try:
            self._write(line)
            self._flush()
        except (OSError, ValueError):
            self.lost += 1
