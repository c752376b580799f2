"""`strongback spec`: the model in plain English."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from strongback.cli.options import takes_json, takes_service
from strongback.cli.project import open_project

if TYPE_CHECKING:
    from strongback.contract.spec import EntitySpec, Line, Spec


@click.command("spec")
@takes_service
@takes_json
def command(service: str | None, as_json: bool) -> None:
    """Say SERVICE in plain English: what it holds, who may do what and when, and what it leaves open. The text is Markdown."""
    import msgspec

    from strongback.contract.source_facts import read_facts
    from strongback.contract.spec import make_spec

    project = open_project(service)
    spec = make_spec(project.model, read_facts(project.service.handlers))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(spec), indent=2))
    else:
        click.echo("\n".join(_lines(spec)))


def _lines(spec: Spec) -> Iterator[str]:
    yield from (f"# {spec.name} {spec.version}", "", spec.text)
    for entity in spec.entities:
        yield from _entity(entity)
    if spec.open_questions:
        yield from ("", "## Open questions", "")
        yield from (f"{number}. {question}" for number, question in enumerate(spec.open_questions, 1))


def _entity(entity: EntitySpec) -> Iterator[str]:
    yield from ("", f"## {entity.name}", "", entity.text)
    yield from _part("It holds", entity.holds)
    yield from _part("Roles", entity.roles)
    yield from _part("Who may", entity.may)
    yield from _part("Actions", entity.actions)
    yield from _part("Lists", entity.lists)
    if entity.rules:
        yield from ("", "Rules:", "", *(f"- {rule}" for rule in entity.rules))


def _part(title: str, lines: Sequence[Line]) -> Iterator[str]:
    if lines:
        yield from ("", f"{title}:", "", *(f"- **{line.name}**: {line.text}" for line in lines))
