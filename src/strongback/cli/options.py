"""What several commands take: the same words, meant the same, in one place."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

Command = TypeVar("Command", bound=Callable[..., Any])


def takes_service(command: Command) -> Command:
    """SERVICE; left out, that of `service.py` in this folder."""
    return click.argument("service", required=False, shell_complete=_files)(command)


def _files(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """What a shell completes by itself."""
    return [CompletionItem(begun, type="file")]


def takes_store(command: Command) -> Command:
    """Which store, by option or environment."""
    text = "Which store [default: the SQLite file beside the service]."
    return click.option("--store", envvar="STRONGBACK_STORE", help=text)(command)


def takes_files(command: Command) -> Command:
    """Which place for files, by option or environment."""
    text = "Which place for files [default: the folder beside the service]."
    return click.option("--files", envvar="STRONGBACK_FILES", help=text)(command)


def takes_json(command: Command) -> Command:
    """Standard output is one JSON value; empty where the command could not do its work."""
    return click.option("--json", "as_json", is_flag=True, help="Print it as JSON, for programs.")(command)


def takes_quiet(command: Command) -> Command:
    """What went well is not worth a line; the exit code says it."""
    return click.option("--quiet", "-q", is_flag=True, help="Print nothing but what goes wrong.")(command)


def say(value: object) -> None:
    """Print *value* as JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
