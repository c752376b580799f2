"""Run a read of a row's earlier versions."""

from __future__ import annotations

from typing import Any

from strongback.engine.runtime import Runtime
from strongback.engine.serve_read import nobody
from strongback.errors import InvalidInput, NotFound
from strongback.plan.history import HistoryPlan, plan_as_of, plan_history
from strongback.plan.operation import Operation
from strongback.plan.outcome import Outcome
from strongback.plan.shape import Shape
from strongback.store.sql.history import CompiledHistory


async def run_history(runtime: Runtime, operation: Operation, values: dict[str, Any]) -> Outcome:
    """Read a page of versions, the newest first."""
    read = await _compiled(runtime, operation, values)
    found = await runtime.programs.versions(read, values)
    page, token = found[: read.limit - 1], ""
    if len(found) >= read.limit:
        shape = operation.shape
        token = runtime.operations.tokens.make([page[-1].version], shape.target, operation.token_context)
    return Outcome("read", items=page, next_page_token=token)


async def run_as_of(runtime: Runtime, operation: Operation, values: dict[str, Any]) -> Outcome:
    """Read a row as it was. There is no tag: what would change under it is past."""
    read = await _compiled(runtime, operation, values)
    found = await runtime.programs.versions(read, values)
    if not found:
        raise NotFound
    return Outcome("read", found[0].row)


async def _compiled(runtime: Runtime, operation: Operation, values: dict[str, Any]) -> CompiledHistory:
    """The program. With faulty values only the permission is asked, and then they are told."""
    shape = operation.shape
    read: CompiledHistory | None = runtime.kept(shape, lambda s: _compile(runtime, s))
    if read is None:
        raise nobody(shape, NotFound())
    if operation.faults:
        await runtime.programs.judge_history(read, values)
        raise InvalidInput(operation.faults)
    return read


def _compile(runtime: Runtime, shape: Shape) -> CompiledHistory | None:
    plan = _plan(runtime, shape)
    return None if plan.is_never else runtime.programs.compile_history(plan, str(shape.target))


def _plan(runtime: Runtime, shape: Shape) -> HistoryPlan:
    return (plan_history if shape.target.kind == "history" else plan_as_of)(runtime.model, shape)
