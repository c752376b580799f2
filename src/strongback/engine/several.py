"""
The path of a request that may ask for several things: each takes the path of a request of its own.

Reads are done at once, writes one after the other, each in its own transaction; one that is refused does not stop the others (GraphQL,
section 6.2). Each is observed, counted and, where it is not found, delayed by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import perf_counter

from strongback.engine.door import Result, Several, SeveralDoor
from strongback.engine.pipeline import perform, rows_of, told, wait_for_floor
from strongback.engine.request import Reply, Request
from strongback.engine.runtime import Runtime
from strongback.errors import StrongbackError
from strongback.observe.observation import Observation, outcome_of
from strongback.plan.actor import Actor
from strongback.plan.asked import Asked


async def answer_several(request: Request, door: SeveralDoor, runtime: Runtime) -> Reply:
    """Answer one request."""
    started = perf_counter()
    results: Sequence[Result] = ()
    actor, error = None, None
    try:
        several = door.read(request)
        credentials = door.credentials(request) if request.claims is None else request.claims
        actor = await runtime.authenticate(credentials)
        results = await _results(several, actor, request, runtime)
        reply = door.render(request, several, actor, results)
    except Exception as raised:  # noqa: BLE001 - whatever broke, the caller gets an answer and the log the reason
        error = told(raised, request, None)
        reply = door.refuse(request, error)
    if runtime.sink is not None:
        for seen in _observations(request, door, results, error, actor, reply, perf_counter() - started):
            runtime.sink.record(seen)
    return reply


async def _results(several: Several, actor: Actor, request: Request, runtime: Runtime) -> Sequence[Result]:
    if several.serial or len(several.asked) == 1:
        return [await attempt(asked, actor, request, runtime) for asked in several.asked]
    return await asyncio.gather(*(attempt(asked, actor, request, runtime) for asked in several.asked))


async def attempt(asked: Asked, actor: Actor, request: Request, runtime: Runtime) -> Result:
    """Do what is asked; its error is no exception, so that others go on."""
    started = perf_counter()
    try:
        outcome = await perform(asked, actor, runtime, request.client)
    except Exception as raised:  # noqa: BLE001 - as above
        error = told(raised, request, asked)
        await wait_for_floor(error, started, runtime, asked)
        return Result(asked, None, error, perf_counter() - started)
    return Result(asked, outcome, None, perf_counter() - started)


def _observations(
    request: Request,
    door: SeveralDoor,
    results: Sequence[Result],
    error: StrongbackError | None,
    actor: Actor | None,
    reply: Reply,
    duration_s: float,
) -> Sequence[Observation]:
    """One for each thing that was asked; one in all where the request came to none, or its answer failed."""
    kind = "anonymous" if actor is None or actor.is_anonymous else "user"
    if error is not None or not results:
        code = "" if error is None else error.code
        return [
            Observation("", door.name, outcome_of(error), reply.status, duration_s, 0, request.request_id, kind, code)
        ]
    return [
        Observation(
            operation=str(each.asked.target),
            door=door.name,
            outcome=outcome_of(each.error),
            status=reply.status,
            duration_s=each.duration_s,
            rows=0 if each.outcome is None else rows_of(each.outcome),
            request_id=request.request_id,
            actor=kind,
            code=each.error.code if each.error is not None else "",
        )
        for each in results
    ]
