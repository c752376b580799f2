"""
Find objects that no row refers to, now or in kept history: what a crash, or a cascade of the database, left behind.

Objects are asked for in batches, each by the rows that its keys name, so that what is in memory does not grow with the store. Nothing is
found that is younger than `YOUNGEST`: an upload in progress has its bytes before its row. What has no key of ours is never touched.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from strongback.engine.files import key_of
from strongback.engine.runtime import Runtime
from strongback.model.entity import Entity
from strongback.store.blobs.blob_store import Listed
from strongback.store.sql.objects import IDS

YOUNGEST: Final = timedelta(hours=1)
BATCH: Final = 500
NAME: Final = "files sweep"
_KEY: Final = re.compile(r"([0-9]+)\.([0-9]+)/[0-9a-f]{2}/([0-9a-f-]{36})\.([0-9a-f-]{36})")


@dataclass(frozen=True, slots=True)
class Orphan:
    """An object that no row refers to, or what is left of an unfinished one."""

    key: str
    size_bytes: int


async def find_orphans(runtime: Runtime, now: datetime | None = None) -> AsyncIterator[Orphan]:
    """Every object that no row refers to and that is older than `YOUNGEST`, by the machine's clock, as that of the place is."""
    before = (now or datetime.now(UTC)) - YOUNGEST
    batch: list[Listed] = []
    async for each in runtime.files.store.listed():
        if each.written_at >= before:
            continue
        if each.unfinished:
            yield Orphan(each.key, each.size_bytes)
        elif _KEY.fullmatch(each.key):
            batch.append(each)
        if len(batch) == BATCH:
            for orphan in await _unreferred(runtime, batch):
                yield orphan
            batch = []
    for orphan in await _unreferred(runtime, batch):
        yield orphan


async def _unreferred(runtime: Runtime, batch: Sequence[Listed]) -> list[Orphan]:
    """Those of *batch* whose entity and field are in the model, and whose row does not hold them."""
    known = {str(entity.number): entity for entity in runtime.model.entities}
    rows: dict[str, set[UUID]] = {}
    for number, _, row, _ in _parts(batch):
        rows.setdefault(number, set()).add(UUID(row))
    held: set[str] = set()
    for number, ids in rows.items():
        if number in known:
            held |= await _held(runtime, known[number], ids)
    ours = {f"{e.number}.{field.number}/" for e in known.values() for field in e.blobs()}
    return [
        Orphan(each.key, each.size_bytes)
        for each in batch
        if each.key not in held and each.key.partition("/")[0] + "/" in ours
    ]


def _parts(batch: Iterable[Listed]) -> Iterator[tuple[str, ...]]:
    for each in batch:
        found = _KEY.fullmatch(each.key)
        assert found is not None  # nothing else comes into a batch
        yield found.groups()


async def _held(runtime: Runtime, entity: Entity, ids: set[UUID]) -> set[str]:
    """The keys that rows of *entity* hold: deleted ones that stay, and every kept version, among them."""
    held: set[str] = set()
    for history in (False, True) if entity.history else (False,):
        bound = runtime.objects.files(entity, NAME, history=history)
        rows = await runtime.programs.store.fetch(bound.statement, bound.values({IDS: sorted(ids)}))
        for id_, values in runtime.objects.files_of(entity, rows):
            held |= {key_of(entity, field, id_, value) for field, value in values}
    return held
