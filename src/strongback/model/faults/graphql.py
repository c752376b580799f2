"""Names that are apart in a declaration and meet in GraphQL: `created_at` and `createdAt`, an entity `JobEdge` beside `Job`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from strongback.errors import Fault
from strongback.model.entity import Entity
from strongback.model.faults.place import fault, place
from strongback.model.graphql import member_names, roots, type_names
from strongback.model.model import Model

# Types of every schema; of the filters those whose names hold no name of an entity.
SCALARS: Final = ("Boolean", "Bytes", "Date", "DateTime", "Decimal", "Duration", "Float", "Int64", "String", "UUID")
RESERVED: Final = frozenset(
    {"Int", "ID", "JSON", "BatchRow", *SCALARS}
    | {f"{n}{b}{s}Filter" for n in ("", "Nullable") for b in ("", "Exact", "Any") for s in SCALARS}
)


def graphql_faults(model: Model) -> Iterator[Fault]:
    yield from _types(model)
    yield from _members(model)
    yield from _roots(model)


def _types(model: Model) -> Iterator[Fault]:
    for entity in model.entities:
        if entity.name in RESERVED:
            message = f"`{entity.name}` is the name of a type of every GraphQL schema"
            yield fault("SB177", place(entity), message, "choose another, or leave graphql=True out")
    yield from _twice((name, entity, f"the type `{name}`") for name, entity in type_names(model))


def _members(model: Model) -> Iterator[Fault]:
    for entity in model.entities:
        seen: dict[tuple[str, str], str] = {}
        for type_, name, declared in member_names(model, entity):
            if seen.setdefault((type_, name), declared) != declared:
                message = f"`{seen[type_, name]}` and `{declared}` are both `{name}` in GraphQL's `{type_}`"
                yield fault("SB178", place(entity), message, "rename one, or leave graphql=True out")


def _roots(model: Model) -> Iterator[Fault]:
    named = ((root.name, model.entity(root.entity), f"the field `{root.name}`") for root in roots(model) if root.entity)
    yield from _twice(named, ("node",))


def _twice(named: Iterable[tuple[str, Entity, str]], taken: Iterable[str] = ()) -> Iterator[Fault]:
    seen = dict.fromkeys(taken, "")
    for name, entity, what in named:
        if name in seen:
            message = f"`{entity.name}` gives GraphQL {what} a second time"
            yield fault("SB178", place(entity), message, "rename one, or leave graphql=True out")
        seen[name] = entity.name
