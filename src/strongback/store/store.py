"""
The port to a database: what the engine asks of a store, whatever it runs on.

A compiled program is data: `Statement`s whose SQL is already in the driver's own placeholders, with the names of the values that a
request binds. A store runs them, and translates its driver's errors in one place into those of `strongback.store.violations` and
`strongback.errors`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Dialect = Literal["postgresql", "sqlite"]

# A row by position: a tuple of sqlite3, a Record of asyncpg.
Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Statement:
    """
    One SQL text of a compiled program.

    Attributes:
        sql: In the driver's placeholders: `$1` for PostgreSQL, `?` for SQLite. Constant text, never a value.
        parameters: The names of the values, in the order of the placeholders.
        writes: Whether it changes rows. Decides the connection on SQLite, and whether running it twice is safe.
    """

    sql: str
    parameters: tuple[str, ...] = ()
    writes: bool = False


@dataclass(frozen=True, slots=True)
class PoolFigures:
    """
    How busy a store is now, in connections and callers.

    Attributes:
        limit: Connections it may hold.
        size: Connections it holds.
        in_use: Of these, lent to callers.
        waiting: Callers that wait for one.
        refused: Callers that waited in vain, since the start.
    """

    limit: int
    size: int
    in_use: int
    waiting: int
    refused: int


class Transaction(Protocol):
    """One open transaction, for one task. Leaving its context commits; an exception, or a cancelled task, rolls it back."""

    async def fetch(self, statement: Statement, values: Sequence[object] = ()) -> list[Row]:
        """Run *statement* and return all its rows."""
        ...

    def part(self) -> AbstractAsyncContextManager[None]:
        """A part of the transaction: an exception that leaves it takes back what was done in it, and the transaction goes on."""
        ...


class Session(Protocol):
    """A connection of its own for changes of the schema: no statement time-out, no prepared statements, no foreign key checks on SQLite."""

    async def lock(self, key: int) -> bool:
        """
        Try to be the only session that holds *key*, until this one ends. On SQLite a writing transaction is begun.

        Raises:
            ConfigurationError: The connection is a pooler's, which would keep the lock and lend it to others.
        """
        ...

    async def run(self, sql: str) -> None:
        """Run one statement that returns nothing; outside a transaction unless `BEGIN` was run before."""
        ...

    async def fetch(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Run one statement and return its rows."""
        ...


class Store(Protocol):
    """
    A database. Every method may raise `Unavailable` (nothing was done, trying again is safe) and `TimedOut`.

    A violated constraint raises `UniqueViolated`, `ForeignKeyViolated` or `CheckViolated`; a lost race that a second try may win,
    `Conflicted`.
    """

    @property
    def dialect(self) -> Dialect: ...

    async def start(self) -> None:
        """Open the store and make sure it answers."""
        ...

    async def close(self) -> None:
        """Let running statements end, within bounds, then close every connection. May be called twice."""
        ...

    async def ping(self) -> None:
        """Ask the database for a sign of life without waiting for a free connection longer than for the answer."""
        ...

    def figures(self) -> PoolFigures: ...

    async def fetch(self, statement: Statement, values: Sequence[object] = ()) -> list[Row]:
        """Run *statement* by itself, in a transaction of its own, and return all its rows."""
        ...

    def begin(self, write: bool = True, keep: bool = True) -> AbstractAsyncContextManager[Transaction]:
        """
        Open a transaction. One that does not *write* sees one snapshot throughout; of one that is not to *keep* what it writes,
        nothing stays: leaving its context rolls it back, after the checks that a commit would make.

        On SQLite a writing transaction is the only one, and holds the writer across every await inside it; so its time is capped.
        """
        ...

    def session(self) -> AbstractAsyncContextManager[Session]:
        """Open a connection of its own for changes of the schema."""
        ...
