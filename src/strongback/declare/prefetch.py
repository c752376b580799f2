"""
Which relations the source of an action uses, so that they are loaded before its body runs.

A reading of the syntax tree, never of a run: every path from `self`, `me` or a parameter that could be taken is counted, whatever the
conditions around it; roles, computed fields, methods and functions it calls with such rows are read too. What it cannot see (a path
taken by code without source, or deeper than `DEEPEST`) raises NotLoaded when it is used, and is never loaded silently.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Final

from strongback.declare.action import ActionSpec
from strongback.declare.computed import Computed
from strongback.declare.constraint import CheckSpec
from strongback.declare.names import Globals
from strongback.declare.permission import Role
from strongback.declare.source import NoSource, SourceChanged, find_function
from strongback.declare.targets import target_of
from strongback.predicate.tree import Path

DEEPEST: Final = 6
ROUNDS: Final = 3
Definition = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Where:
    """Rows of *entity*, reached by *path*."""

    path: Path
    entity: type


Rows = frozenset[Where]
NONE: Final[Rows] = frozenset()


def find_paths(function: FunctionType, roots: Mapping[str, type], this: str = "self") -> tuple[Path, ...]:
    """
    Find the relation paths that *function* may use.

    Args:
        roots: The entities of its parameters that are rows.
        this: The name of its own row's parameter.
    Returns:
        Paths of relations only, in order of appearance, none the beginning of another.
    Raises:
        NoSource, SourceChanged: Its text cannot be read.
    """
    node = find_function(function)
    given = {name: frozenset({Where(Path("self" if name == this else name), cls)}) for name, cls in roots.items()}
    found: dict[Path, None] = {}
    _Reader(found, function, frozenset()).run(node, given)
    return tuple(path for path in found if not any(_begins(path, other) for other in found))


def _begins(path: Path, other: Path) -> bool:
    return path != other and path.var == other.var and other.steps[: len(path.steps)] == path.steps


class _Reader:
    """Reads one function; *found* is shared with the readers of what it calls."""

    def __init__(self, found: dict[Path, None], function: FunctionType, callers: frozenset[object]) -> None:
        self.found = found
        self.globals = Globals(function)
        self.callers = callers
        self.variables: dict[str, Rows] = {}
        self.inner: dict[str, Definition] = {}
        self.returned: Rows = NONE

    def run(self, node: Definition, given: Mapping[str, Rows]) -> Rows:
        """Read until nothing more is learnt about the variables; returns the rows the function may return."""
        self.variables = dict(given)
        for _ in range(ROUNDS):
            before = dict(self.variables)
            for statement in node.body:
                self.read(statement)
            if self.variables == before:
                break
        return self.returned

    def read(self, node: ast.AST) -> Rows:
        """Read *node*; an expression gives the rows it may stand for."""
        match node:
            case ast.Name(name):
                return self.variables.get(name, NONE)
            case ast.Attribute(value, name):
                return self.attribute(self.read(value), name)
            case ast.Call():
                return self.call(node)
            case ast.Assign(targets, value):
                return self.bind(targets, self.read(value))
            case ast.AnnAssign(target, _, ast.expr() as value) | ast.NamedExpr(target, value):
                return self.bind([target], self.read(value))
            case ast.For(target, rows, body, orelse) | ast.AsyncFor(target, rows, body, orelse):
                self.bind([target], self.read(rows))
                return self.all([*body, *orelse])
            case ast.comprehension(target, rows, conditions):
                self.bind([target], self.read(rows))
                return self.all(conditions)
            case (
                ast.GeneratorExp(element, generators)
                | ast.ListComp(element, generators)
                | ast.SetComp(element, generators)
            ):
                self.all(generators)
                return self.read(element)
            case ast.DictComp(key, value, generators):
                self.all(generators)
                return self.all([key, value])
            case ast.withitem(context, ast.expr() as target):
                return self.bind([target], self.read(context))
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name):
                self.inner[name] = node
                return NONE
            case ast.Lambda():
                return NONE
            case ast.Return(ast.expr() as value):
                self.returned |= self.read(value)
                return NONE
            case ast.Compare():
                self.all(ast.iter_child_nodes(node))
                return NONE
            case _:
                return self.all(ast.iter_child_nodes(node))

    def all(self, nodes: Iterable[ast.AST]) -> Rows:
        return frozenset().union(*[self.read(node) for node in nodes])

    def bind(self, targets: Iterable[ast.expr], rows: Rows) -> Rows:
        for target in targets:
            for name in ast.walk(target):
                if isinstance(name, ast.Name):
                    self.variables[name.id] = self.variables.get(name.id, NONE) | rows
            if isinstance(target, ast.Attribute):
                self.read(target.value)
        return rows

    def attribute(self, rows: Rows, name: str) -> Rows:
        return frozenset(step for where in rows for step in self.step(where, name))

    def step(self, where: Where, name: str) -> Iterator[Where]:
        target = target_of(where.entity, name)
        if target is not None and len(where.path.steps) < DEEPEST:
            path = Path(where.path.var, (*where.path.steps, name))
            self.found.setdefault(path)
            yield Where(path, target)
        member = _member(where.entity, name)
        if isinstance(member, Computed | property):
            yield from self.enter(_function(member), [frozenset({where})], {}) or NONE

    def call(self, node: ast.Call) -> Rows:
        given = [self.read(each) for each in node.args]
        named = {each.arg: self.read(each.value) for each in node.keywords}
        rows = frozenset().union(*given, *named.values())
        self.lambdas(node, rows)
        match node.func:
            case ast.Attribute(value, name):
                owner = self.read(value)
                self.attribute(owner, name)
                returned = [self.method(where, name, given, named) for where in owner]
                known = frozenset().union(*(each for each in returned if each is not None))
                return known if returned and None not in returned else known | rows | owner
            case ast.Name(name) if name in self.inner:
                return self.enter_inner(self.inner[name], given, named)
            case _:
                returned_rows = self.enter(self.globals.dotted(node.func), given, named) if rows else NONE
                return rows if returned_rows is None else returned_rows

    def lambdas(self, node: ast.Call, rows: Rows) -> None:
        """`sorted(self.staff, key=lambda m: m.user.name)`: what a lambda is given is among the other arguments."""
        owner = self.read(node.func.value) if isinstance(node.func, ast.Attribute) else NONE
        for each in (*node.args, *(keyword.value for keyword in node.keywords)):
            if isinstance(each, ast.Lambda):
                for parameter in each.args.args:
                    self.variables[parameter.arg] = self.variables.get(parameter.arg, NONE) | rows | owner
                self.read(each.body)

    def method(self, where: Where, name: str, given: list[Rows], named: Mapping[str | None, Rows]) -> Rows | None:
        member = _member(where.entity, name)
        own = [] if isinstance(member, classmethod | staticmethod) else [frozenset({where})]
        return self.enter(_function(member), [*own, *given], named)

    def enter(self, function: Any, given: list[Rows], named: Mapping[str | None, Rows]) -> Rows | None:
        """
        Read what is called, once per caller and row, so that recursion ends.

        Returns:
            The rows it may return; None when it cannot be read, and may return any it was given.
        """
        call = (function, tuple(given))
        if not isinstance(function, FunctionType) or len(self.callers) > DEEPEST:
            return None
        if call in self.callers:
            return NONE
        try:
            node = find_function(function)
        except (NoSource, SourceChanged):
            return None
        reader = _Reader(self.found, function, self.callers | {call})
        return reader.run(node, _bound(node, given, named))

    def enter_inner(self, node: Definition, given: list[Rows], named: Mapping[str | None, Rows]) -> Rows:
        """A function in the function: it sees the variables around it."""
        if node in self.callers:
            return NONE
        reader = _Reader(self.found, self.globals.function, self.callers | {node})
        reader.inner = {name: each for name, each in self.inner.items() if each is not node}
        return reader.run(node, {**self.variables, **_bound(node, given, named)})


def _bound(node: Definition, given: list[Rows], named: Mapping[str | None, Rows]) -> dict[str, Rows]:
    parameters = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
    return {**dict(zip(parameters, given, strict=False)), **{name: rows for name, rows in named.items() if name}}


def _member(entity: type, name: str) -> object:
    return next((vars(cls)[name] for cls in entity.__mro__ if name in vars(cls)), None)


def _function(member: object) -> object:
    match member:
        case Role(body=body) | CheckSpec(body=body) | Computed(body=body):
            return body
        case ActionSpec(function=function):
            return function
        case classmethod() | staticmethod():
            return member.__func__
        case property():
            return member.fget
        case _:
            return member
