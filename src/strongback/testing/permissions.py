"""
Whether a service's permissions hold on every path: random worlds, every kind of request, judged by the team's own role functions.

    report = await run_permissions(service, "sqlite:///permissions.db", cases=20_000)
    assert not report.findings, render_report(report)
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from strongback.app import App, Team
from strongback.crypto.keyring import Keyring
from strongback.declare.service import Service
from strongback.model.entity import Entity
from strongback.model.load import load
from strongback.model.model import Model
from strongback.model.wire import batched, nested
from strongback.predicate.tree import FALSE
from strongback.testing.aggregates import check_aggregate
from strongback.testing.asks import Asks
from strongback.testing.batches import check_batch
from strongback.testing.deleted import check_deleted, check_deleted_list
from strongback.testing.files import WorldFiles, check_download, check_link, check_upload
from strongback.testing.grants import Grants
from strongback.testing.histories import check_as_of, check_history, check_restore
from strongback.testing.matrix import Check, Matrix
from strongback.testing.nested import check_nested
from strongback.testing.oracle import Oracle
from strongback.testing.reads import check_get, check_list, check_walk
from strongback.testing.report import Finding, Report, render_report
from strongback.testing.samples import NOW
from strongback.testing.stand_in import stand_ins
from strongback.testing.stored import ForgetfulStore, clear, differences, refuse_rows, store_world, stored_rows
from strongback.testing.ways import Door, Way, way_through
from strongback.testing.worlds import World, make_world
from strongback.testing.writes import check_action, check_create, check_delete, check_update

__all__ = ["Report", "check_world", "opened", "render_report", "run", "run_permissions"]

CASES_A_WORLD = 400
Progress = Callable[[Report], None]


class _Clock:
    """The one time of all worlds."""

    def now(self) -> datetime:
        return NOW


async def run_permissions(
    service: Service,
    store_url: str,
    cases: int = 20_000,
    seed: int = 1,
    *,
    model: Model | None = None,
    progress: Progress | None = None,
    cases_a_world: int = CASES_A_WORLD,
    enough: int | None = None,
    door: Door = "engine",
) -> Report:
    """
    Ask *service* at least so many *cases* on random worlds.

    Args:
        store_url: An empty store of its own: the schema is made there, worlds are stored and deleted again.
        seed: Equal seeds ask the same.
        progress: Told after each world.
        enough: Stop when there are so many findings.
        door: Through which door: `graphql` asks by documents and `grpc` by messages, and both read the answers; `engine` asks as every
            door does in the end.
    Raises:
        MissingExtra: The packages that the door needs are not installed.
        StoreInUse: The store holds rows.
        NoSample: A field's pattern or bounds fit none of the values that can be made up.
    """
    report = Report(service.name, store_url.split(":", 1)[0], seed, door)
    started = monotonic()
    async with opened(service, store_url, model) as app:
        way = way_through(door, app)
        while report.cases < cases and (enough is None or len(report.findings) < enough):
            world = make_world(app.model, f"{seed}/{report.worlds}")
            await check_world(app, service, world, report, min(cases_a_world, cases - report.cases), enough, way)
            report.worlds += 1
            report.through = report.cases if way is None else way.perform.through
            report.duration_s = monotonic() - started
            if progress is not None:
                progress(report)
    return report


def run(service: Service, store_url: str | None, cases: int, seed: int, **more: Any) -> Report:
    """As `run_permissions`, from outside an event loop; without a store on an SQLite file that is gone afterwards."""
    if store_url is not None:
        return asyncio.run(run_permissions(service, store_url, cases, seed, **more))
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'permissions.db'}"
        return asyncio.run(run_permissions(service, url, cases, seed, **more))


@asynccontextmanager
async def opened(service: Service, store_url: str, model: Model | None = None) -> AsyncIterator[App]:
    """*service* on an empty store; its actions stop where the team's own code would run, and its rates count nothing."""
    loaded = model or load(service, service.folder)
    handlers = stand_ins(loaded, service.handlers, service.classes)
    provide: dict[str, Callable[[], object]] = dict.fromkeys(service.provided, object)
    team = Team(handlers, service.classes, provide)
    keyring = Keyring({1: bytes(range(32))}, primary=1)
    app = App(loaded, team, store_url, keyring, limiters={}, clock=_Clock())
    app.runtime.files = WorldFiles(app.files, keyring)
    await app.start(create=True, stand_in=True)
    try:
        await refuse_rows(app)
        try:
            yield app
        finally:
            await clear(app)
    finally:
        await app.close()


async def check_world(
    app: App,
    service: Service,
    world: World,
    report: Report,
    cases: int,
    enough: int | None = None,
    way: Way | None = None,
) -> None:
    """Store *world* in place of the one before, and ask *cases* of it."""
    await clear(app)
    await store_world(app, world)
    before = await stored_rows(app)
    kept, app.runtime.programs.store = app.runtime.programs.store, ForgetfulStore(app.store)
    try:
        matrix = matrix_of(app, service, world, report)
        if way is not None:
            matrix.perform, matrix.shown = way.perform, way.shown
        await _ask(matrix, report.cases + cases, enough, documents=way is not None and way.documents)
    finally:
        app.runtime.programs.store = kept
    for difference in differences(before, await stored_rows(app)):
        finding = Finding("leak", world.seed, "somebody", "", "a write that was refused", "all as it was", difference)
        report.findings.append(finding)


def matrix_of(app: App, service: Service, world: World, report: Report) -> Matrix:
    """The cases of *world*, which is stored already."""
    grants = Grants(service.classes)
    asks = Asks(app.model, grants, Random(f"asks {world.seed}"))  # noqa: S311 - not for secrets: it has to be repeatable
    return Matrix(app.runtime, app.store, Oracle(service, app.model, world, grants), asks, report)


async def _ask(matrix: Matrix, until: int, enough: int | None, *, documents: bool = False) -> None:
    """Every kind of request in turn, each as somebody chosen at random."""
    callers = matrix.oracle.callers()
    of = checks_of_documents if documents else checks_of
    checks = [check for entity in matrix.oracle.model.entities for check in of(entity)]
    while True:
        matrix.random.shuffle(checks)
        await asyncio.sleep(0)  # SQLite never waits, and who interrupts is heard between two steps of the loop alone
        for check in checks:
            await check(matrix, matrix.random.choice(callers))
            if matrix.report.cases >= until or (enough is not None and len(matrix.report.findings) >= enough):
                return


def checks_of_documents(entity: Entity) -> Iterator[Check]:
    """Every kind of request that a GraphQL document can ask of *entity*, but for batches and rows that are brought along."""
    yield from _checks_of_rows(entity)
    if entity.access.restore != FALSE:
        yield _bound(check_restore, entity)


def _checks_of_rows(entity: Entity) -> Iterator[Check]:
    """The plain reads and writes of *entity*, and its actions."""

    def on(check: Callable[..., Any], *more: Any) -> Check:
        return _bound(check, entity, *more)

    yield from (on(check_get),) * 3
    for query in entity.queries:
        yield from (on(check_list, query),) * 3
        yield on(check_walk, query)
        if query.has_aggregates:
            yield from (on(check_aggregate, query),) * 2
    yield from (on(check_create), on(check_create), on(check_update), on(check_update), on(check_delete))
    for action in entity.actions:
        yield on(check_action, action)


def checks_of(entity: Entity) -> Iterator[Check]:
    """Every kind of request that *entity* answers, the richer ones more than once."""

    def on(check: Callable[..., Any], *more: Any) -> Check:
        return _bound(check, entity, *more)

    yield from _checks_of_rows(entity)
    yield from checks_of_past(entity)
    for field in entity.blobs():
        yield from (
            on(check_download, field),
            on(check_download, field),
            on(check_link, field),
            on(check_upload, field),
        )
    if {"create", "update", "delete"} & set(batched(entity)):
        yield from (on(check_batch),) * 2
    if nested(entity):
        yield from (on(check_nested, kind) for kind in _nested_kinds(entity))


def _nested_kinds(entity: Entity) -> Iterator[str]:
    """The writes of *entity* that may bring rows along, which are the richest, three times."""
    yield from ("create",) * 3 * (entity.access.create != FALSE)
    yield from ("update",) * 3 * (FALSE not in (entity.access.update, entity.access.read))


def checks_of_past(entity: Entity) -> Iterator[Check]:
    """Every kind of request for what rows were."""
    if entity.access.history != FALSE:
        yield from (_bound(check, entity) for check in (check_history, check_history, check_as_of))
    if entity.access.restore != FALSE:
        yield from (_bound(check, entity) for check in (check_restore, check_deleted))
        yield from (_bound(check_deleted_list, entity, query) for query in entity.queries)


def _bound(check: Callable[..., Any], entity: Entity, *more: Any) -> Check:
    async def bound(matrix: Matrix, caller: Any) -> None:
        await check(matrix, entity, *more, caller)

    return bound
