"""Ids of rows: UUIDs of version 7 that we make, or the keys that the rows of a table have by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from msgspec import to_builtins
from msgspec.structs import replace

from strongback.model.action import Action, Parameter
from strongback.model.entity import Entity
from strongback.model.relation import Relation
from strongback.predicate.types import UUID as UUID_TYPE
from strongback.predicate.types import Type

Id = UUID | int | str


class Unsaved(int):
    """
    Stands for the id of a new row until the store gives it one; equal to itself alone.

    >>> Unsaved() == Unsaved(), Unsaved() == 0
    (False, False)
    """

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return "?"


def id_of_type(type_: Type, raw: object) -> Id:
    """
    The id that *raw*, what a driver gave or its own text, stands for.

    >>> id_of_type(Type("int"), "7"), id_of_type(Type("str"), "7")
    (7, '7')
    """
    if type_.kind == "uuid":
        return raw if isinstance(raw, UUID) else UUID(str(raw))
    return int(str(raw)) if type_.kind == "int" else str(raw)


def wire_id(id_: Id) -> str | int:
    """*id_* as JSON has it."""
    if type(id_) is UUID:  # msgspec writes Python's own in a fifth of its own time
        return str(to_builtins(id_))
    return id_ if isinstance(id_, int) else str(id_)


def with_keys(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    """*entities*, whose references know the type of the ids they hold."""
    given = tuple(entities)
    keys = {entity.name: entity.id_type for entity in given if entity.id_type != UUID_TYPE}
    return tuple(_with_keys(entity, keys) for entity in given) if keys else given


def _with_keys(entity: Entity, keys: Mapping[str, Type]) -> Entity:
    relations = tuple(_relation(relation, keys) for relation in entity.relations)
    return replace(entity, relations=relations, actions=tuple(_action(action, keys) for action in entity.actions))


def _relation(relation: Relation, keys: Mapping[str, Type]) -> Relation:
    return replace(relation, id_type=keys[relation.target]) if relation.target in keys else relation


def _action(action: Action, keys: Mapping[str, Type]) -> Action:
    return replace(action, parameters=tuple(_parameter(each, keys) for each in action.parameters))


def _parameter(parameter: Parameter, keys: Mapping[str, Type]) -> Parameter:
    key = keys.get(parameter.type.target) if parameter.type.kind == "ref" else None
    return parameter if key is None else replace(parameter, type=replace(parameter.type, item=key))
