"""Aggregates in OpenAPI: their parameters, and what they answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from strongback.contract.bodies import closed
from strongback.contract.examples import NoExample, example_of
from strongback.contract.schema import Schema, schema_of
from strongback.model.aggregate import COUNT, FUNCTIONS, GROUP_BY, MEASURES, functions_of, grouped, result_type
from strongback.model.entity import Entity
from strongback.model.query import Query
from strongback.model.wire import member_types
from strongback.predicate.types import INT_MAX, Type

TEXT: Final = "Counts and measures the rows that the caller may read. Groups come in the order of their keys, those without a value first."
TOKEN: Final[Schema] = {"type": "string"}


def measures_of(entity: Entity, query: Query) -> tuple[str, ...]:
    """What can be asked of a group, as a caller writes it."""
    types = dict(member_types(entity))
    return (COUNT, *(f"{function}.{name}" for name in query.measure for function in functions_of(types[name])))


def parameters(entity: Entity, query: Query) -> Iterator[dict[str, Any]]:
    """By what rows are grouped, and what is measured."""
    if query.group:
        yield _listed(GROUP_BY, "By what to group; one group of all rows when not given.", grouped(entity, query.group))
    yield _listed(MEASURES, "What to say of each group; their `count` when not given.", measures_of(entity, query))


def _listed(name: str, doc: str, options: tuple[str, ...]) -> dict[str, Any]:
    items: Schema = {"type": "string", "enum": list(options)}
    schema: Schema = {"type": "array", "items": items, "minItems": 1, "uniqueItems": True}
    return {"name": name, "in": "query", "description": doc, "style": "form", "explode": False, "schema": schema}


def page_schema(entity: Entity, query: Query) -> Schema:
    """A page of groups."""
    types = dict(member_types(entity))
    keys = {name: schema_of(types[name]) for name in grouped(entity, query.group)}
    measures: dict[str, Schema] = {function: of for function in FUNCTIONS if (of := _measured(query, types, function))}
    count: Schema = {"type": "integer", "format": "int64", "minimum": 0, "maximum": INT_MAX}
    group = closed({**keys, COUNT: count, **measures}, ())
    return closed({"items": {"type": "array", "items": group}, "next_page_token": TOKEN}, ("items",))


def _measured(query: Query, types: dict[str, Type], function: str) -> Schema | None:
    members = {name: _result(types[name], function) for name in query.measure if function in functions_of(types[name])}
    return closed(members) if members else None


def _result(type_: Type, function: str) -> Schema:
    """A minimum and a maximum are of the field's own type; its bounds are those of its values."""
    if function in ("min", "max"):
        return schema_of(result_type(function, type_))  # type: ignore[arg-type]  # one of the functions
    scale = result_type(function, type_).scale  # type: ignore[arg-type]  # one of the functions
    doc = f"A decimal as text with {scale} digits after the point; null where no row has a value."
    return {"type": ["string", "null"], "format": "decimal", "description": doc}


def page_example(entity: Entity, query: Query) -> dict[str, Any] | None:
    """One group, counted; None where a key has no example."""
    types = dict(member_types(entity))
    try:
        keys = {name: example_of(types[name], name) for name in grouped(entity, query.group)}
    except NoExample:
        return None
    return {"items": [{**keys, COUNT: 12}]}
