"""`strongback migrate`: bring a store's schema up to the model."""

from __future__ import annotations

import asyncio
import json

import click

from strongback.cli.project import open_project


@click.command("migrate")
@click.argument("service", required=False)
@click.option("--store", envvar="STRONGBACK_STORE", help="Which store [default: the SQLite file beside the service].")
@click.option("--dry-run", is_flag=True, help="Print the SQL, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the statements as JSON.")
def command(service: str | None, store: str | None, dry_run: bool, as_json: bool) -> None:
    """Create or extend the schema that SERVICE needs. Only additive steps; anything else is refused with its reason."""
    project = open_project(service)
    statements = asyncio.run(_migrate(project.app(store or project.default_store), dry_run=dry_run))
    if as_json:
        click.echo(json.dumps({"statements": statements, "applied": not dry_run}, indent=2))
    elif not statements:
        click.echo("the schema is the model's: nothing to do")
    else:
        for statement in statements:
            click.echo(f"{statement};")
        click.echo(f"-- {len(statements)} statements {'would run' if dry_run else 'run'}", err=True)


async def _migrate(app: object, *, dry_run: bool) -> list[str]:
    from strongback.app import App

    assert isinstance(app, App)
    await app.store.start()
    try:
        return await app.migrate(dry_run=dry_run)
    finally:
        await app.close()
