"""Which entities a class's relations lead to, found when first asked: forward references may not have a meaning before."""

from __future__ import annotations

from typing import Any, TypeGuard, get_args, get_origin
from weakref import WeakKeyDictionary

from strongback.declare.annotations import AnnotationFault, alias_value, resolve, split_optional
from strongback.declare.declared import Declared, Given

_found: WeakKeyDictionary[type, dict[str, type | None]] = WeakKeyDictionary()


def declared_of(cls: type) -> Declared:
    """What stands in the body of the entity *cls*."""
    declared: Declared = cls.__dict__["__declared__"]
    return declared


def is_entity(value: object) -> TypeGuard[type]:
    """Whether *value* is the class of an entity or a mixin."""
    return isinstance(value, type) and isinstance(value.__dict__.get("__declared__"), Declared)


def target_of(cls: type, name: str) -> type | None:
    """The entity behind the relation *name* of *cls*; None when *name* is no relation, or its type cannot be resolved (yet)."""
    known = _found.setdefault(cls, {})
    if name not in known:
        given = declared_of(cls).given.get(name)
        try:
            known[name] = _target(given, cls) if given is not None else None
        except AnnotationFault:
            return None
    return known[name]


def inverses(target: type, source: type, relation: str) -> tuple[str, ...]:
    """The to-many relations of *target* that are the other side of *relation* of *source*."""
    return tuple(
        name
        for name, given in declared_of(target).given.items()
        if given.is_inverse and given.spec is not None and given.spec.positional == (relation,)
        if target_of(target, name) is source
    )


def _target(given: Given, cls: type) -> type | None:
    names = given.owner.names.before(declared_of(cls).entities)
    inner: Any = alias_value(split_optional(given.annotation, names)[0])
    if given.is_inverse and get_origin(inner) is list:
        inner = resolve(get_args(inner)[0], names)
    if hasattr(inner, "__metadata__"):
        inner = resolve(inner.__origin__, names)
    return inner if is_entity(inner) else None
