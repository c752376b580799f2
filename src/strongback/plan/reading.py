"""What most operations read beside values: the id of a row, the size of a page; and how a page token is refused."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from strongback.model.entity import Entity
from strongback.plan.asked import Asked
from strongback.plan.body import Gatherer
from strongback.plan.members import member_type
from strongback.plan.operation import Operation
from strongback.plan.scalars import Reader
from strongback.plan.shape import OrderKey
from strongback.plan.value_fault import ValueFault
from strongback.plan.values import reader_for
from strongback.predicate.types import UUID, Type, unbounded

Made = tuple[Operation, tuple[tuple[str, Reader], ...]]

OF_NO_ROW = uuid.UUID(int=0)
NO_TOKEN = (
    "is not a token of this list",
    "page_token",
    "send the `next_page_token` of the page before, with the same filters and order, as the same caller",
    "SB205",
)


def read_id(entity: Entity, asked: Asked) -> Any:
    """The row's id. What is none is the id of no row, and refused as late as that of any other."""
    return id_reader(entity)(asked.id)


def id_reader(entity: Entity) -> Callable[[object], Any]:
    """What reads the ids of *entity*'s rows, as `read_id`."""
    read, no_row = reader_for(unbounded(entity.id_type), text=True), OF_NO_ROW if entity.id_type == UUID else None

    def read_or_none(raw: object) -> Any:
        try:
            return read(raw)
        except ValueFault:
            return no_row

    return read_or_none


def read_page_size(raw: object, default: int, ceiling: int, where: str, found: Gatherer) -> int:
    """
    Choose how many rows one page holds.

    Args:
        raw: What the caller asked for; None when they did not say.
    Returns:
        Rows, 1 to *ceiling*. A greedy caller gets the ceiling, not an error (AIP-158, "page_size").
    """
    if raw is None:
        return min(default, ceiling)
    size = found.read(Type("int", min=0), raw, where, text=True)
    return min(size or default, ceiling)


def read_keys(
    entity: Entity,
    order: tuple[OrderKey, ...],
    keys: list[Any] | None,
    mark: str,
    values: dict[str, Any],
    found: Gatherer,
    where: str,
) -> tuple[bool, ...] | None:
    """
    Read the keys of a page token into *values*, under *mark* and their places.

    Returns:
        For each key of *order* whether it is null; None when *keys* are those of no such list, which is a fault.
    """
    if keys is None or len(keys) != len(order):
        message, _, hint, code = NO_TOKEN
        found.add(message, where, hint, code)
        return None
    for i, (key, raw) in enumerate(zip(order, keys, strict=True)):
        if raw is not None:
            values[f"{mark}{i}"] = found.read(unbounded(member_type(entity, key.member)), raw, where)
    return tuple(raw is None for raw in keys)
