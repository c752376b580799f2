"""From a selection of the document to what is asked of the plan, and to the shape of the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import FieldNode, SelectionSetNode

from strongback.errors import Fault
from strongback.model.entity import Entity
from strongback.model.graphql import RowField, camel, member_type_name, pascal, row_fields
from strongback.model.model import Model
from strongback.model.wire import ROW_VERSION, included_orders
from strongback.plan.asked import SelectAsk
from strongback.plan.make_selection import INCLUDED_DEFAULT, INCLUDED_MAX, included_target
from strongback.plan.shape import OrderKey, ends_in_id
from strongback.predicate.types import Type
from strongback.serve.doors.graphql.arguments import orders, read_page
from strongback.serve.doors.graphql.collect import TYPENAME, Scope, below
from strongback.serve.doors.graphql.shapes import (
    ConnectionShape,
    Constant,
    Etag,
    GlobalId,
    Part,
    RowShape,
    Structured,
    ToMany,
    ToOne,
    object_shape,
)


@dataclass
class Wanted:
    """What is wanted of one row, as it is gathered from everything that is selected of it."""

    fields: dict[str, None] = field(default_factory=lambda: {"id": None})
    include: dict[str, SelectAsk] = field(default_factory=dict)
    version: bool = False

    def add(self, ask: SelectAsk) -> str:
        """The name under which what is *ask*ed of a relation is answered: no name of the document's."""
        name = f"_{len(self.include)}"
        self.include[name] = ask
        return name

    def ask(self, **more: Any) -> SelectAsk:
        return SelectAsk(tuple(self.fields), self.include, version=self.version, **more)


@dataclass
class Selector:
    """
    Reads selections of rows.

    Attributes:
        faults: What is wrong with arguments on the way.
    """

    model: Model
    scope: Scope
    faults: list[Fault] = field(default_factory=list)

    def row(self, entity: Entity, selected: Sequence[SelectionSetNode], wanted: Wanted) -> RowShape:
        """The shape of a row of *entity*; what it needs is noted in *wanted*."""
        known = _known_fields(self.model, entity)
        parts: list[tuple[str, str, Part | None]] = []
        for name, nodes in self.scope.collect(selected, entity.name).items():
            said = nodes[0].name.value
            if said == TYPENAME:
                parts.append((name, "", Constant(entity.name)))
            else:
                parts.append((name, *self._member(entity, known[said], nodes, wanted)))
        return RowShape(tuple(parts))

    def _member(
        self, entity: Entity, found: RowField, nodes: Sequence[FieldNode], wanted: Wanted
    ) -> tuple[str, Part | None]:
        if found.target:
            target = self.model.entity(found.target)
            make = self._to_many if found.many else self._to_one
            return "", make(entity, found, target, nodes, wanted)
        if found.type is None:
            return "", GlobalId(entity.name)
        if found.wire == ROW_VERSION:
            wanted.version = True
            return "", Etag()
        wanted.fields[found.wire] = None
        selected = below(nodes)
        if not selected:
            return found.wire, None
        return "", Structured(found.wire, self.value(found.type, member_type_name(entity, found.wire), selected))

    def value(self, type_: Type, type_name: str, selected: Sequence[SelectionSetNode]) -> Callable[[Any], Any]:
        """The shape of a value object, or of a list of them."""
        while type_.kind == "list" and type_.item is not None:
            type_ = type_.item
        members = {camel(member.name): member for member in type_.fields}
        parts: list[tuple[str, str, Callable[[Any], Any] | None]] = []
        for name, nodes in self.scope.collect(selected, type_name).items():
            said = nodes[0].name.value
            if said == TYPENAME:
                parts.append((name, "", lambda _: type_name))
                continue
            member, deeper = members[said], below(nodes)
            shape = self.value(member.type, f"{type_name}{pascal(member.name)}", deeper) if deeper else None
            parts.append((name, member.name, shape))
        return object_shape(parts)

    # -- relations

    def _to_one(
        self, entity: Entity, found: RowField, target: Entity, nodes: Sequence[FieldNode], wanted: Wanted
    ) -> Part:
        relation = entity.relation(found.wire)
        assert relation is not None
        inner = Wanted()
        shape = self.row(target, below(nodes), inner)
        wanted.fields[relation.column] = None
        return ToOne(wanted.add(inner.ask(relation=relation.name)), relation.column, shape)

    def _to_many(
        self, entity: Entity, found: RowField, target: Entity, nodes: Sequence[FieldNode], wanted: Wanted
    ) -> Part:
        relation = entity.relation(found.wire)
        assert relation is not None
        arguments = self.scope.arguments(entity.name, nodes[0])
        page, wire = read_page(arguments), included_orders(target)
        self.faults += page.faults
        order = orders(wire)[arguments["orderBy"]] if arguments.get("orderBy") else ""
        keys = order_keys(order or wire[0])
        inner = Wanted()
        shape = self.connection(target, f"{target.name}Connection", below(nodes), inner, keys)
        size = INCLUDED_DEFAULT if page.size is None else min(max(page.size, 0), INCLUDED_MAX)
        ask = inner.ask(
            relation=relation.name,
            sort=order,
            page_size=max(size, 1),
            page_token=page.token,
            backward=page.backward,
            more=True,
        )
        names = tuple(key.member for key in ends_in_id(keys))
        place = included_target(entity, relation)
        return ToMany(wanted.add(ask), place, keys, names, size, bool(page.token), page.backward, shape)

    # -- connections

    def connection(
        self,
        target: Entity,
        type_name: str,
        selected: Sequence[SelectionSetNode],
        wanted: Wanted,
        keys: tuple[OrderKey, ...],
    ) -> ConnectionShape:
        """The shape of a page of rows of *target* that come in an order of *keys*."""
        parts: list[tuple[str, str, Any]] = []
        for name, nodes in self.scope.collect(selected, type_name).items():
            said = nodes[0].name.value
            parts.append((name, said, self._connection_part(said, target, type_name, below(nodes), wanted)))
        if _tells_cursors(parts):
            wanted.fields.update(dict.fromkeys(key.member for key in keys))
        return ConnectionShape(tuple(parts))

    def _connection_part(
        self, said: str, target: Entity, type_name: str, selected: Sequence[SelectionSetNode], wanted: Wanted
    ) -> Any:
        match said:
            case "nodes":
                return self.row(target, selected, wanted)
            case "edges":
                return self._edge(target, selected, wanted)
            case "pageInfo":
                return [(n, nodes[0].name.value) for n, nodes in self.scope.collect(selected, "PageInfo").items()]
            case _:
                return type_name

    def _edge(self, target: Entity, selected: Sequence[SelectionSetNode], wanted: Wanted) -> list[tuple[str, str, Any]]:
        type_name = f"{target.name}Edge"
        parts: list[tuple[str, str, Any]] = []
        for name, nodes in self.scope.collect(selected, type_name).items():
            said = nodes[0].name.value
            parts.append((name, said, self.row(target, below(nodes), wanted) if said == "node" else type_name))
        return parts


def order_keys(order: str) -> tuple[OrderKey, ...]:
    """The keys of an order in wire names."""
    return tuple(OrderKey(key.lstrip("-"), key.startswith("-")) for key in order.split(","))


def _tells_cursors(parts: Sequence[tuple[str, str, Any]]) -> bool:
    """Whether a page token of a row is asked for."""
    for _, said, inner in parts:
        if said == "edges" and any(field == "cursor" for _, field, _ in inner):
            return True
        if said == "pageInfo" and any(field.endswith("Cursor") for _, field in inner):
            return True
    return False


def _known_fields(model: Model, entity: Entity) -> dict[str, RowField]:
    return {each.name: each for each in row_fields(model, entity)}
