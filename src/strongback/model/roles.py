"""Write out the roles that an expression calls."""

from __future__ import annotations

from collections.abc import Mapping

from strongback.errors import InternalError
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.typing import entity_at
from strongback.predicate.normal import inline_roles, simplify
from strongback.predicate.tree import Call, Expr, Path, both

SIGNED_IN = Call("signed_in")


def resolve_roles(model: Model, entity: Entity, expr: Expr) -> Expr:
    """
    Write out every role call in *expr*, which is over `self` of *entity* and `me`.

    A role that does not let anonymous callers in carries `signed_in`, so that the result alone decides.
    """

    def body_at(of: Path, role: str) -> Expr:
        return role_body(model, entity_at(model, scope_of(model, entity), of), role)

    return simplify(inline_roles(expr, body_at))


def role_body(model: Model, entity: Entity, name: str) -> Expr:
    """The body of a role, with `signed_in` where it needs a caller."""
    role = entity.role(name)
    if role is None:
        raise InternalError(f"`{entity.name}` has no role `{name}`", hint="find_faults refuses such a model")
    return role.body if role.anonymous else both(SIGNED_IN, role.body)


def scope_of(model: Model, entity: Entity) -> Mapping[str, str]:
    """The entities of `self` and `me` in a role, a permission or a check of *entity*."""
    scope = {"self": entity.name}
    return {**scope, "me": model.actor.entity} if model.actor is not None else scope
