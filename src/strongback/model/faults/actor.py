"""The actor: how a token becomes a row."""

from __future__ import annotations

from collections.abc import Iterator

from strongback.errors import Fault, did_you_mean
from strongback.model.entity import Entity
from strongback.model.faults.access import required
from strongback.model.faults.place import fault, place
from strongback.model.model import Actor, Model
from strongback.predicate.tree import FALSE

OF_TEXT = frozenset({"str", "uuid", "bool", "int"})


def actor_faults(model: Model) -> Iterator[Fault]:
    actor = model.actor
    if actor is None:
        return
    entity = model.by_name.get(actor.entity)
    if entity is None:
        message = f"the actor is a `{actor.entity}`, which the service does not list"
        yield fault("SB179", model.name, message, did_you_mean(actor.entity, model.by_name))
        return
    yield from _entity(entity)
    yield from _claims(actor, entity)
    yield from _key(actor, entity)
    if actor.provision:
        yield from _provision(actor, entity)


def _entity(entity: Entity) -> Iterator[Fault]:
    if entity.tenant:
        message = f"callers are `{entity.name}` rows, which have a tenant; a caller can have roles in many"
        yield fault("SB179", place(entity), message, "take `tenant=` away; say by a membership who belongs where")


def _claims(actor: Actor, entity: Entity) -> Iterator[Fault]:
    names = [claim.field for claim in actor.claims]
    for claim in actor.claims:
        field = entity.field(claim.field)
        if field is None or field.system or not field.stored:
            message = f"the claim `{claim.claim}` fills `{entity.name}.{claim.field}`, which is no field it could fill"
            yield fault("SB179", place(entity), message, did_you_mean(claim.field, (f.name for f in entity.fields)))
        elif field.type.kind not in OF_TEXT:
            message = (
                f"the claim `{claim.claim}` fills `{entity.name}.{claim.field}`, which is of type {field.type.kind}"
            )
            yield fault("SB179", place(entity, field), message, "claims are text, numbers or booleans")
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield fault("SB179", place(entity), f"two claims fill `{entity.name}.{name}`")


def _key(actor: Actor, entity: Entity) -> Iterator[Fault]:
    if not actor.claims:
        yield fault("SB179", place(entity), "no claim names the actor", 'write `claims={"sub": User.subject}`')
        return
    field = entity.field(actor.key.field)
    if field is None:
        return
    bad = [
        (field.type.kind != "str", "is not text"),
        (not field.unique, "is not unique"),
        (field.pii is not None, "is personal: the key is bound to every statement"),
        (field.type.optional, "may be None"),
    ]
    for wrong, why in bad:
        if wrong:
            message = f"the first claim names the actor by `{entity.name}.{field.name}`, which {why}"
            yield fault("SB179", place(entity, field), message, "the key is a required, unique text field")


def _provision(actor: Actor, entity: Entity) -> Iterator[Fault]:
    yield from _forgotten(entity)
    filled = {claim.field for claim in actor.claims}
    for item in required(entity):
        if item.name not in filled:
            message = f"`provision=True` makes a `{entity.name}` from a token, but nothing fills `{item.name}`"
            yield fault(
                "SB180", place(entity, item), message, "fill it by a claim, give it a default or make it optional"
            )


def _forgotten(entity: Entity) -> Iterator[Fault]:
    """A row deleted for good cannot be told from one that was never there, and `provision=True` makes what is not there."""
    if entity.soft_delete:
        return
    hint = f"write `class {entity.name}(sb.Entity, soft_delete=True)`: the row stays, and its caller is refused"
    if entity.access.delete != FALSE:
        message = f"a `{entity.name}` can be deleted, and `provision=True` would make it anew with its next request"
        yield fault("SB189", place(entity), message, hint)
    for relation in entity.to_one():
        if relation.on_delete == "cascade":
            message = f"a `{entity.name}` goes with its `{relation.name}`, and `provision=True` would make it anew"
            yield fault("SB189", place(entity, relation), message, hint)
