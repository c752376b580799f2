"""Run the cases on a store, or on two."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache

from msgspec.structs import replace

from strongback.app import App, Team
from strongback.crypto.keyring import Keyring
from strongback.errors import ConfigurationError
from strongback.migrate.run import check_schema
from strongback.model.load import load
from strongback.model.model import Model
from strongback.store.sql.metadata import quote
from strongback.store.store import Statement
from strongback.testing.clock import SetClock
from strongback.testing.conformance.capability import (
    CAPABILITIES,
    DURABLE,
    OWN_SESSIONS,
    WIDE_DECIMALS,
    lacks_durability,
    lacks_sessions,
)
from strongback.testing.conformance.case import Case
from strongback.testing.conformance.cases import cases
from strongback.testing.conformance.faults import gathered_faults
from strongback.testing.conformance.report import Comparison, Report, Result
from strongback.testing.conformance.service import SERVICE
from strongback.testing.conformance.stage import Differs, Stage
from strongback.testing.in_process import Bearers, InProcess
from strongback.testing.stored import refuse_rows

CASE_LIMIT_S = 60.0
Progress = Callable[[Result], None]


async def run_cases(
    store_url: str, only: Sequence[Case] | None = None, *, schema_url: str = "", progress: Progress | None = None
) -> Report:
    """
    Run cases on an empty store, whose schema is made, and whose rows are deleted again.

    Args:
        only: The cases; all when left out.
        schema_url: Where the schema is made, when that cannot be done at *store_url*: the database behind a pooler.
        progress: Told after each case.
    Raises:
        StoreInUse: The store holds rows of a service with these tables.
        ConfigurationError: There is no such store, or it is none that can be set up.
    """
    report = Report(store_url.split(":", 1)[0])
    wide, why = _model(store_url)
    async with _opened(store_url, schema_url, wide) as app:
        lacking = {WIDE_DECIMALS: why} if why else {}
        chosen = cases() if only is None else only
        lacking |= await _lacking(app, store_url, wide, {need for case in chosen for need in case.needs})
        for case in chosen:
            result = await _judge(case, app, lacking)
            report.results.append(result)
            if progress is not None:
                progress(result)
    return report


def run(
    store_url: str, only: Sequence[Case] | None = None, *, schema_url: str = "", progress: Progress | None = None
) -> Report:
    """As `run_cases`, from outside an event loop."""
    return asyncio.run(run_cases(store_url, only, schema_url=schema_url, progress=progress))


async def compare_stores(one_url: str, other_url: str, only: Sequence[Case] | None = None) -> Comparison:
    """Run the cases on two stores and compare every answer, byte for byte."""
    return Comparison(await run_cases(one_url, only), await run_cases(other_url, only))


def compare(one_url: str, other_url: str, only: Sequence[Case] | None = None) -> Comparison:
    """As `compare_stores`, from outside an event loop."""
    return asyncio.run(compare_stores(one_url, other_url, only))


@lru_cache(maxsize=1)
def _whole() -> Model:
    return load(SERVICE)


def _model(store_url: str) -> tuple[Model, str]:
    """The model as far as the store can hold it, and why that is not all."""
    model = _whole()
    try:
        _app(store_url, model)
    except ConfigurationError as refused:
        narrow = replace(model, entities=tuple(e for e in model.entities if e.name != "Wide"))
        _app(store_url, narrow)  # any other reason is no reason to skip
        return narrow, refused.message
    return model, ""


def _app(store_url: str, model: Model) -> App:
    bearers = Bearers(model)
    ring = Keyring({1: bytes(range(32))}, primary=1)
    return App(model, Team.of(SERVICE), store_url, ring, verify=bearers, limiters={}, clock=SetClock())


@asynccontextmanager
async def _opened(store_url: str, schema_url: str, model: Model) -> AsyncIterator[App]:
    """The service on an empty store, which is empty again afterwards."""
    if schema_url:
        async with _opened(schema_url, "", model):
            pass
    app = _app(store_url, model)
    await app.store.start()
    try:
        if await check_schema(app.store, app.schema, app._render_check):  # noqa: SLF001 - the same layer of one product
            await app.migrate()
        await refuse_rows(app)
        yield app
    finally:
        await app.close()


async def _lacking(app: App, store_url: str, model: Model, needs: set[str]) -> Mapping[str, str]:
    async def reopen() -> App:
        again = _app(store_url, model)
        await again.store.start()
        return again

    found = {
        OWN_SESSIONS: await lacks_sessions(app) if OWN_SESSIONS in needs else "",
        DURABLE: await lacks_durability(reopen) if DURABLE in needs else "",
    }
    return {name: why for name, why in found.items() if why}


async def _judge(case: Case, app: App, lacking: Mapping[str, str]) -> Result:
    for need in case.needs:
        if need in lacking:
            return Result(case, "skipped", f"the store lacks {need} ({CAPABILITIES[need]}): {lacking[need]}")
    clock = SetClock()
    app.clock = app.runtime.clock = clock
    assert isinstance(app.verify, Bearers)
    served = InProcess(app, app.verify)
    served.started = True
    stage = Stage(served, clock)
    with gathered_faults() as faults:
        why = await _ask(case, stage)
    await _clear(app)
    behind = f" (behind it: {'; '.join(faults)})" if faults and why else ""
    return Result(case, "failed" if why else "passed", why + behind, tuple(stage.transcript.lines))


async def _ask(case: Case, stage: Stage) -> str:
    """What is wrong; empty when nothing is."""
    try:
        async with asyncio.timeout(CASE_LIMIT_S):
            await case.body(stage)
    except Differs as wrong:
        return str(wrong)
    except Exception as fault:  # noqa: BLE001 - whatever a store raises, the other cases run
        return f"{type(fault).__name__}: {fault}"
    return ""


async def _clear(app: App) -> None:
    """Delete every row, those that refer before those they refer to: cheaper for few rows than to truncate as many tables."""
    names = [name for table in reversed(app.schema.tables.values()) for name in (table.history, table.name) if name]
    async with app.store.begin() as transaction:
        for name in names:
            sql = f"DELETE FROM {quote(name, app.store.dialect)}"  # noqa: S608 - a name of ours, quoted
            await transaction.fetch(Statement(sql, writes=True))
