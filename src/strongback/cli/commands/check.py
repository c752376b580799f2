"""`strongback check`: everything that is wrong with a declaration, at once."""

from __future__ import annotations

import json

import click

from strongback.cli.main import FINDINGS
from strongback.cli.service import find_service, load_model
from strongback.errors import DeclarationError


@click.command("check")
@click.argument("service", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the faults as JSON.")
def command(service: str | None, as_json: bool) -> None:
    """Say everything that is wrong with SERVICE (module:name or file.py:name)."""
    from strongback.contract.open_questions import open_questions
    from strongback.contract.rest import endpoints
    from strongback.contract.source_facts import read_facts

    found, folder = find_service(service)
    try:
        model = load_model(found, folder)
    except DeclarationError as wrong:
        if not as_json:
            raise
        rows = [{"code": f.code, "message": f.message, "where": f.where, "hint": f.hint} for f in wrong.faults]
        click.echo(json.dumps({"faults": rows}, indent=2))
        raise SystemExit(FINDINGS) from None
    questions = list(open_questions(model, read_facts(found.handlers)))
    if as_json:
        click.echo(json.dumps({"faults": [], "open_questions": questions}, indent=2))
        return
    operations = len(endpoints(model))
    click.echo(f"{model.name} {model.version}: {len(model.entities)} entities, {operations} operations, no faults")
    if questions:
        click.echo(f"{len(questions)} open questions: strongback spec")
