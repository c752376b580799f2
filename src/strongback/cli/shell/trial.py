"""A store that takes back all that is written, after the checks that a commit would make."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from strongback.serve.dev.inspector import Inspector
from strongback.serve.dev.watched import WatchedStore
from strongback.store.store import Row, Statement, Store, Transaction


class TrialStore(WatchedStore):
    """
    *store*, of whose writes none stays: each transaction is rolled back at its end, and a write by itself gets one.

    So every request sees its own writes and no later one does, on every store alike: a transaction held open at a prompt would lock out
    all other writers of an SQLite file, and rows of others on PostgreSQL.
    """

    def __init__(self, store: Store, *, keeps: bool) -> None:
        super().__init__(store)
        self._keeps = keeps

    async def fetch(self, statement: Statement, values: Sequence[object] = ()) -> list[Row]:
        if self._keeps or not statement.writes:
            return await super().fetch(statement, values)
        async with self.begin() as transaction:
            return await transaction.fetch(statement, values)

    @asynccontextmanager
    async def begin(self, write: bool = True, keep: bool = True) -> AsyncIterator[Transaction]:
        async with super().begin(write, keep and (self._keeps or not write)) as transaction:
            yield transaction


class Trial(Inspector):
    """Watches what is asked at the prompt; with *keeps* what is written stays."""

    keeps = False

    def store(self, store: Store) -> Store:
        return TrialStore(store, keeps=self.keeps)
