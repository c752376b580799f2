"""`db`, as an action gets it: reading inside the action's own transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from strongback.declare.convert import plain
from strongback.engine.work import Work
from strongback.plan.permission import may_read
from strongback.predicate.tree import TRUE, Expr


@dataclass(frozen=True, slots=True)
class ActionDb:
    """
    The store inside one action. Reads see what the action has done so far: it is written first.

    Attributes:
        judged: Whether rows are only those the caller may read.
    """

    work: Work
    judged: bool = False

    @property
    def as_actor(self) -> ActionDb:
        """The same store, through the caller's eyes."""
        return ActionDb(self.work, judged=True)

    async def get(self, entity: type[Any], id: UUID, /) -> Any | None:
        """The row of *entity* with this id, or None."""
        rows = await self.find(entity, id=id)
        return rows[0] if rows else None

    async def find(self, entity: type[Any], /, **equals: object) -> list[Any]:
        """The rows of *entity* whose members equal those given, in order of their ids."""
        work = self.work
        await work.flush()
        declared = work.runtime.model.entity(entity.__name__)
        columns = {relation.name: relation.column for relation in declared.to_one()}
        values = {columns.get(name, name): plain(getattr(value, "id", value)) for name, value in equals.items()}
        nulls = frozenset(name for name, value in values.items() if value is None)
        bound = work.objects.by_values(declared, tuple(values), nulls, self._read(declared), work.name)
        rows = await work.tx.fetch(bound.statement, bound.values({**work.values, **values}))
        return work.adopt(work.objects.stored(declared, rows))

    def delete(self, row: Any, /) -> None:
        """Delete *row* when the action ends."""
        self.work.delete(row)

    def _read(self, declared: Any) -> Expr:
        return may_read(self.work.runtime.model, declared, self.work.anonymous) if self.judged else TRUE
