"""
What stands below the members of an entity and has numbers of its own in a message of bytes: the members of an enum, those of a value
object, the parameters of an action.

A part has a key: `status` of the enum of that field, `address.kind` of one inside a value object, `apply()` of an action's parameters,
`apply().letter` of what stands below one of them, `apply()=` of what it returns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from strongback.model.action import Action
from strongback.model.entity import Entity
from strongback.model.wire import argument_name
from strongback.predicate.types import Type


@dataclass(frozen=True, slots=True)
class Part:
    """
    One family of names.

    Attributes:
        kind: Whose they are: an enum's, a value object's, an action's parameters.
        was: The key it had before its field was renamed.
    """

    kind: Literal["enum", "object", "action"]
    key: str
    names: tuple[str, ...]
    was: str = ""


def parts_of(entity: Entity) -> tuple[Part, ...]:
    """Every part of *entity*, in the order of declaration."""
    return tuple(_of(entity))


def parameters_key(action: Action) -> str:
    return f"{action.name}()"


def returned_key(action: Action) -> str:
    return f"{action.name}()="


def _of(entity: Entity) -> Iterator[Part]:
    for field in entity.fields:
        yield from _below(field.type, field.name, field.was)
    if entity.key is not None:
        yield from _below(entity.key.type, entity.key.name, "")
    for action in entity.actions:
        key = parameters_key(action)
        names = {argument_name(each.name, each.type): each.type for each in action.parameters}
        if names:
            yield Part("action", key, tuple(names))
        for name, type_ in names.items():
            yield from _below(type_, f"{key}.{name}", "")
        if action.returns_type is not None:
            yield from _below(action.returns_type, returned_key(action), "")


def _below(type_: Type, key: str, was: str) -> Iterator[Part]:
    match type_.kind:
        case "enum":
            yield Part("enum", key, type_.members, was)
        case "list" if type_.item is not None:
            yield from _below(type_.item, key, was)
        case "object":
            yield Part("object", key, tuple(member.name for member in type_.fields), was)
            for member in type_.fields:
                yield from _below(member.type, f"{key}.{member.name}", was and f"{was}.{member.name}")
        case _:
            return
