"""`strongback contract`: what the service promises, as files for others."""

from __future__ import annotations

from pathlib import Path

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


@command.command("proto")
@takes_service
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write it below this folder, where its package has it stand, and print nothing.",
)
def proto(service: str | None, folder: Path | None) -> None:
    """Print what SERVICE serves by gRPC as a .proto file, from which clients are made in any language."""
    from strongback.contract.proto.make import make_proto
    from strongback.contract.proto.text import print_proto

    model = open_project(service).model
    if not model.grpc:
        raise click.ClickException(f"{model.name} is not served by gRPC: write sb.Service(..., grpc=True)")
    file = make_proto(model)
    if folder is None:
        click.echo(print_proto(file), nl=False)
        return
    path = folder / file.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(print_proto(file), encoding="utf-8")
    click.echo(f"wrote {path}", err=True)


@command.command("mcp")
@takes_service
def mcp(service: str | None) -> None:
    """Print the tools of SERVICE, as MCP lists them."""
    from strongback.contract.mcp import write_tools

    click.echo(write_tools(open_project(service).model), nl=False)
