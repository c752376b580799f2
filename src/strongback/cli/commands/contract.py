"""`strongback contract`: what the service promises, as files for others."""

from __future__ import annotations

import click

from strongback.cli.options import takes_service
from strongback.cli.project import open_project


@click.group("contract")
def command() -> None:
    """Print what a service promises."""


@command.command("ir")
@takes_service
def ir(service: str | None) -> None:
    """Print the model of SERVICE as canonical JSON: it loads again, also where there is no source."""
    from strongback.model.codec import to_json

    click.echo(to_json(open_project(service).model), nl=False)


@command.command("openapi")
@takes_service
def openapi(service: str | None) -> None:
    """Print the OpenAPI 3.1 document of SERVICE."""
    from strongback.contract.openapi import write_openapi

    click.echo(write_openapi(open_project(service).model), nl=False)


@command.command("sdl")
@takes_service
def sdl(service: str | None) -> None:
    """Print the GraphQL schema of SERVICE."""
    from strongback.contract.graphql.sdl import write_sdl

    click.echo(write_sdl(open_project(service).model), nl=False)
