"""`strongback token`: a bearer token for development."""

from __future__ import annotations

import click

from strongback.cli.options import say, takes_json, takes_service
from strongback.cli.project import open_project
from strongback.errors import ConfigurationError
from strongback.host.project import PRODUCTION
from strongback.host.settings import read_settings


@click.command("token")
@takes_service
@click.option("--sub", "subject", required=True, help="Who: the token's subject.")
@click.option(
    "--claim", "claims", multiple=True, metavar="NAME=VALUE", help="One more claim; may be given several times."
)
@click.option(
    "--hours", default=12.0, show_default=True, type=click.FloatRange(0, min_open=True), help="How long it is good for."
)
@takes_json
def command(service: str | None, subject: str, claims: tuple[str, ...], hours: float, as_json: bool) -> None:
    """Print a token that SERVICE believes in development. Claims that it maps to fields and that are not given are made up."""
    from strongback.serve.authn.development import issue
    from strongback.serve.dev.token import usual_claims

    if not subject:
        raise click.UsageError("--sub is empty: name somebody")
    if read_settings().profile == PRODUCTION:
        raise ConfigurationError("development tokens are not believed in production", hint="ask your issuer for one")
    project = open_project(service)
    actor = project.model.actor
    if actor is None:
        raise ConfigurationError("the service has no actor: every caller is anonymous")
    given = dict(_pair(claim) for claim in claims)
    said = usual_claims(tuple(claim.claim for claim in actor.claims), {"sub": subject, **given})
    lifetime_s = int(hours * 3600)
    token = issue(project.development_key(), subject, project.model.name, lifetime_s=lifetime_s, claims=said)
    if as_json:
        say({"token": token, "expires_in": lifetime_s, "claims": said})
    else:
        click.echo(token)


def _pair(claim: str) -> tuple[str, str]:
    name, equals, value = claim.partition("=")
    if not equals:
        raise click.UsageError(f"--claim {claim}: write it as NAME=VALUE")
    return name, value
