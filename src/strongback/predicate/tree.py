"""
The expression tree: what a role, a check, a computed field and a filter say.

Small and closed on purpose: three evaluators (CPython, `evaluate.py`, SQL) must agree on every node, so a node is added only with
a row in the property test. Truth is two-valued (values.md section 2): a comparison with a missing operand is false.

Variables are names: `self` (the row in question), `me` (the actor's row, None for anonymous callers), and those a quantifier binds.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from strongback.predicate.types import Scalar, Type

Operator = Literal["==", "!=", "<", "<=", ">", ">="]
Function = Literal["len", "startswith", "endswith", "contains", "now", "signed_in"]


class Node(Struct, frozen=True, tag_field="is", omit_defaults=True):
    """The root of all expressions; itself never made."""


class Const(Node, frozen=True, tag="const"):
    """A constant, in wire form (`"12.50"` for a decimal), with its type; None has no type."""

    value: Scalar
    type: Type | None = None


class Param(Node, frozen=True, tag="param"):
    """A value bound per request. Whether it is null belongs to the plan's shape: a null is written as `Const(None)`."""

    name: str
    type: Type


class Path(Node, frozen=True, tag="path"):
    """A variable and attributes from it: `self.company.name` is `Path("self", ("company", "name"))`; no step is the row itself."""

    var: str
    steps: tuple[str, ...] = ()


class Not(Node, frozen=True, tag="not"):
    part: Expr


class And(Node, frozen=True, tag="and"):
    """All of *parts*; none is true."""

    parts: tuple[Expr, ...]


class Or(Node, frozen=True, tag="or"):
    """Any of *parts*; none is false."""

    parts: tuple[Expr, ...]


class Compare(Node, frozen=True, tag="compare"):
    """`==` and `!=` hold for rows (by id) and scalars and treat None as equal to None only; an order with a None is false."""

    op: Operator
    left: Expr
    right: Expr


class IsNone(Node, frozen=True, tag="is_none"):
    operand: Expr
    negated: bool = False


class In(Node, frozen=True, tag="in"):
    """*item* equals one of *options*."""

    item: Expr
    options: tuple[Expr, ...]
    negated: bool = False


class Exists(Node, frozen=True, tag="exists"):
    """
    `any(where for var in relation)`, or with *every*: `all(where for var in relation)`.

    Attributes:
        relation: A path whose last step is a to-many relation. Soft-deleted rows are not there.
    """

    var: str
    relation: Path
    where: Expr
    every: bool = False


class RoleCall(Node, frozen=True, tag="role"):
    """The role *role* of the row at *of*, asked for the actor."""

    of: Path
    role: str


class Call(Node, frozen=True, tag="call"):
    """One of the few functions that mean the same everywhere. `now` is bound once per request; `signed_in` asks for an actor."""

    function: Function
    args: tuple[Expr, ...] = ()


Expr = Const | Param | Path | Not | And | Or | Compare | IsNone | In | Exists | RoleCall | Call

TRUE: Expr = And(())
FALSE: Expr = Or(())


def both(*parts: Expr) -> Expr:
    """
    Join *parts* by AND, flat and without the trivial ones.

    >>> both(TRUE, Path("self")) == Path("self")
    True
    """
    flat = [p for part in parts for p in (part.parts if isinstance(part, And) else (part,))]
    if FALSE in flat:
        return FALSE
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def either(*parts: Expr) -> Expr:
    """Join *parts* by OR, flat and without the trivial ones."""
    flat = [p for part in parts for p in (part.parts if isinstance(part, Or) else (part,))]
    if TRUE in flat:
        return TRUE
    return flat[0] if len(flat) == 1 else Or(tuple(flat))
