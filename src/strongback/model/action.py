"""A named operation of the team's own."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from strongback.model.field import Default, Pii
from strongback.model.origin import Origin
from strongback.model.query import Rate
from strongback.predicate.tree import Expr, Path
from strongback.predicate.types import Type


class Parameter(Struct, frozen=True, omit_defaults=True):
    """What a caller gives to an action. A `ref` names a row the caller must be able to read; the method receives the row."""

    name: str
    type: Type
    default: Default | None = None
    pii: Pii | None = None
    doc: str = ""


class Injected(Struct, frozen=True):
    """
    What the engine gives to an action, not the caller.

    Attributes:
        what: `me`, `db`, `clock`, or `dependency` (one of the team's own, by its type's name).
    """

    name: str
    what: Literal["me", "db", "clock", "dependency"]
    optional: bool = False
    type_name: str = ""


class Action(Struct, frozen=True, omit_defaults=True):
    """
    A method of an entity's class, run in one transaction.

    Attributes:
        on: `row` (the method has `self`) or `class`.
        allow: The permission; covers everything the body writes.
        returns: An entity's name, a type, or nothing.
        raw_sql: Whether its text may run SQL of its own, to which no permission applies.
        prefetch: To-one and to-many paths from `self`, `me` and `ref` parameters that the source uses, loaded before the body runs.
    """

    name: str
    on: Literal["row", "class"]
    allow: Expr
    number: int = 0
    doc: str = ""
    parameters: tuple[Parameter, ...] = ()
    injected: tuple[Injected, ...] = ()
    returns_entity: str = ""
    returns_type: Type | None = None
    returns_many: bool = False
    returns_optional: bool = False
    is_async: bool = False
    prefetch: tuple[Path, ...] = ()
    rate: Rate | None = None
    raw_sql: bool = False
    origin: Origin = Origin()
