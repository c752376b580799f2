"""What a value may be: a type with its constraints, as one frozen value that crosses JSON."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

Kind = Literal[
    "bool",
    "int",
    "float",
    "decimal",
    "str",
    "datetime",
    "date",
    "timedelta",
    "uuid",
    "bytes",
    "enum",
    "json",
    "list",
    "object",
    "ref",
]

INT_MIN, INT_MAX = -(2**63), 2**63 - 1


class Member(Struct, frozen=True, omit_defaults=True):
    """One member of an embedded value object."""

    name: str
    type: Type
    default: Scalar = None
    has_default: bool = False


class Type(Struct, frozen=True, omit_defaults=True):
    """
    A type with its constraints.

    Attributes:
        kind: The family. `enum` is a closed set of strings; `ref` is the id of a row of `target`.
        optional: Whether None is a value.
        min, max: Bounds, inclusive. For `str` and `bytes`: length in code points and bytes; for `list`: number of items;
            for numbers the value, as text when decimal.
        pattern: An RE2 pattern that must match the whole text (linear time).
        precision, scale: Of `decimal`: digits in all, and after the point.
        members: Of `enum`, in declaration order.
        item: Of `list`; of `ref` the type of the id, where it is no UUID.
        fields: Of `object`.
        target: Of `ref`: the entity's name.
        fold: Text compares by casefolded form (`case="fold"`).
    """

    kind: Kind
    optional: bool = False
    min: int | float | str | None = None
    max: int | float | str | None = None
    pattern: str | None = None
    precision: int | None = None
    scale: int | None = None
    members: tuple[str, ...] = ()
    item: Type | None = None
    fields: tuple[Member, ...] = ()
    target: str = ""
    fold: bool = False


# A constant in the IR: what JSON can hold. Decimals, datetimes, UUIDs and bytes stand as their wire text.
Scalar = str | int | float | bool | None

BOOL = Type("bool")
INT = Type("int", min=INT_MIN, max=INT_MAX)
TEXT = Type("str")
UUID = Type("uuid")
DATETIME = Type("datetime")


def id_of(type_: Type) -> Type:
    """
    The type of the id that a `ref` holds; any other type is its own.

    >>> id_of(Type("ref", optional=True, target="Job")).kind, id_of(Type("ref", target="Country", item=TEXT)).kind
    ('uuid', 'str')
    """
    if type_.kind != "ref":
        return type_
    return replace(type_.item or UUID, optional=type_.optional)


def unbounded(type_: Type) -> Type:
    """*type_* without what it asks of new values: a row of before, or of another application, may hold others."""
    return replace(type_, min=None, max=None, pattern=None)
