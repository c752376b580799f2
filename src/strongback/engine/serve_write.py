"""Run a derived create, update or delete."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from strongback.engine.runtime import Runtime
from strongback.engine.serve_read import NEEDS_TOKEN
from strongback.errors import Forbidden, InvalidInput, RequestError, Unauthenticated, VersionRequired
from strongback.model.uuid7 import uuid7
from strongback.plan.operation import Operation
from strongback.plan.outcome import Outcome
from strongback.plan.shape import Selection, Shape
from strongback.plan.write import plan_write
from strongback.store.sql.single import SingleWrite
from strongback.store.sql.write import CompiledWrite

NEEDS_VERSION = "this needs to say which version of the row it means"
READ_FIRST = "read the row, and send its ETag in `If-Match`"


async def run_write(runtime: Runtime, operation: Operation, values: dict[str, Any]) -> Outcome:
    """Do a derived write. With faulty values only the permission is asked, so that a refusal never tells of fields."""
    shape = operation.shape
    if shape.target.kind == "create":
        values["id"] = uuid7()
    if operation.faults:
        return await _refuse(runtime, operation, values, InvalidInput(operation.faults))
    if operation.if_match is None and needs_version(runtime, shape):
        return await _refuse(runtime, operation, values, VersionRequired(NEEDS_VERSION, hint=READ_FIRST))
    write = runtime.kept(shape, lambda s: _compile(runtime, s))
    _check_possible(shape, write)
    return await runtime.programs.write(write, values, operation.if_match)


def needs_version(runtime: Runtime, shape: Shape) -> bool:
    """Whether the write must name the row's version."""
    return shape.target.kind in ("update", "delete") and runtime.entity(shape.target).conditional_writes


async def _refuse(runtime: Runtime, operation: Operation, values: dict[str, Any], refusal: RequestError) -> Outcome:
    """Tell *refusal* to a caller who may do it; anyone else only that they may not."""
    sound = frozenset(name for name in operation.shape.given if values.get(name) is not None)
    shape = replace(operation.shape, select=Selection(), given=sound, faulty=True)
    probe = runtime.kept(shape, lambda s: _compile_probe(runtime, s))
    _check_possible(shape, probe)
    await runtime.programs.probe(probe, values)
    raise refusal


def _check_possible(shape: Shape, write: CompiledWrite | SingleWrite) -> None:
    if write.plan.is_never:
        if shape.anonymous:
            raise Unauthenticated(NEEDS_TOKEN)
        if shape.target.kind == "create":
            raise Forbidden(f"you may not create {shape.target.entity}")


def _compile_probe(runtime: Runtime, shape: Shape) -> CompiledWrite:
    return runtime.programs.compile_probe(plan_write(runtime.model, shape), str(shape.target))


def _compile(runtime: Runtime, shape: Shape) -> CompiledWrite | SingleWrite:
    return runtime.programs.compile_write(plan_write(runtime.model, shape), str(shape.target))
