"""
Run a batch: its operations one after another in one transaction, all or none.

Each is judged and done as if it were a request of its own, after those before it. One that is refused is undone, and the others go on, so
that everything that is wrong is told at once; then nothing of the batch stays.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from strongback.engine.runtime import Runtime
from strongback.engine.serve_action import compile_action, run_in
from strongback.engine.serve_write import write_in
from strongback.engine.transaction import check_written, transaction
from strongback.errors import (
    BatchRefused,
    Fault,
    InvalidInput,
    RefusedItem,
    RequestError,
    TimedOut,
    WriteConflict,
)
from strongback.plan.actor import Actor
from strongback.plan.asked import Asked, Item
from strongback.plan.operation import Operation
from strongback.plan.outcome import Outcome
from strongback.store.sql.predicate import ACTOR, NOW
from strongback.store.store import Transaction
from strongback.store.violations import Conflicted, Violation


@dataclass
class Batch:
    """
    One run of a batch.

    Attributes:
        items: What is asked, and what it means; None where it means nothing that could be judged.
        refused: Those that came to nothing so far.
    """

    runtime: Runtime
    items: list[tuple[Item, Operation | None]]
    now: Any
    refused: list[RefusedItem] = field(default_factory=list)

    @property
    def is_doomed(self) -> bool:
        """Whether nothing of the batch can stay: then the team's own code is not run any more."""
        return bool(self.refused) or any(operation is None or operation.faults for _, operation in self.items)

    async def run(self, tx: Transaction) -> list[Outcome]:
        """
        Do every operation in *tx*.

        Raises:
            BatchRefused: At least one was refused; tells of all that were.
        """
        done = [outcome for item, operation in self.items if (outcome := await self._one(tx, item, operation))]
        if self.refused:
            raise BatchRefused(self.refused, len(self.items))
        return done

    async def _one(self, tx: Transaction, item: Item, operation: Operation | None) -> Outcome | None:
        try:
            if operation is None:
                raise InvalidInput(item.faults)
            async with tx.part():
                return await self._do(tx, operation)
        except Violation as violation:
            assert operation is not None
            kind = operation.shape.target.kind
            refusal = self.runtime.programs.refusal(violation, kind)
            if not isinstance(refusal, RequestError):
                raise refusal from None
            self.refused.append(refused_item(item, refusal))
        except RequestError as refusal:
            self.refused.append(refused_item(item, refusal))
        return None

    async def _do(self, tx: Transaction, operation: Operation) -> Outcome:
        runtime = self.runtime
        values = {**operation.values, ACTOR: operation.actor.key, NOW: self.now}
        if operation.shape.target.kind != "action":
            return await write_in(tx, runtime, operation, values)
        program = compile_action(runtime, operation)
        return await run_in(tx, runtime, program, operation, values, only_judge=self.is_doomed)


async def run_batch(runtime: Runtime, asked: Asked, actor: Actor) -> Outcome:
    """
    Run the batch, once more when another write came between.

    Raises:
        InvalidInput: It is no batch.
        BatchRefused: One of its operations or more is refused; nothing is done then.
        WriteConflict: Another write came between, twice.
    """
    if asked.faults:
        raise InvalidInput(asked.faults)
    items = [(item, _operation(runtime, item, actor)) for item in asked.items]
    for _ in range(2):
        batch = Batch(runtime, items, runtime.clock.now())
        try:
            return await _within_time(batch, asked, actor)
        except Conflicted:
            continue
        except Violation as violation:
            raise runtime.programs.refusal(violation, "batch") from None
    raise WriteConflict("another write came between", hint="repeat the request")


async def _within_time(batch: Batch, asked: Asked, actor: Actor) -> Outcome:
    runtime = batch.runtime
    limit = asyncio.timeout(runtime.action_time_s)
    try:
        async with limit, transaction(runtime, asked.terms, actor, batch.now) as tx:
            done = await batch.run(tx)
            outcome = Outcome("ran", parts=tuple(done), written=sum(each.written for each in done))
            return check_written(asked.terms, outcome)
    except TimeoutError:
        if not limit.expired():
            raise  # the team's own
        raise TimedOut(f"{asked.target} took longer than {runtime.action_time_s:g} s", retry_after_s=1.0) from None


def _operation(runtime: Runtime, item: Item, actor: Actor) -> Operation | None:
    return None if item.asked is None else runtime.operations.make(item.asked, actor)


def count_requests(asked: Asked) -> Counter[Any]:
    """How often each operation is asked for: one of a batch counts as much as a request of its own."""
    if asked.target.kind != "batch":
        return Counter((asked.target,))
    return Counter(item.asked.target for item in asked.items if item.asked is not None)


def refused_item(item: Item, refusal: RequestError) -> RefusedItem:
    """*refusal* of one operation, its places told from the whole content."""
    if isinstance(refusal, InvalidInput):
        base = "" if item.asked is None else item.values
        faults = tuple(Fault(f.code, f.message, base + f.where, f.hint) for f in refusal.faults)
        return RefusedItem(refusal, faults)
    return RefusedItem(refusal, (Fault(refusal.code, refusal.message, item.place, refusal.hint),))
