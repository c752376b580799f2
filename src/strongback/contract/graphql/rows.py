"""Types of what is read: rows, their connections, aggregates; and what lists are asked by."""

from __future__ import annotations

from collections.abc import Iterator

from strongback.contract.graphql.types import SCALARS, Definitions, Line, needed
from strongback.model.aggregate import functions_of, grouped, result_type
from strongback.model.entity import Entity
from strongback.model.graphql import (
    RowField,
    camel,
    member_type_name,
    order_name,
    query_type,
    row_fields,
)
from strongback.model.model import Model
from strongback.model.query import Query
from strongback.model.wire import filter_operators, filterable, filtered, included_orders, orders_of
from strongback.predicate.types import Type, id_of

PAGE = "first: Int, after: String, last: Int, before: String"
PLAIN_OPERATORS = ("eq", "ne", "in", "lt", "lte", "gt", "gte")


class Rows:
    """Defines the types of rows."""

    def __init__(self, model: Model, made: Definitions) -> None:
        self.model, self.made = model, made

    def row(self, entity: Entity) -> str:
        """The type of *entity*'s rows."""
        lines = (self._line(entity, field) for field in row_fields(self.model, entity))
        return self.made.add("type", entity.name, lines, entity.doc, " implements Node")

    def _line(self, entity: Entity, field: RowField) -> Line:
        if field.type is not None:
            spelt = self.made.type_of(field.type, member_type_name(entity, field.wire))
            return Line(f"{field.name}: {needed(spelt, nullable=field.nullable)}", field.doc)
        if not field.target:
            return Line("id: ID!", field.doc)
        target = self.model.entity(field.target)
        if not field.many:
            return Line(f"{field.name}: {needed(self.row(target), nullable=field.nullable)}", field.doc)
        order = self._orders(f"{target.name}Order", included_orders(target))
        return Line(f"{field.name}({PAGE}, orderBy: {order}): {self.connection(target)}!", field.doc)

    def connection(self, target: Entity) -> str:
        """A page of the rows of a relation."""
        return self.made.add("type", f"{target.name}Connection", self._connection(target))

    def list_connection(self, target: Entity) -> str:
        """A page of a list, which can be counted as well."""
        count = Line("totalCount: Int64!", "How many rows match, on all pages.")
        return self.made.add("type", f"{target.name}ListConnection", (*self._connection(target), count))

    def _connection(self, target: Entity) -> Iterator[Line]:
        edge = self.made.add(
            "type", f"{target.name}Edge", [Line("cursor: String!"), Line(f"node: {self.row(target)}!")]
        )
        yield Line(f"edges: [{edge}!]!")
        yield Line(f"nodes: [{target.name}!]!", "The rows of the edges.")
        yield Line("pageInfo: PageInfo!")

    def _orders(self, name: str, orders: tuple[str, ...]) -> str:
        return self.made.add("enum", name, [Line(order_name(order)) for order in orders])

    # -- lists

    def list_arguments(self, entity: Entity, query: Query, *, ordered: bool = True) -> Iterator[str]:
        """What a list is asked by, beside its page."""
        if where := self._where(entity, query):
            yield f"where: {where}"
        if ordered:
            yield f"orderBy: {self._orders(f'{query_type(entity, query)}Order', orders_of(entity, query))}"
        if query.text:
            yield "q: String"

    def _where(self, entity: Entity, query: Query) -> str:
        names = filterable(self.model, entity, query)
        if not names:
            return ""
        lines = (Line(f"{camel(name)}: {self._filter(entity, name)}") for name in names)
        return self.made.add("input", f"{query_type(entity, query)}Where", lines, "What holds of every row, all of it.")

    def _filter(self, entity: Entity, name: str) -> str:
        of, operators = filtered(self.model, entity, name), filter_operators(self.model, entity, name)
        value = self.made.type_of(_member_type(of.entity, of.member), member_type_name(of.entity, of.member))
        plain = [operator for operator in PLAIN_OPERATORS if operator in operators]
        lines = [Line(f"{op}: {f'[{value}!]' if op == 'in' else value}") for op in plain]
        if "null" in operators:
            lines.append(Line("isNull: Boolean"))
        begin = "" if "ne" in operators else "Exact" if plain == ["eq", "in"] else "Any"
        nullable = "Nullable" * ("null" in operators)
        return self.made.add("input", f"{nullable}{begin}{value}Filter", lines)

    # -- aggregates

    def aggregate(self, entity: Entity, query: Query) -> str:
        """A page of groups."""
        begin = query_type(entity, query)
        lines = [Line(f"nodes: [{self._group(entity, query)}!]!"), Line("pageInfo: PageInfo!")]
        return self.made.add("type", f"{begin}AggregatePage", lines)

    def groups(self, entity: Entity, query: Query) -> str:
        """What groups are made by; empty where there is nothing."""
        names = [camel(name) for name in grouped(entity, query.group)]
        return self.made.add("enum", f"{query_type(entity, query)}Group", map(Line, names)) if names else ""

    def _group(self, entity: Entity, query: Query) -> str:
        begin = query_type(entity, query)

        def lines() -> Iterator[Line]:
            for name in grouped(entity, query.group):
                spelt = self.made.type_of(_member_type(entity, name), member_type_name(entity, name))
                yield Line(f"{camel(name)}: {spelt}", "Of the group, where it is grouped by this.")
            yield Line("count: Int64!", "How many rows.")
            for function in ("sum", "avg", "min", "max"):
                measured = [n for n in query.measure if function in functions_of(_member_type(entity, n))]
                if measured:
                    types = ((n, SCALARS[result_type(function, _member_type(entity, n)).kind]) for n in measured)
                    made = (Line(f"{camel(name)}: {spelt}") for name, spelt in types)
                    yield Line(f"{function}: {self.made.add('type', f'{begin}{function.title()}', made)}!")

        return self.made.add("type", f"{begin}Aggregate", lines())


def _member_type(entity: Entity, wire: str) -> Type:
    field, relation = entity.field(wire), entity.relation_of(wire)
    if field is not None:
        return field.type
    assert relation is not None, f"{entity.name} has no member {wire}"
    return id_of(relation.reference)
