"""
Write a row with its children: judge all, write all, judge what came of it, answer; one transaction (values.md section 5).

Each row is judged by its own entity's permissions, never by those of the row around it:

- A new child on the state before the request, its own values, and those of the new rows around it. Rows beside it are not there yet: no
  request grants its caller the role that lets them.
- A changed or deleted child on the state before, and a changed row once more when everything is written.
- A child that the caller does not read is not there: it is neither named, nor deleted by being left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from msgspec import structs

from strongback.engine.changes import Change, in_order
from strongback.engine.held import drops_files, held_keys
from strongback.engine.runtime import Runtime
from strongback.engine.serve_read import NEEDS_TOKEN
from strongback.errors import (
    Fault,
    Forbidden,
    Interlocked,
    InvalidInput,
    NotFound,
    RequestError,
    Unauthenticated,
    VersionRequired,
)
from strongback.model.entity import Entity
from strongback.model.key import Id, wire_id
from strongback.model.uuid7 import uuid7
from strongback.model.wire import NESTED_ROWS
from strongback.plan.asked import Target
from strongback.plan.nested import NO_SUCH_ROW
from strongback.plan.operation import SEEK, Child, Children, Operation
from strongback.plan.outcome import Outcome
from strongback.plan.permission import may_read
from strongback.plan.read import ReadPlan, plan_result
from strongback.plan.shape import Above, Include, OrderKey, Selection, Shape
from strongback.plan.write import judged_of, plan_write
from strongback.store.sql.objects import Stored
from strongback.store.sql.programs import DID, check_version, missing_references
from strongback.store.sql.write import CompiledWrite, above_name
from strongback.store.store import Row as StoreRow
from strongback.store.store import Transaction
from strongback.store.violations import Conflicted, Violation
from strongback.tables.schema import TENANT

Values = dict[str, Any]
NEEDS_VERSION = "this needs to say which version of the row it means"
READ_FIRST = "read the row, and send its ETag in `If-Match`"


@dataclass(eq=False)
class Row:
    """
    One row of the request.

    Attributes:
        where: Its pointer; empty for the row of the operation itself.
        values: What its statements bind.
        stored: What the store holds of it; None of one that is new.
        judged: Its verdicts, once they are there.
    """

    kind: str
    entity: Entity
    id: Id
    where: str
    write: CompiledWrite
    values: Values
    children: tuple[Children, ...] = ()
    shape: Shape | None = None
    stored: Stored | None = None
    judged: StoreRow | None = None
    tenant: Id | None = None

    @property
    def is_new(self) -> bool:
        return self.kind == "create"


@dataclass
class Nested:
    """
    One nested write.

    Attributes:
        rows: Every row to be written, each after the one around it.
        faults: What is wrong beside the values: rows that are not there.
        refused: Where the caller may not.
    """

    runtime: Runtime
    tx: Transaction
    operation: Operation
    context: Mapping[str, Any]
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    refused: list[Forbidden] = field(default_factory=list)

    async def run(self) -> Outcome:
        root = await self._root()
        await self._below(root)
        if self.refused:
            raise self.refused[0]
        if self.operation.faults or self.faults:
            raise InvalidInput((*self.operation.faults, *self.faults))
        if not root.is_new and self.operation.if_match is None and root.entity.conditional_writes:
            raise VersionRequired(NEEDS_VERSION, hint=READ_FIRST)
        assert root.judged is not None
        check_version(root.judged[2], self.operation.if_match)
        await self._write()
        await self._judge_again()
        return await self._answer(root)

    # -- judging

    async def _root(self) -> Row:
        """The row of the operation itself: 401, 404 and 403 come from it first."""
        operation = self.operation
        shape = self._sound(operation.shape, operation.values)
        entity = self.runtime.entity(shape.target)
        kind = shape.target.kind
        id_ = self.context["id"]
        root = Row(kind, entity, id_, "", self._compiled(shape), dict(self.context), operation.children, shape)
        self._check_possible(root)
        for child in _every(operation.children):
            self._check_possible_below(child)
        rows = await self.tx.fetch(root.write.judge.statement, root.write.judge.values(root.values))
        self._keep(root, self.runtime.programs.judge(rows, root.write))
        return root

    def _keep(self, row: Row, judged: StoreRow) -> None:
        row.judged = judged
        held = judged[3]
        row.tenant = held if held is None or isinstance(held, UUID) else UUID(held)
        self.rows.append(row)
        for column in missing_references(row.write.plan, judged[4:]):
            self.faults.append(Fault("SB203", NO_SUCH_ROW, f"{row.where}/{column}"))

    async def _below(self, row: Row) -> None:
        for children in row.children:
            stored = {} if row.is_new else await self._stored(row, children)
            for child in children.rows:
                await self._child(row, children, child, stored)
            named = {child.id for child in children.rows}
            for id_, each in stored.items():
                if id_ not in named:
                    await self._left_out(row, children, each)

    async def _stored(self, row: Row, children: Children) -> dict[Id, Stored]:
        """The children there are, as far as the caller reads them, locked."""
        entity, column = self._target(row, children)
        runtime = self.runtime
        read = may_read(runtime.model, entity, self.operation.actor.is_anonymous)
        bound = runtime.objects.below(entity, column, read, NESTED_ROWS + 1, str(self.operation.shape.target))
        found = await self.tx.fetch(bound.statement, bound.values({**self.context, "id": row.id}))
        stored = runtime.objects.stored(entity, found)
        if len(stored) > NESTED_ROWS:
            message = f"there are more rows than one request may write, {NESTED_ROWS:,}"
            self.faults.append(Fault("SB227", message, children.where, "delete some of them by themselves first"))
            named = {child.id for child in children.rows}
            return {each.id: each for each in stored if each.id in named}
        return {each.id: each for each in stored}

    def _target(self, row: Row, children: Children) -> tuple[Entity, str]:
        relation = row.entity.relation(children.relation)
        assert relation is not None  # only such are read
        entity = self.runtime.model.entity(relation.target)
        inverse = entity.relation(relation.inverse)
        assert inverse is not None
        return entity, inverse.column

    async def _child(self, row: Row, children: Children, child: Child, stored: Mapping[Id, Stored]) -> None:
        entity, column = self._target(row, children)
        if not child.there:
            await self._judge(self._new(row, entity, column, child))
            return
        held = stored.get(child.id) if child.id is not None else None
        if held is None:
            if child.id is not None:
                self.faults.append(Fault("SB203", NO_SUCH_ROW, f"{child.where}/id"))
            return
        if child.values or child.children:
            await self._judge(self._changed(entity, child, held))

    def _new(self, row: Row, entity: Entity, column: str, child: Child) -> Row:
        id_ = uuid7()
        given = {**child.values, column: row.id}
        shape = Shape(Target(entity.name, "create", "create"), self.operation.shape.anonymous, given=frozenset(given))
        values = {**self._bare(), **given, "id": id_, TENANT: None}
        if row.is_new:
            assert row.shape is not None
            shape = replace(shape, above=Above(column, row.entity.name, row.shape.given, row.shape.above))
            values |= {**_raised(row.values), above_name(1, TENANT): row.tenant, TENANT: row.tenant}
        shape = self._sound(shape, given)
        return Row("create", entity, id_, child.where, self._compiled(shape), values, child.children, shape)

    def _changed(self, entity: Entity, child: Child, held: Stored) -> Row:
        shape = Shape(
            Target(entity.name, "update", "update"), self.operation.shape.anonymous, given=frozenset(child.values)
        )
        shape = self._sound(shape, child.values)
        values = {**self._bare(), **child.values, "id": held.id}
        write = self._compiled(shape)
        return Row("update", entity, held.id, child.where, write, values, child.children, shape, held)

    async def _left_out(self, row: Row, children: Children, held: Stored) -> None:
        entity, _ = self._target(row, children)
        shape = Shape(Target(entity.name, "delete", "delete"), self.operation.shape.anonymous)
        values = {**self._bare(), "id": held.id}
        await self._judge(
            Row("delete", entity, held.id, children.where, self._compiled(shape), values, (), shape, held)
        )

    async def _judge(self, row: Row) -> None:
        rows = await self.tx.fetch(row.write.judge.statement, row.write.judge.values(row.values))
        try:
            self._keep(row, self.runtime.programs.judge(rows, row.write))
        except NotFound:  # it went, or was taken from the caller, since it was listed
            if row.kind == "update":
                self.faults.append(Fault("SB203", NO_SUCH_ROW, f"{row.where}/id"))
            return
        except Forbidden as refusal:
            refusal.where = row.where
            self.refused.append(refusal)
            return
        await self._below(row)

    def _bare(self) -> Values:
        """What every statement may bind."""
        return {name: value for name, value in self.context.items() if name.startswith("_")}

    def _sound(self, shape: Shape, values: Mapping[str, Any]) -> Shape:
        """*shape* without values that are wrong, when some of the request are: only the permission is asked then."""
        if not self.operation.faults:
            return replace(shape, select=Selection())
        return replace(shape, select=Selection(), given=judged_of(shape, values), faulty=True)

    def _compiled(self, shape: Shape) -> CompiledWrite:
        runtime = self.runtime

        def compile_row(shape: Shape) -> CompiledWrite:
            plan = replace(plan_write(runtime.model, shape), result=None)
            return runtime.programs.compile_nested(plan, str(shape.target), shape.above)

        found: CompiledWrite = runtime.kept(replace(shape, nested=True), lambda _: compile_row(shape))
        return found

    def _check_possible(self, row: Row) -> None:
        if row.write.plan.is_never:
            if self.operation.shape.anonymous:
                raise Unauthenticated(NEEDS_TOKEN)
            if row.is_new:
                raise Forbidden(f"you may not create {row.entity.name}", where=row.where)

    def _check_possible_below(self, child: Child) -> None:
        """An anonymous caller is told to come back with a token before anything else."""
        if self.operation.shape.anonymous:
            kind = "update" if child.there else "create"
            shape = Shape(Target(child.entity, kind, kind), anonymous=True)  # type: ignore[arg-type]  # one of both
            if (child.values or not child.there) and plan_write(self.runtime.model, shape).is_never:
                raise Unauthenticated(NEEDS_TOKEN)

    # -- writing

    async def _write(self) -> None:
        by_key = {(row.entity.name, row.id): row for row in self.rows}
        changes = [self._change(row) for row in self.rows]
        try:
            ordered = in_order(changes, self.runtime.programs.target.schema)
        except Interlocked as circle:
            circle.hint = "take one of the values away in a request of its own first, then go on"
            raise
        for change in ordered:
            await self._save(by_key[change.key])

    def _change(self, row: Row) -> Change:
        before = {} if row.stored is None else row.stored.values
        given = {name: row.values[name] for name in row.write.plan.columns}
        match row.kind:
            case "create":
                return Change("insert", row.entity, row, {}, given)
            case "update":
                return Change("update", row.entity, row, before, {**before, **given})
            case _:
                return Change("delete", row.entity, row, before, {})

    async def _save(self, row: Row) -> None:
        programs = self.runtime.programs
        try:
            await programs.change(self.tx, row.write, row.values, row.tenant)
        except (Violation, Conflicted) as violation:
            refusal = programs.refusal(violation, row.kind)
            if isinstance(refusal, RequestError) and row.where:
                refusal.where = row.where
            raise refusal from None

    async def _judge_again(self) -> None:
        """Every changed row as it is now, when all is written; and only then what is kept of its history."""
        for row in self.rows:
            await self.runtime.programs.judge_after(self.tx, row.write, row.values, row.where)
        for row in self.rows:
            await self.runtime.programs.keep_version(self.tx, row.write, row.values)

    # -- answering

    async def _answer(self, root: Row) -> Outcome:
        """
        The row through the caller's own read, with the relations that are asked for, or else with the children that were written; its tag
        is that of the row by itself.
        """
        select, rows = self.operation.shape.select, len(self.rows)
        done = Outcome(DID[root.kind], id=wire_id(root.id), written=rows, dropped=tuple(self._dropped()))
        bare = await self._read(root, replace(select, includes=()))
        if bare is None:
            return done
        whole = await self._read(root, replace(select, includes=select.includes or _includes(self.operation.children)))
        return structs.replace(done, item=whole[0] if whole is not None else None, etag=bare[1])

    def _dropped(self) -> Iterator[str]:
        """The keys of the files that go with the rows that were deleted."""
        for row in self.rows:
            if row.kind == "delete" and row.stored is not None and drops_files(row.entity):
                yield from held_keys(row.entity, row.id, row.stored.values)

    async def _read(self, root: Row, select: Selection) -> tuple[Any, str] | None:
        runtime, anonymous = self.runtime, self.operation.shape.anonymous

        def compile_answer(shape: Shape) -> Any:
            plan: ReadPlan = plan_result(runtime.model, root.entity, shape.select, anonymous)
            return None if plan.is_never else runtime.programs.compile_read(plan, str(self.operation.shape.target))

        shape = Shape(Target(root.entity.name, "get", "nested"), anonymous, select, nested=True)
        read = runtime.kept(shape, compile_answer)
        if read is None:
            return None
        seeks = {name: value for name, value in self.operation.values.items() if name.startswith(SEEK)}
        rows = await self.tx.fetch(read.page.statement, read.page.values({**self.context, **seeks, "id": root.id}))
        if not rows:
            return None
        layout = read.layout
        return layout.answer(rows[0]), layout.etag(rows[0]) if layout.version_at is not None else ""


async def write_nested(tx: Transaction, runtime: Runtime, operation: Operation, values: Mapping[str, Any]) -> Outcome:
    """
    Do a derived create or update with the children it brings along, in *tx*.

    Raises:
        Unauthenticated, NotFound, Forbidden, InvalidInput, VersionRequired, StaleVersion: In this order, over all its rows.
    """
    return await Nested(runtime, tx, operation, values).run()


def _raised(values: Mapping[str, Any]) -> Values:
    """The values of a row, and of those around it, as a row inside of it binds them."""
    raised: Values = {}
    for name, value in values.items():
        level, _, rest = name.removeprefix("_up").partition("_")
        if name.startswith("_up"):
            raised[above_name(int(level) + 1, rest)] = value
        elif not name.startswith("_"):
            raised[above_name(1, name)] = value
    return raised


def _every(children: Sequence[Children]) -> Iterator[Child]:
    for each in children:
        for child in each.rows:
            yield child
            yield from _every(child.children)


def _includes(children: Sequence[Children]) -> tuple[Include, ...]:
    """The relations that were written, as what to answer: all rows, in the order of their ids."""
    below: dict[str, list[Children]] = {}
    for each in children:
        below.setdefault(each.relation, []).extend(deeper for child in each.rows for deeper in child.children)
    return tuple(
        Include(name, Selection(includes=_includes(deeper)), (OrderKey("id"),), NESTED_ROWS)
        for name, deeper in sorted(below.items())
    )
