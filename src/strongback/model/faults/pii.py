"""Personal data: what encryption takes away, and what looking it up gives away."""

from __future__ import annotations

from collections.abc import Iterator

from strongback.errors import Fault
from strongback.model.entity import Entity
from strongback.model.faults.place import fault, place
from strongback.model.field import Field
from strongback.model.model import Model

LOOKED_UP = frozenset({"str", "uuid", "bytes"})
SHORTEST = 8


def pii_faults(model: Model) -> Iterator[Fault]:
    for entity in model.entities:
        for field in entity.fields:
            if field.pii is not None:
                yield from _field(entity, field)
        yield from _unique(entity)


def _field(entity: Entity, field: Field) -> Iterator[Fault]:
    where = place(entity, field)
    lookup = field.pii is not None and field.pii.lookup == "exact"
    if not field.stored:
        yield fault("SB174", where, f"`{field.name}` is computed, so there is nothing to encrypt")
    if lookup and _guessable(field):
        message = f"`{field.name}` has few possible values, so equal blind indexes would tell them"
        yield fault("SB174", where, message, f"look up text that can be {SHORTEST} characters or longer, or nothing")
    if not lookup and field.index:
        message = f"`{field.name}` is encrypted, so an index over it finds nothing"
        yield fault("SB174", where, message, 'write `sb.pii(lookup="exact")`, or take `index` away')
    if field.unique:
        message = f"`{field.name}` is personal and unique: a refusal tells a caller that someone else has this value"
        hint = f'if that is meant, say it: `once = sb.Unique({field.name}, code="...")`'
        yield fault("SB174", where, message, hint)


def _guessable(field: Field) -> bool:
    shortest = field.type.max if field.type.kind in ("str", "bytes") else None
    return field.type.kind not in LOOKED_UP or (isinstance(shortest, int) and shortest < SHORTEST)


def _unique(entity: Entity) -> Iterator[Fault]:
    for unique in entity.uniques:
        for name in unique.members:
            field = entity.field(name)
            if field is None or field.pii is None:
                continue
            if field.pii.lookup is None:
                message = f"`{unique.name}` names `{name}`, which is encrypted: two equal values look different"
                yield fault("SB174", place(entity, unique), message, 'write `sb.pii(lookup="exact")`')
            elif not unique.code:
                message = f"`{unique.name}` names `{name}`, which is personal: say what a refused caller reads"
                yield fault("SB174", place(entity, unique), message, 'write `code="..."`')
