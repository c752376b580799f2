"""An operation: what is asked, with names known and values typed. Faults are held here until the permission is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from strongback.errors import Fault
from strongback.plan.actor import Actor
from strongback.plan.shape import Shape


@dataclass(frozen=True, slots=True)
class Operation:
    """
    What will be done.

    Attributes:
        shape: Decides the plan; equal shapes share one.
        actor: Who asks.
        values: What the request binds, by name, as typed Python values.
        faults: What is wrong with the values. They are told only after the permission is known (values.md section 3).
        page: Rows a page holds, of a list.
        token_context: What a page token is bound to.
        if_match: Row versions the caller accepts; None when not said. `*` is any.
        if_none_match: Tags the caller holds; None when not said.
    """

    shape: Shape
    actor: Actor
    values: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    page: int = 0
    token_context: str = ""
    if_match: tuple[str, ...] | None = None
    if_none_match: tuple[str, ...] | None = None
