"""The part of an operation that decides its plan. Equal shapes share one plan, so a request only binds values."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

from strongback.plan.asked import Target

# The name under which the words that are searched are bound.
ASKED = "q"


@dataclass(frozen=True, slots=True)
class Filter:
    """
    A filter on *member*; *params* name its values. `null` with one param-less variant each way has *negated*.

    Attributes:
        value: The value itself, in place of a parameter, where few are possible: roles often ask of it too, and what they would say is
            then settled in the plan.
    """

    member: str
    op: str
    params: tuple[str, ...] = ()
    negated: bool = False
    value: str | bool | None = None


@dataclass(frozen=True, slots=True)
class OrderKey:
    """One key of an order: a column by its wire name, and whether the largest comes first."""

    member: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Include:
    """
    A relation to answer with each row. What follows *select* is of a to-many relation.

    Attributes:
        limit: Rows.
        name: Under which it is answered; empty for its own.
        seek: As that of a `Shape`; the values are bound under *mark* and the place of their key (`seek_1_0`).
    """

    relation: str
    select: Selection
    order: tuple[OrderKey, ...] = ()
    limit: int = 0
    name: str = ""
    seek: tuple[bool, ...] | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """The members to answer, in wire order (None for all), the version of the row perhaps, and the relations with them."""

    fields: tuple[str, ...] | None = None
    includes: tuple[Include, ...] = ()
    version: bool = False


@dataclass(frozen=True, slots=True)
class Above:
    """
    The new row around a row that is made with it.

    Attributes:
        column: The reference that leads to it.
        given: Its own members that are given, by wire name.
        above: The new row around it in turn.
    """

    column: str
    entity: str
    given: frozenset[str]
    above: Above | None = None


@dataclass(frozen=True)
class Shape:
    """
    What decides the plan of an operation. Requests of one form share one shape; its hash, which goes over all of it, is kept.

    Attributes:
        anonymous: Whether there is no actor: roles that need one are false.
        seek: Of a list that goes on after a row: for each order key whether that row's value is null; None on a first page.
        page: Of a list, rows a page holds.
        measures: Of an aggregate: function and member; its order is that of the groups.
        text: Whether words are searched, which are bound as `ASKED`.
        deleted: Of a get or a list: whether deleted rows are wanted, and no others.
        backward: Of a list: whether *order* is turned round.
        given: Of a write: the wire names the caller gave.
        versioned: Whether the caller gave versions to match.
        nested: Of a row that is written, or answered, with others.
        above: Of a row that is made with the one around it.
        faulty: Values are wrong: only the permission is asked, so that a refusal comes before a fault.
    """

    target: Target
    anonymous: bool
    select: Selection = Selection()
    filters: tuple[Filter, ...] = ()
    order: tuple[OrderKey, ...] = ()
    seek: tuple[bool, ...] | None = None
    page: int = 0
    count: bool = False
    text: bool = False
    deleted: bool = False
    backward: bool = False
    measures: tuple[tuple[str, str], ...] = ()
    given: frozenset[str] = frozenset()
    faulty: bool = False
    nested: bool = False
    above: Above | None = None

    @cached_property
    def list_text(self) -> str:
        """Filters and order as one text, for what a page token is bound to."""
        order = turned(self.order) if self.backward else self.order
        return list_text(self.filters, order, deleted=self.deleted)

    @cached_property
    def _hash(self) -> int:
        return hash(tuple(getattr(self, f.name) for f in fields(self)))

    def __hash__(self) -> int:
        return self._hash


def turned(order: tuple[OrderKey, ...]) -> tuple[OrderKey, ...]:
    """*order* from its end to its beginning."""
    return tuple(OrderKey(key.member, not key.descending) for key in order)


def ends_in_id(order: tuple[OrderKey, ...]) -> tuple[OrderKey, ...]:
    """*order*, whose last key is the id."""
    if order and order[-1].member == "id":
        return order
    return (*order, OrderKey("id", order[-1].descending if order else False))


def list_text(filters: tuple[Filter, ...], order: tuple[OrderKey, ...], *, deleted: bool = False) -> str:
    """Filters and order as one text, equal for equal ones of the same rows."""
    return repr((filters, order, "deleted") if deleted else (filters, order))
