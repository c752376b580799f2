"""The transaction of a write, on the terms its caller asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from strongback.engine.runtime import Runtime
from strongback.errors import TooManyWritten
from strongback.plan.actor import Actor
from strongback.plan.asked import Terms
from strongback.plan.outcome import Outcome
from strongback.store.store import Transaction


@asynccontextmanager
async def transaction(runtime: Runtime, terms: Terms, actor: Actor, now: datetime) -> AsyncIterator[Transaction]:
    """Open the transaction of a write. Of a dry run nothing stays, not even the row of a caller who is new."""
    async with runtime.programs.store.begin(keep=not terms.dry_run) as tx:
        if actor.newcomer is not None:
            await runtime.introduce(tx, actor.newcomer, now)
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
