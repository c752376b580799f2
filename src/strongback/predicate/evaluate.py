"""
Evaluate an expression in Python, over any objects with attributes.

The second of three evaluators that must agree (values.md section 2). Two truth values; where Python would raise because a step leads
through None, which a declaration is not allowed to do, a comparison is false, a quantifier has no rows and the path itself is None.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, cast

from strongback.errors import InternalError
from strongback.predicate.constant import python_value
from strongback.predicate.tree import (
    And,
    Call,
    Compare,
    Const,
    Exists,
    Expr,
    In,
    IsNone,
    Not,
    Operator,
    Or,
    Param,
    Path,
    RoleCall,
)

ORDERS: Mapping[Operator, Callable[[object, object], bool]] = {
    "<": cast("Callable[[object, object], bool]", operator.lt),
    "<=": cast("Callable[[object, object], bool]", operator.le),
    ">": cast("Callable[[object, object], bool]", operator.gt),
    ">=": cast("Callable[[object, object], bool]", operator.ge),
}

RoleAsked = Callable[[object, str], bool]


class _Missing:
    """Where a path leads that goes through None; equal to nothing."""

    __slots__ = ()


MISSING: Final = _Missing()


def no_roles(row: object, role: str) -> bool:
    """Refuse role calls: for expressions that hold none."""
    raise InternalError(f"the role `{role}` is asked where no roles are known")


def evaluate(
    expr: Expr,
    variables: Mapping[str, object],
    roles: RoleAsked = no_roles,
    now: datetime | None = None,
    params: Mapping[str, object] | None = None,
) -> object:
    """
    Evaluate *expr*: a bool for a condition, the value for anything else.

    Args:
        variables: The objects behind `self` and `me` (None: anonymous), and others that are free in *expr*. A to-many relation is an
            attribute with the rows that are there; leaving out soft-deleted ones is up to whoever fills it.
        roles: Whether the caller has a role on a row.
        now: The moment of the request, aware.
        params: Values of `Param`s.
    """
    value = _Evaluation(roles, now, params or {}).value(expr, variables)
    return None if value is MISSING else value


@dataclass(frozen=True, slots=True)
class _Evaluation:
    roles: RoleAsked
    now: datetime | None
    params: Mapping[str, object] = field(default_factory=dict)

    def holds(self, expr: Expr, variables: Mapping[str, object]) -> bool:
        """Whether *expr* is true; None and missing are not."""
        return self.value(expr, variables) is True

    def value(self, expr: Expr, variables: Mapping[str, object]) -> object:
        match expr:
            case Const():
                return python_value(expr)
            case Param(name):
                return self.params[name]
            case Path(var, steps):
                return follow(variables[var], steps)
            case Call():
                return self.called(expr, variables)
            case _:
                return self.condition(expr, variables)

    def condition(self, expr: Expr, variables: Mapping[str, object]) -> bool:
        match expr:
            case Not(part):
                return not self.holds(part, variables)
            case And(parts):
                return all(self.holds(part, variables) for part in parts)
            case Or(parts):
                return any(self.holds(part, variables) for part in parts)
            case Compare(op, left, right):
                return self.compared(op, left, right, variables)
            case IsNone(operand, negated):
                found = self.value(operand, variables)
                return (found is None or found is MISSING) is not negated
            case In(item, options, negated):
                return self.among(item, options, variables, negated)
            case Exists():
                return self.quantified(expr, variables)
            case RoleCall(Path(var, steps), role):
                row = follow(variables[var], steps)
                return row is not None and row is not MISSING and self.roles(row, role)
            case _:
                raise InternalError(f"not a condition: {expr!r}")

    def compared(self, op: Operator, left: Expr, right: Expr, variables: Mapping[str, object]) -> bool:
        one, other = identity(self.value(left, variables)), identity(self.value(right, variables))
        if one is MISSING or other is MISSING:
            return op == "==" and (_is_none(left) or _is_none(right))
        if op in ("==", "!="):
            return (one == other) is (op == "==")
        return one is not None and other is not None and ORDERS[op](one, other)

    def among(self, item: Expr, options: Iterable[Expr], variables: Mapping[str, object], negated: bool) -> bool:
        found = identity(self.value(item, variables))
        if found is MISSING:
            return False
        return any(found == identity(self.value(option, variables)) for option in options) is not negated

    def quantified(self, expr: Exists, variables: Mapping[str, object]) -> bool:
        rows = follow(variables[expr.relation.var], expr.relation.steps)
        present = cast("Iterable[object]", () if rows is None or rows is MISSING else rows)
        asked = (self.holds(expr.where, {**variables, expr.var: row}) for row in present)
        return all(asked) if expr.every else any(asked)

    def called(self, expr: Call, variables: Mapping[str, object]) -> object:
        if expr.function == "now":
            return self._moment()
        if expr.function == "signed_in":
            return variables.get("me") is not None
        args = [self.value(arg, variables) for arg in expr.args]
        if any(arg is None or arg is MISSING for arg in args):
            return MISSING if expr.function == "len" else False
        return _function(expr, cast("list[str]", args))

    def _moment(self) -> datetime:
        if self.now is None:
            raise InternalError("the time is asked where no time is known")
        return self.now


def follow(start: object, steps: Iterable[str]) -> object:
    """Follow attributes from *start*; MISSING once a step would go through None."""
    here = start
    for step in steps:
        if here is None or here is MISSING:
            return MISSING
        here = _attribute(here, step)
    return here


def _attribute(row: object, step: str) -> object:
    """An attribute, or for the column of a to-one relation (`company_id`) the id of the row it refers to."""
    try:
        return cast("object", getattr(row, step))
    except AttributeError:
        if not step.endswith("_id"):
            raise
        return identity(getattr(row, step.removesuffix("_id")))


def identity(value: object) -> object:
    """A row stands for its id, anything else for itself: rows are equal when their ids are."""
    return getattr(value, "id", value)


def _is_none(expr: Expr) -> bool:
    return isinstance(expr, Const) and expr.value is None


def _function(expr: Call, args: list[str]) -> object:
    match expr.function:
        case "len":
            return len(args[0])
        case "startswith":
            return args[0].startswith(args[1])
        case "endswith":
            return args[0].endswith(args[1])
        case "contains":
            return args[1] in args[0]
        case _:
            raise InternalError(f"unknown function `{expr.function}`")
