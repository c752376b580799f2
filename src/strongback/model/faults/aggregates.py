"""Aggregates: what rows can be grouped by, and what can be measured of them."""

from __future__ import annotations

from collections.abc import Iterator

from strongback.errors import Fault, did_you_mean
from strongback.model.aggregate import (
    COUNT,
    FUNCTIONS,
    GROUP_BY,
    GROUP_TEXT_MAX,
    GROUPS_MAX,
    MEASURES,
    functions_of,
    is_groupable,
)
from strongback.model.entity import Entity
from strongback.model.faults.place import fault, place
from strongback.model.model import Model
from strongback.model.query import Query

# Names that an aggregate's own members and parameters have.
TAKEN = frozenset({COUNT, *FUNCTIONS, GROUP_BY, MEASURES})


def aggregate_faults(model: Model) -> Iterator[Fault]:
    for entity in model.entities:
        for query in entity.queries:
            yield from _groups(entity, query)
            yield from _measures(entity, query)
            if (query.group or query.measure) and entity.query("aggregate") is not None:
                message = f"`{query.name}` has aggregates, whose path a query called `aggregate` has too"
                yield fault("SB191", place(entity, query), message, "rename that query")


def _groups(entity: Entity, query: Query) -> Iterator[Fault]:
    where, said = place(entity, query), f"the query `{query.name}` groups by"
    relations = {relation.name for relation in entity.to_one()}
    for name in query.group:
        field = entity.field(name)
        if field is None and name not in relations:
            known = [f.name for f in entity.all_fields()] + sorted(relations)
            yield fault(
                "SB191", where, f"{said} `{name}`, which `{entity.name}` does not have", did_you_mean(name, known)
            )
        elif field is not None and not is_groupable(field):
            why = f"a stored field with few values, no float, no personal data; text of at most {GROUP_TEXT_MAX} characters"
            yield fault("SB191", where, f"{said} `{name}`, which it cannot", f"name {why}")
        elif name in TAKEN:
            yield fault("SB191", where, f"{said} `{name}`, a name that the answer has itself", "rename the field")
    if len(query.group) > GROUPS_MAX or len(set(query.group)) < len(query.group):
        yield fault("SB191", where, f"{said} too many fields, or one twice", f"at most {GROUPS_MAX}, each once")


def _measures(entity: Entity, query: Query) -> Iterator[Fault]:
    where, said = place(entity, query), f"the query `{query.name}` measures"
    for name in query.measure:
        field = entity.field(name)
        if field is None:
            known = [f.name for f in entity.all_fields()]
            yield fault(
                "SB191", where, f"{said} `{name}`, which `{entity.name}` does not have", did_you_mean(name, known)
            )
        elif not field.stored or field.pii is not None or not functions_of(field.type):
            hint = "name a stored field that is a number or a time, and not personal"
            yield fault("SB191", where, f"{said} `{name}`, which it cannot", hint)
    if len(set(query.measure)) < len(query.measure):
        yield fault("SB191", where, f"{said} a field twice")
