"""How callers make rows: every operation of a service that makes one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from strongback.contract.rest import endpoints
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.wire import arguments_of, required, writable
from strongback.predicate.types import Type


@dataclass(frozen=True, slots=True)
class Given:
    """One member of a body; *where* says whose it is, `Job.title`."""

    name: str
    type: Type
    where: str
    unique: bool = False
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Way:
    """
    An operation.

    Attributes:
        makes: The entity of which it makes a row; empty when it changes the row it is run on.
        on: The entity on whose row it is run; empty for none.
    """

    operation: str
    path: str
    makes: str
    given: tuple[Given, ...]
    on: str = ""


def ways_of(model: Model) -> Iterator[Way]:
    """The operations that make rows, and the actions that change one."""
    for endpoint in endpoints(model):
        entity = model.entity(endpoint.entity)
        if endpoint.kind == "create":
            yield Way(endpoint.operation, endpoint.path, entity.name, tuple(_members(entity)))
        elif endpoint.kind == "action":
            action = entity.action(endpoint.name)
            assert action is not None  # the endpoint was made of it
            on = entity.name if endpoint.on_row else ""
            makes = action.returns_entity if action.returns_entity != on and not action.returns_many else ""
            given = tuple(
                Given(
                    name, p.type, f"{makes or entity.name}.{p.name}", _unique(model, makes, p.name), p.default is None
                )
                for name, p in arguments_of(action).items()
            )
            if on or makes:
                yield Way(endpoint.operation, endpoint.path, makes, given, on)


def _members(entity: Entity) -> Iterator[Given]:
    needed = required(entity)
    for name, type_ in writable(entity, create=True).items():
        yield Given(name, type_, f"{entity.name}.{name}", _is_unique(entity, name), name in needed)


def _unique(model: Model, entity: str, name: str) -> bool:
    """Whether a parameter is called as a field of the row that is made, of which no two rows share a value."""
    found = model.by_name.get(entity)
    return found is not None and _is_unique(found, name)


def _is_unique(entity: Entity, name: str) -> bool:
    field = entity.field(name)
    return field is not None and field.unique
