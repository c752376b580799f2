"""Personal data in predicates."""

from __future__ import annotations

from collections.abc import Iterator

from strongback.errors import Fault
from strongback.model.faults.expressions import Judge
from strongback.model.faults.place import fault
from strongback.model.typing import Rows, UnknownStep, entity_at, spell
from strongback.predicate.tree import Exists, Expr, IsNone, Path
from strongback.predicate.walk import children


def personal_faults(judge: Judge, expr: Expr) -> Iterator[Fault]:
    """Personal data is ciphertext where a predicate runs: only whether it is there can be asked."""
    if isinstance(expr, IsNone):
        return
    if isinstance(expr, Exists):
        inner = judge.inside(expr) if isinstance(judge.typed(expr.relation), Rows) else judge
        yield from personal_faults(inner, expr.where)
        return
    if isinstance(expr, Path):
        yield from _personal(judge, expr)
    for child in children(expr):
        yield from personal_faults(judge, child)


def _personal(judge: Judge, path: Path) -> Iterator[Fault]:
    try:
        owner = entity_at(judge.model, judge.scope, Path(path.var, path.steps[:-1]))
    except UnknownStep:
        return
    field = owner.field(path.steps[-1]) if path.steps else None
    if field is not None and field.pii is not None:
        message = f"`{spell(path)}` is personal data, encrypted where this runs"
        yield fault("SB158", judge.where, message, "ask a field that is not `pii`, or whether it is None")
