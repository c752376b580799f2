"""What is left of a condition when some values are known beforehand: a list of open jobs need not ask of each job whether it is open."""

from __future__ import annotations

from collections.abc import Mapping

from strongback.predicate.normal import simplify
from strongback.predicate.tree import FALSE, TRUE, And, Compare, Const, Expr, In, IsNone, Not, Or, Path
from strongback.predicate.types import Scalar


def assume(expr: Expr, known: Mapping[Path, Scalar]) -> Expr:
    """
    Simplify *expr* for rows on which each path in *known* has its value, which is a bool or a text and never None.

    Questions about other rows (`any`, role calls) are left as they are.

    >>> status = Path("self", ("status",))
    >>> public = Or((Compare("==", status, Const("open")), Path("self", ("urgent",))))
    >>> assume(public, {status: "open"}) == TRUE, assume(public, {status: "draft"})
    (True, Path(var='self', steps=('urgent',)))
    """
    return simplify(_assume(expr, known)) if known else expr


def _assume(expr: Expr, known: Mapping[Path, Scalar]) -> Expr:
    match expr:
        case And(parts):
            return And(tuple(_assume(part, known) for part in parts))
        case Or(parts):
            return Or(tuple(_assume(part, known) for part in parts))
        case Not(part):
            return Not(_assume(part, known))
        case Path():
            return _truth(known[expr] is True) if expr in known else expr
        case IsNone(Path() as path, negated) if path in known:
            return _truth(negated)
        case Compare("==" | "!=" as op, Path() as path, Const(value)) if path in known:
            return _truth((known[path] == value) is (op == "=="))
        case Compare("==" | "!=" as op, Const(value), Path() as path) if path in known:
            return _truth((known[path] == value) is (op == "=="))
        case In(Path() as path, options, negated) if path in known and all(isinstance(o, Const) for o in options):
            found = any(isinstance(o, Const) and o.value == known[path] for o in options)
            return _truth(found is not negated)
        case _:
            return expr


def _truth(value: bool) -> Expr:
    return TRUE if value else FALSE
