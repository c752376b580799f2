"""
In which order one action's changes are written, so that no constraint refuses on the way what it allows in the end.

Each change waits for others: a row for those it refers to; who takes a unique value for who gives it up; a row to be deleted for those
that refer to it. What waits for nothing goes first, in the order new rows, changed rows, deleted rows, each as the action did it.

Where changes wait for each other in a circle, an optional reference of a new row gives way: it is left empty, and filled when its row is
there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any, Literal

from strongback.declare.tracking import identity
from strongback.errors import Interlocked
from strongback.model.entity import Entity
from strongback.model.holds import holds
from strongback.model.key import Id
from strongback.model.relation import Relation
from strongback.predicate.walk import paths
from strongback.tables.schema import Schema, TableIndex

Kind = Literal["insert", "update", "delete", "fill"]
Key = tuple[str, Id]
Values = Mapping[str, Any]

_DONE_BY: Mapping[Kind, str] = {"insert": "make", "update": "change", "delete": "delete", "fill": "change"}


@dataclass(eq=False, slots=True)
class Change:
    """
    One row to write.

    Attributes:
        row: The team's object.
        before: What the store holds of it, by column; empty where it holds nothing.
        after: What it will hold; empty where it will hold nothing.
        postponed: References that an insert leaves empty until a `fill` each gives them their value; shared by both.
    """

    kind: Kind
    entity: Entity
    row: Any
    before: Values
    after: Values
    postponed: set[str] = field(default_factory=set)

    @property
    def key(self) -> Key:
        return self.entity.name, identity(self.row)


@dataclass(frozen=True, slots=True)
class _Reason:
    """
    Why one change waits for another.

    Attributes:
        gives_way: What may be done about it: leave the reference `column` empty, or nothing at all since the store empties it (an empty
            name). None: it has to wait.
    """

    gives_way: str | None = None


_MUST = _Reason()
_MAY = _Reason("")


def in_order(changes: Sequence[Change], schema: Schema) -> list[Change]:
    """
    *changes* in an order in which they can be written, with the fills of postponed references among them.

    Raises:
        Interlocked: There is none.
    """
    return list(_Queue(changes, schema).drained())


class _Queue:
    """
    Changes by their place in the order they were given in.

    Attributes:
        waits: For each change that is not yet written, those it waits for, and why.
        followers: The other way round.
        ready: Changes that wait for nothing, the first of them first.
    """

    def __init__(self, changes: Sequence[Change], schema: Schema) -> None:
        self.changes = list(changes)
        self.schema = schema
        self.waits: dict[int, dict[int, list[_Reason]]] = {at: {} for at in range(len(self.changes))}
        self.followers: dict[int, list[int]] = defaultdict(list)
        for waiting, first, reason in (*self._same_rows(), *self._references(), *self._removals(), *self._takers()):
            if waiting != first:
                self._wait(waiting, first, reason)
        self.ready = [at for at, waits in self.waits.items() if not waits]

    def _wait(self, waiting: int, first: int, reason: _Reason) -> None:
        self.waits[waiting].setdefault(first, []).append(reason)
        self.followers[first].append(waiting)

    def _release(self, waiting: int, first: int) -> None:
        if self.waits.get(waiting, {}).pop(first, None) is not None and not self.waits[waiting]:
            heappush(self.ready, waiting)

    # -- who waits for whom

    def _same_rows(self) -> Iterator[tuple[int, int, _Reason]]:
        last: dict[Key, int] = {}
        for at, change in enumerate(self.changes):
            if change.key in last:
                yield at, last[change.key], _MUST
            last[change.key] = at

    def _references(self) -> Iterator[tuple[int, int, _Reason]]:
        """A row waits for the new rows it refers to."""
        made = {change.key: at for at, change in enumerate(self.changes) if change.kind == "insert"}
        for at, change in enumerate(self.changes) if made else ():
            for relation in change.entity.to_one() if change.after else ():
                target = made.get((relation.target, change.after.get(relation.column)))  # type: ignore[arg-type]  # None is no key
                if target is not None:
                    yield at, target, _Reason(relation.column) if _may_be_empty(change, relation) else _MUST

    def _removals(self) -> Iterator[tuple[int, int, _Reason]]:
        """A row that goes waits for those that refer to it; one that stays, softly deleted, need not."""
        gone = {c.key: at for at, c in enumerate(self.changes) if c.kind == "delete" and not c.entity.soft_delete}
        for at, change in enumerate(self.changes) if gone else ():
            for relation in change.entity.to_one() if change.before else ():
                target = gone.get((relation.target, change.before.get(relation.column)))  # type: ignore[arg-type]  # None is no key
                if target is not None:
                    yield target, at, _MUST if relation.on_delete == "restrict" else _MAY

    def _takers(self) -> Iterator[tuple[int, int, _Reason]]:
        """Who takes a unique value waits for who gives it up."""
        given_up: dict[Hashable, list[int]] = defaultdict(list)
        taken: list[tuple[int, Hashable]] = []
        for at, change in enumerate(self.changes):
            for index in self._uniques(change.entity):
                had, has = (_held(index, change.entity, values) for values in (change.before, change.after))
                if had != has and had is not None:
                    given_up[index.name, had].append(at)
                if had != has and has is not None:
                    taken.append((at, (index.name, has)))
        yield from ((at, first, _MUST) for at, key in taken for first in given_up.get(key, ()))

    def _uniques(self, entity: Entity) -> Iterator[TableIndex]:
        return (index for index in self.schema.tables[entity.name].indexes if index.unique and index.members)

    # -- the order

    def drained(self) -> Iterator[Change]:
        while self.waits:
            if not self.ready:
                self._make_way()
            at = heappop(self.ready)
            del self.waits[at]
            for follower in self.followers[at]:
                self._release(follower, at)
            yield self.changes[at]

    def _make_way(self) -> None:
        """Let something give way, until a change waits for nothing."""
        while not self.ready:
            waiting, first = self._loosest()
            for reason in self.waits[waiting][first]:
                if reason.gives_way:
                    self._postpone(waiting, first, reason.gives_way)
            self._release(waiting, first)

    def _postpone(self, waiting: int, first: int, column: str) -> None:
        change, at = self.changes[waiting], len(self.changes)
        change.postponed.add(column)
        self.changes.append(
            Change("fill", change.entity, change.row, {}, {column: change.after[column]}, change.postponed)
        )
        self.waits[at] = {}
        self._wait(at, waiting, _MUST)
        self._wait(at, first, _MUST)

    def _loosest(self) -> tuple[int, int]:
        """
        One wait of a circle that can give way.

        Raises:
            Interlocked: There is none.
        """
        for waiting, waits in self.waits.items():
            for first, reasons in waits.items():
                if all(reason.gives_way is not None for reason in reasons) and self._is_circle(waiting, first):
                    return waiting, first
        raise Interlocked(self._told())

    def _is_circle(self, waiting: int, first: int) -> bool:
        """Whether *first* waits for *waiting* in turn, perhaps through others."""
        seen, ahead = {first}, [first]
        while ahead:
            found = self.waits.get(ahead.pop(), {}).keys() - seen
            if waiting in found:
                return True
            seen |= found
            ahead += found
        return False

    def _told(self) -> list[str]:
        """One circle, as what each of its changes does."""
        way: list[int] = [next(iter(self.waits))]
        while way[-1] not in way[:-1]:
            way.append(next(iter(self.waits[way[-1]])))
        circle = (self.changes[at] for at in way[way.index(way[-1]) + 1 :])
        return [f"{_DONE_BY[change.kind]} {change.entity.name} {identity(change.row)}" for change in circle]


def _may_be_empty(change: Change, relation: Relation) -> bool:
    """Whether a new row can be stored without this reference for a moment: it is optional, and no rule asks for it."""
    wheres = [unique.where for unique in change.entity.uniques if unique.where is not None]
    asked = (*(check.body for check in change.entity.checks), *wheres)
    checked = {path.steps[0] for condition in asked for path in paths(condition) if path.steps}
    return change.kind == "insert" and relation.optional and relation.name not in checked


def _held(index: TableIndex, entity: Entity, values: Values) -> tuple[Any, ...] | None:
    """The values of a unique index; None where it binds nothing."""
    found = tuple(values.get(name) for name in index.members)
    if None in found or (index.where is not None and not holds(entity, index.where, values)):
        return None
    return found
