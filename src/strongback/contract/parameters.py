"""The parameters of REST operations: path, query and header fields, as the door reads them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec.structs import replace

from strongback.contract import aggregates
from strongback.contract.examples import UUID_EXAMPLE
from strongback.contract.schema import TEXT_PATTERN, Schema, schema_of
from strongback.model.blob import NAME_MAX, NAME_PATTERN
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.query import Query
from strongback.model.wire import (
    INCLUDES_MAX,
    Filtered,
    filter_operators,
    filterable,
    filtered,
    included_orders,
    member_types,
    orders_of,
)
from strongback.model.words import ASKED_MAX
from strongback.predicate.tree import FALSE
from strongback.predicate.types import INT_MAX, Type

# Deeper ones work too, up to four; a list of them all would hide the document.
SHOWN_DEPTH: Final = 2
SHOWN_MAX: Final = INCLUDES_MAX
VALUES_MAX: Final = 100
INCLUDED_DEFAULT: Final = 20
VERSIONS_DEFAULT: Final = 20
VERSIONS_MAX: Final = 100
# No comma: it separates values.
ITEM_PATTERN: Final = r"^[^\x00,]*$"
MEANINGS: Final = {
    "eq": "equal to",
    "ne": "other than",
    "gt": "greater than",
    "gte": "at least",
    "lt": "less than",
    "lte": "at most",
    "in": "one of",
}

SHARED: Final[dict[str, dict[str, Any]]] = {
    "Id": {
        "name": "id",
        "in": "path",
        "required": True,
        "description": "The row's id.",
        "schema": {"type": "string", "format": "uuid"},
        "example": UUID_EXAMPLE,
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "Do it only if the row is at this version: its ETag, quotes included. Otherwise the answer is 412.",
        "schema": {"type": "string"},
        "example": '"3"',
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "Answer only if the row is not at this version, otherwise 304 without content.",
        "schema": {"type": "string"},
        "example": '"3"',
    },
    "Prefer": {
        "name": "Prefer",
        "in": "header",
        "description": "`return=minimal` asks for no content back (RFC 7240). `tx=rollback` is a dry run: all is judged, done and "
        "answered, then undone. `handling=strict, max-affected=10` refuses to write more rows than that.",
        "schema": {"type": "string"},
        "example": "return=minimal",
    },
    "PageToken": {
        "name": "page_token",
        "in": "query",
        "description": "The `next_page_token` of the page before, with the same filters and order, as the same caller.",
        "schema": {"type": "string", "maxLength": 4096, "pattern": "^[A-Za-z0-9_.~-]*$"},
    },
    "Count": {
        "name": "count",
        "in": "query",
        "description": "Whether to count all rows that match.",
        "schema": {"type": "boolean", "default": False},
    },
}


FILE_NAME: Final[dict[str, Any]] = {
    "name": "name",
    "in": "query",
    "description": "What the file is called: one segment of a path.",
    "schema": {"type": "string", "minLength": 1, "maxLength": NAME_MAX, "pattern": f"^{NAME_PATTERN}$"},
    "example": "me.png",
}


def of_download() -> Iterator[dict[str, Any]]:
    """How a file is answered: shown or saved, whole or in part."""
    shown = (
        "`inline` for a file that is to be shown. Types that can hold scripts are answered as attachments all the same."
    )
    yield {
        "name": "disposition",
        "in": "query",
        "description": shown,
        "schema": {"type": "string", "enum": ["attachment", "inline"], "default": "attachment"},
    }
    yield {
        "name": "link",
        "in": "query",
        "description": "What a link holds, in place of a token.",
        "schema": {"type": "string", "maxLength": 4096, "pattern": "^[A-Za-z0-9_-]*$"},
    }
    ranged = "One range of bytes (RFC 9110, section 14.2). Several, and other units, are answered with the whole file."
    yield {
        "name": "Range",
        "in": "header",
        "description": ranged,
        "schema": {"type": "string"},
        "example": "bytes=0-99",
    }
    since = "The file's ETag: the range holds only while the file is the same, otherwise all of it is answered."
    yield {"name": "If-Range", "in": "header", "description": since, "schema": {"type": "string"}}


def of_row(model: Model, entity: Entity) -> Iterator[dict[str, Any]]:
    """Which members and relations to answer."""
    names = [name for name, _ in member_types(entity)]
    yield _chosen("fields", "The members to answer; all when not given.", names)
    paths = list(relation_paths(model, entity))
    if paths:
        yield _chosen("include", "Relations to answer with each row; a dot goes on to theirs.", paths)
    for relation in (entity.relation(name) for name in entity.members):
        if relation is None:
            continue
        target = model.entity(relation.target)
        members = [name for name, _ in member_types(target)]
        note = f"includes `{relation.name}`."
        yield _chosen(f"{relation.name}.fields", f"The members to answer of each; {note}", members)
        if relation.kind == "to_many":
            yield _sort(f"{relation.name}.sort", included_orders(target), f"The order of the list; {note}")
            yield _size(f"{relation.name}.page_size", INCLUDED_DEFAULT, 100, f"How many of them; {note}")


def of_aggregate(model: Model, entity: Entity, query: Query) -> Iterator[dict[str, Any]]:
    """Filters as of the list, groups and measures, and a page of them."""
    yield from aggregates.parameters(entity, query)
    yield from _conditions(model, entity, query)
    yield _size("page_size", query.page_default, query.page_max, "How many groups a page holds at most.")
    yield {"$ref": "#/components/parameters/PageToken"}


DELETED: Final[dict[str, Any]] = {
    "name": "deleted",
    "in": "query",
    "description": "Deleted rows instead, of those that the caller may restore.",
    "schema": {"type": "boolean", "default": False},
}


def of_deleted(entity: Entity) -> list[dict[str, Any]]:
    """Whether deleted rows are wanted, where somebody may restore them."""
    return [] if entity.access.restore == FALSE else [DELETED]


def of_list(model: Model, entity: Entity, query: Query) -> Iterator[dict[str, Any]]:
    """Filters, order and page, then what a row takes."""
    yield from _conditions(model, entity, query)
    yield _sort("sort", orders_of(entity, query), "The order of the list; `-` is descending.")
    yield _size("page_size", query.page_default, query.page_max, "How many rows a page holds at most.")
    yield {"$ref": "#/components/parameters/PageToken"}
    yield {"$ref": "#/components/parameters/Count"}
    yield from of_deleted(entity)
    yield from of_row(model, entity)


def _conditions(model: Model, entity: Entity, query: Query) -> Iterator[dict[str, Any]]:
    """Which rows: by filters, and by words."""
    for member in filterable(model, entity, query):
        of = filtered(model, entity, member)
        type_ = dict(member_types(of.entity))[of.member]
        for op in sorted(filter_operators(model, entity, member), key=[*MEANINGS, "null"].index):
            yield _filter(of, member, op, type_)
    if query.text:
        yield _search(query)


def _search(query: Query) -> dict[str, Any]:
    """No pattern: a search without a word is one that finds nothing, and an empty one asks for the list."""
    fields = " and ".join(f"`{name}`" for name in query.text)
    doc = f"Only rows with all of these words in {fields}, the last one at least as the beginning of a word."
    schema: Schema = {"type": "string", "maxLength": ASKED_MAX, "pattern": TEXT_PATTERN}
    return {"name": "q", "in": "query", "description": doc, "schema": schema, "example": "senior pyth"}


def of_history() -> Iterator[dict[str, Any]]:
    """Which page of the versions of a row."""
    yield _size("page_size", VERSIONS_DEFAULT, VERSIONS_MAX, "How many versions a page holds at most.")
    yield {"$ref": "#/components/parameters/PageToken"}


def relation_paths(model: Model, entity: Entity) -> Iterator[str]:
    """Relations and relations of relations, nearest first, as far as is worth a list."""
    found: list[str] = []
    level = [("", entity)]
    for _ in range(SHOWN_DEPTH):
        level = [
            (f"{path}{relation.name}.", model.entity(relation.target))
            for path, at in level
            for relation in (at.relation(name) for name in at.members)
            if relation is not None
        ]
        found += [path[:-1] for path, _ in level]
    return iter(found if len(found) <= SHOWN_MAX else [path for path in found if "." not in path])


def _chosen(name: str, doc: str, options: list[str]) -> dict[str, Any]:
    return _listed(name, doc, {"type": "array", "items": {"type": "string", "enum": options}, "minItems": 1})


def _listed(name: str, doc: str, schema: Schema) -> dict[str, Any]:
    """A parameter of several values, separated by commas."""
    return {"name": name, "in": "query", "description": doc, "style": "form", "explode": False, "schema": schema}


def _sort(name: str, orders: tuple[str, ...], doc: str) -> dict[str, Any]:
    schema: Schema = {"type": "string", "enum": list(orders), "default": orders[0]}
    return {"name": name, "in": "query", "description": doc, "schema": schema}


def _size(name: str, default: int, most: int, doc: str) -> dict[str, Any]:
    # A greedy caller gets the ceiling, not an error (AIP-158), so that the schema has no lower one than the type's.
    text = f"{doc} More than {most} give {most}, 0 gives {min(default, most)}."
    schema: Schema = {
        "type": "integer",
        "format": "int64",
        "minimum": 0,
        "maximum": INT_MAX,
        "default": min(default, most),
    }
    return {"name": name, "in": "query", "description": text, "schema": schema}


def _filter(of: Filtered, member: str, op: str, type_: Type) -> dict[str, Any]:
    if op == "null":
        doc = f"Only rows without (`true`) or with (`false`) `{member}`."
        return {"name": f"{member}[null]", "in": "query", "description": doc, "schema": {"type": "boolean"}}
    schema = schema_of(replace(type_, optional=False))
    whose = f"with any of `{of.relation}`, as far as the caller may read them, whose" if of.relation else "whose"
    name, doc = (
        (member if op == "eq" else f"{member}[{op}]"),
        f"Only rows {whose} `{of.member}` is {MEANINGS[op]} {'these' if op == 'in' else 'this'}.",
    )
    if op != "in":
        return {"name": name, "in": "query", "description": doc, "schema": schema}
    items = {**schema, "pattern": ITEM_PATTERN} if type_.kind == "str" and type_.pattern is None else schema
    return _listed(name, doc, {"type": "array", "items": items, "minItems": 1, "maxItems": VALUES_MAX})
