"""What an operator says about an SQLite database: where its file is, and how to use it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from strongback.errors import ConfigurationError, did_you_mean

MEMORY = ":memory:"


@dataclass(frozen=True, slots=True)
class SqliteSettings:
    """
    How to use an SQLite database.

    Every field but *path* stands in the URL: `sqlite:///jobs.db?synchronous=full`.

    Attributes:
        path: The file, or `:memory:` for a database that ends with the process.
        synchronous: `normal` survives a crash of the process; a power cut may take the last commits, never the file's health.
            `full` survives both, at one disk flush a commit.
        inline_s: How long a read may hold the event loop; a longer one starts again in a thread.
        statement_timeout_s: How long one read may run.
        write_wait_s: How long a writer waits for its turn before it is refused.
        transaction_timeout_s: How long one writing transaction may hold the writer, awaits included.
    """

    path: str
    synchronous: str = "normal"
    inline_s: float = 0.005
    statement_timeout_s: float = 10.0
    write_wait_s: float = 1.0
    transaction_timeout_s: float = 5.0

    @property
    def in_memory(self) -> bool:
        return self.path == MEMORY


def _synchronous(text: str) -> str:
    if text not in ("normal", "full"):
        raise ValueError(text)
    return text


def _positive(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise ValueError(text)
    return value


_READ: dict[str, Callable[[str], Any]] = {
    "synchronous": _synchronous,
    "inline_s": _positive,
    "statement_timeout_s": _positive,
    "write_wait_s": _positive,
    "transaction_timeout_s": _positive,
}


def read_settings(url: str) -> SqliteSettings:
    """
    Read `sqlite:///relative.db`, `sqlite:////absolute.db` or `sqlite://` (in memory), with settings after `?`.

    Raises:
        ConfigurationError: A setting is unknown, or has no value it may have.

    >>> read_settings("sqlite:///jobs.db?synchronous=full").path, read_settings("sqlite://").in_memory
    ('jobs.db', True)
    """
    parts = urlsplit(url)
    if parts.netloc:
        raise ConfigurationError("an SQLite URL has three slashes before its path", hint="write `sqlite:///jobs.db`")
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    return SqliteSettings(
        unquote(parts.path[1:]) or MEMORY, **{name: _value(name, text) for name, text in given.items()}
    )


def _value(name: str, text: str) -> Any:
    if name not in _READ:
        raise ConfigurationError(f"an SQLite URL has no setting `{name}`", hint=did_you_mean(name, _READ))
    try:
        return _READ[name](text)
    except ValueError:
        like = "`normal` or `full`" if name == "synchronous" else "a number of seconds above 0"
        raise ConfigurationError(f"`{name}` in the database URL must be {like}") from None
