"""What PostgreSQL and its driver say went wrong, in our words. No value of a row or a statement crosses: only names and codes."""

from __future__ import annotations

import random
from typing import Any

from asyncpg import exceptions as pg

from strongback.errors import ConfigurationError, InternalError, StoreMismatch, StrongbackError, TimedOut, Unavailable
from strongback.store.violations import (
    CheckViolated,
    Conflicted,
    ForeignKeyViolated,
    NullViolated,
    UniqueViolated,
    Violation,
)

# The connection is gone, or what came over it makes no sense to the driver (the server's farewell, in the middle of a statement):
# the very same call on another connection may do better, if nothing was done yet.
LOST = (
    pg.ConnectionDoesNotExistError,
    pg.AdminShutdownError,
    pg.CrashShutdownError,
    pg.CannotConnectNowError,
    pg.InternalClientError,
    ConnectionError,
)
# A prepared statement that a change of the schema, or a pooler, has made unusable.
STALE = (pg.InvalidCachedStatementError, pg.InvalidSQLStatementNameError, pg.OutdatedSchemaCacheError)

_VIOLATIONS: dict[str, type[Violation]] = {
    "23505": UniqueViolated,
    "23P01": UniqueViolated,
    "23503": ForeignKeyViolated,
    "23001": ForeignKeyViolated,
    "23514": CheckViolated,
}
# SQLSTATE classes of a server that cannot serve now: connection, resources, operator, system (PostgreSQL, appendix A).
_AWAY = ("08", "53", "57P", "58")


def retry_after_s() -> float:
    """When to try again, in seconds: spread out, so that refused callers do not come back as one."""
    return round(random.uniform(0.5, 1.5), 2)


def unavailable(why: str) -> Unavailable:
    return Unavailable(f"the database {why}", retry_after_s=retry_after_s())


def translate(error: BaseException, *, unsure: bool = False) -> BaseException:
    """
    Say what *error* means, for `raise translate(error) from None`.

    Args:
        unsure: A write was under way by itself, or a commit: with the connection lost, it may have been done or not.
    """
    if isinstance(error, StrongbackError | Violation | Conflicted) or not isinstance(error, Exception):
        return error
    if isinstance(error, TimeoutError):
        return TimedOut("the database did not answer in time", retry_after_s=retry_after_s())
    if isinstance(error, LOST) or (isinstance(error, pg.InterfaceError) and "closed" in str(error)):
        return _lost(unsure)
    if isinstance(error, STALE):
        return Conflicted("a prepared statement went stale")
    if isinstance(error, pg.ClientConfigurationError):
        return ConfigurationError("the database URL cannot be read", hint="write postgresql://user:password@host/name")
    if isinstance(error, pg.PostgresError):
        return _by_state(error, unsure)
    if isinstance(error, OSError):
        return unavailable("cannot be reached")
    return InternalError(f"the database driver refused a statement ({type(error).__name__})")


def _lost(unsure: bool) -> StrongbackError:
    if unsure:
        return TimedOut(
            "the connection to the database was lost; the write may have been done or not",
            retry_after_s=retry_after_s(),
        )
    return unavailable("closed the connection")


def _by_state(error: Any, unsure: bool) -> BaseException:
    state = str(error.sqlstate or "")
    if state in _VIOLATIONS:
        return _VIOLATIONS[state](error.constraint_name or "")
    if state == "23502":
        return NullViolated(error.column_name or "")
    if state in ("40001", "40P01"):
        return Conflicted(state)
    if state in ("57014", "25P03"):
        return TimedOut("a statement ran too long and was stopped", retry_after_s=retry_after_s())
    if state == "55P03":
        return Unavailable("another change holds the rows or tables this one needs", retry_after_s=retry_after_s())
    if state == "25006":
        return unavailable("takes no writes now (it is a standby, or read-only)")
    if state.startswith("28") or state == "3D000":
        return unavailable(f"refuses us: look at the user, password and name in its URL ({state})")
    if state == "55000":  # ALTER DATABASE ... ALLOW_CONNECTIONS false, as maintenance does
        return unavailable("takes no connections now")
    if state.startswith(_AWAY):
        return _lost(unsure) if state.startswith(("08", "57P")) else unavailable(f"cannot serve now ({state})")
    if state in ("42P01", "42703", "3F000"):
        return StoreMismatch(
            "the database lacks a table or column that the model needs", hint="run `strongback migrate`"
        )
    return InternalError(f"the database refused a statement ({state})")
