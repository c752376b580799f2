"""Run the cases on a store, or on two."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from strongback.testing.conformance.capability import CAPABILITIES, lacking
from strongback.testing.conformance.case import Case
from strongback.testing.conformance.cases import cases
from strongback.testing.conformance.faults import gathered_faults
from strongback.testing.conformance.report import Comparison, Report, Result
from strongback.testing.conformance.running import Running, opened
from strongback.testing.conformance.stage import Differs, Stage

CASE_LIMIT_S = 60.0
Progress = Callable[[Result], None]
Judge = Callable[[Case], Awaitable[Result]]


async def run_cases(
    store_url: str, only: Sequence[Case] | None = None, *, schema_url: str = "", progress: Progress | None = None
) -> Report:
    """
    Run cases on an empty store. Its schema is made; the rows of each case are deleted after it.

    Args:
        only: The cases; all when left out.
        schema_url: Where the schema is made, when that cannot be done at *store_url*: the database behind a pooler.
        progress: Told after each case.
    Raises:
        StoreInUse: The store holds rows of a service with these tables.
        ConfigurationError: There is no such store, or it cannot be set up.
    """
    report = Report(store_url.split(":", 1)[0])
    async with judging(store_url, schema_url=schema_url) as judge:
        for case in cases() if only is None else only:
            result = await judge(case)
            report.results.append(result)
            if progress is not None:
                progress(result)
    return report


@asynccontextmanager
async def judging(store_url: str, *, schema_url: str = "") -> AsyncIterator[Judge]:
    """Open a store for cases that are run one by one, as a test runner does; else as `run_cases`."""
    async with opened(store_url, schema_url) as running:
        missing: dict[str, str] | None = None

        async def judge(case: Case) -> Result:
            nonlocal missing
            if case.needs and missing is None:
                missing = await lacking(running)
            return _skipped(case, missing or {}) or await _judge(case, running)

        yield judge


def run(
    store_url: str, only: Sequence[Case] | None = None, *, schema_url: str = "", progress: Progress | None = None
) -> Report:
    """As `run_cases`, from outside an event loop."""
    return asyncio.run(run_cases(store_url, only, schema_url=schema_url, progress=progress))


async def compare_stores(
    one_url: str, other_url: str, only: Sequence[Case] | None = None, *, progress: Progress | None = None
) -> Comparison:
    """Run the cases on two stores and compare every answer, byte for byte."""
    one = await run_cases(one_url, only, progress=progress)
    return Comparison(one, await run_cases(other_url, only, progress=progress))


def compare(
    one_url: str, other_url: str, only: Sequence[Case] | None = None, *, progress: Progress | None = None
) -> Comparison:
    """As `compare_stores`, from outside an event loop."""
    return asyncio.run(compare_stores(one_url, other_url, only, progress=progress))


def _skipped(case: Case, missing: Mapping[str, str]) -> Result | None:
    for need in case.needs:
        if need in missing:
            return Result(case, "skipped", f"the store lacks {need} ({CAPABILITIES[need]}): {missing[need]}")
    return None


async def _judge(case: Case, running: Running) -> Result:
    stage = running.stage()
    with gathered_faults() as faults:
        why = await _ask(case, stage)
        uncleared = await _clear(running)
        why = why or uncleared
    behind = f" (behind it: {'; '.join(faults)})" if faults and why else ""
    return Result(case, "failed" if why else "passed", why + behind, tuple(stage.transcript.lines))


async def _clear(running: Running) -> str:
    """Why rows cannot be deleted; empty when they are."""
    try:
        await running.clear()
    except Exception as fault:  # noqa: BLE001 - as below
        return f"rows cannot be deleted: {type(fault).__name__}: {fault}"
    return ""


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
