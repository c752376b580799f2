"""What an aggregate can say of a field, the same for every door and every contract."""

from __future__ import annotations

from typing import Final, Literal

from strongback.model.entity import Entity
from strongback.model.field import Field
from strongback.predicate.types import Type

Function = Literal["sum", "avg", "min", "max"]
FUNCTIONS: Final[tuple[Function, ...]] = ("sum", "avg", "min", "max")
COUNT: Final = "count"
GROUP_BY, MEASURES = "group_by", "measures"
# A sum of floats depends on the order in which they are added, and so on the store and its plan; one of durations leaves their range.
SUMMED: Final = frozenset({"int", "decimal"})
ORDERED: Final = frozenset({*SUMMED, "float", "datetime", "date", "timedelta"})
GROUPED: Final = frozenset({"str", "enum", "bool", "int", "decimal", "datetime", "date", "timedelta", "uuid"})
# Digits after the point of an average, beyond those of the field itself.
AVERAGE_DIGITS: Final = 6
# Keys of a group stand in its page token, which has an end.
GROUPS_MAX: Final = 4
GROUP_TEXT_MAX: Final = 150


def functions_of(type_: Type) -> tuple[Function, ...]:
    """
    What can be measured of a field of *type_*.

    >>> functions_of(Type("int")), functions_of(Type("float")), functions_of(Type("str"))
    (('sum', 'avg', 'min', 'max'), ('min', 'max'), ())
    """
    if type_.kind in SUMMED:
        return FUNCTIONS
    return ("min", "max") if type_.kind in ORDERED else ()


def average_scale(type_: Type) -> int:
    """Digits after the point of an average of *type_*."""
    return (type_.scale or 0 if type_.kind == "decimal" else 0) + AVERAGE_DIGITS


def result_type(function: Function, type_: Type) -> Type:
    """The type of a measure, which has no value where no row has one."""
    if function in ("min", "max"):
        return Type(type_.kind, True, scale=type_.scale, precision=type_.precision)
    scale = average_scale(type_) if function == "avg" else type_.scale or 0
    return Type("decimal", True, scale=scale, precision=60)


def is_groupable(field: Field) -> bool:
    short = field.type.kind != "str" or (field.type.max is not None and int(field.type.max) <= GROUP_TEXT_MAX)
    return field.stored and field.pii is None and field.type.kind in GROUPED and short


def grouped(entity: Entity, names: tuple[str, ...]) -> tuple[str, ...]:
    """Wire names of what a query's rows can be grouped by: of a relation its column."""
    relations = {relation.name: relation.column for relation in entity.to_one()}
    return tuple(relations.get(name, name) for name in names)
