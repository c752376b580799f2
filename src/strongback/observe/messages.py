"""
The program's own messages: structlog for ours and the team's, the standard library's logging for everybody else's, all through one
redaction and onto one stream, beside the lines of the requests and with the same names.

    log = get_logger("store")
    log.info("pool is full", pool="main", waiting_count=3)

The event is a constant text; values go by name. `log.info("sent to %s", email)` writes the template and drops the argument.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

import structlog

from strongback.observe.line import json_line
from strongback.observe.output import LEVELS, LogOutput
from strongback.observe.redaction import Redactor, clear_text, describe_error

# Their messages name addresses, ports and process ids only, so arguments are written in full.
_TRUSTED_LOGGERS = frozenset({"uvicorn", "uvicorn.error"})
# They write one line per request of their own, with the query in it.
_SILENCED_LOGGERS = ("uvicorn.access",)


class Messages(structlog.BoundLoggerBase):
    """The logger that `get_logger` gives once messages are configured. Every method takes a constant event and named values."""

    threshold = LEVELS["info"]

    def debug(self, event: str, *_dropped: object, **values: object) -> None:
        """Write what helps to follow the program step by step."""
        self._say("debug", event, values)

    def info(self, event: str, *_dropped: object, **values: object) -> None:
        """Write what an operator reads in passing."""
        self._say("info", event, values)

    def warning(self, event: str, *_dropped: object, **values: object) -> None:
        """Write what an operator should look at by day."""
        self._say("warning", event, values)

    def error(self, event: str, *_dropped: object, **values: object) -> None:
        """Write what went wrong."""
        self._say("error", event, values)

    def critical(self, event: str, *_dropped: object, **values: object) -> None:
        """Write what ends the program."""
        self._say("critical", event, values)

    def exception(self, event: str, *_dropped: object, **values: object) -> None:
        """Write what went wrong, with the error being handled."""
        self._say("error", event, {"exc_info": True, **values})

    warn = warning
    fatal = critical

    def _say(self, level: str, event: str, values: Mapping[str, object]) -> None:
        if LEVELS[level] >= self.threshold:
            self._proxy_to_logger(level, event, **{name: value for name, value in values.items() if name != "event"})


def get_logger(name: str) -> Messages:
    """Give the logger of a part of the program, bound to its name; to be called at module level, configured or not."""
    logger: Messages = structlog.get_logger(source=name)
    return logger


def configure_messages(output: LogOutput, *, shown: Iterable[str] = ()) -> None:
    """
    Send all messages of this process to *output*: structlog's, the standard library's, and warnings.

    Args:
        output: Where, how, and from which level on. Other libraries are heard from `warning` on.
        shown: Names whose values are written beside those that always are (`redaction.SHOWN_NAMES`).
    """
    redactor = Redactor(frozenset(shown))
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, _Finish(output, redactor)],
        wrapper_class=type("Messages", (Messages,), {"threshold": output.level}),
        logger_factory=lambda *_: _Stream(output),
        cache_logger_on_first_use=False,
    )
    _take_over_logging(output)


def hand_to_logging() -> None:
    """
    Give messages to the standard library's logging, under the names of their sources (`strongback.store`), cleared as ever.

    For a process whose logging is others' business. Nothing is changed where structlog is configured already.
    """
    if not structlog.is_configured():
        structlog.configure(
            processors=[structlog.contextvars.merge_contextvars, _Hand(Redactor(frozenset()))],
            wrapper_class=Messages,
            logger_factory=lambda *_: _Logging(),
            cache_logger_on_first_use=False,
        )


def _take_over_logging(output: LogOutput) -> None:
    logging.root.handlers[:] = [LoggingHandler(output)]
    logging.root.setLevel(logging.WARNING)
    logging.captureWarnings(True)
    for name in _TRUSTED_LOGGERS:
        logging.getLogger(name).setLevel(max(output.level, logging.INFO))
    for name in _SILENCED_LOGGERS:
        logging.getLogger(name).disabled = True


class LoggingHandler(logging.Handler):
    """
    Writes records of the standard library's logging: the template and never its arguments, which hold the values.

    Of a text that was put together beforehand only the first line is written, cleared: asyncio puts the text of the lost error on
    the lines below.
    """

    def __init__(self, output: LogOutput) -> None:
        super().__init__(output.level)
        self._output = output

    def emit(self, record: logging.LogRecord) -> None:
        """Write *record*. What goes wrong here goes nowhere else: logging never breaks the program."""
        try:
            self._output.emit(self._values(record))
        except Exception:  # noqa: BLE001 - the record is others' code
            self._output.lost += 1

    def _values(self, record: logging.LogRecord) -> dict[str, object]:
        text = record.getMessage() if record.name in _TRUSTED_LOGGERS else str(record.msg)
        values: dict[str, object] = {
            "at": self._output.now(),
            "level": record.levelname.lower() if record.levelname.lower() in LEVELS else "info",
            "event": clear_text(text.strip().partition("\n")[0]),
            "source": clear_text(record.name),
        }
        error = record.exc_info[1] if record.exc_info else None
        return values if error is None else {**values, **describe_error(error)}


class _Finish:
    """The last processor: what was said becomes what may be written, in the order of a line."""

    __slots__ = ("_output", "_redactor")

    def __init__(self, output: LogOutput, redactor: Redactor) -> None:
        self._output = output
        self._redactor = redactor

    def __call__(
        self, _logger: Any, level: str, said: MutableMapping[str, Any]
    ) -> tuple[tuple[dict[str, object]], dict[str, Any]]:
        error = _error_of(said.pop("exc_info", None))
        said.pop("stack_info", None)
        event = said.pop("event", "")
        values: dict[str, object] = {"at": self._output.now(), "level": level, "event": clear_text(str(event))}
        values |= self._redactor.redact({name: value for name, value in said.items() if name not in values})
        return (values if error is None else {**values, **describe_error(error)},), {}


class _Stream:
    """What structlog hands the finished values to."""

    __slots__ = ("critical", "debug", "error", "info", "warning")

    def __init__(self, output: LogOutput) -> None:
        self.debug = self.info = self.warning = self.error = self.critical = output.emit


class _Hand:
    """The last processor where logging is others': level, source, and a text of the event and what may be shown with it."""

    __slots__ = ("_redactor",)

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def __call__(
        self, _logger: Any, level: str, said: MutableMapping[str, Any]
    ) -> tuple[tuple[str, int, str], dict[str, Any]]:
        error = _error_of(said.pop("exc_info", None))
        said.pop("stack_info", None)
        source, event = str(said.pop("source", "strongback")), clear_text(str(said.pop("event", "")))
        values = self._redactor.redact(said) | (describe_error(error) if error is not None else {})
        shown = json_line(values).decode().strip() if values else ""
        return (source, LEVELS[level], f"{event} {shown}".strip()), {}


class _Logging:
    """What structlog hands the finished text to."""

    __slots__ = ()

    def debug(self, source: str, level: int, text: str) -> None:
        logging.getLogger(source).log(level, "%s", text)

    info = warning = error = critical = debug


def _error_of(exc_info: object) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1] if len(exc_info) > 1 and isinstance(exc_info[1], BaseException) else None
    return sys.exc_info()[1] if exc_info else None
