"""Arguments of fields, in the words of the wire: names, filters, orders, pages, bodies. Values are judged later, by type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from strongback.contract.graphql.writes import given_name
from strongback.errors import Fault
from strongback.model.entity import Entity
from strongback.model.graphql import SEPARATOR, camel, order_name
from strongback.model.model import Model
from strongback.model.query import Query
from strongback.model.wire import filterable, nested, writable
from strongback.plan.asked import FilterAsk
from strongback.plan.value_fault import escape
from strongback.predicate.types import Type
from strongback.serve.conditions import read_tags

Arguments = Mapping[str, Any]
NO_NULL = "leave it out, or ask `isNull`"
# Where the plan says a place of the request, and where that stands in arguments.
PLACES: Mapping[str, str] = {
    "page_token": "/after",
    "page_size": "/first",
    "sort": "/orderBy",
    "q": "/q",
    "group_by": "/groupBy",
    "measures": "/nodes",
}


@dataclass(frozen=True, slots=True)
class Page:
    """
    Which page of a list is asked for.

    Attributes:
        size: Rows; None when not said.
        token: Of the row beyond which it lies; empty for the first or the last page.
        backward: Whether it is read from the end.
    """

    size: int | None = None
    token: str = ""
    backward: bool = False
    faults: tuple[Fault, ...] = ()


def read_page(arguments: Arguments) -> Page:
    """
    The page that the arguments ask for.

    Source: GraphQL Cursor Connections Specification, "Arguments". Forward with backward ones are discouraged there, and refused here.
    """
    first, last, after, before = (arguments.get(name) for name in ("first", "last", "after", "before"))
    backward = last is not None or before is not None
    faults = tuple(_page_faults(first, last, after, before))
    return Page(last if backward else first, (before if backward else after) or "", backward, faults)


def _page_faults(first: int | None, last: int | None, after: str | None, before: str | None) -> Iterator[Fault]:
    if (first is not None or after is not None) and (last is not None or before is not None):
        given = "/last" if last is not None else "/before"
        hint = "`first` and `after` go forward, `last` and `before` backward"
        yield Fault("SB201", "cannot be combined with `first` or `after`", given, hint)
    for name, value in (("first", first), ("last", last)):
        if value is not None and value < 0:
            yield Fault("SB201", "must not be negative", f"/{name}")


def row_id(entity: Entity, given: str) -> str:
    """The id of a row that an argument names: a global id of *entity*, or the id itself."""
    return given.removeprefix(f"{entity.name}{SEPARATOR}")


def tags(arguments: Arguments) -> tuple[str, ...] | None:
    """The versions in `ifMatch`."""
    given = arguments.get("ifMatch")
    return None if given is None else tuple(tag for each in given for tag in read_tags(each, weak=False))


# -- lists


@lru_cache(maxsize=2048)
def orders(wire: tuple[str, ...]) -> dict[str, str]:
    """Orders by their names in GraphQL."""
    return {order_name(order): order for order in wire}


def read_where(
    model: Model, entity: Entity, query: Query, where: Arguments | None
) -> tuple[tuple[FilterAsk, ...], tuple[Fault, ...]]:
    """
    The filters of `where`, and what is wrong with them.

    A null is no filter that is left out: a variable without a value would otherwise widen what is asked.
    """
    names = {camel(name): name for name in filterable(model, entity, query)} if where else {}
    filters: list[FilterAsk] = []
    faults: list[Fault] = []
    for name, operators in (where or {}).items():
        if operators is None:
            faults.append(Fault("SB201", "must not be null", f"/where/{name}", NO_NULL))
        for op, value in (operators or {}).items():
            place = f"/where/{name}/{op}"
            if value is None:
                faults.append(Fault("SB201", "must not be null", place, NO_NULL))
                continue
            values = tuple(value) if op == "in" else (value,)
            filters.append(FilterAsk(names[name], "null" if op == "isNull" else op, values, place, text=False))
    return tuple(filters), tuple(faults)


# -- bodies


def read_body(model: Model, entity: Entity, given: Arguments, *, create: bool) -> dict[str, Any]:
    """The body of a create or an update."""
    return _values(model, entity, given, writable(entity, create=create))


def _values(model: Model, entity: Entity, given: Arguments, types: Mapping[str, Type]) -> dict[str, Any]:
    names = {given_name(name): name for name in types}
    brought = {camel(name): relation for name, relation in nested(entity).items()}
    body: dict[str, Any] = {}
    for name, value in given.items():
        if name in brought:
            relation = brought[name]
            target = model.entity(relation.target)
            body[relation.name] = value and [_child(model, target, each) for each in value]
        elif name in names:
            body[names[name]] = wire_value(types[names[name]], value)
    return body


def _child(model: Model, target: Entity, given: Arguments) -> dict[str, Any]:
    body = _values(model, target, given, writable(target, create=True))
    if given.get("id") is None:
        return body
    id_ = row_id(target, given["id"])
    numbered = target.id_type.kind == "int" and id_.lstrip("-").isdecimal()
    return {"id": int(id_) if numbered else id_, **body}


def read_parameters(types: Mapping[str, Type], given: Arguments | None) -> dict[str, Any]:
    """The arguments of an action."""
    names = {camel(name): name for name in types}
    return {names[name]: wire_value(types[names[name]], value) for name, value in (given or {}).items()}


def wire_value(type_: Type, value: Any) -> Any:
    """A value with the members of its value objects in wire names."""
    if value is None:
        return None
    if type_.kind == "object":
        members = {camel(member.name): member for member in type_.fields}
        return {members[name].name: wire_value(members[name].type, each) for name, each in value.items()}
    if type_.kind == "list" and type_.item is not None:
        return [wire_value(type_.item, each) for each in value]
    return value


def place_of(where: str, above: str) -> str:
    """
    Where a fault stands in the arguments of its field, as a JSON pointer.

    >>> place_of("/company_id", "/input"), place_of("page_token", ""), place_of("/where/city/eq", "")
    ('/input/companyId', '/after', '/where/city/eq')
    """
    if where.startswith("/where/"):
        return where
    if where.startswith("/"):
        return above + "/".join(escape(_segment(part)) for part in where.split("/"))
    return PLACES.get(where.rpartition(".")[2].removeprefix("?"), "")


def _segment(part: str) -> str:
    return part if part.isdecimal() else camel(part.replace("~1", "/").replace("~0", "~"))
