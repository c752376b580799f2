"""The transaction of a write, on the terms its caller asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from strongback.engine.runtime import Runtime
from strongback.errors import TooManyWritten
from strongback.plan.asked import Terms
from strongback.plan.operation import Operation
from strongback.plan.outcome import Outcome
from strongback.store.sql.predicate import NOW
from strongback.store.store import Transaction


@asynccontextmanager
async def transaction(runtime: Runtime, operation: Operation, values: Mapping[str, Any]) -> AsyncIterator[Transaction]:
    """Open the transaction of *operation*. Of a dry run nothing stays, not even the row of a caller who is new."""
    async with runtime.programs.store.begin(keep=not operation.terms.dry_run) as tx:
        if operation.actor.newcomer is not None:
            await runtime.introduce(tx, operation.actor.newcomer, values[NOW])
        yield tx


def check_written(terms: Terms, outcome: Outcome) -> Outcome:
    """
    Give *outcome* back.

    Raises:
        TooManyWritten: More rows were written than the terms allow; the transaction this is raised in takes them back.
    """
    if terms.rows_max is not None and outcome.written > terms.rows_max:
        raise TooManyWritten(outcome.written, terms.rows_max)
    return outcome
