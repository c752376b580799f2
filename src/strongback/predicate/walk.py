"""Go over an expression: its parts, the variables and the paths in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

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
    Or,
    Param,
    Path,
    RoleCall,
)


def children(expr: Expr) -> tuple[Expr, ...]:
    """The expressions directly in *expr*; of a quantifier the relation, then the condition."""
    match expr:
        case Const() | Param() | Path():
            return ()
        case Not(part):
            return (part,)
        case And(parts) | Or(parts):
            return parts
        case Compare(_, left, right):
            return (left, right)
        case IsNone(operand):
            return (operand,)
        case In(item, options):
            return (item, *options)
        case Exists(_, relation, where):
            return (relation, where)
        case RoleCall(of):
            return (of,)
        case Call(_, args):
            return args


def rebuild(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """*expr* with *change* applied to each part directly in it. A path must stay a path where the tree needs one."""
    match expr:
        case Const() | Param() | Path():
            return expr
        case Not(part):
            return Not(change(part))
        case And(parts):
            return And(tuple(change(p) for p in parts))
        case Or(parts):
            return Or(tuple(change(p) for p in parts))
        case Compare(op, left, right):
            return Compare(op, change(left), change(right))
        case IsNone(operand, negated):
            return IsNone(change(operand), negated)
        case In(item, options, negated):
            return In(change(item), tuple(change(o) for o in options), negated)
        case Exists(var, relation, where, every):
            return Exists(var, _path(change(relation)), change(where), every)
        case RoleCall(of, role):
            return RoleCall(_path(change(of)), role)
        case Call(function, args):
            return Call(function, tuple(change(a) for a in args))


def walk(expr: Expr) -> Iterator[Expr]:
    """*expr* and everything in it, outer before inner, in the order of the source."""
    yield expr
    for child in children(expr):
        yield from walk(child)


def paths(expr: Expr) -> tuple[Path, ...]:
    """Every path in *expr* once, in order of appearance; those from bound variables too."""
    return tuple(dict.fromkeys(node for node in walk(expr) if isinstance(node, Path)))


def variables(expr: Expr) -> frozenset[str]:
    """
    The free variables of *expr*.

    >>> where = Compare("==", Path("m", ("user",)), Path("me"))
    >>> sorted(variables(Exists("m", Path("self", ("staff",)), where)))
    ['me', 'self']
    """
    match expr:
        case Path(var):
            return frozenset({var})
        case Exists(var, relation, where):
            return variables(relation) | (variables(where) - {var})
        case _:
            return frozenset().union(*(variables(child) for child in children(expr)))


def bound(expr: Expr) -> frozenset[str]:
    """The variables that quantifiers in *expr* bind."""
    return frozenset(node.var for node in walk(expr) if isinstance(node, Exists))


def _path(expr: Expr) -> Path:
    if not isinstance(expr, Path):
        raise TypeError(f"a path cannot become {expr!r}")
    return expr
