"""What an action will do before and after the team's own code runs."""

from __future__ import annotations

from dataclasses import dataclass

from strongback.model.action import Action, Parameter
from strongback.model.model import Model
from strongback.plan.permission import may_read, resolve
from strongback.plan.read import ReadPlan, plan_result, plan_results
from strongback.plan.shape import Shape
from strongback.plan.write import Reference
from strongback.predicate.tree import FALSE, TRUE, Expr


@dataclass(frozen=True, slots=True)
class ActionPlan:
    """
    What to load, to judge and to answer.

    Attributes:
        read: Who may read the row it is run on.
        may: Who may run it.
        references: Rows the caller names by parameters, which must be readable.
        result: How a returned row, or a batch of them, is answered; None when the action returns none.
    """

    entity: str
    action: Action
    read: Expr
    may: Expr
    references: tuple[Reference, ...]
    result: ReadPlan | None

    @property
    def is_never(self) -> bool:
        """Whether no caller of this kind can ever run it."""
        return FALSE in (self.may, self.read)


def plan_action(model: Model, shape: Shape) -> ActionPlan:
    """Plan the action that *shape* names."""
    entity = model.entity(shape.target.entity)
    action = entity.action(shape.target.name)
    assert action is not None  # a door routes only to actions there are
    returned = model.entity(action.returns_entity) if action.returns_entity else None
    answered = plan_results if action.returns_many else plan_result
    return ActionPlan(
        entity=entity.name,
        action=action,
        read=may_read(model, entity, shape.anonymous) if action.on == "row" else TRUE,
        may=resolve(model, entity, action.allow, shape.anonymous),
        references=tuple(_reference(model, p, shape.anonymous) for p in action.parameters if p.type.kind == "ref"),
        result=None if returned is None else answered(model, returned, shape.select, shape.anonymous),
    )


def _reference(model: Model, parameter: Parameter, anonymous: bool) -> Reference:
    target = model.entity(parameter.type.target)
    return Reference(parameter.name, target.name, may_read(model, target, anonymous), parameter.type.optional)
