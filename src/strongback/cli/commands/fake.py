"""`strongback fake`: made-up rows, written as callers write them."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from strongback.cli.main import FINDINGS
from strongback.cli.options import say, takes_json, takes_quiet, takes_service, takes_store
from strongback.errors import ConfigurationError, did_you_mean
from strongback.host.project import PRODUCTION
from strongback.host.settings import read_settings

if TYPE_CHECKING:
    from strongback.cli.fake.maker import Maker
    from strongback.host.project import Project
    from strongback.testing.in_process import InProcess


class FakeRefused(ConfigurationError):
    """No rows are made up here."""

    code = "SB427"


@click.command("fake")
@takes_service
@takes_store
@click.option("--rows", default=100, show_default=True, type=click.IntRange(1, 10_000_000), help="How many in all.")
@click.option("--entity", help="Rows of this entity, and few of those it needs [default: of every entity].")
@click.option("--seed", default="1", show_default=True, help="Equal seeds on equal stores make equal rows.")
@click.option("--dry-run", is_flag=True, help="Make them in a database in memory, and say what came of it.")
@takes_json
@takes_quiet
def command(
    service: str | None,
    store: str | None,
    rows: int,
    entity: str | None,
    seed: str,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """
    Fill the store of SERVICE with made-up rows that look like what their fields are called.

    They are written by the service's own operations, as callers who may: so constraints and permissions hold, and personal fields are
    encrypted as ever. Declared rates do not count. Stopped by Ctrl-C, what was made stays; a second run adds.
    """
    from strongback.cli.project import open_project

    settings = read_settings({"STRONGBACK_STORE": store})
    if settings.profile == PRODUCTION:
        raise FakeRefused("made-up rows do not belong into production", hint="unset STRONGBACK_PROFILE")
    project = open_project(service)
    names = {each.name for each in project.model.entities}
    if entity is not None and entity not in names:
        raise FakeRefused(f"there is no entity `{entity}`", hint=did_you_mean(entity, names))
    if not project.model.rest:
        raise FakeRefused(
            "the service has no REST, by which rows are made", hint='declare `sb.Service(..., rest="/v1")`'
        )
    url = "sqlite://" if dry_run else settings.store or project.default_store
    told = asyncio.run(_make(project, url, rows, entity or "", seed, shown=not quiet and not as_json))
    if as_json:
        say({**told, "dry_run": dry_run})
    elif not quiet:
        click.echo(_line(told, dry_run=dry_run))
        for line in told["refused"]:
            click.echo(f"fewer of {line}")
    if sum(told["made"].values()) < rows:
        raise SystemExit(FINDINGS)


async def _make(project: Project, url: str, rows: int, entity: str, seed: str, *, shown: bool) -> dict[str, Any]:
    from strongback.cli.fake.maker import Maker
    from strongback.testing.in_process import Bearers, InProcess

    bearers = Bearers(project.model)
    served = InProcess(project.app(url, verify=bearers, limiters={}, **_in_memory(url)), bearers)
    began = perf_counter()
    try:
        await served.start()
        maker = Maker(served, f"{seed} {await _stored(served)}")
        wanted = maker.wanted(rows, entity)
        await _watched(maker, wanted, shown=shown)
    finally:
        await served.close()
    made = {name: count for name, count in maker.made.items() if count}
    return {"made": made, "seconds": round(perf_counter() - began, 2), "refused": list(maker.refused(wanted))}


def _in_memory(url: str) -> dict[str, Any]:
    return {"files_url": None} if url == "sqlite://" else {}


async def _stored(served: InProcess) -> int:
    """How many rows there are: so that a second run with the same seed does not make the same ones again."""
    from strongback.store.store import Statement

    tables = [table.name for table in served.app.schema.tables.values()]
    counts = [await served.app.store.fetch(Statement(f'SELECT count(*) FROM "{name}"')) for name in tables]  # noqa: S608 - names of the model
    return sum(int(count[0][0]) for count in counts)


async def _watched(maker: Maker, wanted: Counter[str], *, shown: bool) -> None:
    """Make all of it; on a terminal with a bar, and how long it will take. What was made until Ctrl-C is said, and stays."""
    try:
        with click.progressbar(
            length=wanted.total(),
            label="making",
            file=sys.stderr,
            show_pos=True,
            hidden=not shown or not sys.stderr.isatty(),
        ) as bar:
            async for _ in maker.make(wanted):
                bar.update(1)
    except asyncio.CancelledError:
        if shown:
            click.echo(f"\nmade and kept: {_counted(maker.made)}", err=True)
        raise


def _counted(made: Counter[str] | dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in made.items() if count) or "nothing"


def _line(told: dict[str, Any], *, dry_run: bool) -> str:
    all_ = sum(told["made"].values())
    rate = all_ / max(told["seconds"], 0.01)
    start = "would make" if dry_run else "made"
    return f"{start} {all_:,} rows in {told['seconds']} s ({rate:,.0f}/s): {_counted(told['made'])}"
