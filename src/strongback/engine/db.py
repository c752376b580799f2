"""`db`, as an action gets it: reading inside the action's own transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from strongback.declare.convert import plain
from strongback.declare.raw import Sql, Stored, check_statement
from strongback.engine.work import Work
from strongback.errors import StrongbackError
from strongback.model.key import Id
from strongback.plan.permission import may_read, may_see
from strongback.predicate.tree import TRUE, And, Expr
from strongback.store.sql.raw import statement_of, typed, visible


class UnseenRawSql(StrongbackError):
    """An action runs raw SQL, and its own text does not show it: so no list of such actions would hold it."""

    code = "SB197"

    def __init__(self, action: str) -> None:
        super().__init__(
            f"`{action}` runs raw SQL that its text does not show",
            hint="call db.fetch in the action's own body, or give db to the function that does",
        )


@dataclass(frozen=True, slots=True)
class ActionDb:
    """
    The store inside one action. Reads see what the action has done so far: it is written first.

    Attributes:
        judged: Whether rows are only those the caller may read.
        raw: Whether the action's text shows that it uses raw SQL.
    """

    work: Work
    judged: bool = False
    raw: bool = False

    @property
    def as_actor(self) -> ActionDb:
        """The same store, through the caller's eyes."""
        return ActionDb(self.work, judged=True, raw=self.raw)

    async def get(self, entity: type[Any], id: Id, /) -> Any | None:
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

    async def fetch(self, query: Sql, /, *columns: type) -> list[tuple[Any, ...]]:
        """The rows of raw SQL, in the action's transaction."""
        work = self.work
        if not self.raw:
            raise UnseenRawSql(work.name)
        check_statement(query)
        await work.flush()
        statement, values = statement_of(query, work.objects.target, work.values, work.name)
        return typed(await work.tx.fetch(statement, values), columns, work.objects.target)

    def visible(self, entity: type[Any], alias: str = "", /, *, see: Sequence[str] = ()) -> Sql:
        """The rows of *entity* that the caller may read, as a condition over its table's *alias*."""
        work, target = self.work, self.work.objects.target
        model = work.runtime.model
        declared = model.entity(entity.__name__)
        wanted = [may_read(model, declared, work.anonymous)]
        wanted += [may_see(model, declared, member, work.anonymous) for member in see]
        return visible(target, declared, And(tuple(wanted)), alias or target.tables[declared.name].name)

    def value(self, entity: type[Any], member: str, value: object, /) -> Sql:
        """*value* in the form in which the column of *member* holds it."""
        return Sql((Stored(entity.__name__, member, value),))

    def _read(self, declared: Any) -> Expr:
        return may_read(self.work.runtime.model, declared, self.work.anonymous) if self.judged else TRUE
