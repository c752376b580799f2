"""Relations whose two ends do not meet."""

from __future__ import annotations

from collections.abc import Iterator

from strongback.errors import Fault, did_you_mean
from strongback.model.entity import Entity
from strongback.model.faults.place import fault, place
from strongback.model.model import Model
from strongback.model.relation import Relation


def relation_faults(model: Model) -> Iterator[Fault]:
    for entity in model.entities:
        for relation in entity.relations:
            if relation.target not in model.by_name:
                message = (
                    f"`{entity.name}.{relation.name}` refers to `{relation.target}`, which the service does not list"
                )
                hint = did_you_mean(relation.target, model.by_name) or "add it to `entities=` of the service"
                yield fault("SB172", place(entity, relation), message, hint)
            elif relation.kind == "to_many":
                yield from _inverse(entity, relation, model.entity(relation.target))
        for relation in entity.to_one():
            yield from _deletion(entity, relation)


def _inverse(entity: Entity, relation: Relation, target: Entity) -> Iterator[Fault]:
    other = target.relation(relation.inverse)
    where, told = place(entity, relation), f"`{entity.name}.{relation.name}`"
    if other is None or other.kind != "to_one":
        message = f"{told} is the inverse of `{target.name}.{relation.inverse}`, which is no to-one relation"
        back = [r.name for r in target.to_one() if r.target == entity.name]
        hint = did_you_mean(relation.inverse, back) or (f"`{target.name}` refers here by `{back[0]}`" if back else "")
        yield fault("SB171", where, message, hint)
    elif other.target != entity.name:
        message = f"{told} is the inverse of `{target.name}.{other.name}`, which refers to `{other.target}`"
        yield fault("SB171", where, message, f"name a relation of `{target.name}` that refers to `{entity.name}`")


def _deletion(entity: Entity, relation: Relation) -> Iterator[Fault]:
    if relation.on_delete == "set_null" and not relation.optional:
        message = f"`{entity.name}.{relation.name}` is required, so deleting what it refers to cannot set it to None"
        yield fault("SB173", place(entity, relation), message, "declare it `| None`, or say `cascade` or `restrict`")
    if relation.target == entity.name and not relation.optional:
        message = f"`{entity.name}.{relation.name}` is required and of its own kind, so no first row could be made"
        yield fault("SB173", place(entity, relation), message, "declare it `| None`")
