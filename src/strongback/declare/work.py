"""The work in hand: who is told when an action makes or changes a row."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from strongback.declare.entity import Entity


class Work(Protocol):
    """Keeps what one action does; the engine's."""

    def made(self, row: Entity[Any]) -> None:
        """*row* was made by its constructor."""
        ...

    def changed(self, row: Entity[Any], name: str) -> None:
        """A field or to-one relation of *row* was assigned, on a row that is already made."""
        ...


current_work: ContextVar[Work | None] = ContextVar("strongback_work", default=None)
