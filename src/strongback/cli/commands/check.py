"""`strongback check`: everything that is wrong with a declaration, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from strongback.cli.main import FINDINGS, faults_of
from strongback.cli.options import say, takes_json, takes_quiet, takes_service
from strongback.cli.service import SourceBroken, find_service, load_model
from strongback.errors import DeclarationError

if TYPE_CHECKING:
    from strongback.model.model import Model


@click.command("check")
@takes_service
@takes_json
@takes_quiet
def command(service: str | None, as_json: bool, quiet: bool) -> None:
    """Say everything that is wrong with SERVICE (module:name or file.py:name), and with the lock beside it."""
    from strongback.contract.open_questions import open_questions
    from strongback.contract.rest import endpoints
    from strongback.contract.source_facts import read_facts
    from strongback.model.lock_file import stale_faults

    try:
        found, folder = find_service(service)
        model = load_model(found, folder)
        stale = stale_faults(model, folder)
        if stale:
            raise DeclarationError(stale)
    except (DeclarationError, SourceBroken) as wrong:
        if not as_json:
            raise
        rows = [{"code": f.code, "message": f.message, "where": f.where, "hint": f.hint} for f in faults_of(wrong)]
        say({"faults": rows})
        raise SystemExit(FINDINGS) from None
    questions = list(open_questions(model, read_facts(found.handlers)))
    if as_json:
        say({"faults": [], "open_questions": questions, "outside": outside(model)})
    elif not quiet:
        click.echo(_told(model, len(endpoints(model)), len(questions)))


def _told(model: Model, operations: int, questions: int) -> str:
    told = f"{model.name} {model.version}: {len(model.entities)} entities, {operations} operations, no faults"
    said = [told, *(f"outside the promise of permissions: {each}" for each in outside(model))]
    return "\n".join([*said, f"{questions} open questions: strongback spec"] if questions else said)


def outside(model: Model) -> list[str]:
    """What the service does that no permission of its model judges."""
    actions = ((entity.name, action) for entity in model.entities for action in entity.actions)
    said = [f"{entity}.{action.name} (raw SQL)" for entity, action in actions if action.raw_sql]
    return [*said, *(f"{mount.path} (raw route)" for mount in model.mounts)]
