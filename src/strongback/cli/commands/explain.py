"""`strongback explain`: an error code's page, or what a role or a list becomes."""

from __future__ import annotations

import asyncio
import contextlib
import re
from importlib.resources import files
from typing import TYPE_CHECKING

import click

from strongback.cli.options import say, takes_json, takes_service, takes_store
from strongback.errors import ConfigurationError, did_you_mean

if TYPE_CHECKING:
    from strongback.cli.explanation import Explanation
    from strongback.model.entity import Entity

CODE = re.compile(r"SB\d+", re.IGNORECASE)


def _begun(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """What a shell may complete: codes, and the roles and lists of the service in this folder."""
    codes = (entry.name.removesuffix(".md") for entry in files("strongback").joinpath("pages").iterdir())
    found = sorted(code for code in codes if code.startswith(begun.upper()))
    return found or [name for name in _members() if name.startswith(begun)]


def _members() -> list[str]:
    from strongback.cli.project import open_project

    with contextlib.suppress(Exception):  # a shell that asks hears no faults
        entities = open_project(None).model.entities
        return [f"{entity.name}.{each}" for entity in entities for each in _names(entity)]
    return []


def _names(entity: Entity) -> list[str]:
    return [*(role.name for role in entity.roles), *(query.name for query in entity.queries)]


@click.command("explain")
@click.argument("what", shell_complete=_begun)
@takes_service
@takes_store
@takes_json
def command(what: str, service: str | None, store: str | None, as_json: bool) -> None:
    """
    Explain WHAT: an error code (`SB204`), or a role or list of SERVICE (`Job.recruiter`, `Job.search`).

    A role or list is shown as the statement that the store runs for a signed-in caller, with the store's own plan for it, on the rows
    that are there now.
    """
    if "." in what:
        _explain_member(what, service, store, as_json=as_json)
    else:
        _explain_code(what, as_json=as_json)


def _explain_code(what: str, *, as_json: bool) -> None:
    pages = {entry.name.removesuffix(".md"): entry for entry in files("strongback").joinpath("pages").iterdir()}
    code = what.upper()
    if code not in pages:
        near = did_you_mean(code, pages) if CODE.fullmatch(what) else ""
        hint = near or "codes look like `SB204`, roles and lists like `Job.recruiter`"
        raise ConfigurationError(f"there is no page `{what}`", hint=hint)
    text = pages[code].read_text("utf-8")
    if as_json:
        say({"code": code, "page": text})
    else:
        click.echo(text, nl=False)


def _explain_member(what: str, service: str | None, store: str | None, *, as_json: bool) -> None:
    import msgspec

    from strongback.cli import explanation
    from strongback.cli.project import open_project

    project = open_project(service)
    told = asyncio.run(_explained(project.app(store or project.default_store), what))
    click.echo(msgspec.json.format(msgspec.json.encode(told), indent=2) if as_json else explanation.told(told))


async def _explained(app: object, what: str) -> Explanation:
    from strongback.app import App
    from strongback.cli.explanation import explain, find

    assert isinstance(app, App)
    find(app.model, what)
    await app.start(create=app.create_schema)
    try:
        return await explain(app, what)
    finally:
        await app.close()
