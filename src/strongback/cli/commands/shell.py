"""`strongback shell`: a Python prompt on a service, as any caller."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from strongback.cli.main import FINDINGS
from strongback.cli.options import takes_service, takes_store
from strongback.errors import ConfigurationError
from strongback.host.project import PRODUCTION
from strongback.host.settings import read_settings

if TYPE_CHECKING:
    from strongback.app import App
    from strongback.plan.actor import Actor


class ShellRefused(ConfigurationError):
    """A prompt on a production service was not asked for by name."""

    code = "SB426"


@click.command("shell")
@takes_service
@takes_store
@click.option("--as", "whom", metavar="SUBJECT", help="Who asks: a token's subject [default: a stranger].")
@click.option("--commit", is_flag=True, help="Let what is written stay. Without it every request is rolled back.")
@click.option("--sql", "says", is_flag=True, help="Print the statements of each request.")
@click.option("-c", "text", metavar="CODE", help="Run CODE and end, as `python -c`.")
@click.option("--production", is_flag=True, help="Open it in the profile `production`, too.")
def command(
    service: str | None,
    store: str | None,
    whom: str | None,
    commit: bool,
    says: bool,
    text: str | None,
    production: bool,
) -> None:
    """
    Open a Python prompt on SERVICE, in which `await client.get("/v1/...")` asks as whoever --as names.

    Permissions hold as ever. At hand: `client`, `as_user("bob")`, `await explain("Job.recruiter")`, `sql()` and the model's classes. Each
    request is a transaction that is rolled back at its end, unless --commit is given.
    """
    settings = read_settings({"STRONGBACK_STORE": store})
    if settings.profile == PRODUCTION and not production:
        hint = "say --production if you mean it: the prompt asks as anybody"
        raise ShellRefused("the shell is not opened in production by chance", hint=hint)
    from strongback.cli.project import open_project
    from strongback.cli.shell.prompt import Prompt
    from strongback.cli.shell.session import Session, Spoken
    from strongback.cli.shell.trial import Trial
    from strongback.observe.messages import configure_messages
    from strongback.observe.output import LogOutput
    from strongback.testing.in_process import Bearers

    configure_messages(LogOutput(level="error"))
    project = open_project(service, settings.profile)
    trial, bearers = Trial(project.model), Bearers(project.model)
    trial.keeps = commit
    more = {} if commit else {"files_url": None}
    app = project.app(settings.store or project.default_store, verify=bearers, limiters={}, inspector=trial, **more)
    if not commit:
        app.runtime.authenticate = partial(_known, app)
    served = Spoken(app, bearers, trial, says=says)
    served.started = True  # by us: a production store is not brought up to the model
    with asyncio.Runner() as runner:
        runner.run(app.start(create=app.create_schema))
        try:
            session = Session(served, whom)
            prompt = Prompt(session.names(project.service.classes), runner)
            if text is None:
                prompt.interact_here(_banner(project.model.name, app.store.dialect, whom, commit=commit))
            elif not prompt.run_text(text):
                raise SystemExit(FINDINGS)
        finally:
            runner.run(served.close())


async def _known(app: App, credentials: str | Mapping[str, Any] | None, *, keep: bool = True) -> Actor:
    """Whoever asks. Who is new gets their row in the transaction of what they write, not in one of its own that would be gone by then."""
    return await app.authenticate(credentials, keep=False)


def _banner(name: str, dialect: str, whom: str | None, *, commit: bool) -> str:
    kept = (
        "WHAT YOU WRITE STAYS (--commit)" if commit else "each request is rolled back (--commit keeps what it writes)"
    )
    return (
        f"{name} on {dialect}, as {whom or 'a stranger'}; {kept}\n"
        'await client.get("/v1/...")   as_user("bob")   await explain("Job.recruiter")   sql()   Ctrl-D ends'
    )
