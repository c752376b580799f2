"""An operation: what is asked, with names known and values typed. Faults are held here until the permission is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.json import Encoder

from strongback.errors import Fault
from strongback.model.key import Id
from strongback.plan.actor import Actor
from strongback.plan.asked import NO_FILE, USUAL, FileAsk, Terms
from strongback.plan.shape import Shape

SEEK = "seek"
_encode = Encoder(order="deterministic").encode


class Child(Struct, frozen=True, gc=False):
    """
    A row that another brings along.

    Attributes:
        where: Its place in the content (`/lines/1`).
        there: Whether it names a row there is; otherwise it is to be made.
        id: Of a row there is; None when what was given is no id.
        values: By wire name, as typed Python values.
    """

    entity: str
    where: str
    there: bool
    id: Id | None
    values: Mapping[str, Any]
    children: tuple[Children, ...] = ()


class Children(Struct, frozen=True, gc=False):
    """The rows of one relation that a row brings along: those it is to have when all is done."""

    relation: str
    where: str
    rows: tuple[Child, ...]


class Operation(Struct, frozen=True, gc=False):
    """
    What will be done. A struct and no dataclass: one is made per request, in a tenth of the time.

    Attributes:
        shape: Decides the plan; equal shapes share one.
        actor: Who asks.
        values: What the request binds, by name, as typed Python values.
        faults: What is wrong with the values. They are told only after the permission is known (values.md section 3).
        page: Rows a page holds, of a list.
        if_match: Row versions the caller accepts; None when not said. `*` is any.
        if_none_match: Tags the caller holds; None when not said.
        children: Rows that a create or an update brings along, by relation.
        terms: On which terms a write is done.
        file: Of operations on a file: what is asked of it.
    """

    shape: Shape
    actor: Actor
    values: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    page: int = 0
    if_match: tuple[str, ...] | None = None
    if_none_match: tuple[str, ...] | None = None
    terms: Terms = USUAL
    children: tuple[Children, ...] = ()
    file: FileAsk = NO_FILE

    @property
    def token_context(self) -> str:
        """What a page token of this list is bound to."""
        return token_context(self.actor, self.shape.list_text, self.values)


def token_context(actor: Actor, list_text: str, values: Mapping[str, Any]) -> str:
    """Actor, filters with their values, and order as one text; where a page starts does not belong to it."""
    given = {name: value for name, value in values.items() if not name.startswith(SEEK)}
    return _encode((actor.key, list_text, given)).decode()
