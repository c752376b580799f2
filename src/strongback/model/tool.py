"""The operations that a program which speaks MCP may call: which there can be, and which a service names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct

from strongback.model.entity import Entity
from strongback.predicate.tree import FALSE, Expr

Kind = Literal["get", "list", "create", "update", "delete", "restore", "action"]
# The kinds that change or delete rows that are there; what else writes only adds to them.
DESTRUCTIVE: Final[frozenset[Kind]] = frozenset({"update", "delete", "action"})
READS: Final[frozenset[Kind]] = frozenset({"get", "list"})


class Tool(Struct, frozen=True, omit_defaults=True):
    """
    An operation that is a tool.

    Attributes:
        name: Of a list the query's name, of an action the action's; otherwise the kind.
        approval: Whether it is done only with an approval, which the first call asks for.
    """

    entity: str
    kind: Kind
    name: str
    approval: bool = False

    def __str__(self) -> str:
        return f"{self.entity}.{self.name}"


def tools_of(entity: Entity) -> Iterator[Tool]:
    """The operations of *entity* that can be tools: those that are granted to somebody."""
    access = entity.access
    readable = access.read != FALSE
    if readable:
        yield from (_tool(entity, "list", query.name) for query in entity.queries if query.allow != FALSE)
        yield _tool(entity, "get", "get")
    if access.create != FALSE:
        yield _tool(entity, "create", "create")
    of_row: tuple[tuple[Kind, Expr], ...] = (
        ("update", access.update),
        ("delete", access.delete),
        ("restore", access.restore),
    )
    yield from (_tool(entity, kind, kind) for kind, allow in of_row if readable and allow != FALSE)
    for action in entity.actions:
        if action.allow != FALSE and (readable or action.on == "class"):
            yield _tool(entity, "action", action.name)


def _tool(entity: Entity, kind: Kind, name: str) -> Tool:
    return Tool(entity.name, kind, name, kind in DESTRUCTIVE)
