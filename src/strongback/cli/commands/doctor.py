"""`strongback doctor`: what stands in the way of a service here, and how to remove it."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from strongback.cli.main import ENVIRONMENT, FINDINGS
from strongback.cli.options import say, takes_json, takes_quiet, takes_service, takes_store
from strongback.host.settings import PROFILES

if TYPE_CHECKING:
    from strongback.cli.doctor.checked import Checked
    from strongback.cli.doctor.examine import Examined

COLOURS = {"ok": "green", "warning": "yellow", "wrong": "red"}


@click.command("doctor")
@takes_service
@takes_store
@click.option("--host", default="127.0.0.1", show_default=True, help="Address that the service would listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Its port.")
@click.option("--profile", type=click.Choice(PROFILES), help="[default: STRONGBACK_PROFILE, or development]")
@takes_json
@takes_quiet
def command(
    service: str | None, store: str | None, host: str, port: int, profile: str | None, as_json: bool, quiet: bool
) -> None:
    """
    Look at everything that SERVICE needs here: the machine, settings, keys, tokens, lock and store.

    Each line is ok, a warning, or wrong with its fix. Nothing is changed or made. The exit code is 3 where the environment is wrong, 1
    where only the declaration or its lock is, and 0 otherwise.
    """
    from strongback.cli.doctor.examine import Examined

    options = {"STRONGBACK_STORE": store, "STRONGBACK_PROFILE": profile}
    found = asyncio.run(_examine(Examined(service, options, host, port), tell=not as_json, quiet=quiet))
    if as_json:
        say({"checks": [asdict(each) for each in found]})
    wrong = [each for each in found if each.state == "wrong"]
    if not as_json and not quiet:
        warnings = sum(each.state == "warning" for each in found)
        click.echo(f"{len(found)} checks: {len(wrong)} wrong, {warnings} warnings")
    if wrong:
        raise SystemExit(ENVIRONMENT if any(each.about == "environment" for each in wrong) else FINDINGS)


async def _examine(what: Examined, *, tell: bool, quiet: bool) -> list[Checked]:
    from strongback.cli.doctor.examine import examine

    found: list[Checked] = []
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    async for each in examine(what):
        found.append(each)
        if tell and (each.state != "ok" or not quiet):
            click.echo(_told(each), color=coloured)
    return found


def _told(each: Checked) -> str:
    state = click.style(f"{each.state:7}", fg=COLOURS[each.state])
    line = f"{state}  {each.check:13}  {each.told}"
    return f"{line}\n{'':24}fix: {each.fix}" if each.fix else line
