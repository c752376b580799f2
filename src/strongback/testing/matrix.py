"""
The matrix: actor x operation x path, each answer of a service compared with what the team's own functions say.

Every case is one request through the engine's own path, as a door makes it. Its answer is at one place of the order of refusals (401,
404, 403, 422, 428, 412, 409, done): one that comes later than the roles allow tells or does too much, one that comes sooner too little.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import msgspec

from strongback.engine.pipeline import perform
from strongback.engine.runtime import Runtime
from strongback.errors import InvalidInput, NotFound
from strongback.model.entity import Entity
from strongback.model.key import Id
from strongback.plan.actor import Actor
from strongback.plan.asked import Asked
from strongback.plan.outcome import Outcome
from strongback.store.store import Store
from strongback.testing.asks import Asks
from strongback.testing.oracle import Caller, Item, Oracle
from strongback.testing.report import Finding, Report, What
from strongback.testing.stand_in import Reached
from strongback.testing.ways import as_it_is
from strongback.testing.worlds import RawRow

# Outcomes, in the order in which a request gets past refusals (values.md section 3). `fault` is nobody's permission.
PLACES = ("fault", "401", "404", "403", "422", "428", "412", "409", "304", "ok")
CODES: Mapping[str, str] = {
    "SB210": "401",
    "SB212": "404",
    "SB211": "403",
    "SB201": "422",
    "SB221": "428",
    "SB220": "412",
    "SB252": "412",
    **dict.fromkeys(("SB230", "SB231", "SB232", "SB233", "SB234", "SB248", "SB216"), "409"),
}

Perform = Callable[[Asked, Actor, Runtime], Awaitable[Outcome]]
REFUSED = ("401", "404", "403", "422", "428", "412")
WRITES = ("create", "update", "delete", "restore", "batch", "upload", "remove")


@dataclass(frozen=True, slots=True)
class Said:
    """What a request came to."""

    outcome: Outcome | None
    error: Exception | None

    @property
    def place(self) -> str:
        if self.error is None:
            return "304" if self.outcome is not None and self.outcome.did == "unchanged" else "ok"
        if isinstance(self.error, Reached):
            return "ok"
        return CODES.get(getattr(self.error, "code", ""), "fault")

    @property
    def told(self) -> str:
        """All that a refused caller reads."""
        faults = self.error.faults if isinstance(self.error, InvalidInput) else ()
        return "; ".join([f"{self.place} {self.error}", *map(str, faults)]) if self.error is not None else self.place

    @property
    def item(self) -> Item | None:
        return _plain(self.outcome.item) if self.outcome is not None and self.outcome.item is not None else None

    @property
    def items(self) -> list[Item]:
        return [_plain(item) for item in self.outcome.items or ()] if self.outcome is not None else []


def _plain(item: object) -> Item:
    decoded: Item = msgspec.json.decode(msgspec.json.encode(item))
    return decoded


@dataclass
class Matrix:
    """
    The cases of one world.

    Attributes:
        store: The store itself; the one that *runtime* has forgets what is written.
        tags: For each row, selection and tag what was answered under it.
        perform: What does what is asked: the engine's own way, or a door's.
        shown: What there is of rows, as wire form has them, where that way has fewer words.
    """

    runtime: Runtime
    store: Store
    oracle: Oracle
    asks: Asks
    report: Report
    tags: dict[tuple[Id, str, str], Item] = field(default_factory=dict)
    perform: Perform = perform
    shown: Callable[[Any], Any] = as_it_is

    @property
    def random(self) -> Random:
        return self.asks.random

    async def ask(self, asked: Asked, caller: Caller) -> Said:
        said = await self._perform(asked, caller)
        if asked.target.kind in WRITES and said.place in REFUSED and self.asks.chance(0.15):
            await self._refuse_for_good(asked, caller)
        return said

    async def _perform(self, asked: Asked, caller: Caller) -> Said:
        try:
            return Said(await self.perform(asked, caller.actor, self.runtime), None)
        except Exception as error:  # noqa: BLE001 - whatever breaks is a finding, not the end of the run
            return Said(None, error)

    async def _refuse_for_good(self, asked: Asked, caller: Caller) -> None:
        """Ask again what is refused, of a store that forgets nothing: at the end of the world, all must be as it was."""
        programs = self.runtime.programs
        forgetful, programs.store = programs.store, self.store
        try:
            await self._perform(asked, caller)
        finally:
            programs.store = forgetful

    def pick(self, entity: Entity, caller: Caller) -> tuple[Id, RawRow | None]:
        """A row to ask for: one the caller reads half the time, and now and then one that is not there."""
        rows = self.oracle.world.rows.get(entity.name, [])
        if not rows or self.asks.chance(0.05):
            return self.asks.unknown(entity.id_type, self.oracle), None
        readable = self.oracle.readable(entity.name, caller) if self.asks.chance(0.5) else []
        row = self.random.choice(readable or rows)
        return row.id, row

    def spell(self, id_: Id, row: RawRow | None) -> str:
        """An id as it is asked for; that of no row is now and then no id at all, which is refused alike."""
        return "no-id" if row is None and self.asks.chance(0.3) else str(id_)


@dataclass
class Case:
    """One case: who asks what, and what is wrong with the answer."""

    matrix: Matrix
    caller: Caller
    asked: Asked
    note: str = ""
    roles: tuple[str, ...] = ()

    def find(self, what: What, expected: object, got: object) -> None:
        finding = Finding(
            what,
            self.matrix.oracle.world.seed,
            self.caller.label,
            str(self.asked.target),
            self._case(),
            _short(expected),
            _short(got),
        )
        self.matrix.report.findings.append(finding)

    def _case(self) -> str:
        said = [f"id={self.asked.id}" if self.asked.id else "", self.note]
        if self.asked.body is not None:
            said.append(f"body={dict(self.asked.body)}")
        if self.asked.select.fields is not None:
            said.append(f"fields={','.join(self.asked.select.fields)}")
        if self.asked.select.include:
            said.append(f"include={spell_include(self.asked)}")
        return " ".join(part for part in said if part) or "all"

    def count(self, place: str) -> None:
        report = self.matrix.report
        report.cases += 1
        for role in self.roles or ("anonymous" if self.caller.anonymous else "no role",):
            report.coverage[str(self.asked.target), role, place] += 1

    def is_at(self, said: Said, *places: str) -> bool:
        """Whether the answer is at one of *places*; a finding when it is not."""
        self.count(said.place)
        return self.stands(said, *places)

    def stands(self, said: Said, *places: str) -> bool:
        if said.place not in places:
            late = PLACES.index(said.place) > max(PLACES.index(place) for place in places)
            self.find("leak" if late else "refusal", " or ".join(places), _told(said))
            return False
        if said.place == "404" and str(said.error) != str(NotFound()):
            self.find("leak", str(NotFound()), said.told)
        return True

    def same(self, got: Item | None, expected: Item | None) -> None:
        """Compare a row as answered with the row as the caller should see it."""
        got, expected = self.matrix.shown(got), self.matrix.shown(expected)
        if got != expected:
            self.find(_kind(got, expected), expected, got)

    def same_rows(self, got: list[Item], expected: list[Item]) -> None:
        got, expected = self.matrix.shown(got), self.matrix.shown(expected)
        if got == expected:
            return
        known = [item.get("id") for item in expected]
        extra = [item for item in got if item.get("id") not in known] or len(got) > len(expected)
        pairs = zip(got, expected, strict=False)
        first = next(((g, e) for g, e in pairs if g != e), (None, None))
        self.find("leak" if extra else _kind(*first), expected, got)


def _kind(got: Item | None, expected: Item | None) -> What:
    """More than expected, or other than expected, is a leak; less is a refusal."""
    if got is None or expected is None:
        return "leak" if expected is None else "refusal"
    if any(name not in expected for name in got):
        return "leak"
    for name, value in got.items():
        wanted = expected[name]
        if isinstance(value, dict) and isinstance(wanted, dict) and value != wanted:
            return _kind(value, wanted)
        if isinstance(value, list) and isinstance(wanted, list) and value != wanted:
            return "leak" if len(value) >= len(wanted) else "refusal"
        if value != wanted:
            return "leak"
    return "refusal"


def _told(said: Said) -> str:
    return said.told if said.error is not None else f"{said.place} {said.item or said.items or ''}"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 600 else f"{text[:600]}..."


def spell_include(asked: Asked) -> str:
    return ",".join(_spelt("", asked.select.include))


def _spelt(before: str, include: Mapping[str, Any]) -> Iterable[str]:
    for name, select in include.items():
        yield before + name
        yield from _spelt(f"{before}{name}.", select.include)


Check = Callable[[Matrix, Caller], Awaitable[None]]
