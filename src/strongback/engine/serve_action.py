"""Run an action: judge, load, let the team's own code work on objects, save, answer; one transaction."""

from __future__ import annotations

import asyncio
import copy
import inspect
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from strongback.declare.clock import use_clock
from strongback.declare.work import current_work
from strongback.engine.db import ActionDb
from strongback.engine.runtime import Runtime
from strongback.engine.serve_read import NEEDS_TOKEN
from strongback.engine.transaction import check_written, transaction
from strongback.engine.wire_value import wire_value
from strongback.engine.work import Work
from strongback.errors import (
    Fault,
    Forbidden,
    InternalError,
    InvalidInput,
    NotFound,
    TimedOut,
    Unauthenticated,
    WriteConflict,
)
from strongback.model.action import Action, Injected
from strongback.model.key import Id, wire_id
from strongback.model.wire import argument_name
from strongback.plan.action import ActionPlan, plan_action
from strongback.plan.operation import Operation
from strongback.plan.outcome import Outcome
from strongback.plan.read import RESULT_IDS
from strongback.plan.shape import Shape
from strongback.store.sql.predicate import NOW
from strongback.store.sql.programs import NO_SUCH_ROW, check_version
from strongback.store.sql.read import CompiledRead
from strongback.store.store import Transaction
from strongback.store.violations import Conflicted, Violation


class OnlyId(Struct, frozen=True, gc=False):
    """A returned row that the caller may not read."""

    id: Id


@dataclass(frozen=True, slots=True)
class ActionProgram:
    """An action's plan with the compiled read of what it returns."""

    plan: ActionPlan
    result: CompiledRead | None


async def run_action(runtime: Runtime, operation: Operation, values: dict[str, Any]) -> Outcome:
    """
    Run the action, once more when another write came between.

    Raises:
        WriteConflict: Another write came between, twice.
    """
    program = compile_action(runtime, operation)
    for _ in range(2):
        try:
            return await _run(runtime, program, operation, values)
        except Conflicted:
            continue
        except Violation as violation:
            raise runtime.programs.refusal(violation, "action") from None
    raise WriteConflict("another write came between", hint="repeat the request")


def compile_action(runtime: Runtime, operation: Operation) -> ActionProgram:
    """
    The program of *operation*.

    Raises:
        Unauthenticated: No anonymous caller may ever run it.
    """
    program: ActionProgram = runtime.kept(operation.shape, lambda s: _compile(runtime, s))
    if program.plan.is_never and operation.actor.is_anonymous:
        raise Unauthenticated(NEEDS_TOKEN)
    return program


def _compile(runtime: Runtime, shape: Shape) -> ActionProgram:
    plan = plan_action(runtime.model, shape)
    result = plan.result
    compiled = None
    if result is not None and not result.is_never:
        compiled = runtime.programs.compile_read(result, str(shape.target))
    return ActionProgram(plan, compiled)


async def _run(runtime: Runtime, program: ActionProgram, operation: Operation, values: dict[str, Any]) -> Outcome:
    name = str(operation.shape.target)
    limit = asyncio.timeout(runtime.action_time_s)
    try:
        async with limit, transaction(runtime, operation.terms, operation.actor, values[NOW]) as tx:
            return check_written(operation.terms, await run_in(tx, runtime, program, operation, values))
    except TimeoutError:
        if not limit.expired():
            raise  # the team's own
        raise TimedOut(f"{name} took longer than {runtime.action_time_s:g} s", retry_after_s=1.0) from None


async def run_in(
    tx: Transaction,
    runtime: Runtime,
    program: ActionProgram,
    operation: Operation,
    values: dict[str, Any],
    *,
    only_judge: bool = False,
) -> Outcome:
    """
    Judge, load, let the team's own code work, save and answer, all in *tx*.

    Args:
        only_judge: Stop before the team's own code.
    """
    plan, name = program.plan, str(operation.shape.target)
    work = Work(runtime, tx, values, operation.actor.is_anonymous, name)
    row = await (_load_row(work, plan, operation) if plan.action.on == "row" else _judge_class(work, plan))
    if operation.faults:
        raise InvalidInput(operation.faults)
    arguments = await _arguments(work, plan, operation)
    if only_judge:
        return Outcome("ran")
    me = await _me(work, plan.action)
    await work.prefetch(plan.action.prefetch, {"self": row, "me": me, **arguments})
    arguments |= {i.name: await _injected(work, plan.action, i, me) for i in plan.action.injected}
    returned = await _call(work, plan, row, arguments)
    await work.flush()
    return replace(await _answer(work, program, returned), written=len(work.written), dropped=tuple(work.dropped))


async def _load_row(work: Work, plan: ActionPlan, operation: Operation) -> Any:
    """The row the action runs on, locked: 404 when the caller may not read it, 403 when they may not do this."""
    entity = work.runtime.model.entity(plan.entity)
    bound = work.objects.judged(entity, plan.read, plan.may, work.name)
    rows = await work.tx.fetch(bound.statement, bound.values(work.values))
    if not rows or not rows[0][0]:
        raise NotFound
    if not rows[0][1]:
        raise Forbidden(f"you may not {plan.action.name} this {plan.entity}")
    stored = work.objects.stored(entity, rows, skip=2)
    if not operation.faults:
        check_version(stored[0].version, operation.if_match)
    work.readable.add((plan.entity, stored[0].id))
    return work.adopt(stored)[0]


async def _judge_class(work: Work, plan: ActionPlan) -> None:
    entity = work.runtime.model.entity(plan.entity)
    bound = work.objects.allowed(entity, plan.may, work.name)
    rows = await work.tx.fetch(bound.statement, bound.values(work.values))
    if not rows[0][0]:
        raise Forbidden(f"you may not {plan.action.name}")


async def _arguments(work: Work, plan: ActionPlan, operation: Operation) -> dict[str, Any]:
    """What the caller gave: values, and rows where ids were given; a row the caller may not read is as if it did not exist."""
    action = plan.action
    given = {p.name: operation.values[f"arg_{argument_name(p.name, p.type)}"] for p in action.parameters}
    faults = []
    for reference in plan.references:
        id_ = given[reference.column]
        if id_ is None:
            continue
        entity = work.runtime.model.entity(reference.target)
        bound = work.objects.by_values(entity, ("id",), frozenset(), reference.readable, work.name)
        rows = await work.tx.fetch(bound.statement, bound.values({**work.values, "id": id_}))
        found = work.adopt(work.objects.stored(entity, rows))
        if not found:
            faults.append(Fault("SB203", NO_SUCH_ROW, f"/{reference.column}_id"))
            continue
        work.readable.add((entity.name, id_))
        given[reference.column] = found[0]
    if faults:
        raise InvalidInput(faults)
    classes = work.runtime.convert
    return {p.name: classes.get((plan.entity, action.name, p.name), _as_is)(given[p.name]) for p in action.parameters}


def _as_is(value: Any) -> Any:
    """A value that can change in place is this run's own: the next may begin with the same default."""
    return copy.deepcopy(value) if isinstance(value, list | dict) else value


async def _me(work: Work, action: Action) -> Any:
    """The actor's row, where the action asks for it."""
    if work.anonymous or not (
        any(i.what == "me" for i in action.injected) or any(p.var == "me" for p in action.prefetch)
    ):
        return None
    actor = work.runtime.model.actor
    assert actor is not None
    bound = work.objects.actor(work.name)
    rows = await work.tx.fetch(bound.statement, bound.values(work.values))
    found = work.adopt(work.objects.stored(work.runtime.model.entity(actor.entity), rows))
    return found[0] if found else None


async def _injected(work: Work, action: Action, wanted: Injected, me: Any) -> Any:
    match wanted.what:
        case "me":
            if me is None and not wanted.optional:
                raise Unauthenticated(NEEDS_TOKEN)
            return me
        case "db":
            return ActionDb(work, raw=action.raw_sql)
        case "clock":
            return _Fixed(work.values[NOW])
        case "dependency":
            made = work.runtime.provide[wanted.type_name]()
            return await made if inspect.isawaitable(made) else made


@dataclass(frozen=True, slots=True)
class _Fixed:
    """The one time of a request."""

    time: Any

    def now(self) -> Any:
        return self.time


async def _call(work: Work, plan: ActionPlan, row: Any, arguments: dict[str, Any]) -> Any:
    """Run the team's own method, its objects reporting to *work*."""
    method = work.runtime.handlers[plan.entity, plan.action.name]
    first = (row,) if plan.action.on == "row" else ()  # a class method comes bound to its class
    token = current_work.set(work)
    try:
        with use_clock(work.values[NOW]):
            returned = method(*first, **arguments)
            return await returned if inspect.isawaitable(returned) else returned
    finally:
        current_work.reset(token)


async def _answer(work: Work, program: ActionProgram, returned: Any) -> Outcome:
    action = program.plan.action
    if action.returns_type is not None:
        return Outcome("ran", value=wire_value(action.returns_type, returned), returned=True, has_value=True)
    if not action.returns_entity:
        return Outcome("ran")
    if action.returns_many:
        return Outcome("ran", items=await _rows(work, program, list(returned)), returned=True)
    if returned is None:
        return Outcome("ran", returned=True)
    item, etag = await _row(work, program, returned)
    return Outcome("ran", item=item, id=wire_id(returned.id), etag=etag, returned=True)


async def _row(work: Work, program: ActionProgram, row: Any) -> tuple[Any, str]:
    """A returned row through the caller's own read; nothing when they may not read it."""
    _check_returned(work, program, row)
    if program.result is None:
        return None, ""
    page = program.result.page
    found = await work.tx.fetch(page.statement, page.values({**work.values, "id": row.id}))
    if not found:
        return None, ""
    layout = program.result.layout
    return layout.answer(found[0]), layout.etag(found[0]) if layout.version_at is not None else ""


async def _rows(work: Work, program: ActionProgram, rows: list[Any]) -> list[Any]:
    """Returned rows through the caller's own read, a batch a statement; of one they may not read, its id."""
    for row in rows:
        _check_returned(work, program, row)
    if program.result is None:
        return [OnlyId(row.id) for row in rows]
    page, layout = program.result.page, program.result.layout
    answers: dict[Id, Any] = {}
    ids = list(dict.fromkeys(row.id for row in rows))
    for at in range(0, len(ids), len(RESULT_IDS)):
        batch = ids[at : at + len(RESULT_IDS)]
        wanted = dict(zip_longest(RESULT_IDS, batch, fillvalue=batch[-1]))
        found = await work.tx.fetch(page.statement, page.values({**work.values, **wanted}))
        answers |= {layout.id_of(each): layout.answer(each) for each in found}
    return [answers[row.id] if row.id in answers else OnlyId(row.id) for row in rows]


def _check_returned(work: Work, program: ActionProgram, row: Any) -> None:
    if type(row).__name__ != program.plan.action.returns_entity:
        raise InternalError(f"{work.name} returned a {type(row).__name__}")
