"""Roles that call each other in a circle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from strongback.errors import Fault
from strongback.model.entity import Entity
from strongback.model.faults.place import fault, place
from strongback.model.model import Model
from strongback.model.roles import scope_of
from strongback.model.typing import UnknownStep, entity_at, scope_in
from strongback.predicate.tree import Exists, Expr, RoleCall
from strongback.predicate.walk import children

Called = tuple[str, str]


def circle_faults(model: Model) -> Iterator[Fault]:
    """One fault a circle, at the role that is declared first."""
    for circle in circles(model):
        entity = model.entity(circle[0][0])
        role = entity.role(circle[0][1])
        yield fault("SB156", place(entity, role), *_told(circle))


def _told(circle: tuple[Called, ...]) -> tuple[str, str]:
    """The message and the hint."""
    spelt = [f"{entity}.{role}" for entity, role in (*circle, circle[0])]
    if len(circle) == 1:
        return f"the role `{spelt[0]}` calls itself", "write out what it asks of its rows instead of the call"
    hint = "in one of them, write out what it asks of its rows instead of calling the other"
    return f"roles call each other in a circle: {' -> '.join(spelt)}", hint


def circles(model: Model) -> list[tuple[Called, ...]]:
    """Every circle of role calls that a walk in the order of declaration comes across, each once."""
    calls = {(e.name, role.name): _calls(model, e, role.body) for e in model.entities for role in e.roles}
    found: dict[frozenset[Called], tuple[Called, ...]] = {}
    done: set[Called] = set()

    def visit(role: Called, way: tuple[Called, ...]) -> None:
        if role in way:
            circle = way[way.index(role) :]
            found.setdefault(frozenset(circle), circle)
        elif role not in done:
            for called in calls.get(role, ()):
                visit(called, (*way, role))
            done.add(role)

    for role in calls:
        visit(role, ())
    return list(found.values())


def _calls(model: Model, entity: Entity, body: Expr) -> tuple[Called, ...]:
    return tuple(dict.fromkeys(_called(model, scope_of(model, entity), body)))


def _called(model: Model, scope: Mapping[str, str], expr: Expr) -> Iterator[Called]:
    try:
        if isinstance(expr, RoleCall):
            yield entity_at(model, scope, expr.of).name, expr.role
        inner = scope_in(model, scope, expr) if isinstance(expr, Exists) else scope
    except UnknownStep:
        return
    for child in children(expr):
        yield from _called(model, inner, child)
