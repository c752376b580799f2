"""What one request does on its way: the statements it runs, and the operations it becomes."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from typing import TypeVar

from strongback.plan.shape import Shape

STEPS_KEPT = 100
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Step:
    """
    One statement.

    Attributes:
        sql: Its text, in which no value ever stands.
        rows: Rows it gave; None when it failed, or is no query.
        failed: What kind of error it ended with; empty for none.
    """

    sql: str
    duration_s: float
    rows: int | None = None
    failed: str = ""


@dataclass(slots=True)
class Trace:
    """
    Attributes:
        steps: The first STEPS_KEPT statements; *more* counts the others.
        shapes: Of a batch one for each operation.
    """

    steps: list[Step] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    more: int = 0

    def add(self, step: Step) -> None:
        if len(self.steps) < STEPS_KEPT:
            self.steps.append(step)
        else:
            self.more += 1

    async def timed(self, sql: str, running: Awaitable[Sequence[T]]) -> list[T]:
        """Await the rows of one statement, and keep what it took."""
        began = perf_counter()
        try:
            rows = list(await running)
        except BaseException as error:
            self.add(Step(sql, perf_counter() - began, failed=type(error).__name__))
            raise
        self.add(Step(sql, perf_counter() - began, len(rows)))
        return rows


# Of the request that the running task answers; None outside of one that is watched.
CURRENT: ContextVar[Trace | None] = ContextVar("trace", default=None)
