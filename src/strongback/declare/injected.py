"""What the engine gives to an action that asks for it by type."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from strongback.declare.entity import Entity
    from strongback.declare.raw import Sql
    from strongback.model.key import Id

E = TypeVar("E", bound="Entity[Any]")


class Clock(Protocol):
    """The time of the request."""

    def now(self) -> datetime:
        """The moment the request began, aware and in UTC."""
        ...


class Db(Protocol):
    """
    The store, inside the action's own transaction. Reads are raw: no permission applies, unless asked through `as_actor`.

    What an action makes, it saves; what it changes, it saves: only reading and deleting need a word here.
    """

    @property
    def as_actor(self) -> Db:
        """The same store, whose reads give only what the caller may read."""
        ...

    async def get(self, entity: type[E], row: Id, /) -> E | None:
        """The row of *entity* with this id, or None."""
        ...

    async def find(self, entity: type[E], /, **equals: object) -> list[E]:
        """The rows of *entity* whose members equal those given, in order of their ids."""
        ...

    def delete(self, row: Entity[Any], /) -> None:
        """Delete *row* when the action ends."""
        ...

    async def fetch(self, query: Sql, /, *columns: type) -> list[tuple[Any, ...]]:
        """The rows of raw SQL (`sb.sql`), in the action's transaction; with *columns* the type of each, the same on every store."""
        ...

    def visible(self, entity: type[Entity[Any]], alias: str = "", /, *, see: Sequence[str] = ()) -> Sql:
        """The rows of *entity* that the caller may read, as a condition over its table's *alias*; *see*: and these fields of theirs."""
        ...

    def value(self, entity: type[Entity[Any]], member: str, value: object, /) -> Sql:
        """*value* in the form in which the column of *member* holds it (a decimal on SQLite)."""
        ...
