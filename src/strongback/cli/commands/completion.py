"""`strongback completion`: the script that completes commands and options in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script for SHELL: `eval "$(strongback completion bash)"`."""
    from strongback.cli.main import strongback

    found = get_completion_class(shell)
    assert found is not None  # click knows the three shells above
    click.echo(found(strongback, {}, "strongback", "_STRONGBACK_COMPLETE").source())
