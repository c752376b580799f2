"""Where a fault is."""

from __future__ import annotations

from typing import Protocol

from strongback.errors import Fault
from strongback.model.entity import Entity
from strongback.model.origin import Origin


class Placed(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def origin(self) -> Origin: ...


def place(entity: Entity, item: Placed | None = None) -> str:
    """`file:line` of *item*, else of *entity*; `Job.title` for a model made without source."""
    own = str(item.origin) if item is not None else ""
    named = f"{entity.name}.{item.name}" if item is not None else entity.name
    return own or str(entity.origin) or named


def access_place(entity: Entity) -> str:
    return str(entity.access.origin) or str(entity.origin) or f"{entity.name}.access"


def fault(code: str, where: str, message: str, hint: str = "") -> Fault:
    return Fault(code, message, where, hint)
