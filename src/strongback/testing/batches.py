"""
Cases of batches: several writes in one request, each judged by the team's own functions on the world as those before it left it.

What an operation came to is read from the answer: it was refused there, or it was done. Whether it should have been is the oracle's to
say, and what was done then stands in its world for the operations after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from strongback.errors import BatchRefused
from strongback.model.entity import Entity
from strongback.model.key import Id, id_of_type
from strongback.model.wire import batched, required, writable
from strongback.plan.asked import Asked, Item, Kind, Target
from strongback.plan.body import defaults_of
from strongback.plan.outcome import Outcome
from strongback.plan.write import stored_names
from strongback.testing.asks import json_body
from strongback.testing.matrix import CODES, PLACES, Case, Matrix, Said
from strongback.testing.oracle import Caller
from strongback.testing.worlds import RawRow
from strongback.testing.writes import (
    WRONG,
    broken_constraints,
    changes,
    is_referred_to,
    references,
    targets,
    tenant_of_new,
)

KINDS: Mapping[str, Kind] = {"create": "create", "update": "update", "delete": "delete", "restore": "restore"}

# What is asked last: no operation after it sees its row.
ENDS = ("delete", "restore")


@dataclass(frozen=True, slots=True)
class Write:
    """One operation of a batch, with its typed values."""

    kind: str
    entity: Entity
    id: Id
    row: RawRow | None
    given: Mapping[str, Any] = field(default_factory=dict)
    faulty: bool = False

    def item(self, matrix: Matrix, place: str) -> Item:
        target = Target(self.entity.name, KINDS[self.kind], self.kind)
        types = writable(self.entity, create=self.kind == "create")
        asked = Asked(
            target,
            None if self.kind == "create" else matrix.spell(self.id, self.row),
            body=None if self.kind in ENDS else json_body(types, self.given),
            if_match=("*",) if self.entity.conditional_writes and self.kind in ("update", "delete") else None,
            faults=(WRONG,) if self.faulty else (),
        )
        return Item(place, place, asked)


async def check_batch(matrix: Matrix, entity: Entity, caller: Caller) -> None:
    """Up to three creates and updates, and perhaps a delete or a restore."""
    writes = list(_draw(matrix, entity, caller))
    if not writes:
        return
    items = tuple(write.item(matrix, f"/operations/{at}") for at, write in enumerate(writes))
    asked = Asked(Target(entity.name, "batch", "batch"), items=items)
    said = await matrix.ask(asked, caller)
    case = Case(matrix, caller, asked, "; ".join(_spelt(item) for item in items))
    case.count(said.place)
    with ExitStack() as before:
        for at, write in enumerate(writes):
            place = _place(said, items[at])
            if not _judge(case, write, place, at):
                return
            if place == "ok":
                _apply(case, write, _outcome(said, at), before)


def _draw(matrix: Matrix, entity: Entity, caller: Caller) -> list[Write]:
    kinds = [kind for kind in ("create", "update") if kind in batched(entity)]
    writes = [
        draw_write(matrix, entity, matrix.random.choice(kinds), caller)
        for _ in range(matrix.random.randint(1, 3))
        if kinds
    ]
    ends = [kind for kind in ENDS if kind in batched(entity)]
    if ends and (not writes or matrix.asks.chance(0.4)):
        writes.append(draw_write(matrix, entity, matrix.random.choice(ends), caller))
    return writes


def draw_write(matrix: Matrix, entity: Entity, kind: str, caller: Caller) -> Write:
    """One operation, made up; of a new row with an id that no row has, for as long as its own is not known."""
    faulty = matrix.asks.chance(0.03)
    if kind == "create":
        types, needed = writable(entity, create=True), required(entity)
        names = [name for name in types if name in needed or matrix.asks.chance(0.6)]
        given = {name: matrix.asks.value(entity.name, name, types[name], matrix.oracle) for name in names}
        return Write(
            kind, entity, given.get("id") or matrix.asks.unknown(entity.id_type, matrix.oracle), None, given, faulty
        )
    id_, row = matrix.pick(entity, caller)
    given = changes(matrix, entity, writable(entity, create=False)) if kind == "update" else {}
    return Write(kind, entity, id_, row, given, faulty and kind == "update")


def _spelt(item: Item) -> str:
    assert item.asked is not None
    return f"{item.asked.target.kind} {item.asked.id or ''} {dict(item.asked.body or {})}"


def _place(said: Said, item: Item) -> str:
    """Where one operation ended."""
    if not isinstance(said.error, BatchRefused):
        return said.place
    for refused in said.error.items:
        if any(fault.where.startswith(item.place) for fault in refused.faults):
            return CODES.get(refused.error.code, "fault")
    return "ok"


def _outcome(said: Said, at: int) -> Outcome | None:
    return said.outcome.parts[at] if said.outcome is not None else None


def _judge(case: Case, write: Write, place: str, at: int) -> bool:
    expected = _places(case.matrix, write, case.caller)
    if place in expected:
        return True
    late = PLACES.index(place) > max(PLACES.index(each) for each in expected)
    case.find("leak" if late else "refusal", f"operation {at}: {' or '.join(expected)}", f"operation {at}: {place}")
    return False


def _places(matrix: Matrix, write: Write, caller: Caller) -> tuple[str, ...]:
    """Where an operation may end, by the team's own functions, on the world as it is now."""
    oracle, entity = matrix.oracle, write.entity
    allow = oracle.grants.access(entity.name, write.kind)
    if write.kind == "create":
        return _places_of_create(matrix, write, caller)
    if not oracle.might((oracle.grants.access(entity.name, "read"), allow), caller):
        return ("401",)
    if write.kind == "restore":
        return _places_of_restore(matrix, write, caller)
    if write.row is None or not oracle.reads(write.row, caller):
        return ("404",)
    held = oracle.objects[write.id]
    if not oracle.holds(allow, held, caller) or not all(oracle.sees(held, name, caller) for name in write.given):
        return ("403",)
    if write.kind == "delete":
        return ("ok",) if entity.soft_delete or not is_referred_to(matrix, write.id) else ("ok", "409")
    if write.faulty or references(matrix, targets(entity, write.given), write.given, caller).unreadable:
        return ("422",)
    ends = broken_constraints(matrix, entity, {**write.row.values, **write.given}, write.row)
    with oracle.with_changes(held, write.given):
        return ends if oracle.may_change(held, write.given, caller) else ("403", *(end for end in ends if end != "ok"))


def _places_of_restore(matrix: Matrix, write: Write, caller: Caller) -> tuple[str, ...]:
    """A deleted row is told to those alone who may restore it; what was made before it may hold its unique values."""
    oracle, row = matrix.oracle, write.row
    if row is None or not oracle.may("read", oracle.objects[row.id], caller):
        return ("404",)
    if not oracle.may("restore", oracle.objects[row.id], caller):
        return ("404",) if row.deleted else ("403",)
    return broken_constraints(matrix, write.entity, row.values, row) if row.deleted else ("409",)


def _places_of_create(matrix: Matrix, write: Write, caller: Caller) -> tuple[str, ...]:
    oracle, entity = matrix.oracle, write.entity
    allow = oracle.grants.access(entity.name, "create")
    if not oracle.might((allow,), caller):
        return ("401",)
    if references(matrix, targets(entity, write.given), write.given, caller).unreadable:
        return ("403", "422")
    values = {**defaults_of(entity), **write.given}
    if not oracle.holds(allow, oracle.draft(entity, write.id, values), caller):
        return ("403",)
    return ("422",) if write.faulty else broken_constraints(matrix, entity, values, None)


def _apply(case: Case, write: Write, done: Outcome | None, before: ExitStack) -> None:
    """Let what was done stand in the oracle's world, and compare the row that was answered."""
    oracle, entity = case.matrix.oracle, write.entity
    if write.kind == "create":
        values = {**dict.fromkeys(stored_names(entity)), **defaults_of(entity), **write.given}
        tenant = tenant_of_new(case.matrix, entity, values) if entity.tenant else None
        id_ = id_of_type(write.entity.id_type, done.id) if done is not None else write.id
        row = before.enter_context(oracle.with_made(entity, id_, values, tenant))
    elif write.kind == "update":
        row = oracle.objects[write.id]
        before.enter_context(oracle.with_changes(row, write.given))
        before.enter_context(oracle.with_values(write.id, write.given))
    else:
        return
    if done is not None:
        readable = oracle.may("read", row, case.caller)
        wanted = oracle.item(row, case.asked.select, case.caller) if readable else None
        case.same(Said(done, None).item, wanted)
