"""`strongback explain`: an error code's page, or what a role or query becomes."""

from __future__ import annotations

from importlib.resources import files

import click

from strongback.errors import ConfigurationError, did_you_mean


@click.command("explain")
@click.argument("what")
@click.argument("service", required=False)
def command(what: str, service: str | None) -> None:
    """Explain WHAT: an error code (SB204)."""
    pages = {entry.name.removesuffix(".md"): entry for entry in files("strongback").joinpath("pages").iterdir()}
    code = what.upper()
    if code not in pages:
        raise ConfigurationError(
            f"there is no page `{what}`", hint=did_you_mean(code, pages) or "codes look like `SB204`"
        )
    click.echo(pages[code].read_text("utf-8"), nl=False)
