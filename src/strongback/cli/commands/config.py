"""`strongback config`: every setting, its value, and where that comes from."""

from __future__ import annotations

import click

from strongback.cli.options import say, takes_json
from strongback.host.settings import read_settings, unknown_settings


@click.command("config")
@takes_json
def command(as_json: bool) -> None:
    """Print every setting with its value, and where that comes from. What is secret is not shown."""
    given = read_settings().given.values()
    if as_json:
        rows = [{"name": g.setting.name, "value": g.shown, "origin": g.origin, "meaning": g.setting.doc} for g in given]
        say({"settings": rows, "unknown": list(unknown_settings())})
        return
    for each in given:
        click.echo(f"{each.setting.name} = {each.shown or '-'}  ({each.origin})\n    {each.setting.doc}")
    for line in unknown_settings():
        click.echo(f"warning: {line}", err=True)
