"""
What the text of an action says that the Model does not hold: its guards, and the constants it uses.

The Model runs without source; where there is none, nothing is known of an action's body, and nothing is made up.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import FunctionType, MappingProxyType
from typing import Any, cast

from strongback.declare.source import NoSource, SourceChanged, find_function
from strongback.predicate.tree import And, Compare, Const, Expr, In, IsNone, Not, Operator, Or, Path

REQUIRE = "require"
_COMPARED: Mapping[type[ast.cmpop], Operator] = MappingProxyType(
    {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
)


@dataclass(frozen=True, slots=True)
class Guard:
    """
    `sb.require(condition, "code")` in an action's body.

    Attributes:
        condition: As a predicate; None when it is more than comparisons of values.
        text: The condition's own text.
    """

    condition: Expr | None
    text: str
    code: str


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """What one action's text says."""

    guards: tuple[Guard, ...] = ()
    constants: frozenset[str] = frozenset()


Facts = Mapping[tuple[str, str], ActionFacts]
NO_FACTS: Facts = MappingProxyType({})


def read_facts(handlers: Mapping[tuple[str, str], Callable[..., Any]]) -> Facts:
    """Read the bodies of actions, by entity and action; those without source are left out."""
    found: dict[tuple[str, str], ActionFacts] = {}
    for key, handler in handlers.items():
        function = getattr(handler, "__func__", handler)
        try:
            node = find_function(cast("FunctionType", function))
        except (NoSource, SourceChanged):
            continue
        found[key] = ActionFacts(tuple(_guards(node)), frozenset(_constants(node)))
    return found


def _guards(node: ast.AST) -> Iterator[Guard]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and _name(call.func) == REQUIRE and len(call.args) >= 2:
            condition, code = call.args[:2]
            spelt = code.value if isinstance(code, ast.Constant) else ast.unparse(code)
            yield Guard(_expr(condition), ast.unparse(condition), str(spelt))


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _constants(node: ast.AST) -> Iterator[str]:
    return (n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str))


def _expr(node: ast.expr) -> Expr | None:
    """*node* as a predicate over values, or None."""
    match node:
        case ast.Constant(bool() | int() | float() | str() | None as value):
            return Const(value)
        case ast.Name(name):
            return Path(name)
        case ast.Attribute(owner, step):
            of = _expr(owner)
            return Path(of.var, (*of.steps, step)) if isinstance(of, Path) else None
        case ast.UnaryOp(ast.Not(), operand):
            inner = _expr(operand)
            return None if inner is None else Not(inner)
        case ast.BoolOp(op, values):
            parts = _all(values)
            return None if parts is None else (And(parts) if isinstance(op, ast.And) else Or(parts))
        case ast.Compare(left, [op], [right]):
            return _compared(left, op, right)
        case _:
            return None


def _compared(left: ast.expr, op: ast.cmpop, right: ast.expr) -> Expr | None:
    item = _expr(left)
    if item is None:
        return None
    if isinstance(op, ast.In | ast.NotIn):
        options = _all(right.elts) if isinstance(right, ast.Tuple | ast.List | ast.Set) else None
        return None if options is None else In(item, options, isinstance(op, ast.NotIn))
    other = _expr(right)
    if other is None:
        return None
    if isinstance(op, ast.Is | ast.IsNot):
        return IsNone(item, isinstance(op, ast.IsNot)) if other == Const(None) else None
    return Compare(_COMPARED[type(op)], item, other)


def _all(nodes: list[ast.expr]) -> tuple[Expr, ...] | None:
    parts = [_expr(node) for node in nodes]
    return None if None in parts else tuple(part for part in parts if part is not None)
