"""`strongback test`: what a team checks its own service with."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from strongback.cli.main import FINDINGS
from strongback.cli.options import say, takes_json, takes_service
from strongback.cli.project import open_project

if TYPE_CHECKING:
    from strongback.testing.report import Report
    from strongback.testing.ways import Door


@click.group("test")
def command() -> None:
    """Test a service."""


@command.command("permissions")
@takes_service
@click.option("--store", help="An empty store to test on [default: an SQLite file that is gone afterwards].")
@click.option("--cases", default=5_000, show_default=True, type=click.IntRange(1), help="How many requests to judge.")
@click.option(
    "--door",
    default="engine",
    show_default=True,
    type=click.Choice(("engine", "graphql", "grpc")),
    help="Through which door: `graphql` asks by documents, `grpc` by messages.",
)
@click.option("--seed", default=1, show_default=True, help="Where chance begins: equal seeds ask the same.")
@takes_json
def permissions(service: str | None, store: str | None, cases: int, seed: int, *, door: Door, as_json: bool) -> None:
    """
    Ask whether the permissions of SERVICE hold on every path.

    Random worlds are stored, and every kind of request is made of them as every kind of caller. What comes back is compared with what the
    service's own role functions say, run as plain Python. The exit code is 1 when a caller got more than that, or less.
    """
    from strongback.testing.permissions import render_report, run

    project = open_project(service)
    progress = None if as_json else _progress(cases)
    report = run(project.service, store, cases, seed, model=project.model, progress=progress, door=door)
    _print(report.to_json(), render_report(report), as_json=as_json)
    if report.findings:
        raise SystemExit(FINDINGS)


def _print(report: object, text: str, *, as_json: bool) -> None:
    if as_json:
        say(report)
    else:
        click.echo(text)


def _progress(cases: int) -> Callable[[Report], None]:
    """One line on a terminal, written over; silent elsewhere."""
    shown = sys.stderr.isatty()

    def tell(report: Report) -> None:
        if shown:
            line = f"\r{report.cases:,} of {cases:,} cases, {len(report.findings)} findings"
            click.echo(line, nl=report.cases >= cases, err=True)

    return tell


@command.command("store")
@click.option("--store", required=True, help="An empty store to test.")
@click.option("--against", help="A second empty store: both must answer alike, byte for byte.")
@click.option(
    "--schema-store", default="", help="Where the schema is made, when not at --store: the database behind a pooler."
)
@click.option("--only", default="", help="Cases of one area, or one case: `writes`, `writes/unique`.")
@takes_json
def store(store: str, against: str | None, schema_store: str, only: str, *, as_json: bool) -> None:
    """
    Ask whether a store keeps what every store promises.

    A service of the suite's own runs on it: every type, filters, pages, writes, references, actions, permissions. A case that needs what
    the store lacks is skipped, and says so. The exit code is 1 when a case fails, or two stores answer differently.
    """
    from strongback.testing.conformance import cases, compare, render_comparison, render_report, run

    chosen = [case for case in cases() if only in ("", case.area, case.id)]
    if not chosen:
        raise click.BadParameter(f"there is no case `{only}`", param_hint="--only")
    progress = None if as_json else _case_progress(len(chosen) * (2 if against else 1))
    if against is None:
        report = run(store, chosen, schema_url=schema_store, progress=progress)
        failed, said, text = bool(report.failed), report.to_json(), render_report(report)
    else:
        both = compare(store, against, chosen, progress=progress)
        failed, said, text = both.failed, both.to_json(), render_comparison(both)
    _print(said, text, as_json=as_json)
    if failed:
        raise SystemExit(FINDINGS)


def _case_progress(cases: int) -> Callable[[object], None]:
    """As `_progress`, of cases that are run one by one."""
    done = 0

    def tell(_: object) -> None:
        nonlocal done
        done += 1
        if sys.stderr.isatty():
            click.echo(f"\r{done:,} of {cases:,} cases", nl=done >= cases, err=True)

    return tell
