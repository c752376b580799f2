"""The program's own messages: structlog's and the standard library's, as lines, and no canary in any of them."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from strongback.errors import Fault, InvalidInput
from strongback.observe.messages import configure_messages, get_logger
from strongback.observe.output import LogOutput

CANARY = "canary-7f3a9c"
log = get_logger("store")


class Heard:
    """What came out."""

    def __init__(self) -> None:
        self.stream = io.BytesIO()

    def listen(self, level: str = "info", **options: Any) -> None:
        configure_messages(LogOutput(self.stream, style="json", level=level), **options)

    @property
    def text(self) -> str:
        return self.stream.getvalue().decode()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def heard() -> Iterator[Heard]:
    """Messages of this test alone; everything is put back afterwards."""
    root, handlers, level = logging.root, logging.root.handlers[:], logging.root.level
    yield Heard()
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("uvicorn.access").disabled = False
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def test_a_message_is_a_line_with_the_names_of_the_request_lines(heard: Heard) -> None:
    heard.listen()
    structlog.contextvars.bind_contextvars(request_id="edge-1")
    log.warning("pool is full", pool="main", wait_ms=12.5)
    (line,) = heard.lines
    assert list(line)[:3] == ["at", "level", "event"]
    del line["at"]
    assert line == {
        "level": "warning",
        "event": "pool is full",
        "source": "store",
        "pool": "main",
        "wait_ms": 12.5,
        "request_id": "edge-1",
    }


def test_messages_below_the_level_are_not_written(heard: Heard) -> None:
    heard.listen("warning")
    for say in (log.debug, log.info, log.warning, log.error, log.critical):
        say("x")
    assert [line["level"] for line in heard.lines] == ["warning", "error", "critical"]


def test_a_logger_made_before_is_configured_too(heard: Heard) -> None:
    made = get_logger("early")
    heard.listen()
    made.info("x")
    assert heard.lines[0]["source"] == "early"


def test_an_error_is_described_and_its_text_left_out(heard: Heard) -> None:
    heard.listen()
    try:
        raise ValueError(CANARY)
    except ValueError as error:
        log.exception("it broke")
        log.error("it broke", exc_info=error)
        log.error("it broke", exc_info=(type(error), error, error.__traceback__))
    assert CANARY not in heard.text
    assert [line["error"] for line in heard.lines] == ["ValueError"] * 3
    assert all(line["frames"][0].endswith(" test_an_error_is_described_and_its_text_left_out") for line in heard.lines)


def test_arguments_are_dropped_and_the_template_is_written(heard: Heard) -> None:
    heard.listen()
    log.info("sent to %s", CANARY)
    logging.getLogger("driver").warning("row %r of %d", CANARY, 5)
    assert [line["event"] for line in heard.lines] == ["sent to %s", "row %r of %d"]


def test_names_of_the_line_cannot_be_taken(heard: Heard) -> None:
    heard.listen()
    log.info("x", at="never", level="none")
    assert heard.lines[0]["level"] == "info" and heard.lines[0]["at"] != "never"


def test_a_team_shows_its_own_names(heard: Heard) -> None:
    heard.listen(shown=["campaign"])
    log.info("sent", campaign="spring", letter=CANARY)
    assert heard.lines[0]["campaign"] == "spring" and heard.lines[0]["letter"] == "[hidden str]"


def test_other_libraries_are_heard_from_warning_on_and_uvicorn_from_info(heard: Heard) -> None:
    heard.listen()
    logging.getLogger("driver").info("chatter")
    logging.getLogger("driver").warning("trouble")
    logging.getLogger("uvicorn.error").info("Started server process [%d]", 42)
    logging.getLogger("uvicorn.access").info('%s - "GET /v1/jobs?city=%s"', "127.0.0.1", CANARY)
    assert [(line["source"], line["event"]) for line in heard.lines] == [
        ("driver", "trouble"),
        ("uvicorn.error", "Started server process [42]"),
    ]


def test_a_record_that_cannot_be_put_together_breaks_nothing(heard: Heard) -> None:
    heard.listen()
    logging.getLogger("uvicorn.error").error("%d processes", "many")
    logging.getLogger("driver").error(object())
    assert [line["source"] for line in heard.lines] == ["driver"]


async def lose_an_error() -> None:
    async def fail() -> None:
        raise ValueError(CANARY)

    task = asyncio.ensure_future(fail())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task


@pytest.mark.filterwarnings("always:careful")
def test_no_canary_comes_out_by_any_way(heard: Heard) -> None:
    """Values, nested values, objects, errors, chains, lost tasks, warnings, drivers' records: none shows what it holds."""
    heard.listen("debug")

    class Row:
        name = CANARY

        def __repr__(self) -> str:
            return CANARY

    structlog.contextvars.bind_contextvars(actor=CANARY, token=CANARY)
    for value in (CANARY, CANARY.encode(), [CANARY], {"code": CANARY}, {CANARY: 1}, Row(), Row, ValueError(CANARY)):
        log.info("a value", value=value, row={"email": value}, pool={CANARY: value}, error=value)
    log.info("positional", CANARY, Row())  # noqa: PLE1205 - the point of the test
    log.info(f"put together for {CANARY}@example.com with Bearer {CANARY}")
    log.error("caller's", exc_info=InvalidInput([Fault("SB201", CANARY, CANARY, CANARY)]))
    try:
        try:
            raise KeyError(CANARY)
        except KeyError:
            raise ExceptionGroup(CANARY, [ValueError(CANARY)]) from OSError(CANARY)
    except ExceptionGroup:
        log.exception("nested")
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
        logging.getLogger("driver").exception("query failed: %s", CANARY, extra={"sql": CANARY})
    asyncio.run(lose_an_error())
    warnings.warn(f"careful\n{CANARY}", stacklevel=1)
    assert len(heard.lines) >= 15
    assert any("never retrieved" in line["event"] for line in heard.lines)
    assert CANARY not in heard.text


def test_no_value_breaks_a_line(heard: Heard) -> None:
    heard.listen()
    for text in ("a\r\nb", 'x\n{"event":"forged"}', "\u2028", "\x85", "\x1b[2J", "\x9b2J", "\0"):
        log.info(text, code=text)
        logging.getLogger(text).error(text)
    assert len(heard.text.splitlines()) == 14
    assert not any(line["event"] == "forged" for line in heard.lines)
    assert all("\x1b" not in line and "\x9b" not in line for line in heard.text.splitlines())
