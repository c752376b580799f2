"""Rules of erasure: that they can be read, name a time of the row, and leave a row that may be."""

from __future__ import annotations

from collections.abc import Iterator

from strongback.errors import Fault, did_you_mean
from strongback.model.entity import Entity
from strongback.model.erasure import DELETION, can_be_empty, read_rule, rule_of
from strongback.model.faults.place import fault, place
from strongback.model.field import Field
from strongback.model.model import Model
from strongback.predicate.tree import Path
from strongback.predicate.walk import paths


def erasure_faults(model: Model) -> Iterator[Fault]:
    for entity in model.entities:
        for field in entity.fields:
            text = rule_of(field)
            if text is not None:
                yield from _rule(entity, field, text)
                yield from _left(entity, field)


def _rule(entity: Entity, field: Field, text: str) -> Iterator[Fault]:
    where, rule = place(entity, field), read_rule(text)
    if rule is None:
        hint = 'write a number, min, h, d or w, and a time of the row: `erase="365d after created_at"`'
        yield fault("SB198", where, f"`{field.name}`: `erase={text!r}` cannot be read", hint)
        return
    event = entity.field(rule.event)
    if event is None and rule.event == DELETION:
        if not entity.soft_delete:
            message = f"`{field.name}` is erased after deletion, but of a deleted `{entity.name}` nothing stays"
            yield fault("SB198", where, message, f"write `class {entity.name}(sb.Entity, soft_delete=True)`")
    elif event is None or event.type.kind != "datetime" or not event.stored or event.pii is not None:
        times = [f.name for f in entity.all_fields() if f.type.kind == "datetime" and f.stored and f.pii is None]
        message = f"`{field.name}` is erased after `{rule.event}`, which is no time of the row"
        known = [*times, *([DELETION] if entity.soft_delete else [])]
        hint = did_you_mean(rule.event, known) or f"its times are {', '.join(f'`{name}`' for name in known)}"
        yield fault("SB198", where, message, hint)


def _left(entity: Entity, field: Field) -> Iterator[Fault]:
    """What is left is None, or empty text, and breaks no rule over rows."""
    where = place(entity, field)
    if not can_be_empty(field):
        message = f"`{field.name}` is to be erased, but cannot be empty"
        yield fault(
            "SB198", where, message, "make it optional (`| None`); text without `min` and `pattern` may be empty"
        )
    if not field.type.optional and any(field.name in unique.members for unique in entity.uniques):
        message = f"`{field.name}` is to be erased, and no two rows may have the same: two erased ones would"
        yield fault("SB198", where, message, "make it optional (`| None`): None is equal to no other")
    asked = [(check.name, check.body) for check in entity.checks]
    asked += [(unique.name, unique.where) for unique in entity.uniques if unique.where is not None]
    for name, condition in asked:
        if Path("self", (field.name,)) in paths(condition):
            message = f"`{field.name}` is to be erased, but `{name}` asks for it: an erased row could break it"
            yield fault("SB198", where, message, f"leave `{field.name}` out of `{name}`")
