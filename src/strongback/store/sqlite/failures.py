"""What SQLite says went wrong, in our words. No value of a row or a statement crosses: only names and codes."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Sequence

from strongback.errors import InternalError, StoreMismatch, StrongbackError, TimedOut, Unavailable
from strongback.store.violations import (
    CheckViolated,
    Conflicted,
    ForeignKeyViolated,
    NullViolated,
    UniqueViolated,
    Violation,
)

# Names the unique index of a table over these columns; SQLite tells only the columns.
NameUnique = Callable[[str, Sequence[str]], str]

# How an index with an expression is told.
INDEX = "index '"

_AWAY = (
    "SQLITE_FULL",
    "SQLITE_IOERR",
    "SQLITE_READONLY",
    "SQLITE_CANTOPEN",
    "SQLITE_CORRUPT",
    "SQLITE_NOTADB",
    "SQLITE_PERM",
)


def retry_after_s() -> float:
    """When to try again, in seconds: spread out, so that refused callers do not come back as one."""
    return round(random.uniform(0.5, 1.5), 2)


def is_busy(error: sqlite3.Error) -> bool:
    return _code(error).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def is_interrupted(error: sqlite3.Error) -> bool:
    return _code(error) == "SQLITE_INTERRUPT"


def busy() -> Unavailable:
    return Unavailable("another write holds the database", retry_after_s=retry_after_s())


def translate(error: BaseException, name_unique: NameUnique) -> BaseException:
    """Say what *error* means, for `raise translate(error) from None`."""
    if isinstance(error, StrongbackError | Violation | Conflicted) or not isinstance(error, Exception):
        return error
    if not isinstance(error, sqlite3.Error):
        return InternalError(f"a value does not fit the database ({type(error).__name__})")
    code = _code(error)
    if code.startswith("SQLITE_CONSTRAINT"):
        return _violation(code, str(error), name_unique)
    if is_busy(error):
        return busy()
    if is_interrupted(error):
        return TimedOut("a statement ran too long and was stopped", retry_after_s=retry_after_s())
    if code.startswith(_AWAY):
        return Unavailable(f"the database file cannot be used ({code})", retry_after_s=retry_after_s())
    if str(error).startswith(("no such table", "no such column")) or " has no column named " in str(error):
        return StoreMismatch(
            "the database lacks a table or column that the model needs", hint="run `strongback migrate`"
        )
    return InternalError(f"the database refused a statement ({code or type(error).__name__})")


def _violation(code: str, message: str, name_unique: NameUnique) -> Violation:
    what, _, detail = message.partition(": ")
    if what.startswith("FOREIGN KEY"):
        return ForeignKeyViolated("")
    if what.startswith("CHECK"):
        return CheckViolated(detail)
    if detail.startswith(INDEX):
        return UniqueViolated(detail.removeprefix(INDEX).removesuffix("'"))
    table, columns = _columns(detail)
    if what.startswith("NOT NULL"):
        return NullViolated(columns[0])
    if code == "SQLITE_CONSTRAINT_PRIMARYKEY":
        return UniqueViolated(f"{table}_pkey")
    return UniqueViolated(name_unique(table, columns))


def _columns(detail: str) -> tuple[str, list[str]]:
    """`job.title, job.company_id` as the table and its columns."""
    pairs = [part.partition(".") for part in detail.split(", ")]
    return pairs[0][0], [column for _, _, column in pairs]


def _code(error: sqlite3.Error) -> str:
    return getattr(error, "sqlite_errorname", None) or ""
