"""`strongback`: the entry point, and how every failure ends."""

from __future__ import annotations

import itertools
import linecache
import os
import re
import sys
from collections.abc import Mapping
from importlib import import_module

import click

from strongback.cli.service import SourceBroken
from strongback.errors import (
    ConfigurationError,
    DeclarationError,
    DependencyError,
    Fault,
    FileRefused,
    StrongbackError,
    did_you_mean,
)

FINE, FINDINGS, USAGE, ENVIRONMENT, INTERRUPTED = 0, 1, 2, 3, 130
# Stable: scripts decide by these.
EXIT_CODES: Mapping[int, str] = {
    FINE: "Fine. Also `strongback run` that was told to stop, by Ctrl-C or SIGTERM.",
    FINDINGS: "Findings: source or a declaration that is wrong, a check or a test that failed.",
    USAGE: "Usage: an unknown command or option, a value that an option cannot have.",
    ENVIRONMENT: "Environment: a store, a key, a port, a file, a setting or a package that is missing or wrong.",
    INTERRUPTED: "Stopped by Ctrl-C before it was done.",
}
BODY_LINES = 12

# Command, the module it stands in, and its line of help: so that help needs none of the modules.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "new": ("new", "Make a new project that runs."),
    "run": ("run", "Run a service, and again when its source is saved."),
    "check": ("check", "Say everything that is wrong with a declaration."),
    "spec": ("spec", "Write the model in plain English."),
    "lock": ("lock", "Write the stable numbers of the model."),
    "migrate": ("migrate", "Bring a store's schema up to the model."),
    "contract": ("contract", "Print what the service promises: OpenAPI, GraphQL, or the model itself."),
    "erase": ("erase", "Erase personal values that are due."),
    "files": ("files", "Look after the files of rows."),
    "token": ("token", "Make a bearer token for development."),
    "seed": ("seed", "Fill a store with the project's sample data."),
    "doctor": ("doctor", "Say what is wrong around a service, and how to put it right."),
    "fake": ("fake", "Fill a store with made-up rows, as callers would."),
    "shell": ("shell", "Open a Python prompt on a service, as any caller."),
    "config": ("config", "Print every setting, its value, and where that comes from."),
    "explain": ("explain", "Explain an error code, a role or a query."),
    "test": ("test", "Test a service: its permissions."),
    "completion": ("completion", "Print the shell completion script."),
}


class LazyGroup(click.Group):
    """Knows its commands by name; imports one when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        found: click.Command = import_module(f"strongback.cli.commands.{module}").command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            hint = did_you_mean(name, COMMANDS).replace("`", "'")
            raise click.UsageError(f"No such command '{name}'.{f' {hint[0].upper()}{hint[1:]}' if hint else ''}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("\ninterrupted", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="strongback", message="%(version)s")
def strongback() -> None:
    """Declare your domain once; get the backend, and the review."""


def main() -> None:
    """Run the command line; every failure of ours or the team's is one message and an exit code."""
    try:
        strongback(prog_name="strongback")
    except DeclarationError as error:
        _say(error)
        sys.exit(FINDINGS)
    except (ConfigurationError, DependencyError) as error:
        _say(error)
        sys.exit(FINDINGS if isinstance(error, SourceBroken) else ENVIRONMENT)
    except StrongbackError as error:
        _say(error)
        sys.exit(FINDINGS)
    except OSError as error:
        if error.filename is None:
            raise
        _say(FileRefused(error))
        sys.exit(ENVIRONMENT)


def _say(error: StrongbackError) -> None:
    faults = faults_of(error)
    told = [f"{error.message}:"] if isinstance(error, DeclarationError) else []
    told += [_told(fault) for fault in faults]
    code = faults[0].code if faults else error.code
    told.append(f"\nMore: {click.style(f'strongback explain {code}', bold=True)}")
    click.echo("\n".join(told), err=True, color=is_coloured())


def is_coloured() -> bool:
    """Whether standard error is a terminal whose user wants colours (https://no-color.org)."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def faults_of(error: StrongbackError) -> tuple[Fault, ...]:
    """What *error* tells: each of a declaration's faults, or the one that it is itself."""
    if isinstance(error, DeclarationError):
        return tuple(error.faults)
    return (Fault(error.code, error.message, error.where, error.hint),)


def _told(fault: Fault) -> str:
    """Where, what, the line itself, and what to write instead."""
    place = f"{click.style(fault.where, bold=True)}: " if fault.where else ""
    lines = [f"{place}{click.style(fault.code, fg='red')} {fault.message}"]
    line = source_line(fault)
    lines += [f"    | {line}"] if line else []
    lines += [f"    {click.style(part, fg='green')}" for part in fault.hint.splitlines()]
    return "\n".join(lines)


def source_line(fault: Fault) -> str:
    """
    The line of source that *fault* is about; empty where there is none to read.

    A fault in a body stands at its `def`: the line meant is the first one of the body that spells the last name of the message.
    """
    file, _, number = fault.where.rpartition(":")
    if not file or not number.isdigit():
        return ""
    first, *below = (linecache.getline(file, line) for line in range(int(number), int(number) + BODY_LINES))
    named = re.findall(r"`(?:\w+\.)*(\w+)`", fault.message)
    if not named or not first.lstrip().startswith(("def ", "async def ")):
        return first.strip()
    deeper = re.compile(rf"\s{{{len(first) - len(first.lstrip()) + 1}}}|\s*$")
    body = itertools.takewhile(deeper.match, below)
    return next((line for line in (first, *body) if re.search(rf"\b{named[-1]}\b", line)), first).strip()
