"""
The path of every request, through every door.

    read -> authenticate -> make operation -> plan -> run -> render

A refusal comes in the order 401, 404, 403, 422, 428/412, 409 (values.md section 3): faults of values are held until the permission is
known.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from ipaddress import ip_network
from time import perf_counter
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from strongback.engine.door import Door
from strongback.engine.request import Reply, Request
from strongback.engine.runtime import Runtime
from strongback.engine.serve_action import run_action
from strongback.engine.serve_batch import count_requests, run_batch
from strongback.engine.serve_download import run_download
from strongback.engine.serve_history import run_as_of, run_history
from strongback.engine.serve_link import run_link
from strongback.engine.serve_read import run_aggregate, run_get, run_list
from strongback.engine.serve_upload import run_remove, run_upload
from strongback.engine.serve_write import run_write
from strongback.errors import (
    BatchRefused,
    DependencyError,
    InternalError,
    NotFound,
    RequestError,
    StrongbackError,
)
from strongback.observe.messages import get_logger
from strongback.observe.observation import Observation, outcome_of
from strongback.plan.actor import Actor
from strongback.plan.asked import USUAL, Asked, Kind
from strongback.plan.operation import Operation
from strongback.plan.outcome import Outcome
from strongback.store.sql.predicate import ACTOR, NOW

_log = get_logger("strongback.engine")


class _Progress(Struct):
    """How far a request has come: what there is to observe of it, however it ends."""

    asked: Asked | None = None
    actor: Actor | None = None
    outcome: Outcome | None = None
    error: StrongbackError | None = None


async def answer(request: Request, door: Door, runtime: Runtime) -> Reply:
    """Answer one request. Doors differ only in *door*, which also words the refusals."""
    started, progress = perf_counter(), _Progress()
    try:
        reply = await _serve(request, door, runtime, progress)
    except Exception as raised:  # noqa: BLE001 - whatever broke, the caller gets an answer and the log the reason
        progress.error = told(raised, request, progress.asked)
        await wait_for_floor(progress.error, started, runtime, progress.asked)
        reply = door.refuse(request, progress.error)
    if runtime.sink is not None:
        runtime.sink.record(_observation(request, door, progress, reply, perf_counter() - started))
    return reply


def told(raised: Exception, request: Request, asked: Asked | None) -> StrongbackError:
    """What *raised* is to a caller. The team's fault, the operator's or ours stands in the log: nobody else is told why."""
    if not isinstance(raised, RequestError | DependencyError):
        operation = "" if asked is None else str(asked.target)
        _log.exception("request failed", request_id=request.request_id, operation=operation)
    if isinstance(raised, StrongbackError):
        return raised
    error = InternalError("something broke on our side")
    error.__cause__ = raised
    return error


async def wait_for_floor(error: StrongbackError, started: float, runtime: Runtime, asked: Asked | None) -> None:
    """Let an answer that says of rows that they are not there, or hidden, take as long for both."""
    hidden = _hidden_or_absent(error)
    if hidden and asked is not None:
        await _take_as_long_as_any(started, runtime.not_found_floor_s * hidden)


def _operation(progress: _Progress) -> str:
    return str(progress.asked.target) if progress.asked is not None else ""


async def _serve(request: Request, door: Door, runtime: Runtime, progress: _Progress) -> Reply:
    asked = progress.asked = door.read(request)
    credentials = door.credentials(request) if request.claims is None else request.claims
    actor = progress.actor = await runtime.authenticate(credentials, keep=not asked.terms.dry_run)
    outcome = progress.outcome = await perform(asked, actor, runtime, request.client)
    return door.render(request, asked, outcome)


async def perform(asked: Asked, actor: Actor, runtime: Runtime, client: str = "") -> Outcome:
    """
    Do what is asked, for *actor*.

    Args:
        client: The caller's address: what is counted where an anonymous caller's rate is limited.
    """
    if runtime.limiters:
        _count(asked, actor, runtime, client)
    if asked.target.kind == "batch":
        outcome = await run_batch(runtime, asked, actor)
    else:
        operation = runtime.operations.make(asked, actor)
        if asked.terms is not USUAL:
            operation = replace(operation, terms=asked.terms)
        outcome = await _RUN[asked.target.kind](runtime, operation, context(runtime, operation))
        if asked.marked:
            outcome = replace(outcome, token_context=operation.token_context)
    if runtime.model.holds_files and not asked.terms.dry_run:
        await runtime.files.drop_all(outcome)
    return outcome


def _count(asked: Asked, actor: Actor, runtime: Runtime, client: str) -> None:
    """Count what is asked to its caller: an operation of a batch as much as a request of its own."""
    asks = count_requests(asked) if asked.items else {asked.target: 1}
    for target, times in asks.items():
        limiter = runtime.limiters.get(target)
        if limiter is not None:
            limiter.check(actor.key if actor.key is not None else f"anonymous {network_of(client)}", times)


def context(runtime: Runtime, operation: Operation) -> dict[str, Any]:
    """The values a statement may bind: those of the request, the actor's key, and one time for all of it."""
    return {**operation.values, ACTOR: operation.actor.key, NOW: runtime.clock.now()}


def network_of(address: str) -> str:
    """
    Say whom an anonymous caller's requests are counted to: the address, or of an IPv6 one its network, since one site has 2^64 of them.

    >>> network_of("192.0.2.7"), network_of("2001:db8::1:2:3:4")
    ('192.0.2.7', '2001:db8::/64')
    """
    if ":" not in address:
        return address
    try:
        return str(ip_network((address.partition("%")[0], 64), strict=False))
    except ValueError:
        return address


def _hidden_or_absent(error: StrongbackError) -> int:
    """How many rows an answer says are not there, or hidden."""
    if isinstance(error, BatchRefused):
        return sum(isinstance(item.error, NotFound) for item in error.items)
    return int(isinstance(error, NotFound))


async def _take_as_long_as_any(started: float, floor_s: float) -> None:
    """
    Answer "not found" no sooner than a fixed time after the request came.

    A hidden row costs the store a little more than an absent one. Both end below the floor, so what a caller can measure is the floor.
    """
    rest = started + floor_s - perf_counter()
    if rest > 0:
        await asyncio.sleep(rest)


def _observation(request: Request, door: Door, progress: _Progress, reply: Reply, duration_s: float) -> Observation:
    outcome, actor, error = progress.outcome, progress.actor, progress.error
    rows = 0 if outcome is None else rows_of(outcome)
    return Observation(
        operation=_operation(progress),
        door=door.name,
        outcome=outcome_of(error),
        status=reply.status,
        duration_s=duration_s,
        rows=rows,
        request_id=request.request_id,
        actor="anonymous" if actor is None or actor.is_anonymous else "user",
        code=error.code if error is not None else "",
    )


def rows_of(outcome: Outcome) -> int:
    """Rows answered or written."""
    if outcome.parts:
        return outcome.written
    return len(outcome.items) if outcome.items is not None else int(outcome.item is not None)


_RUN: dict[Kind, Callable[[Runtime, Operation, dict[str, Any]], Awaitable[Outcome]]] = {
    "get": run_get,
    "list": run_list,
    "aggregate": run_aggregate,
    "history": run_history,
    "as_of": run_as_of,
    "create": run_write,
    "update": run_write,
    "delete": run_write,
    "restore": run_write,
    "action": run_action,
    "download": run_download,
    "upload": run_upload,
    "remove": run_remove,
    "link": run_link,
}
