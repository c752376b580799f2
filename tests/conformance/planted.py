"""Stores of others: SQLite, each with one promise broken, as an adapter's author might break it. `planted+none://` breaks none."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

from strongback.store.sql.sqlite import SqliteDialect
from strongback.store.sqlite.driver import SqliteStore
from strongback.store.store import Row, Statement, Transaction

Meddle = Callable[[Any], Any]


def of(kind: type, change: Meddle) -> Meddle:
    """A change of the values of one Python type, which is how SQLite is given them."""
    return lambda value: change(value) if type(value) is kind else value


def _is_time(text: str) -> bool:
    return len(text) == 27 and text.endswith("Z") and text[10] == "T"


VALUES: Mapping[str, Meddle] = {
    "milliseconds": of(str, lambda text: text[:23] + "000Z" if _is_time(text) else text),
    "trimmed": of(str, str.rstrip),
    "normalized": of(str, lambda text: unicodedata.normalize("NFC", text)),
    "double": of(int, lambda number: int(float(number)) if abs(number) < 2**62 else number),
    "single": of(float, lambda number: float(f"{number:.6g}")),
    "c-strings": of(bytes, lambda held: held.split(b"\0")[0]),
    "empty-is-null": of(str, lambda text: text or None),
}
SQL: Mapping[str, tuple[str, str]] = {
    "undead": ("_deleted_at IS NULL", "1 = 1"),
    "one-way": (" DESC", " ASC"),
    "one-off": ("RETURNING parcel_no", "RETURNING parcel_no - 1"),
}


class Planted(SqliteStore):
    """A store with one fault."""

    def __init__(self, url: str, fault: str) -> None:
        super().__init__(url)
        self.fault = fault

    def _meddle(self, statement: Statement, values: Sequence[object]) -> tuple[Statement, list[object]]:
        was, now = SQL.get(self.fault, ("", ""))
        changed = (
            Statement(statement.sql.replace(was, now), statement.parameters, statement.writes) if was else statement
        )
        change = VALUES.get(self.fault, lambda value: value)
        return changed, [change(value) for value in values]

    async def fetch(self, statement: Statement, values: Sequence[object] = ()) -> list[Row]:
        return await super().fetch(*self._meddle(statement, values))

    @asynccontextmanager
    async def begin(self, write: bool = True, keep: bool = True) -> AsyncIterator[Transaction]:
        if self.fault == "autocommit":
            yield _Each(self)
            return
        async with super().begin(write, keep) as transaction:
            yield _Meddling(self, transaction)


class _Each:
    """A transaction that commits after each statement."""

    def __init__(self, store: Planted) -> None:
        self.store = store

    async def fetch(self, statement: Statement, values: Sequence[object] = ()) -> list[Row]:
        async with SqliteStore.begin(self.store) as transaction:
            return await transaction.fetch(statement, values)

    def part(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()


class _Meddling:
    def __init__(self, store: Planted, inner: Transaction) -> None:
        self.store, self.inner = store, inner

    def part(self) -> AbstractAsyncContextManager[None]:
        return self.inner.part()

    async def fetch(self, statement: Statement, values: Sequence[object] = ()) -> list[Row]:
        return await self.inner.fetch(*self.store._meddle(statement, values))


def open_planted(url: str) -> tuple[Planted, SqliteDialect]:
    fault, _, rest = url.removeprefix("planted+").partition("://")
    return Planted(f"sqlite://{rest}", fault), SqliteDialect()
