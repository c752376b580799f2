"""
Erase what is due: personal values, a batch of rows at a time, and a report that never holds them.

Each batch is one transaction: its rows are locked, their values erased in the row and in every kept version of it, and a line of the
report is written for each row. A run that was stopped goes on where it was, since what is erased is not due any more; a row that somebody
writes meanwhile is waited for, and judged as it is then.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from strongback.engine.erasure_report import Erased, prepare_report, write_line
from strongback.engine.files import key_of
from strongback.engine.runtime import Runtime
from strongback.errors import RemainsLeft
from strongback.model.entity import ID
from strongback.model.erasure import erasures_of
from strongback.model.model import Model
from strongback.store.sql.bind import Bound
from strongback.store.sql.erase import AFTER, CUTOFF, CompiledErasure, Sweep, compile_erasure
from strongback.store.sql.objects import IDS
from strongback.store.sql.predicate import ACTOR, NOW
from strongback.store.sql.target import SqlTarget
from strongback.store.sql.wire import utc_text
from strongback.store.store import Dialect, Store, Transaction

BATCH: Final = 500
FIRST: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Due:
    """How many rows a rule of an entity is due for."""

    entity: str
    fields: tuple[str, ...]
    rule: str
    rows: int


Progress = Callable[[Due], None]


def erases(model: Model) -> bool:
    """Whether anything of *model* is erased by a rule."""
    return any(True for entity in model.entities for _ in erasures_of(entity))


async def find_due(store: Store, target: SqlTarget, now: datetime) -> list[Due]:
    """What is due at *now*, erasing nothing. No key is used."""
    found = []
    for program in _programs(target, BATCH):
        values = _times(now, program)
        counts = [await _count(store, sweep, values) for sweep in program.sweeps]
        found.append(_due(program, sum(counts)))
    return found


async def erase_due(runtime: Runtime, batch: int = BATCH, progress: Progress | None = None) -> list[Due]:
    """
    Erase what is due now, and say how many rows of each rule.

    Args:
        batch: Rows of one transaction.
        progress: Told after each batch how far its rule has come.
    """
    await prepare_report(runtime.programs.store)
    done = []
    for program in _programs(runtime.programs.target, batch):
        rows = 0
        for sweep in program.sweeps:
            async for erased in _sweep(runtime, program, sweep):
                rows += erased
                if progress is not None:
                    progress(_due(program, rows))
        done.append(_due(program, rows))
    return done


async def clean_up(store: Store) -> None:
    """
    Let no byte of what was erased remain in the file of an SQLite database. PostgreSQL does so in its own time, by VACUUM.

    Raises:
        RemainsLeft: Another process reads the database, so that its log could not be emptied.
    """
    if store.dialect != "sqlite":
        return
    async with store.session() as session:
        await session.run("VACUUM")
        busy = (await session.fetch("PRAGMA wal_checkpoint(TRUNCATE)"))[0][0]
    if busy:
        raise RemainsLeft(
            "the log of the database could not be emptied: another process reads it now",
            hint="run it again with `--clean`",
        )


def _programs(target: SqlTarget, batch: int) -> Iterator[CompiledErasure]:
    for entity in target.model.entities:
        for erasure in erasures_of(entity):
            yield compile_erasure(target, entity, erasure, batch)


def _times(now: datetime, program: CompiledErasure) -> dict[str, Any]:
    return {NOW: now, CUTOFF: now - program.erasure.rule.after, ACTOR: None, AFTER: FIRST}


def _due(program: CompiledErasure, rows: int) -> Due:
    return Due(program.entity.name, tuple(f.name for f in program.erasure.fields), program.erasure.text, rows)


async def _count(store: Store, sweep: Sweep, values: Mapping[str, Any]) -> int:
    return int((await store.fetch(sweep.count.statement, sweep.count.values(values)))[0][0])


async def _sweep(runtime: Runtime, program: CompiledErasure, sweep: Sweep) -> AsyncIterator[int]:
    """Erase batch by batch, and say how many rows each had."""
    values = _times(runtime.clock.now(), program)
    while True:
        async with runtime.programs.store.begin() as tx:
            rows = await tx.fetch(sweep.find.statement, sweep.find.values(values))
            keys = await _files(runtime, program, tx, [program.id_of(row[0]) for row in rows])
            await _Batch(program, sweep, values, runtime.programs.store.dialect).erase(tx, rows)
        for key in keys:  # after the commit: bytes that a crash leaves are found by `strongback files sweep`
            await runtime.files.drop(key)
        if not rows:
            return
        values[AFTER] = program.id_of(rows[-1][0])
        yield len(rows)


async def _files(runtime: Runtime, program: CompiledErasure, tx: Transaction, ids: list[UUID]) -> set[str]:
    """The keys of the files that the rows hold in erased fields, now or in a kept version."""
    entity, erased = program.entity, {field.name for field in program.erasure.fields if field.blob is not None}
    keys: set[str] = set()
    for history in (False, *([True] if entity.history else [])) if erased and ids else ():
        bound = runtime.objects.files(entity, "erase", history=history)
        rows = await tx.fetch(bound.statement, bound.values({IDS: ids}))
        for row, held in runtime.objects.files_of(entity, rows):
            keys |= {key_of(entity, field, row, value) for field, value in held if field.name in erased}
    return keys


@dataclass(frozen=True, slots=True)
class _Batch:
    program: CompiledErasure
    sweep: Sweep
    values: Mapping[str, Any]
    dialect: Dialect

    async def erase(self, tx: Transaction, rows: Sequence[Sequence[Any]]) -> None:
        for cell, tenant, *held in rows:
            row = self.program.id_of(cell)
            versions = await self._erase(tx, row, "" if tenant is None else str(tenant), holds=any(held))
            await write_line(tx, self.dialect, self._line(row, held, versions))

    async def _erase(self, tx: Transaction, row: UUID, tenant: str, *, holds: bool) -> int:
        """Erase one row, and say in how many versions of it. They go first: the one that is kept of the erasure holds nothing."""
        values = {**self.values, ID.name: row, **self.program.left(tenant, row)}
        past = await _run(tx, self.program.past, values)
        if holds:
            await _run(tx, self.sweep.blank, values)
            await _run(tx, self.sweep.keep, values)
        return len(past)

    def _line(self, row: UUID, held: Sequence[Any], versions: int) -> Erased:
        """Fields that the row itself does not hold any more were held by a version of it."""
        names = [field.name for field in self.program.erasure.fields]
        fields = [name for name, flag in zip(names, held, strict=True) if flag] or names
        at, rule = utc_text(self.values[NOW]), self.program.erasure.text
        return Erased(at, self.program.entity.name, str(row), ",".join(fields), rule, versions)


async def _run(tx: Transaction, bound: Bound | None, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
    return [] if bound is None else await tx.fetch(bound.statement, bound.values(values))
