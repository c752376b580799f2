"""Run a get or a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from strongback.engine.runtime import Runtime
from strongback.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from strongback.plan.aggregate import plan_aggregate
from strongback.plan.operation import Operation
from strongback.plan.outcome import Outcome
from strongback.plan.read import plan_get, plan_list
from strongback.plan.shape import Shape
from strongback.store.sql.aggregate import CompiledAggregate
from strongback.store.sql.read import CompiledRead

T = TypeVar("T")
NEEDS_TOKEN = "this needs a bearer token"  # noqa: S105 - a sentence


async def run_get(runtime: Runtime, operation: Operation, values: dict[str, Any]) -> Outcome:
    """Read one row; what the caller may not read is not there."""
    shape = _judged(operation)
    read = runtime.kept(shape, lambda s: _compile_get(runtime, s))
    if read is None:
        raise nobody(shape, NotFound())
    found = await runtime.programs.get(read, values)
    if found is None:
        raise NotFound
    if operation.faults:
        raise InvalidInput(operation.faults)
    if found.etag and operation.if_none_match is not None and _holds(operation.if_none_match, found.etag):
        return Outcome("unchanged", etag=found.etag)
    return Outcome("read", found.item, etag=found.etag)


def _judged(operation: Operation) -> Shape:
    """What to plan: of a request with faults no more than tells its permission, however much else it asks for."""
    shape = operation.shape
    return Shape(shape.target, shape.anonymous, deleted=shape.deleted) if operation.faults else shape


def _holds(tags: tuple[str, ...], etag: str) -> bool:
    return "*" in tags or etag in tags


def _compile_get(runtime: Runtime, shape: Shape) -> CompiledRead | None:
    plan = plan_get(runtime.model, shape)
    return None if plan.is_never else runtime.programs.compile_read(plan, str(shape.target))


async def run_list(runtime: Runtime, operation: Operation, values: dict[str, Any]) -> Outcome:
    """Read one page of what the caller may read."""
    page = await runtime.programs.list(_many(runtime, operation, _compile_list), values)
    token = _next_token(runtime, operation, page.last_keys)
    return Outcome("read", items=page.items, next_page_token=token, count=page.count)


def _many(runtime: Runtime, operation: Operation, compile_: Callable[[Runtime, Shape], T | None]) -> T:
    """
    What reads the rows or groups that *operation* asks for.

    Raises:
        Unauthenticated, Forbidden: Nobody of the caller's kind may.
        InvalidInput: Something of what is asked is wrong.
    """
    shape = _judged(operation)
    read: T | None = runtime.kept(shape, lambda s: compile_(runtime, s))
    if read is None:
        raise nobody(shape, Forbidden(f"you may not list {shape.target.entity}"))
    if operation.faults:
        raise InvalidInput(operation.faults)
    return read


def _next_token(runtime: Runtime, operation: Operation, last_keys: Sequence[Any] | bytes | None) -> str:
    """What asks for the page after the one that ends with *last_keys*; empty when that is the last."""
    if last_keys is None:
        return ""
    return runtime.operations.tokens.make(last_keys, operation.shape.target, operation.token_context)


def _compile_list(runtime: Runtime, shape: Shape) -> CompiledRead | None:
    plan = plan_list(runtime.model, shape, shape.page)
    return None if plan.is_never else runtime.programs.compile_read(plan, str(shape.target))


async def run_aggregate(runtime: Runtime, operation: Operation, values: dict[str, Any]) -> Outcome:
    """Count and measure what the caller may read, one page of groups."""
    page = await runtime.programs.aggregate(_many(runtime, operation, _compile_aggregate), values)
    return Outcome("read", items=page.items, next_page_token=_next_token(runtime, operation, page.last_keys))


def _compile_aggregate(runtime: Runtime, shape: Shape) -> CompiledAggregate | None:
    plan = plan_aggregate(runtime.model, shape, shape.page)
    return None if plan.is_never else runtime.programs.compile_aggregate(plan, str(shape.target))


def nobody(shape: Shape, otherwise: Exception) -> Exception:
    """What to say when no caller of this kind can ever do it: anonymous ones may come back with a token."""
    return Unauthenticated(NEEDS_TOKEN) if shape.anonymous else otherwise
