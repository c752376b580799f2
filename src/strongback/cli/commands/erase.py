"""`strongback erase`: erase personal values that are due, and say what was erased."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from strongback.cli.options import say, takes_files, takes_json, takes_quiet, takes_service, takes_store
from strongback.cli.project import open_project

if TYPE_CHECKING:
    from strongback.app import App
    from strongback.engine.erase import Due
    from strongback.engine.erasure_report import Erased

BATCH_MAX = 10_000


@click.command("erase")
@takes_service
@takes_store
@takes_files
@click.option("--dry-run", is_flag=True, help="Say how many rows are due, and erase nothing.")
@click.option("--report", is_flag=True, help="Print what was erased so far, the newest first, and erase nothing.")
@click.option("--clean", is_flag=True, help="Write an SQLite file anew even if nothing was due.")
@click.option("--batch", type=click.IntRange(1, BATCH_MAX), default=500, show_default=True, help="Rows a transaction.")
@takes_json
@takes_quiet
def command(
    service: str | None,
    store: str | None,
    files: str | None,
    dry_run: bool,
    report: bool,
    clean: bool,
    batch: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """
    Erase personal values of SERVICE that are due by their `erase=`: in rows, in their blind index, and in every kept version.

    What was erased of which row, when, and by which rule, stands in the table `_erasures` afterwards; the value does not. Run it daily. A
    run that was stopped goes on where it was.
    """
    project = open_project(service)
    app = project.app(store or project.default_store, files_url=files or project.default_files)
    if report:
        _tell_report(asyncio.run(_report(app)), as_json=as_json)
        return
    shown = not (as_json or quiet) and sys.stderr.isatty()
    done = asyncio.run(_erase(app, dry_run=dry_run, clean=clean, batch=batch, shown=shown))
    if as_json:
        say({"erasures": [asdict(each) for each in done], "applied": not dry_run})
    elif not quiet:
        _tell(done, dry_run=dry_run)


def _tell(done: list[Due], *, dry_run: bool) -> None:
    if not done:
        click.echo("nothing of this service is erased by a rule: `sb.pii(erase=...)`", err=True)
    for each in done:
        rows = f"{each.rows:,} row{'s' if each.rows != 1 else ''}"
        said = "due" if dry_run else "erased"
        click.echo(f"{each.entity}: {', '.join(each.fields)} of {rows} {said} ({each.rule})")


def _tell_report(lines: list[Erased], *, as_json: bool) -> None:
    if as_json:
        say({"erasures": [_told(line) for line in lines]})
        return
    if not lines:
        click.echo("nothing was erased yet", err=True)
    for line in lines:
        past = f", in {line.versions} kept version{'s' if line.versions != 1 else ''}" if line.versions else ""
        click.echo(f"{line.at}  {line.entity} {line.row_id}: {line.fields} ({line.rule}){past}")


def _told(line: Erased) -> dict[str, Any]:
    return {**asdict(line), "fields": line.fields.split(",")}


async def _report(app: App) -> list[Erased]:
    from strongback.engine.erasure_report import read_report

    await app.start()
    try:
        return await read_report(app.store)
    finally:
        await app.close()


async def _erase(app: App, *, dry_run: bool, clean: bool, batch: int, shown: bool) -> list[Due]:
    from strongback.engine.erase import clean_up, erase_due

    def show(due: Due) -> None:
        click.echo(f"\r{due.entity}: {due.rows:,} rows ({due.rule})", err=True, nl=False)

    await app.start()
    try:
        if dry_run:
            return await app.find_overdue()
        done = await erase_due(app.runtime, batch, show if shown else None)
        if shown:
            click.echo("", err=True)
        if clean or any(each.rows for each in done):
            await clean_up(app.store)
        return done
    finally:
        await app.close()
