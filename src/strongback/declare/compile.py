"""
Compile the body of a role, a check or a computed field: syntax tree in, predicate out.

The subset is small and closed; whatever is not in it is a fault at its own line, with what to write instead. All faults of a body are
found: a part that cannot be read stands as None until the end, when the declaration is refused anyway.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from math import isfinite
from types import FunctionType
from typing import Final

from strongback.declare.clock import now
from strongback.declare.faults import Faults
from strongback.declare.names import MADE_OF_CONSTANTS, Globals
from strongback.declare.source import SourceFile
from strongback.errors import did_you_mean
from strongback.model.text import text_fault
from strongback.predicate.constant import constant_of
from strongback.predicate.tree import (
    FALSE,
    TRUE,
    Call,
    Compare,
    Const,
    Exists,
    Expr,
    In,
    IsNone,
    Not,
    Operator,
    Path,
    RoleCall,
    both,
    either,
)
from strongback.predicate.types import INT_MAX, INT_MIN, Scalar

Definition = ast.FunctionDef | ast.AsyncFunctionDef

OPERATORS: Final[Mapping[type[ast.cmpop], Operator]] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
FUNCTIONS: Final = (
    "the functions are any, all, len, sb.now and the methods startswith and endswith; roles are methods of a row"
)
UNREADABLE: Final[Expr] = Const(None)
INSTEAD: Final[Mapping[type[ast.AST], str]] = {
    ast.Lambda: "write the condition out",
    ast.IfExp: "write `(a and b) or (not a and c)`",
    ast.JoinedStr: "text cannot be put together in a predicate: compare the fields it is made of",
    ast.BinOp: "a predicate does no arithmetic: store the result in a field, or compare the parts",
    ast.ListComp: "write any(... for x in ...) or all(... for x in ...)",
    ast.SetComp: "write any(... for x in ...) or all(... for x in ...)",
    ast.GeneratorExp: "write any(... for x in ...) or all(... for x in ...)",
    ast.Subscript: "go over the rows with any(...) or all(...)",
    ast.NamedExpr: "write the expression out where it is used",
    ast.Await: "a predicate waits for nothing",
    ast.Starred: "write the options out",
}


@dataclass(frozen=True, slots=True)
class RoleUse:
    """
    A call of a role in a body.

    Attributes:
        of: The row it is asked of; a variable bound over `self.staff` is spelt `self.staff`.
        passes_me: Whether the caller is handed on.
    """

    of: Path
    role: str
    passes_me: bool
    line: int


@dataclass
class Body:
    """What a body says, and which roles it calls."""

    expr: Expr
    uses: list[RoleUse] = field(default_factory=list)


def compile_body(function: FunctionType, node: Definition, source: SourceFile, faults: Faults, me: str = "") -> Body:
    """
    Compile the body of *function*, whose definition is *node*.

    Args:
        me: The name of the caller's parameter, empty where there is none.
    """
    this = node.args.args[0].arg if node.args.args else "self"
    compiler = _Compiler(function, source, faults, this, me)
    returned = _only_return(node)
    if returned is None:
        hint = "write one `return` of one expression; take helpers out of the way by making them roles"
        faults.add("SB104", f"the body of `{node.name}` is not one return", source.origin(node), hint)
        return Body(UNREADABLE)
    return Body(compiler.value(returned, {}), compiler.uses)


def _only_return(node: Definition) -> ast.expr | None:
    body = node.body
    if (
        body
        and isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
        and isinstance(body[0].value.value, str)
    ):
        body = body[1:]
    return body[0].value if len(body) == 1 and isinstance(body[0], ast.Return) else None


class _Compiler:
    def __init__(self, function: FunctionType, source: SourceFile, faults: Faults, this: str, me: str) -> None:
        self.names = Globals(function)
        self.source = source
        self.faults = faults
        self.free = {this: "self"} | ({me: "me"} if me else {})
        self.uses: list[RoleUse] = []

    def refuse(self, node: ast.expr, message: str, hint: str = "", code: str = "SB105") -> Expr:
        self.faults.add(code, message, self.source.origin(node), hint)
        return UNREADABLE

    def value(self, node: ast.expr, bound: Mapping[str, Path]) -> Expr:
        """*bound* spells the variables of quantifiers, as paths from self or me."""
        match node:
            case ast.BoolOp(ast.And(), parts):
                return both(*(self.value(part, bound) for part in parts))
            case ast.BoolOp(ast.Or(), parts):
                return either(*(self.value(part, bound) for part in parts))
            case ast.UnaryOp(ast.Not(), operand):
                return Not(self.value(operand, bound))
            case ast.Compare(left, operators, rights):
                return self.compared(left, operators, rights, bound)
            case ast.Call():
                return self.called(node, bound)
            case ast.Constant(True):
                return TRUE
            case ast.Constant(False):
                return FALSE
            case _:
                return self.operand(node, bound)

    def operand(self, node: ast.expr, bound: Mapping[str, Path]) -> Expr:
        """A side of a comparison: as `value`, but True and False are constants."""
        match node:
            case ast.Constant() | ast.UnaryOp(ast.USub() | ast.UAdd(), ast.Constant()):
                return self.constant(node)
            case ast.Attribute() | ast.Name():
                return self.path(node, bound)
            case ast.Call() | ast.BoolOp() | ast.Compare() | ast.UnaryOp(ast.Not()):
                return self.value(node, bound)
            case _:
                instead = INSTEAD.get(type(node), "use and/or/not, comparisons, in, is None, any/all, paths and roles")
                return self.refuse(node, f"`{ast.unparse(node)}` is not in the predicate language", instead)

    def compared(
        self, left: ast.expr, operators: Sequence[ast.cmpop], rights: Sequence[ast.expr], bound: Mapping[str, Path]
    ) -> Expr:
        sides = [left, *rights]
        return both(*(self.pair(a, op, b, bound) for a, op, b in zip(sides, operators, rights, strict=False)))

    def pair(self, left: ast.expr, operator: ast.cmpop, right: ast.expr, bound: Mapping[str, Path]) -> Expr:
        match operator:
            case ast.Is() | ast.IsNot():
                return self.is_none(left, isinstance(operator, ast.IsNot), right, bound)
            case ast.In() | ast.NotIn():
                return self.among(left, isinstance(operator, ast.NotIn), right, bound)
            case _:
                return Compare(OPERATORS[type(operator)], self.operand(left, bound), self.operand(right, bound))

    def is_none(self, left: ast.expr, negated: bool, right: ast.expr, bound: Mapping[str, Path]) -> Expr:
        if not (isinstance(right, ast.Constant) and right.value is None):
            return self.refuse(right, f"`is` compares with None alone, not with `{ast.unparse(right)}`", "write `==`")
        return IsNone(self.operand(left, bound), negated)

    def among(self, left: ast.expr, negated: bool, right: ast.expr, bound: Mapping[str, Path]) -> Expr:
        item = self.operand(left, bound)
        if isinstance(right, ast.Tuple | ast.List | ast.Set):
            return In(item, tuple(self.constant(option) for option in right.elts), negated)
        if isinstance(right, ast.Attribute):
            found: Expr = Call("contains", (self.path(right, bound), item))
            return Not(found) if negated else found
        hint = "write `in` before options in brackets, or before a text field: `x in (1, 2)`, `x in self.title`"
        return self.refuse(right, f"`in {ast.unparse(right)}` is not in the predicate language", hint)

    def constant(self, node: ast.expr) -> Expr:
        found = self.names.constant(node)
        try:
            constant = constant_of(found.value if isinstance(found, Enum) else found)
        except TypeError:
            hint = "an option is a constant, or a member of an enum"
            return self.refuse(node, f"`{ast.unparse(node)}` is not a constant", hint)
        wrong = _unfit(constant.value)
        return self.refuse(node, f"`{ast.unparse(node)}` {wrong}") if wrong else constant

    def path(self, node: ast.expr, bound: Mapping[str, Path]) -> Expr:
        steps: list[str] = []
        root = node
        while isinstance(root, ast.Attribute):
            steps.insert(0, root.attr)
            root = root.value
        if isinstance(root, ast.Name) and (root.id in bound or root.id in self.free):
            return Path(root.id if root.id in bound else self.free[root.id], tuple(steps))
        if isinstance(self.names.fixed(node), Enum):
            return self.constant(node)
        found = self.names.dotted(node)
        if not isinstance(root, ast.Name):
            return self.refuse(
                root, f"`{ast.unparse(node)}` is not a path from {self.known(bound)}", self.instead(root)
            )
        if found is not ...:
            hint = "write the value here: a predicate must say the same in the store, whatever a variable becomes later"
            return self.refuse(node, f"`{ast.unparse(node)}` is a variable outside of the predicate", hint)
        hint = did_you_mean(root.id, [*bound, *self.free])
        return self.refuse(node, f"there is no `{root.id}` here: paths start at {self.known(bound)}", hint)

    def instead(self, node: ast.expr) -> str:
        return INSTEAD.get(type(node), "a path is a name and attributes: `self.company.name`")

    def known(self, bound: Mapping[str, Path]) -> str:
        return " or ".join(f"`{name}`" for name in [*self.free, *bound])

    def called(self, node: ast.Call, bound: Mapping[str, Path]) -> Expr:
        function = self.names.dotted(node.func)
        if function in (any, all) and isinstance(node.func, ast.Name):
            return self.quantified(node, function is all, bound)
        if function is len:
            return self.length(node, bound)
        if function is now:
            return Call("now") if not (node.args or node.keywords) else self.refuse(node, "`now` takes nothing")
        if function in MADE_OF_CONSTANTS:
            return self.constant(node)
        if isinstance(node.func, ast.Attribute):
            return self.method(node, node.func, bound)
        return self.refuse(node, f"`{ast.unparse(node.func)}` is not a function of the predicate language", FUNCTIONS)

    def length(self, node: ast.Call, bound: Mapping[str, Path]) -> Expr:
        if len(node.args) != 1 or node.keywords:
            return self.refuse(node, "`len` takes one text field")
        return Call("len", (self.operand(node.args[0], bound),))

    def method(self, node: ast.Call, func: ast.Attribute, bound: Mapping[str, Path]) -> Expr:
        if func.attr in ("startswith", "endswith"):
            return self.text_method(node, func, bound)
        of = self.path(func.value, bound)
        if not isinstance(of, Path):
            return of
        passes = [isinstance(each, ast.Name) and self.free.get(each.id) == "me" for each in node.args]
        if node.keywords or len(node.args) > 1 or not all(passes):
            hint = f"write `{ast.unparse(func)}(me)`: a role is always asked for the caller"
            return self.refuse(node, f"`{ast.unparse(node)}` does not ask for the caller", hint, "SB109")
        self.uses.append(RoleUse(_spelt(of, bound), func.attr, bool(passes), node.lineno))
        return RoleCall(of, func.attr)

    def text_method(self, node: ast.Call, func: ast.Attribute, bound: Mapping[str, Path]) -> Expr:
        if len(node.args) != 1 or node.keywords or isinstance(node.args[0], ast.Tuple):
            return self.refuse(node, f"`{func.attr}` takes one text", 'join several by or: `x.startswith("a") or ...`')
        parts = (self.operand(func.value, bound), self.operand(node.args[0], bound))
        return Call("startswith" if func.attr == "startswith" else "endswith", parts)

    def quantified(self, node: ast.Call, every: bool, bound: Mapping[str, Path]) -> Expr:
        word = "all" if every else "any"
        match node.args:
            case [ast.GeneratorExp(element, generators)] if not node.keywords:
                return self.over(word, element, generators, bound)
            case _:
                hint = f"write {word}(condition for x in self.relation)"
                return self.refuse(node, f"`{word}` goes over the rows of a relation", hint)

    def over(
        self, word: str, element: ast.expr, generators: Sequence[ast.comprehension], bound: Mapping[str, Path]
    ) -> Expr:
        """`any(element for ...)`: an `if` of `any` is one condition more, of `all` one that excuses."""
        if not generators:
            return self.value(element, bound)
        this, *rest = generators
        if not isinstance(this.iter, ast.Attribute) or not isinstance(this.target, ast.Name) or this.is_async:
            hint = f"write {word}(condition for x in self.relation)"
            return self.refuse(this.iter, f"`{word}` goes over the rows of a relation, one name at a time", hint)
        relation = self.path(this.iter, bound)
        if not isinstance(relation, Path):
            return relation
        name = this.target.id
        if name in bound or name in self.free or name in ("self", "me"):
            return self.refuse(this.target, f"`{name}` already has a meaning here", "choose another name")
        inner = {**bound, name: _spelt(relation, bound)}
        conditions = [self.value(each, inner) for each in this.ifs]
        rest_of = self.over(word, element, rest, inner)
        if word == "any":
            return Exists(name, relation, both(*conditions, rest_of))
        return Exists(name, relation, either(*(Not(each) for each in conditions), rest_of), every=True)


def _unfit(value: Scalar) -> str:
    """Why no store could hold a constant."""
    match value:
        case str():
            return text_fault(value)
        case float() if not isfinite(value):
            return "is not finite"
        case int() if not INT_MIN <= value <= INT_MAX:
            return "has more than 64 bits"
        case _:
            return ""


def _spelt(path: Path, bound: Mapping[str, Path]) -> Path:
    root = bound.get(path.var)
    return Path(root.var, root.steps + path.steps) if root is not None else path
