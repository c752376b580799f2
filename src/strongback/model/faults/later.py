"""Promises that nothing acts on yet: refused, so that no declared promise is ever inert."""

from __future__ import annotations

from collections.abc import Iterator

from strongback.errors import Fault
from strongback.model.entity import Entity
from strongback.model.faults.place import fault, place
from strongback.model.field import Pii
from strongback.model.model import Model


def later_faults(model: Model) -> Iterator[Fault]:
    for entity in model.entities:
        for where, name, pii in _personal(entity):
            if pii.erase is not None:
                message = f"`{name}`: `erase={pii.erase!r}` is not supported yet, and nothing would erase it"
                yield fault("SB185", where, message, "take `erase` away until it acts")


def _personal(entity: Entity) -> Iterator[tuple[str, str, Pii]]:
    for field in entity.fields:
        if field.pii is not None:
            yield place(entity, field), field.name, field.pii
    for action in entity.actions:
        for parameter in action.parameters:
            if parameter.pii is not None:
                yield place(entity, action), parameter.name, parameter.pii
