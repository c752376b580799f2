"""Open the store that a URL names."""

from __future__ import annotations

from importlib.metadata import entry_points

from strongback.errors import ConfigurationError, MissingExtra, did_you_mean
from strongback.store.sql.dialect import Dialect
from strongback.store.store import Store

SCHEMES = ("sqlite", "postgresql")
# A package brings a store by an entry point of this group: its name is the URL's scheme, its object a function like `open_store`.
GROUP = "strongback.stores"


def open_store(url: str) -> tuple[Store, Dialect]:
    """
    Make the store that *url* names, not yet started, and its dialect.

    Args:
        url: `sqlite:///jobs.db`, `sqlite://` (in memory), `postgresql://user@host/name`, or one whose scheme an installed package brings.
    Raises:
        ConfigurationError: No such kind of store, or its driver is not installed.
    """
    scheme = url.split(":", 1)[0]
    match scheme:
        case "sqlite":
            return _sqlite(url)
        case "postgresql" | "postgres":
            return _postgresql(url)
        case _:
            for brought in entry_points(group=GROUP, name=scheme):
                opened: tuple[Store, Dialect] = brought.load()(url)
                return opened
            hint = did_you_mean(scheme, SCHEMES) or f"use one of {', '.join(f'`{s}://`' for s in SCHEMES)}"
            raise ConfigurationError(f"there is no store `{scheme}`", hint=hint)


def _sqlite(url: str) -> tuple[Store, Dialect]:
    from strongback.store.sql.sqlite import SqliteDialect  # noqa: PLC0415 - only the engine in use is imported
    from strongback.store.sqlite.driver import SqliteStore  # noqa: PLC0415

    return SqliteStore(url), SqliteDialect()


def _postgresql(url: str) -> tuple[Store, Dialect]:
    try:
        from strongback.store.postgresql.driver import PostgresStore  # noqa: PLC0415
        from strongback.store.sql.postgresql import PostgresqlDialect  # noqa: PLC0415
    except ImportError as missing:
        raise MissingExtra("asyncpg", "postgres") from missing
    return PostgresStore(url), PostgresqlDialect()
