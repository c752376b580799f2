"""A store and the making of operations, watched: both do what they did, and tell the trace of the running request."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from time import perf_counter

from strongback.plan.actor import Actor
from strongback.plan.asked import Asked
from strongback.plan.form import Operations
from strongback.plan.operation import Operation
from strongback.serve.dev.trace import CURRENT, Step
from strongback.store.store import Dialect, PoolFigures, Row, Session, Statement, Store, Transaction


class WatchedOperations(Operations):
    """Notes the shape of each operation it makes."""

    def make(self, asked: Asked, actor: Actor) -> Operation:
        operation = super().make(asked, actor)
        trace = CURRENT.get()
        if trace is not None:
            trace.shapes.append(operation.shape)
        return operation


class WatchedStore:
    """*store*, whose statements are timed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def dialect(self) -> Dialect:
        return self._store.dialect

    async def start(self) -> None:
        await self._store.start()

    async def close(self) -> None:
        await self._store.close()

    async def ping(self) -> None:
        await self._store.ping()

    def figures(self) -> PoolFigures:
        return self._store.figures()

    async def fetch(self, statement: Statement, values: Sequence[object] = ()) -> list[Row]:
        return await _fetch(self._store, statement, values)

    @asynccontextmanager
    async def begin(self, write: bool = True, keep: bool = True) -> AsyncIterator[Transaction]:
        trace, began = CURRENT.get(), perf_counter()
        end = "COMMIT" if keep and write else "ROLLBACK"
        try:
            async with self._store.begin(write, keep) as transaction:
                if trace is not None:
                    trace.add(Step("BEGIN", perf_counter() - began))
                try:
                    yield WatchedTransaction(transaction)
                except BaseException:
                    end = "ROLLBACK"
                    raise
                finally:
                    began = perf_counter()
        finally:
            if trace is not None:
                trace.add(Step(end, perf_counter() - began))

    def session(self) -> AbstractAsyncContextManager[Session]:
        return self._store.session()


class WatchedTransaction:
    """*transaction*, whose statements are timed."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def fetch(self, statement: Statement, values: Sequence[object] = ()) -> list[Row]:
        return await _fetch(self._transaction, statement, values)

    def part(self) -> AbstractAsyncContextManager[None]:
        return self._transaction.part()


async def _fetch(at: Store | Transaction, statement: Statement, values: Sequence[object]) -> list[Row]:
    trace = CURRENT.get()
    running = at.fetch(statement, values)
    return await running if trace is None else await trace.timed(statement.sql, running)
