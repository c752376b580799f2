"""Fields of `Query`: what each asks, and the shape of what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec
from graphql import FieldNode, SelectionSetNode

from strongback.errors import NotFound
from strongback.model.aggregate import COUNT, grouped
from strongback.model.entity import Entity
from strongback.model.graphql import SEPARATOR, Root, camel, query_type
from strongback.model.model import Model
from strongback.model.query import Query
from strongback.model.wire import orders_of
from strongback.plan.asked import Asked, SelectAsk, Target
from strongback.plan.outcome import Outcome, WholeRows
from strongback.plan.shape import OrderKey, ends_in_id
from strongback.predicate.tree import FALSE
from strongback.serve.doors.graphql.arguments import Arguments, orders, read_page, read_where, row_id
from strongback.serve.doors.graphql.collect import TYPENAME, below
from strongback.serve.doors.graphql.selection import Selector, Wanted, order_keys
from strongback.serve.doors.graphql.shapes import ConnectionShape, Rows, RowShape
from strongback.serve.doors.graphql.told import At, Told

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Filled:
    """The arguments of one request, and what they ask."""

    arguments: Arguments
    asked: Asked


class Field(Protocol):
    """One field at the root of an operation, compiled."""

    @property
    def above(self) -> str:
        """Where the values that are judged stand in its arguments."""
        ...

    def ask(self, arguments: Arguments) -> Asked:
        """
        What it asks.

        Raises:
            NotFound: There can be no such row.
        """
        ...

    def shape(self, filled: Filled, outcome: Outcome, at: At, told: Told) -> Any: ...

    def rows(self, arguments: Arguments) -> int:
        """How many rows it can be answered with, at most."""
        ...


def plain(value: object) -> Any:
    """What an outcome holds, as JSON has it: rows of any store and plan become the same dictionaries."""
    return _decode(value.text) if isinstance(value, WholeRows) else _decode(_encode(value))


def rows_of(select: SelectAsk) -> int:
    """How many rows one row brings with it, itself included."""
    return 1 + sum(_size(each) * rows_of(each) for each in select.include.values())


def _size(select: SelectAsk) -> int:
    return select.page_size if isinstance(select.page_size, int) else 1


@dataclass(frozen=True, slots=True)
class GetField:
    """One row by its id."""

    entity: Entity
    select: SelectAsk
    form: RowShape
    above: str = ""

    def ask(self, arguments: Arguments) -> Asked:
        target = Target(self.entity.name, "get", "get")
        return Asked(target, row_id(self.entity, arguments["id"]), self.select)

    def shape(self, filled: Filled, outcome: Outcome, at: At, told: Told) -> Any:
        return self.form(plain(outcome.item), at, told)

    def rows(self, arguments: Arguments) -> int:
        return rows_of(self.select)


@dataclass(frozen=True, slots=True)
class NodeField:
    """One row of any entity by its global id. Which entity it is decides what is selected."""

    selector: Selector
    selected: Sequence[SelectionSetNode]
    above: str = ""
    made: dict[str, GetField] = field(default_factory=dict)

    def ask(self, arguments: Arguments) -> Asked:
        return self._of(arguments["id"].partition(SEPARATOR)[0]).ask(arguments)

    def shape(self, filled: Filled, outcome: Outcome, at: At, told: Told) -> Any:
        return self._of(filled.asked.target.entity).shape(filled, outcome, at, told)

    def rows(self, arguments: Arguments) -> int:
        return self._of(arguments["id"].partition(SEPARATOR)[0]).rows(arguments)

    def _of(self, name: str) -> GetField:
        if name not in self.made:
            entity = self.selector.model.by_name.get(name)
            if entity is None or entity.access.read == FALSE:
                raise NotFound
            self.made[name] = get_field(self.selector, entity, self.selected)
        return self.made[name]


def get_field(selector: Selector, entity: Entity, selected: Sequence[SelectionSetNode]) -> GetField:
    wanted = Wanted()
    form = selector.row(entity, selected, wanted)
    return GetField(entity, wanted.ask(), form)


@dataclass(frozen=True, slots=True)
class ListField:
    """
    A page of a list.

    Attributes:
        shapes: The shape of a page, and what is wanted of its rows, by order: cursors are made of the order's keys.
        counted: Whether all rows are to be counted, and *read* whether any are to be read at all.
    """

    model: Model
    entity: Entity
    query: Query
    selector: Selector
    selected: Sequence[SelectionSetNode]
    counted: bool
    read: bool
    above: str = ""
    shapes: dict[str, tuple[ConnectionShape, SelectAsk]] = field(default_factory=dict)

    def ask(self, arguments: Arguments) -> Asked:
        page = read_page(arguments)
        filters, wrong = read_where(self.model, self.entity, self.query, arguments.get("where"))
        text = arguments.get("q")
        return Asked(
            Target(self.entity.name, "list", self.query.name),
            select=self._shaped(arguments)[1],
            filters=filters,
            sort=self._order(arguments),
            page_size=(page.size if page.size is None else max(page.size, 1)) if self.read else 1,
            page_token=page.token,
            count=self.counted,
            text=text if text and text.strip() else None,
            backward=page.backward,
            marked=True,
            faults=(*page.faults, *wrong),
        )

    def shape(self, filled: Filled, outcome: Outcome, at: At, told: Told) -> Any:
        asked = filled.asked
        form = self.shapes[asked.sort][0]
        rows, more = plain(outcome.items), bool(outcome.next_page_token)
        if 0 in (filled.arguments.get("first"), filled.arguments.get("last")):
            rows, more = [], bool(rows)
        keys = tuple(key.member for key in ends_in_id(self._keys(asked.sort)))
        cursor = told.cursor(asked.target, outcome.token_context, keys)
        rows = rows[::-1] if asked.backward else rows
        return form(Rows(rows, more, bool(asked.page_token), asked.backward, cursor, outcome.count), at, told)

    def rows(self, arguments: Arguments) -> int:
        given = arguments.get("first") or arguments.get("last") or self.query.page_default
        return min(max(given, 1), self.query.page_max) * rows_of(self._shaped(arguments)[1])

    def _order(self, arguments: Arguments) -> str:
        given = arguments.get("orderBy")
        return orders(orders_of(self.entity, self.query))[given] if given else ""

    def _keys(self, order: str) -> tuple[OrderKey, ...]:
        return order_keys(order or orders_of(self.entity, self.query)[0])

    def _shaped(self, arguments: Arguments) -> tuple[ConnectionShape, SelectAsk]:
        order = self._order(arguments)
        if order not in self.shapes:
            wanted = Wanted()
            type_name = f"{self.entity.name}ListConnection"
            form = self.selector.connection(self.entity, type_name, self.selected, wanted, self._keys(order))
            self.shapes[order] = form, wanted.ask()
        return self.shapes[order]


def list_field(selector: Selector, entity: Entity, query: Query, selected: Sequence[SelectionSetNode]) -> ListField:
    said = {nodes[0].name.value for nodes in selector.scope.collect(selected, f"{entity.name}ListConnection").values()}
    read = bool(said & {"nodes", "edges", "pageInfo"})
    return ListField(selector.model, entity, query, selector, selected, "totalCount" in said, read)


@dataclass(frozen=True, slots=True)
class AggregateField:
    """
    A page of groups.

    Attributes:
        measures: As the plan names them (`sum.salary`).
    """

    model: Model
    entity: Entity
    query: Query
    measures: tuple[str, ...]
    form: ConnectionShape
    above: str = ""

    def ask(self, arguments: Arguments) -> Asked:
        filters, wrong = read_where(self.model, self.entity, self.query, arguments.get("where"))
        names = {camel(name): name for name in grouped(self.entity, self.query.group)}
        text = arguments.get("q")
        return Asked(
            Target(self.entity.name, "aggregate", self.query.name),
            filters=filters,
            page_size=arguments.get("first"),
            page_token=arguments.get("after") or "",
            text=text if text and text.strip() else None,
            group_by=tuple(names[name] for name in arguments.get("groupBy") or ()),
            measures=self.measures,
            faults=wrong,
        )

    def shape(self, filled: Filled, outcome: Outcome, at: At, told: Told) -> Any:
        rows, token = plain(outcome.items), outcome.next_page_token

        def cursor(row: Mapping[str, Any]) -> Any:
            return token if token and row is rows[-1] else None  # groups have no token but that of the next page

        page = Rows(rows, bool(token), bool(filled.asked.page_token), False, cursor)
        return self.form(page, at, told)

    def rows(self, arguments: Arguments) -> int:
        return min(arguments.get("first") or self.query.page_default, self.query.page_max)


def aggregate_field(
    selector: Selector, entity: Entity, query: Query, selected: Sequence[SelectionSetNode]
) -> AggregateField:
    begin = query_type(entity, query)
    measures: dict[str, None] = {}
    parts: list[tuple[str, str, Any]] = []
    for name, nodes in selector.scope.collect(selected, f"{begin}AggregatePage").items():
        said = nodes[0].name.value
        if said == "nodes":
            parts.append((name, said, _group(selector, entity, query, below(nodes), measures)))
        elif said == "pageInfo":
            found = selector.scope.collect(below(nodes), "PageInfo").items()
            parts.append((name, said, [(n, each[0].name.value) for n, each in found]))
        else:
            parts.append((name, said, f"{begin}AggregatePage"))
    return AggregateField(selector.model, entity, query, tuple(measures), ConnectionShape(tuple(parts)))


def _group(
    selector: Selector,
    entity: Entity,
    query: Query,
    selected: Sequence[SelectionSetNode],
    measures: dict[str, None],
) -> Callable[[Mapping[str, Any], At, Told], dict[str, Any]]:
    """The shape of a group; what of it is measured is noted in *measures*."""
    begin = query_type(entity, query)
    wires = {camel(name): name for name in (*grouped(entity, query.group), *query.measure)}
    plainly: list[tuple[str, Any]] = []
    for name, nodes in selector.scope.collect(selected, f"{begin}Aggregate").items():
        said = nodes[0].name.value
        if said in ("sum", "avg", "min", "max"):
            of = selector.scope.collect(below(nodes), f"{begin}{said.title()}")
            inner = [(n, each[0].name.value) for n, each in of.items()]
            measures.update({f"{said}.{wires[field]}": None for _, field in inner if field != TYPENAME})
            plainly.append((name, _measures(said, f"{begin}{said.title()}", inner, wires)))
        elif said == TYPENAME:
            plainly.append((name, lambda _: f"{begin}Aggregate"))
        else:
            if said == COUNT:
                measures[COUNT] = None
            plainly.append((name, _getter(COUNT if said == COUNT else wires[said])))

    def shape(row: Mapping[str, Any], at: At, told: Told) -> dict[str, Any]:
        return {name: make(row) for name, make in plainly}

    return shape


def _getter(wire: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda row: row.get(wire)


def _measures(
    function: str, type_name: str, fields: Sequence[tuple[str, str]], wires: Mapping[str, str]
) -> Callable[[Mapping[str, Any]], Any]:
    def shape(row: Mapping[str, Any]) -> dict[str, Any]:
        of = row.get(function) or {}
        return {name: type_name if said == TYPENAME else of.get(wires[said]) for name, said in fields}

    return shape


def query_field(selector: Selector, root: Root, nodes: Sequence[FieldNode]) -> Field:
    """The field of `Query` that *root* is, as *nodes* select of it."""
    selected = below(nodes)
    if root.kind == "node":
        return NodeField(selector, selected)
    entity = selector.model.entity(root.entity)
    if root.kind == "get":
        return get_field(selector, entity, selected)
    query = entity.query(root.operation)
    assert query is not None
    if root.kind == "list":
        return list_field(selector, entity, query, selected)
    return aggregate_field(selector, entity, query, selected)
