"""`strongback migrate`: bring a store's schema up to the model."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from strongback.cli.options import say, takes_json, takes_quiet, takes_service, takes_store
from strongback.cli.project import open_project


@click.command("migrate")
@takes_service
@takes_store
@click.option("--dry-run", is_flag=True, help="Print the SQL, and change nothing.")
@takes_json
@takes_quiet
def command(service: str | None, store: str | None, dry_run: bool, as_json: bool, quiet: bool) -> None:
    """Create or extend the schema that SERVICE needs. Only additive steps; anything else is refused with its reason."""
    from strongback.store.sqlite.settings import read_settings

    project = open_project(service)
    url = store or project.default_store
    # To look at a database that is not there must not make it.
    unmade = dry_run and url.startswith("sqlite:///") and not Path(read_settings(url).path).exists()
    shown = not (as_json or quiet) and sys.stderr.isatty()
    statements = asyncio.run(_migrate(project.app("sqlite://" if unmade else url), dry_run=dry_run, shown=shown))
    if as_json:
        say({"statements": statements, "applied": not dry_run})
    elif not quiet:
        _tell(statements, dry_run=dry_run)


def _tell(statements: Sequence[str], *, dry_run: bool) -> None:
    if not statements:
        click.echo("the schema is the model's: nothing to do")
        return
    for statement in statements:
        click.echo(statement if statement.startswith("--") else f"{statement};")
    click.echo(f"-- {len(statements)} statements {'would run' if dry_run else 'run'}", err=True)


async def _migrate(app: object, *, dry_run: bool, shown: bool) -> list[str]:
    from strongback.app import App
    from strongback.migrate.words import Filled

    def show(filled: Filled) -> None:
        ending = "\n" if filled.done >= filled.of else ""
        click.echo(f"\r{filled.fill}: {filled.done:,} of {filled.of:,} rows{ending}", err=True, nl=False)

    assert isinstance(app, App)
    await app.store.start()
    try:
        return await app.migrate(dry_run=dry_run, progress=show if shown else None)
    finally:
        await app.close()
