"""Settle what only the caller decides: whether there is one."""

from __future__ import annotations

from strongback.predicate.normal import simplify
from strongback.predicate.tree import FALSE, TRUE, Call, Compare, Const, Exists, Expr, In, IsNone, Path, RoleCall
from strongback.predicate.walk import children, rebuild

ME = "me"


def for_caller(expr: Expr, *, signed_in: bool) -> Expr:
    """
    Simplify *expr* for a caller who is signed in, or for an anonymous one: `me` is None then, and comparing what `me` has is false.

    >>> for_caller(Compare("==", Path("self", ("owner",)), Path("me")), signed_in=False)
    IsNone(operand=Path(var='self', steps=('owner',)), negated=False)
    """
    return simplify(_settled(expr) if signed_in else _anonymous(expr))


def _settled(expr: Expr) -> Expr:
    return TRUE if expr == Call("signed_in") else rebuild(expr, _settled)


def _anonymous(expr: Expr) -> Expr:
    match expr:
        case Call("signed_in") | Path("me", (_, *_)) | RoleCall(Path("me")):
            return FALSE
        case IsNone(Path("me"), negated):
            return FALSE if negated else TRUE
        case Path("me"):
            return Const(None)
        case Exists(_, Path("me"), _, every):
            return TRUE if every else FALSE
        case Compare() | In() | Call() if any(_of_me(part) for part in children(expr)):
            return FALSE
        case Exists(var, relation, where, every):
            return Exists(var, relation, _anonymous(where), every)
        case _:
            return rebuild(expr, _anonymous)


def _of_me(expr: Expr) -> bool:
    return isinstance(expr, Path) and expr.var == ME and bool(expr.steps)
