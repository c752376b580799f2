"""Compile plans for one database and run them: the only place where a derived operation does its I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from msgspec import Raw, Struct

from strongback.crypto.envelope import Context, seal
from strongback.errors import (
    AlreadyExists,
    CheckRefused,
    Fault,
    Forbidden,
    InternalError,
    InvalidInput,
    NotDeleted,
    NotFound,
    NoVersion,
    StaleVersion,
    StillReferenced,
    WriteConflict,
)
from strongback.model.key import Id, wire_id
from strongback.plan.aggregate import AggregatePlan
from strongback.plan.history import HistoryPlan
from strongback.plan.outcome import Did, Outcome, WholeRows
from strongback.plan.read import ReadPlan
from strongback.plan.shape import Above
from strongback.plan.write import WritePlan
from strongback.store.sql.aggregate import CompiledAggregate, compile_aggregate
from strongback.store.sql.bind import Bound
from strongback.store.sql.history import CompiledHistory, Version, compile_history
from strongback.store.sql.read import CompiledRead, compile_read
from strongback.store.sql.single import SingleWrite, compile_single
from strongback.store.sql.target import SqlTarget
from strongback.store.sql.wire import sealed_text
from strongback.store.sql.write import VERSIONS, CompiledWrite, Sealed, compile_nested, compile_write
from strongback.store.store import Row, Store, Transaction
from strongback.store.violations import CheckViolated, Conflicted, ForeignKeyViolated, UniqueViolated
from strongback.tables.make import blind_index_column
from strongback.tables.schema import TENANT

Values = Mapping[str, Any]
NO_SUCH_ROW = "refers to no row"
STALE = "the row has changed since you read it"
VERSION_DIGITS = 18
DID: Mapping[str, Did] = {"create": "created", "update": "updated", "delete": "deleted", "restore": "updated"}


class Page(Struct, frozen=True, gc=False):
    """Rows read: answers, and the order keys of the last one when there are more, or the JSON array of them."""

    items: Sequence[Any] | WholeRows
    last_keys: Sequence[Any] | bytes | None
    count: int | None = None


class Found(Struct, frozen=True, gc=False):
    """One row read, with its tag; None when there is no such row for this caller."""

    item: Any
    etag: str


@dataclass
class SqlPrograms:
    """
    What a service does with its database: plans in, answers out.

    Attributes:
        store: The driver.
        target: What plans are compiled for.
    """

    store: Store
    target: SqlTarget
    _uniques: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    _checks: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for table in self.target.schema.tables.values():
            self._uniques |= {i.name: (i.code, i.members) for i in table.indexes if i.unique}
            self._checks |= {c.name: c.code for c in table.checks}

    def know_existing(self, uniques: Mapping[str, tuple[str, tuple[str, ...]]]) -> None:
        """Take note of the unique indexes of tables that are not ours: code and members by name."""
        self._uniques |= uniques

    @property
    def _managed(self) -> Iterator[bool]:
        return (table.managed for table in self.target.schema.tables.values())

    # -- reads

    def compile_read(self, plan: ReadPlan, name: str) -> CompiledRead:
        return compile_read(self.target, plan, name)

    async def get(self, read: CompiledRead, values: Values) -> Found | None:
        """Read one row."""
        rows = await self.store.fetch(read.page.statement, read.page.values(values))
        return _found(read, rows)

    async def list(self, read: CompiledRead, values: Values) -> Page:
        """Read one page."""
        rows = await self.store.fetch(read.page.statement, read.page.values(values))
        count = None
        if read.count is not None:
            counted = await self.store.fetch(read.count.statement, read.count.values(values))
            count = int(counted[0][0])
        if read.layout.whole:
            return _whole_page(rows[0], read.limit, count)
        layout, page = read.layout, rows[: read.limit - 1]
        last = layout.keys(page[-1]) if len(rows) >= read.limit else None
        return Page([layout.answer(row) for row in page], last, count)

    def compile_aggregate(self, plan: AggregatePlan, name: str) -> CompiledAggregate:
        return compile_aggregate(self.target, plan, name)

    async def aggregate(self, aggregate: CompiledAggregate, values: Values) -> Page:
        """Read one page of groups."""
        bound = aggregate.page
        rows = await self.store.fetch(bound.statement, bound.values(values))
        page = rows[: aggregate.limit - 1]
        more = bool(aggregate.groups) and len(rows) >= aggregate.limit
        return Page([aggregate.answer(row) for row in page], aggregate.keys(page[-1]) if more else None)

    # -- earlier versions

    def compile_history(self, plan: HistoryPlan, name: str) -> CompiledHistory:
        return compile_history(self.target, plan, name)

    async def versions(self, read: CompiledHistory, values: Values) -> Sequence[Version]:
        """
        Read versions, in order; one more than the page holds when there are others.

        Raises:
            NotFound, Forbidden: There is no row for this caller, or they may not read its history.
        """
        rows = await self.store.fetch(read.page.statement, read.page.values(values))
        if not rows:
            await self.judge_history(read, values)
        return [read.version(row) for row in rows]

    async def judge_history(self, read: CompiledHistory, values: Values) -> None:
        """Ask the permission alone."""
        judged = await self.store.fetch(read.judge.statement, read.judge.values(values))
        if not judged or not judged[0][0]:
            raise NotFound
        if not judged[0][1]:
            raise Forbidden(f"you may not read the history of this {read.entity}")

    # -- writes

    def compile_write(self, plan: WritePlan, name: str) -> CompiledWrite | SingleWrite:
        """Compile to one statement where that means the same, otherwise to a transaction of several."""
        return compile_single(self.target, plan, name) or compile_write(self.target, plan, name)

    def compile_nested(self, plan: WritePlan, name: str, above: Above | None) -> CompiledWrite:
        """Compile the write of one row among others."""
        return compile_nested(self.target, plan, name, above)

    def compile_probe(self, plan: WritePlan, name: str) -> CompiledWrite:
        """Compile what `probe` runs."""
        return compile_write(self.target, plan, name)

    async def probe(self, write: CompiledWrite, values: Values, tx: Transaction | None = None) -> int:
        """Ask the permission alone: raises what the write would, before its values are looked at. Returns the row's version."""
        rows = await (tx or self.store).fetch(write.judge.statement, write.judge.values(values))
        return int(_judge(rows, write)[2] or 0)

    async def write(
        self,
        write: CompiledWrite | SingleWrite,
        values: Values,
        versions: Sequence[str] | None,
        tx: Transaction | None = None,
    ) -> Outcome:
        """
        Do a derived create, update or delete: in *tx*, or in a transaction of its own.

        Args:
            values: Typed values by wire name, `id`, and the context (`actor`, `now`).
            versions: Row versions the caller accepts; None when not said.
        Raises:
            NotFound, Forbidden, InvalidInput, StaleVersion, AlreadyExists, CheckRefused, StillReferenced: In this order of precedence.
        """
        try:
            if isinstance(write, SingleWrite):
                return await self._write_in_one(tx or self.store, write, values, versions)
            if tx is not None:
                return await self._write(tx, write, values, versions)
            async with self.store.begin() as own:
                return await self._write(own, write, values, versions)
        except (UniqueViolated, ForeignKeyViolated, CheckViolated, Conflicted) as violation:
            raise self.refusal(violation, write.plan.kind) from None

    async def _write_in_one(
        self, at: Store | Transaction, write: SingleWrite, values: Values, versions: Sequence[str] | None
    ) -> Outcome:
        bound = {**values, VERSIONS: accepted_versions(versions)}
        if write.sealed:
            tenant = self.target.schema.tables[write.plan.entity].tenant
            bound |= self.seal(write.entity_number, write.sealed, values, str(values[tenant]) if tenant else "")
        rows = await at.fetch(write.bound.statement, write.bound.values(bound))
        _judge_in_one(rows, write, managed=self.target.schema.tables[write.plan.entity].managed)
        return self._outcome(write, rows[0], values)

    def _outcome(self, write: SingleWrite, row: Row, values: Values) -> Outcome:
        did, item, etag, layout = DID[write.plan.kind], None, "", write.layout
        if layout is not None and row[write.answer_at - 1]:
            cells = row[write.answer_at :]
            item, etag = layout.answer(cells), layout.etag(cells) if layout.version_at is not None else ""
        id_ = row[-1] if write.gives_id else values["id"]
        return Outcome(did, item, id=wire_id(id_), etag=etag, written=1)

    async def _write(
        self, tx: Transaction, write: CompiledWrite, values: Values, versions: Sequence[str] | None
    ) -> Outcome:
        judged = self.judge(await tx.fetch(write.judge.statement, write.judge.values(values)), write)
        _check_references(write.plan, judged[4:])
        check_version(judged[2], versions)
        values = await self.change(tx, write, values, _uuid(judged[3]))
        await self.keep_version(tx, write, values)
        return await self._answer(tx, write, values)

    def judge(self, rows: Sequence[Row], write: CompiledWrite) -> Row:
        """
        The verdicts that a judging statement gave: there, may, version, tenant, then a flag a reference.

        Raises:
            NotFound, Forbidden: The caller may not see the row, or may not do it.
        """
        return _judge(rows, write)

    async def change(self, tx: Transaction, write: CompiledWrite, values: Values, tenant: Id | None) -> Values:
        """Make the change itself, of a row of *tenant*; the values, with the id that the store gave where it does."""
        assert write.write is not None
        sealed = self.seal(write.entity_number, write.sealed, values, str(tenant or ""))
        bound = {**values, **sealed, TENANT: tenant}
        await self._judge_again(tx, write.foresee, bound, "")
        for detached in write.detach:
            await tx.fetch(detached.statement, detached.values(bound))
        done = await tx.fetch(write.write.statement, write.write.values(bound))
        if write.plan.kind == "restore" and not done:
            raise NotDeleted
        if write.gives_id:
            return {**values, "id": int(done[0][0])}  # a generated key is a whole number
        return values

    async def judge_after(self, tx: Transaction, write: CompiledWrite, values: Values, where: str = "") -> None:
        """
        Judge the row as it is now, where that may differ from what was foreseen.

        Raises:
            Forbidden: The caller may not write such a row; *where* is its place in the content.
        """
        await self._judge_again(tx, write.rejudge, values, where)

    async def keep_version(self, tx: Transaction, write: CompiledWrite, values: Values) -> None:
        """Keep the new version of the row, where versions are kept."""
        if write.history is not None:
            await tx.fetch(write.history.statement, write.history.values(values))

    async def _judge_again(self, tx: Transaction, judge: Bound | None, values: Values, where: str) -> None:
        if judge is not None:
            again = await tx.fetch(judge.statement, judge.values(values))
            if not (again and again[0][0]):
                raise Forbidden("the row as it would be is none you may write", where=where)

    async def _answer(self, tx: Transaction, write: CompiledWrite, values: Values) -> Outcome:
        found = None
        if write.result is not None:
            page = write.result.page
            found = _found(write.result, await tx.fetch(page.statement, page.values(values)))
        item, etag = (found.item, found.etag) if found is not None else (None, "")
        return Outcome(DID[write.plan.kind], item, id=wire_id(values["id"]), etag=etag, written=1)

    def seal(self, entity: str, members: Sequence[Sealed], values: Values, tenant: str) -> dict[str, bytes | None]:
        """The envelopes and blind indexes of the encrypted members, bound to their row."""
        sealed: dict[str, bytes | None] = {}
        for member in members:
            value = values[member.name]
            if member.blind is not None:
                sealed[blind_index_column(member.name)] = None if value is None else member.blind(value)
            sealed[member.name] = None
            if value is not None:
                plain = sealed_text(member.type, value)
                context = Context(tenant, entity, values["id"], member.field)
                sealed[member.name] = seal(self.target.keyring, plain, context)
        return sealed

    def refusal(self, violation: Exception, kind: str) -> Exception:
        """What the caller is told when a constraint of the store refuses."""
        match violation:
            case UniqueViolated(constraint=name):
                code, members = self._uniques.get(name, (name, ()))
                return AlreadyExists(code, members)
            case CheckViolated(constraint=name) if name in self._checks or not all(self._managed):
                return CheckRefused(self._checks.get(name, name))
            case ForeignKeyViolated():
                if kind == "delete":
                    return StillReferenced("other rows refer to this one")
                return InvalidInput([Fault("SB203", NO_SUCH_ROW)])
            case Conflicted():
                return WriteConflict("another write came between", hint="read the row again and repeat")
            case _:
                return InternalError(f"the store refused what the plan allowed: {violation!r}")


def _whole_page(row: Row, limit: int, count: int | None) -> Page:
    text, found, keys = row
    return Page(WholeRows(Raw(text), min(found, limit - 1)), keys.encode() if found >= limit else None, count)


def _found(read: CompiledRead, rows: Sequence[Row]) -> Found | None:
    if not rows:
        return None
    row, layout = rows[0], read.layout
    return Found(layout.answer(row), layout.etag(row) if layout.version_at is not None else "")


def _uuid(value: Any) -> UUID | None:
    return value if value is None or isinstance(value, UUID) else UUID(value)


def _judge(rows: Sequence[Row], write: CompiledWrite) -> Row:
    """The verdicts, when the caller may see and do it (404 before 403)."""
    if not rows or not rows[0][0]:
        raise NotFound
    if not rows[0][1] or _is_judged_unread(write.plan, rows[0][4:]):
        raise Forbidden(f"you may not {write.plan.kind} this {write.plan.entity}")
    return rows[0]


def _judge_in_one(rows: Sequence[Row], write: SingleWrite, *, managed: bool) -> None:
    """As for several statements: 404, 403, 422, 412; nothing was written when any of them holds."""
    if not rows:
        raise NotFound
    may, again, fits = rows[0][:3]
    flags = rows[0][4 : 4 + len(write.plan.references)]
    if not may or _is_judged_unread(write.plan, flags):
        raise Forbidden(f"you may not {write.plan.kind} this {write.plan.entity}")
    _check_references(write.plan, flags)
    if not fits and not managed:
        raise NoVersion
    if not fits:
        raise StaleVersion(STALE, hint="read it again and repeat")
    if not again:
        raise Forbidden("the row as it would be is none you may write")


def _is_judged_unread(plan: WritePlan, flags: Sequence[Any]) -> bool:
    """Whether the verdict rests on a row that the caller may not read: then it must not be told."""
    if all(flags):
        return False
    pairs = zip(plan.references, flags, strict=True)
    return any(reference.judged and not there for reference, there in pairs)


def _check_references(plan: WritePlan, flags: Sequence[Any]) -> None:
    if all(flags):
        return
    faults = [Fault("SB203", NO_SUCH_ROW, f"/{column}") for column in missing_references(plan, flags)]
    if faults:
        raise InvalidInput(faults)


def missing_references(plan: WritePlan, flags: Sequence[Any]) -> list[str]:
    """
    The columns whose row is not there for the caller.

    Without the row that gives the tenant nothing is said of the others: whether they are of its tenant would tell a hidden row from
    one that is not there.
    """
    missing = [reference for reference, there in zip(plan.references, flags, strict=True) if not there]
    return [each.column for each in [r for r in missing if r.gives_tenant] or missing]


def check_version(version: int | None, accepted: Sequence[str] | None) -> None:
    """The row must be at a version the caller has seen (RFC 9110, section 13.1.1); the guard bits of a tag do not matter here."""
    versions = accepted_versions(accepted)
    if versions is not None and version is None:
        raise NoVersion
    if versions is not None and version not in versions:
        raise StaleVersion(STALE, hint="read it again and repeat")


def accepted_versions(tags: Sequence[str] | None) -> list[int] | None:
    """The row versions in *tags*; None when any version will do. A tag that none of ours could be is no version at all."""
    if tags is None or "*" in tags:
        return None
    texts = [tag.partition(".")[0] for tag in tags]
    return [int(text) for text in texts if len(text) <= VERSION_DIGITS and text.isascii() and text.isdigit()]
