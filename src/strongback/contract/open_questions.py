"""What a reader of the Model would ask its authors: nothing here is wrong, and each is better answered before somebody depends on it."""

from __future__ import annotations

from collections.abc import Iterator

from strongback.contract.source_facts import Facts
from strongback.contract.words import spoken, with_article
from strongback.model.entity import Entity
from strongback.model.field import Field
from strongback.model.model import Model
from strongback.predicate.tree import FALSE, Expr, Path, RoleCall
from strongback.predicate.walk import walk


def open_questions(model: Model, facts: Facts) -> Iterator[str]:
    """
    Ask about *model*.

    Args:
        facts: What the text of its actions says; without it, nothing is asked of what actions do.
    """
    for entity in model.entities:
        yield from _missing(entity)
        yield from _unreached_states(entity, facts)
        yield from _personal(entity)
        yield from _unused_roles(model, entity)


def _missing(entity: Entity) -> Iterator[str]:
    one = spoken(entity.name)
    if not entity.doc.strip():
        yield f"What is {with_article(one)}? A docstring on `{entity.name}` would say."
    if entity.access.read != FALSE and not entity.queries:
        yield f"Nobody can list `{entity.name}`: is every {one} found through others?"
    if entity.access.read == FALSE:
        yield f"Nobody may read {with_article(one)}: who is it for?"
    if entity.access.delete == FALSE:
        yield f"Nobody may delete {with_article(one)}: is that meant?"
    if entity.history and entity.access.history == FALSE:
        yield f"Every version of {with_article(one)} is kept, and nobody may read them: what are they for?"
    if entity.soft_delete and entity.access.delete != FALSE and entity.access.restore == FALSE:
        yield f"A deleted {one} is kept, and nobody may bring it back: is that meant?"
    for action in entity.actions:
        if not action.doc.strip():
            yield f"What does `{entity.name}.{action.name}` do? A docstring would say."


def _unreached_states(entity: Entity, facts: Facts) -> Iterator[str]:
    """Members of a closed set that no action and no caller can set."""
    known = [facts.get((entity.name, action.name)) for action in entity.actions]
    if None in known:
        return
    written = frozenset[str]().union(*(each.constants for each in known if each is not None))
    offered = {m for action in entity.actions for parameter in action.parameters for m in parameter.type.members}
    for field in entity.fields:
        if field.type.kind == "enum" and field.read_only and field.stored:
            for member in field.type.members:
                if member not in written | offered and not _is_default(field, member):
                    yield f"No action sets `{entity.name}.{field.name}` to `{member}`: how does it come to that?"


def _is_default(field: Field, member: str) -> bool:
    return field.default is not None and field.default.json == f'"{member}"'


def _personal(entity: Entity) -> Iterator[str]:
    held = [f"`{f.name}`" for f in entity.fields if f.pii is not None and f.pii.erase is None]
    if held:
        yield f"How long is {', '.join(held)} of {with_article(spoken(entity.name))} kept? Nothing erases personal data by itself."


def _unused_roles(model: Model, entity: Entity) -> Iterator[str]:
    for role in entity.roles:
        if not any(_calls(expr, role.name) for expr in _asked(model, entity)):
            yield f"Nothing asks for the role `{entity.name}.{role.name}`: what is it for?"


def _calls(expr: Expr, role: str) -> bool:
    return any(isinstance(node, RoleCall) and node.role == role for node in walk(expr))


def _asked(model: Model, entity: Entity) -> Iterator[Expr]:
    """Where a role of *entity* could be called: its own permissions, and the body of any role."""
    access = entity.access
    yield from (*(allow for _, allow in access.granted()), *(f.allow for f in access.fields))
    yield from (action.allow for action in entity.actions)
    yield from (query.allow for query in entity.queries if query.allow is not None)
    for other in model.entities:
        yield from (role.body for role in other.roles if other != entity or not _only_itself(role.body))


def _only_itself(body: Expr) -> bool:
    return isinstance(body, RoleCall) and body.of == Path("self")
