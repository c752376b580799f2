"""Judge a condition over a row's own fields from its values, as every store does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from strongback.model.entity import Entity
from strongback.predicate.evaluate import evaluate
from strongback.predicate.tree import Expr


def holds(entity: Entity, condition: Expr, values: Mapping[str, Any], now: datetime | None = None) -> bool:
    """
    Whether *condition* holds for a row of *entity*.

    Args:
        condition: Of a check or a unique rule: it asks nothing beyond the row.
        values: Python values by column name; what is not there is None.
    """
    return evaluate(condition, {"self": _Seen(entity, values)}, now=now) is True


class _Seen:
    """The row as a condition sees it: columns by the names of their members."""

    __slots__ = ("_entity", "_values")

    def __init__(self, entity: Entity, values: Mapping[str, Any]) -> None:
        self._entity = entity
        self._values = values

    def __getattr__(self, name: str) -> object:
        relation = self._entity.relation(name)
        return self._values.get(relation.column if relation is not None else name)
