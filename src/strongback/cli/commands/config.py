"""`strongback config`: every setting, its value, and where that comes from."""

from __future__ import annotations

import json

import click

from strongback.host.settings import read_settings, unknown_settings


@click.command("config")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def command(as_json: bool) -> None:
    """Print every setting with its value, and where that comes from. What is secret is not shown."""
    given = read_settings().given.values()
    if as_json:
        rows = [{"name": g.setting.name, "value": g.shown, "origin": g.origin, "meaning": g.setting.doc} for g in given]
        click.echo(json.dumps({"settings": rows, "unknown": list(unknown_settings())}, indent=2))
        return
    for each in given:
        click.echo(f"{each.setting.name} = {each.shown or '-'}  ({each.origin})\n    {each.setting.doc}")
    for line in unknown_settings():
        click.echo(f"warning: {line}", err=True)
