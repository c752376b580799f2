"""What an operator says about a PostgreSQL database: its URL, and how to use it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from strongback.errors import ConfigurationError, did_you_mean


@dataclass(frozen=True, slots=True)
class PostgresSettings:
    """
    How to use a PostgreSQL database.

    Every field but *url* can stand in the URL as well: `postgresql://app@db/jobs?pool_size=20&statement_cache=off`. What else stands
    there (`sslmode`, `application_name`, ...) is the driver's.

    Attributes:
        pool_size: Connections held at most.
        pool_wait_s: How long a caller waits for a free one before it is refused.
        connect_timeout_s: How long opening one may take.
        statement_timeout_s: How long one statement may run.
        statement_cache: Whether statements are prepared once a connection. Off behind a pooler in transaction mode; the server then
            gets no session settings either, so give the role its own `statement_timeout`.
        lifetime_s: How old a connection grows before a new one takes its place, give or take a tenth.
    """

    url: str
    pool_size: int = 10
    pool_wait_s: float = 1.0
    connect_timeout_s: float = 5.0
    statement_timeout_s: float = 10.0
    statement_cache: bool = True
    lifetime_s: float = 1800.0


_READ: dict[str, Callable[[str], Any]] = {
    "pool_size": int,
    "pool_wait_s": float,
    "connect_timeout_s": float,
    "statement_timeout_s": float,
    "statement_cache": lambda text: {"on": True, "off": False}[text],
    "lifetime_s": float,
}


def read_settings(url: str) -> PostgresSettings:
    """
    Take our own settings out of *url*; the rest stays for the driver.

    Raises:
        ConfigurationError: A setting has no value it may have. The message never holds the URL, which may hold a password.

    >>> read_settings("postgresql://app@db/jobs?pool_size=3&sslmode=require")
    PostgresSettings(url='postgresql://app@db/jobs?sslmode=require', pool_size=3, pool_wait_s=1.0, \
connect_timeout_s=5.0, statement_timeout_s=10.0, statement_cache=True, lifetime_s=1800.0)
    """
    parts = urlsplit(url)
    given = parse_qsl(parts.query, keep_blank_values=True)
    ours = {name: _value(name, text) for name, text in given if name in _READ}
    rest = urlencode([(name, text) for name, text in given if name not in _READ])
    return PostgresSettings(urlunsplit(parts._replace(query=rest)), **ours)


def _value(name: str, text: str) -> Any:
    try:
        value = _READ[name](text)
    except (ValueError, KeyError):
        value = -1
    if value is not False and value <= 0:
        like = "`on` or `off`" if name == "statement_cache" else "a number above 0"
        raise ConfigurationError(f"`{name}` in the database URL must be {like}", hint=did_you_mean(text, ["on", "off"]))
    return value
