"""Relations whose rows may be brought along, where that could never be done, or not as is promised elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from strongback.errors import Fault
from strongback.model.entity import Entity
from strongback.model.faults.place import fault, place
from strongback.model.model import Model
from strongback.model.relation import Relation
from strongback.predicate.tree import FALSE


def nested_faults(model: Model) -> Iterator[Fault]:
    for entity in model.entities:
        for relation in entity.to_many():
            if relation.nested and relation.target in model.by_name:
                yield from _of(entity, relation, model.entity(relation.target))


def _of(entity: Entity, relation: Relation, target: Entity) -> Iterator[Fault]:
    where, told = place(entity, relation), f"`{entity.name}.{relation.name}`"
    changed = FALSE not in (entity.access.update, entity.access.read)
    if entity.access.create == FALSE and not changed:
        message = f"{told} says `nested=True`, and nobody may create or update {entity.name}"
        yield fault("SB194", where, message, f"grant `create` or `update` in `{entity.name}.access`, or take it away")
    access = target.access
    if access.create == access.update == access.delete == FALSE:
        message = f"{told} says `nested=True`, and nobody may create, update or delete {target.name}"
        yield fault("SB194", where, message, f"grant it in `{target.name}.access`, or take `nested=True` away")
    if target.conditional_writes:
        message = f"{told} says `nested=True`, and {target.name} is only written by who names its version"
        yield fault("SB195", where, message, f"say `conditional_writes=True` of `{entity.name}` instead")
