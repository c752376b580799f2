"""From rows in wire form to the shape of a selection: names, connections, nulls in place of what is hidden."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from strongback.model.graphql import global_id
from strongback.model.wire import ROW_VERSION
from strongback.plan.asked import Target
from strongback.plan.shape import OrderKey
from strongback.serve.doors.graphql.told import At, Cursor, Row, Told

ABSENT: Any = object()


class Part(Protocol):
    """Makes one member of an object."""

    def __call__(self, row: Row, at: At, told: Told, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Constant:
    """`__typename`."""

    value: Any

    def __call__(self, row: Row, at: At, told: Told, /) -> Any:
        return self.value


@dataclass(frozen=True, slots=True)
class GlobalId:
    entity: str

    def __call__(self, row: Row, at: At, told: Told, /) -> Any:
        return global_id(self.entity, row["id"])


@dataclass(frozen=True, slots=True)
class Etag:
    def __call__(self, row: Row, at: At, told: Told, /) -> Any:
        return str(row[ROW_VERSION])


@dataclass(frozen=True, slots=True)
class Structured:
    """A member that is a value object, or a list of them."""

    wire: str
    shape: Callable[[Any], Any]

    def __call__(self, row: Row, at: At, told: Told, /) -> Any:
        value = row.get(self.wire, ABSENT)
        if value is not ABSENT:
            return self.shape(value)
        told.hide(at)
        return None


@dataclass(frozen=True, slots=True)
class RowShape:
    """
    The shape of a row.

    Attributes:
        parts: Name in the answer, and either the wire name of a plain member, or what makes it.
    """

    parts: tuple[tuple[str, str, Part | None], ...]

    def __call__(self, row: Row, at: At, told: Told) -> dict[str, Any]:
        shaped: dict[str, Any] = {}
        for name, wire, part in self.parts:
            if part is not None:
                shaped[name] = part(row, (at, name), told)
            else:
                value = row.get(wire, ABSENT)
                if value is ABSENT:
                    told.hide((at, name))
                    value = None
                shaped[name] = value
        return shaped


@dataclass(frozen=True, slots=True)
class ToOne:
    """
    The row that a relation leads to.

    Attributes:
        key: Under which it is answered.
        column: The reference itself: null where there is no row, and there where the caller does not see the row.
    """

    key: str
    column: str
    shape: RowShape

    def __call__(self, row: Row, at: At, told: Told, /) -> Any:
        found = row.get(self.key)
        if found is not None:
            return self.shape(found, at, told)
        if row.get(self.column, ABSENT) is not None:
            told.hide(at)
        return None


@dataclass(frozen=True, slots=True)
class Rows:
    """
    A page of rows, as it was read.

    Attributes:
        more: Whether there are others beyond it, in the direction in which it was read.
        begun: Whether it goes on after a row.
    """

    rows: Sequence[Row]
    more: bool
    begun: bool
    backward: bool
    cursor: Cursor
    count: int | None = None


@dataclass(frozen=True, slots=True)
class ConnectionShape:
    """
    The shape of a connection.

    Attributes:
        parts: Name in the answer, the field, and what of it is selected: `nodes` one shape, `edges` and `pageInfo` theirs by name.
    """

    parts: tuple[tuple[str, str, Any], ...]

    def __call__(self, page: Rows, at: At, told: Told) -> dict[str, Any]:
        return {name: self._part(field, below, page, (at, name), told) for name, field, below in self.parts}

    def _part(self, field: str, below: Any, page: Rows, at: At, told: Told) -> Any:
        match field:
            case "nodes":
                return [below(row, (at, i), told) for i, row in enumerate(page.rows)]
            case "edges":
                return [_edge(below, row, page, (at, i), told) for i, row in enumerate(page.rows)]
            case "pageInfo":
                return {name: _page_info(each, page) for name, each in below}
            case "totalCount":
                return page.count
            case _:
                return below


def _edge(parts: Sequence[tuple[str, str, Any]], row: Row, page: Rows, at: At, told: Told) -> dict[str, Any]:
    edge: dict[str, Any] = {}
    for name, field, below in parts:
        if field == "node":
            edge[name] = below(row, (at, name), told)
        else:
            edge[name] = page.cursor(row) if field == "cursor" else below
    return edge


def _page_info(field: str, page: Rows) -> Any:
    match field:
        case "hasNextPage":
            return page.begun if page.backward else page.more
        case "hasPreviousPage":
            return page.more if page.backward else page.begun
        case "startCursor":
            return page.cursor(page.rows[0]) if page.rows else None
        case "endCursor":
            return page.cursor(page.rows[-1]) if page.rows else None
        case _:
            return "PageInfo"


@dataclass(frozen=True, slots=True)
class ToMany:
    """
    The page of rows of a relation, which was read with one row more than it holds.

    Attributes:
        order: From the beginning of the list to its end; *keys* its members.
    """

    key: str
    target: Target
    order: tuple[OrderKey, ...]
    keys: tuple[str, ...]
    size: int
    begun: bool
    backward: bool
    shape: ConnectionShape

    def __call__(self, row: Row, at: At, told: Told, /) -> Any:
        found = row.get(self.key) or ()
        rows = found[: self.size][::-1] if self.backward else found[: self.size]
        cursor = told.included(self.target, self.order, self.keys)
        return self.shape(Rows(rows, len(found) > self.size, self.begun, self.backward, cursor), at, told)


def object_shape(parts: Sequence[tuple[str, str, Callable[[Any], Any] | None]]) -> Callable[[Any], Any]:
    """The shape of a value object: names in the answer, wire names, and what shapes their values."""

    def shape(value: Any) -> Any:
        if isinstance(value, list):
            return [shape(each) for each in value]
        if not isinstance(value, Mapping):
            return value
        return {name: value.get(wire) if below is None else below(value.get(wire)) for name, wire, below in parts}

    return shape
