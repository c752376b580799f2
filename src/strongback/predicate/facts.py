"""Which questions ask for facts about the actor alone."""

from __future__ import annotations

from strongback.predicate.tree import And, Compare, Exists, Expr, Path
from strongback.predicate.walk import variables


def is_fact_about_actor(expr: Exists) -> bool:
    """
    Whether `any(… for m in …)` asks for rows tied to the actor directly (`m.user == me`), and for nothing else in scope.

    Such a set is small and the same for every row judged: it is read once as an uncorrelated sub-select (values.md section 3). Without
    the tie it may be large, and is asked row by row.
    """
    if not variables(expr.where) <= {expr.var, "me"} or expr.relation.var == "me":
        return False
    parts = expr.where.parts if isinstance(expr.where, And) else (expr.where,)
    return any(_ties(part, expr.var) for part in parts)


def _ties(part: Expr, var: str) -> bool:
    if not (isinstance(part, Compare) and part.op == "=="):
        return False
    sides = (part.left, part.right)
    return Path("me") in sides and any(isinstance(s, Path) and s.var == var and len(s.steps) == 1 for s in sides)
