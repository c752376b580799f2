"""What the names around a function mean, and which of them are constants."""

from __future__ import annotations

import ast
import builtins
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from types import FunctionType
from typing import Any, Final
from uuid import UUID

MADE_OF_CONSTANTS: Final = (Decimal, date, datetime, timedelta, UUID)


class Globals:
    """What the names around a function mean: its closure, its module, the builtins."""

    def __init__(self, function: FunctionType) -> None:
        self.function = function

    def dotted(self, node: ast.expr) -> Any:
        """What a dotted name means, `...` when nothing."""
        match node:
            case ast.Name(name):
                return self.named(name)
            case ast.Attribute(value, name):
                owner = self.dotted(value)
                return getattr(owner, name, ...) if owner is not ... and _is_namespace(owner) else ...
            case _:
                return ...

    def fixed(self, node: ast.expr) -> Any:
        """A member of an enum, by way of the enum itself, or UTC: names that never come to mean something else; `...` otherwise."""
        found = self.dotted(node)
        if isinstance(found, Enum):
            owner = self.dotted(node.value) if isinstance(node, ast.Attribute) else ...
            return found if owner is type(found) else ...
        return found if isinstance(found, timezone) else ...

    def named(self, name: str) -> Any:
        cells = dict(zip(self.function.__code__.co_freevars, self.function.__closure__ or (), strict=True))
        if name in cells:
            try:
                return cells[name].cell_contents
            except ValueError:
                return ...
        return self.function.__globals__.get(name, getattr(builtins, name, ...))

    def constant(self, node: ast.expr) -> object:
        """The Python value of a constant, a member of an enum or a value made of constants; `...` when *node* is none."""
        match node:
            case ast.Constant(value):
                return value
            case ast.UnaryOp(ast.USub(), ast.Constant(int() | float() as value)) if not isinstance(value, bool):
                return -value
            case ast.UnaryOp(ast.UAdd(), ast.Constant(int() | float() as value)):
                return value
            case ast.Attribute() | ast.Name():
                return self.fixed(node)
            case ast.Call():
                return self._made(node)
            case _:
                return ...

    def _made(self, node: ast.Call) -> object:
        """`Decimal("1.50")` and the like: a call of a value type with constants."""
        kind = self.dotted(node.func)
        if kind not in MADE_OF_CONSTANTS or not isinstance(kind, type):
            return ...
        arguments = [self._argument(each) for each in node.args]
        named = {each.arg: self._argument(each.value) for each in node.keywords if each.arg is not None}
        if ... in (*arguments, *named.values()) or len(named) < len(node.keywords):
            return ...
        try:
            return kind(*arguments, **named)
        except (ArithmeticError, TypeError, ValueError):
            return ...

    def _argument(self, node: ast.expr) -> Any:
        found = self.constant(node)
        return found if isinstance(found, str | int | float | timezone) else ...


def _is_namespace(owner: object) -> bool:
    """Attributes of modules and classes are looked up, those of other objects are not: they may run code."""
    return isinstance(owner, type | type(ast))
