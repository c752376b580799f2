"""What stands in for the team's own methods: it does nothing, and returns rows of the matrix's choice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

from strongback.declare.tracking import hollow
from strongback.model.key import Id
from strongback.model.model import Model

returned: ContextVar[Sequence[Id]] = ContextVar("strongback_returned", default=())


class Reached(Exception):
    """An action's own code would run now, and what it returns is no row."""


def stand_ins(
    model: Model, keys: Mapping[tuple[str, str], Any], classes: Mapping[str, type[Any]]
) -> dict[tuple[str, str], Callable[..., Any]]:
    """A stand-in for each method: it returns the rows whose ids are in `returned`, or raises Reached."""
    return {(entity, name): _stand_in(model, entity, name, classes) for entity, name in keys}


def _stand_in(model: Model, entity: str, name: str, classes: Mapping[str, type[Any]]) -> Callable[..., Any]:
    action = model.entity(entity).action(name)
    assert action is not None

    def run(*_: object, **__: object) -> Any:
        ids = returned.get()
        if not action.returns_entity or not ids:
            raise Reached("the action's own code would run")
        rows = [hollow(classes[action.returns_entity], id_) for id_ in ids]
        return rows if action.returns_many else rows[0]

    return run
