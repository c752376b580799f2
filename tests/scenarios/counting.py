"""A store that counts its statements."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from strongback.app import App
from strongback.store.store import Row, Statement, Store, Transaction


class CountingTransaction:
    def __init__(self, tx: Transaction, ran: list[str]) -> None:
        self.tx, self.ran = tx, ran

    async def fetch(self, statement: Statement, values: Sequence[object] = ()) -> list[Row]:
        self.ran.append(statement.sql)
        return await self.tx.fetch(statement, values)

    def part(self) -> AbstractAsyncContextManager[None]:
        return self.tx.part()


class CountingStore:
    """The store of *app*, which it takes the place of in the engine; `ran` are the statements so far."""

    def __init__(self, app: App) -> None:
        self.store: Store = app.store
        self.ran: list[str] = []
        app.runtime.programs.store = self  # type: ignore[assignment]  # the rest goes to the store itself

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    async def fetch(self, statement: Statement, values: Sequence[object] = ()) -> list[Row]:
        self.ran.append(statement.sql)
        return await self.store.fetch(statement, values)

    @asynccontextmanager
    async def begin(self, write: bool = True, keep: bool = True) -> AsyncIterator[CountingTransaction]:
        async with self.store.begin(write, keep) as tx:
            yield CountingTransaction(tx, self.ran)

    def take(self) -> list[str]:
        """The statements since the last time."""
        ran, self.ran[:] = list(self.ran), []
        return ran
