"""Run a derived create, update or delete."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from msgspec import structs

from strongback.engine.held import drops_files, held_keys, read_row
from strongback.engine.runtime import Runtime
from strongback.engine.serve_nested import write_nested
from strongback.engine.serve_read import NEEDS_TOKEN
from strongback.engine.transaction import check_written, transaction
from strongback.errors import Forbidden, InvalidInput, RequestError, Unauthenticated, VersionRequired
from strongback.model.entity import Entity
from strongback.model.uuid7 import uuid7
from strongback.plan.asked import USUAL
from strongback.plan.operation import Operation
from strongback.plan.outcome import Outcome
from strongback.plan.shape import Selection, Shape
from strongback.plan.write import judged_of, plan_write
from strongback.store.sql.objects import Stored
from strongback.store.sql.predicate import NOW
from strongback.store.sql.single import SingleWrite
from strongback.store.sql.write import CompiledWrite
from strongback.store.store import Transaction
from strongback.store.violations import Conflicted, Violation

NEEDS_VERSION = "this needs to say which version of the row it means"
READ_FIRST = "read the row, and send its ETag in `If-Match`"


async def run_write(runtime: Runtime, operation: Operation, values: dict[str, Any]) -> Outcome:
    """Do a derived write."""
    if operation.terms is USUAL and not operation.children:
        return await write_in(None, runtime, operation, values)
    try:
        async with transaction(runtime, operation.terms, operation.actor, values[NOW]) as tx:
            return check_written(operation.terms, await write_in(tx, runtime, operation, values))
    except (Violation, Conflicted) as violation:
        raise runtime.programs.refusal(violation, operation.shape.target.kind) from None


async def write_in(tx: Transaction | None, runtime: Runtime, operation: Operation, values: dict[str, Any]) -> Outcome:
    """
    Do a derived write in *tx*, or in a transaction of its own.

    With faulty values only the permission is asked, so that a refusal never tells of fields.
    """
    shape = operation.shape
    if shape.target.kind == "create":
        values.setdefault("id", uuid7() if runtime.entity(shape.target).key is None else None)
    if tx is not None and operation.children:
        return await write_nested(tx, runtime, operation, values)
    if operation.faults:
        return await _refuse(tx, runtime, operation, values, InvalidInput(operation.faults))
    if operation.if_match is None and needs_version(runtime, shape):
        return await _refuse(tx, runtime, operation, values, VersionRequired(NEEDS_VERSION, hint=READ_FIRST))
    write = runtime.kept(shape, lambda s: compile_write(runtime, s))
    check_possible(shape, write)
    if shape.target.kind == "delete" and drops_files(runtime.entity(shape.target)):
        row = await read_row(runtime, runtime.entity(shape.target), values["id"], str(shape.target), tx)
        outcome = await runtime.programs.write(write, values, operation.if_match, tx)
        return structs.replace(outcome, dropped=_keys(runtime.entity(shape.target), row))
    return await runtime.programs.write(write, values, operation.if_match, tx)


def _keys(entity: Entity, row: Stored | None) -> tuple[str, ...]:
    return tuple(held_keys(entity, row.id, row.values)) if row is not None else ()


def needs_version(runtime: Runtime, shape: Shape) -> bool:
    """Whether the write must name the row's version."""
    return (
        shape.target.kind in ("update", "delete", "upload", "remove")
        and runtime.entity(shape.target).conditional_writes
    )


async def _refuse(
    tx: Transaction | None, runtime: Runtime, operation: Operation, values: dict[str, Any], refusal: RequestError
) -> Outcome:
    """Tell *refusal* to a caller who may do it; anyone else only that they may not."""
    shape = replace(operation.shape, select=Selection(), given=judged_of(operation.shape, values), faulty=True)
    probe = runtime.kept(shape, lambda s: compile_probe(runtime, s))
    check_possible(shape, probe)
    await runtime.programs.probe(probe, values, tx)
    raise refusal


def check_possible(shape: Shape, write: CompiledWrite | SingleWrite) -> None:
    """Refuse what no caller of this kind can ever do."""
    if write.plan.is_never:
        if shape.anonymous:
            raise Unauthenticated(NEEDS_TOKEN)
        if shape.target.kind == "create":
            raise Forbidden(f"you may not create {shape.target.entity}")


def compile_probe(runtime: Runtime, shape: Shape) -> CompiledWrite:
    """What asks the permission of *shape* alone."""
    return runtime.programs.compile_probe(plan_write(runtime.model, shape), str(shape.target))


def compile_write(runtime: Runtime, shape: Shape) -> CompiledWrite | SingleWrite:
    """The program of *shape*."""
    return runtime.programs.compile_write(plan_write(runtime.model, shape), str(shape.target))
