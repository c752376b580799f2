"""Where lines go: words on a terminal, JSON elsewhere, and no failure of the stream reaches the program."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
from typing import Any

import pytest

from strongback.observe.output import PAGE_BYTES, WAIT_S, LogOutput


class Terminal(io.BytesIO):
    def isatty(self) -> bool:
        return True


class Closed(io.BytesIO):
    def write(self, line: object, /) -> int:
        raise BrokenPipeError


VALUES = {"at": "2026-01-02T03:04:05.000006Z", "level": "info", "event": "ready", "port": 8000}


def test_a_terminal_gets_words_in_colour() -> None:
    stream = Terminal()
    LogOutput(stream, environment={}).emit(VALUES)
    assert stream.getvalue() == b"03:04:05 \x1b[32minfo    \x1b[0m ready  port=8000\n"


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_where_none_is_wanted(environment: dict[str, str]) -> None:
    stream = Terminal()
    LogOutput(stream, environment=environment).emit(VALUES)
    assert stream.getvalue() == b"03:04:05 info     ready  port=8000\n"


def test_an_empty_no_color_asks_for_nothing() -> None:
    """As https://no-color.org words it: present and not an empty string."""
    assert LogOutput(Terminal(), environment={"NO_COLOR": ""}).colour


def test_anything_else_gets_json() -> None:
    stream = io.BytesIO()
    LogOutput(stream, environment={}).emit(VALUES)
    assert json.loads(stream.getvalue()) == VALUES


def test_the_style_can_be_chosen() -> None:
    terminal, file = Terminal(), io.BytesIO()
    LogOutput(terminal, style="json", environment={}).emit(VALUES)
    LogOutput(file, style="console", environment={}).emit(VALUES)
    assert terminal.getvalue().startswith(b"{")
    assert file.getvalue() == b"03:04:05 info     ready  port=8000\n"


def test_a_line_that_cannot_be_written_is_counted_and_nothing_else() -> None:
    output = LogOutput(Closed(), style="json")
    output.emit(VALUES)
    output.emit(VALUES)
    assert output.lost == 2


def test_a_stream_closed_later_is_counted_too() -> None:
    stream = io.BytesIO()
    output = LogOutput(stream, style="json")
    stream.close()
    output.emit(VALUES)
    assert output.lost == 1


def test_a_level_that_is_none_is_refused() -> None:
    with pytest.raises(KeyError):
        LogOutput(io.BytesIO(), level="loud")


async def test_lines_that_may_wait_are_written_together() -> None:
    writes: list[bytes] = []
    output = LogOutput(Counting(writes), style="json")
    for number in range(3):
        output.write_soon(b"%d\n" % number)
    assert writes == []
    await asyncio.sleep(3 * WAIT_S)
    assert writes == [b"0\n1\n2\n"]


async def test_a_line_that_may_not_wait_comes_after_those_that_do() -> None:
    writes: list[bytes] = []
    output = LogOutput(Counting(writes), style="json")
    output.write_soon(b"well\n")
    output.write_line(b"wrong\n")
    assert writes == [b"well\nwrong\n"]


async def test_what_is_written_at_once_fits_into_one_page() -> None:
    """Processes that share a pipe do not mix their lines."""
    writes: list[bytes] = []
    output = LogOutput(Counting(writes), style="json")
    for _ in range(100):
        output.write_soon(b"x" * 199 + b"\n")
    output.flush()
    assert max(map(len, writes)) <= PAGE_BYTES
    assert b"".join(writes).count(b"\n") == 100
    assert len(writes) == 5


def test_without_a_loop_no_line_waits() -> None:
    writes: list[bytes] = []
    LogOutput(Counting(writes), style="json").write_soon(b"alone\n")
    assert writes == [b"alone\n"]


def test_what_waits_is_written_when_the_process_ends() -> None:
    program = """
import asyncio
from strongback.observe.output import LogOutput

async def run() -> None:
    LogOutput.kept = output = LogOutput(style="json")
    output.write_soon(b"last\\n")

asyncio.run(run())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b"last\n"


class Counting(io.BytesIO):
    """A stream that notes what each write holds."""

    def __init__(self, writes: list[bytes]) -> None:
        super().__init__()
        self.writes = writes

    def write(self, data: Any) -> int:
        self.writes.append(bytes(data))
        return len(data)
