"""Permissions written out, as far as the roles can be read."""

from __future__ import annotations

from dataclasses import dataclass

from strongback.errors import InternalError
from strongback.model.entity import Entity
from strongback.model.faults.circles import circles
from strongback.model.model import Model
from strongback.model.roles import resolve_roles
from strongback.model.typing import UnknownStep
from strongback.predicate.caller import for_caller
from strongback.predicate.tree import FALSE, Expr
from strongback.predicate.walk import variables


@dataclass(frozen=True, slots=True)
class Permissions:
    """
    Answers about permissions for the checks that need roles written out.

    Attributes:
        readable: False while roles call each other in a circle: nothing can be written out then.
    """

    model: Model
    readable: bool

    def resolved(self, entity: Entity, expr: Expr) -> Expr | None:
        """*expr* with its roles written out; None where that cannot be done, which is told by other faults."""
        if not self.readable:
            return None
        try:
            return resolve_roles(self.model, entity, expr)
        except (UnknownStep, InternalError):
            return None

    def depends_on_row(self, entity: Entity, expr: Expr) -> bool:
        """Whether the answer differs from row to row for one caller."""
        written = self.resolved(entity, expr)
        return written is not None and "self" in variables(written)

    def lets_anonymous_in(self, entity: Entity, expr: Expr) -> bool:
        written = self.resolved(entity, expr)
        return written is not None and for_caller(written, signed_in=False) != FALSE


def permissions_of(model: Model) -> Permissions:
    return Permissions(model, not circles(model))
