"""`strongback files`: look after the bytes of files."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from strongback.cli.options import say, takes_files, takes_json, takes_quiet, takes_service, takes_store
from strongback.cli.project import open_project

if TYPE_CHECKING:
    from strongback.app import App
    from strongback.engine.sweep import Orphan


@click.group("files")
def command() -> None:
    """Look after the files of rows."""


@command.command("sweep")
@takes_service
@takes_store
@takes_files
@click.option("--apply", is_flag=True, help="Delete what was found; without it, only say so.")
@takes_json
@takes_quiet
def sweep(service: str | None, store: str | None, files: str | None, apply: bool, as_json: bool, quiet: bool) -> None:
    """
    Find files that no row of SERVICE refers to, now or in kept history.

    A crash between the bytes and their row leaves such files behind, and so does a cascade of the database. Nothing younger than an hour
    is found: it may be an upload in progress. What was not put there by the service is never touched.
    """
    from strongback.model.blob import spell_size

    project = open_project(service)
    app = project.app(store or project.default_store, files_url=files or project.default_files)
    found = asyncio.run(_sweep(app, apply=apply, shown=not quiet and not as_json))
    size = sum(each.size_bytes for each in found)
    if as_json:
        say({"orphans": [each.key for each in found], "size_bytes": size, "deleted": apply})
    elif not quiet:
        done = "deleted" if apply else "to delete: --apply"
        click.echo(
            f"{len(found)} files, {spell_size(size)} {done}" if found else "no file is without its row", err=True
        )


async def _sweep(app: App, *, apply: bool, shown: bool) -> list[Orphan]:
    from strongback.engine.sweep import find_orphans

    await app.start()
    try:
        found = []
        async for orphan in find_orphans(app.runtime):
            if shown:
                click.echo(orphan.key)
            if apply:
                await app.files.delete(orphan.key)
            found.append(orphan)
        return found
    finally:
        await app.close()
