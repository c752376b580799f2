"""Between what stores and wires hold and what the team's code sees: members of enums and value objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from types import FunctionType
from typing import Annotated, Any, get_args, get_origin
from weakref import WeakKeyDictionary

from strongback.declare.annotations import AnnotationFault, Names, alias_value, annotations_of, resolve, split_optional
from strongback.declare.targets import declared_of
from strongback.declare.value import Value

Conversion = Callable[[Any], Any]
_of_class: WeakKeyDictionary[type, Mapping[str, Conversion]] = WeakKeyDictionary()


def plain(value: object) -> object:
    """
    What a store holds of *value*: text of an enum's member, a dict of a value object.

    >>> class Point(Value):
    ...     x: int
    >>> plain([Point(x=1)])
    [{'x': 1}]
    """
    match value:
        case Enum():
            return value.value
        case Value():
            return {name: plain(part) for name, part in vars(value).items()}
        case list():
            return [plain(item) for item in value]
        case _:
            return value


def conversions_of(cls: type) -> Mapping[str, Conversion]:
    """How the fields of the entity *cls* that need it become what its annotations say."""
    if cls not in _of_class:
        declared = declared_of(cls)
        found = {
            name: conversion(given.annotation, given.owner.names.before(declared.entities))
            for name, given in declared.given.items()
            if not given.is_inverse
        }
        _of_class[cls] = {name: convert for name, convert in found.items() if convert is not None}
    return _of_class[cls]


def parameter_conversions(function: FunctionType, names: Names) -> dict[str, Conversion]:
    """How the arguments of an action that need it become what its annotations say."""
    found = {name: conversion(said, names) for name, said in annotations_of(function).items() if name != "return"}
    return {name: convert for name, convert in found.items() if convert is not None}


def conversion(annotation: object, names: Names) -> Conversion | None:
    """What makes of a stored value what *annotation* says; None when it is that already, or the annotation has a fault."""
    try:
        inner: Any = alias_value(split_optional(alias_value(resolve(annotation, names)), names)[0])
        if get_origin(inner) is Annotated:
            return conversion(get_args(inner)[0], names)
        if get_origin(inner) is list:
            return _each(conversion(get_args(inner)[0], names))
    except AnnotationFault:
        return None
    if not isinstance(inner, type):
        return None
    if issubclass(inner, Enum):
        return _unless_none(inner)
    return _unless_none(_value(inner)) if issubclass(inner, Value) else None


def _each(convert: Conversion | None) -> Conversion | None:
    return _unless_none(lambda items: [convert(item) for item in items]) if convert is not None else None


def _unless_none(convert: Conversion) -> Conversion:
    return lambda value: None if value is None else convert(value)


def _value(cls: type[Value]) -> Conversion:
    inner = {name: conversion(said, cls.__names__) for name, (said, _) in cls.__given__.items()}

    def make(value: Any) -> Value:
        if isinstance(value, cls):
            return value
        return cls(**{name: convert(value[name]) if (convert := inner.get(name)) else value[name] for name in value})

    return make
