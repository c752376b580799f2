"""
Fold authorization into a predicate: roles written out, the actor settled as far as the plan can know.

Whatever reads or writes rows takes its condition from here, so no path reaches a statement without one.
"""

from __future__ import annotations

from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.roles import resolve_roles
from strongback.predicate.caller import for_caller
from strongback.predicate.normal import negation_normal, simplify
from strongback.predicate.tree import TRUE, Expr, Or, both


def resolve(model: Model, entity: Entity, expr: Expr, anonymous: bool) -> Expr:
    """
    Write *expr*, an expression over `self` of *entity*, without role calls.

    Args:
        anonymous: Whether there is no actor. Then roles for signed-in callers are false and `me` is None.
    Returns:
        A simplified expression over `self`, `me` (rows only) and quantified variables; `FALSE` when nobody of that kind may.
    """
    written = resolve_roles(model, entity, expr)
    return simplify(negation_normal(for_caller(written, signed_in=False) if anonymous else written))


def branches(expr: Expr) -> tuple[Expr, ...]:
    """The ways to true of a permission: one a role, so that each can be its own indexed scan."""
    return expr.parts if isinstance(expr, Or) else (expr,)


def may_read(model: Model, entity: Entity, anonymous: bool) -> Expr:
    """Which rows of *entity* the caller may read."""
    return resolve(model, entity, entity.access.read, anonymous)


def may_restore(model: Model, entity: Entity, anonymous: bool) -> Expr:
    """Which deleted rows of *entity* the caller may bring back: of those they could read."""
    read = may_read(model, entity, anonymous)
    return simplify(both(read, resolve(model, entity, entity.access.restore, anonymous)))


def may_see(model: Model, entity: Entity, field: str, anonymous: bool) -> Expr:
    """On which readable rows the caller may see *field*; `TRUE` when on all."""
    allow = next((a.allow for a in entity.access.fields if a.field == field), None)
    return TRUE if allow is None else resolve(model, entity, allow, anonymous)
