"""What is at hand at the prompt."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from strongback.app import App
from strongback.cli.explanation import explain, told
from strongback.cli.shell.trial import Trial
from strongback.testing.client import AsyncClient
from strongback.testing.in_process import Bearers, InProcess, Response


class Spoken(InProcess):
    """Asks the service, and says the statements that were run, where that is wanted."""

    def __init__(self, app: App, bearers: Bearers, trial: Trial, *, says: bool) -> None:
        super().__init__(app, bearers)
        self.says = says
        self._trial = trial

    async def ask(self, *said: Any, **more: Any) -> Response:
        before = self._trial.recorder.newest
        response = await super().ask(*said, **more)
        if self.says:
            for each in self._trial.recorder.after(before):
                for step in each.trace.steps:
                    rows = "" if step.rows is None else f" {step.rows} rows"
                    click.secho(f"-- {step.duration_s * 1000:.2f} ms{rows} {step.failed}".rstrip(), fg="cyan", err=True)
                    click.echo(step.sql, err=True)
        return response


class Session:
    """
    The names of a prompt.

    Attributes:
        client: Asks as whoever `--as` names; a stranger without.
    """

    def __init__(self, served: Spoken, whom: str | None) -> None:
        self._served = served
        stranger = AsyncClient(served)
        self.client = stranger.as_user(whom) if whom else stranger

    def as_user(self, subject: str, **claims: Any) -> AsyncClient:
        """A client that is *subject*."""
        return AsyncClient(self._served).as_user(subject, **claims)

    async def explain(self, what: str) -> None:
        """Say what a role or a list (`"Job.recruiter"`) becomes in the store."""
        click.echo(told(await explain(self._served.app, what)))

    def sql(self, says: bool = True) -> None:
        """Say the statements of each request from now on, or no longer."""
        self._served.says = says

    def names(self, classes: Mapping[str, type[Any]]) -> dict[str, Any]:
        """What the prompt knows: the model's classes, `sb`, and what this session offers."""
        offered = {"client": self.client, "as_user": self.as_user, "explain": self.explain, "sql": self.sql}
        # Nothing inside imports what users name; here a user types.
        return {**classes, "sb": import_module("strongback"), **offered}
