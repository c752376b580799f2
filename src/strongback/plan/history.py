"""
What a read of earlier versions of a row will do, permission included.

The stricter of then and now decides. A version is answered when the caller may read the row and its history as the row is now, and would
be let in by the version's own values too; a member of it when it is visible on both. What a role reads from other rows, it reads as they
are now: who is no recruiter any more reads no history, and who has become one reads what others wrote before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from strongback.model.entity import ID, Entity
from strongback.model.model import Model
from strongback.plan.filters import Need
from strongback.plan.permission import may_read, resolve
from strongback.plan.read import ReadPlan, is_row_bound, outs
from strongback.plan.shape import Selection, Shape
from strongback.predicate.normal import simplify
from strongback.predicate.tree import FALSE, TRUE, Expr, both
from strongback.predicate.types import DATETIME, INT

SEEK = "seek0"
AS_OF = "as_of"


@dataclass(frozen=True, slots=True)
class HistoryPlan:
    """
    Which versions to read.

    Attributes:
        version: How one version is answered; its guards have to hold on the row as it is now as well.
        read: Who may read the row.
        may: Who may read the row and its history: asked of the row, and of each version.
        limit: Versions, one more than the page holds; 0 for the one that was current at `as_of`.
        goes_on: Whether only versions before `seek0` are wanted.
    """

    version: ReadPlan
    read: Expr
    may: Expr
    limit: int = 0
    goes_on: bool = False

    @property
    def is_never(self) -> bool:
        """Whether no caller of this kind can ever read any history."""
        return self.may == FALSE


def plan_history(model: Model, shape: Shape) -> HistoryPlan:
    """Plan the read of a page of versions, the newest first."""
    goes_on = shape.seek is not None
    needs = (Need(SEEK, INT),) if goes_on else ()
    return replace(_plan(model, shape, needs), limit=shape.page + 1, goes_on=goes_on)


def plan_as_of(model: Model, shape: Shape) -> HistoryPlan:
    """Plan the read of a row as it was at a time."""
    return _plan(model, shape, (Need(AS_OF, DATETIME),))


def _plan(model: Model, shape: Shape, needs: tuple[Need, ...]) -> HistoryPlan:
    entity = model.entity(shape.target.entity)
    read = may_read(model, entity, shape.anonymous)
    history = resolve(model, entity, entity.access.history, shape.anonymous)
    version = _version(model, entity, shape.select, shape.anonymous)
    version = replace(version, needs=(Need(ID.name, entity.id_type), *needs))
    return HistoryPlan(version, read, simplify(both(read, history)))


def _version(model: Model, entity: Entity, select: Selection, anonymous: bool) -> ReadPlan:
    """
    A version's members: those that are its own. What is computed from other rows or the time would be that of today, so it is left out.
    """
    guards: list[Expr] = []
    shown = tuple(outs(model, entity, select.fields, anonymous, guards))
    own = tuple(out for out in shown if is_row_bound(entity, (out,)))
    return ReadPlan(entity=entity.name, out=own, where=TRUE, branches=(TRUE,), guards=tuple(guards))
