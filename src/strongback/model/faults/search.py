"""Search by words: over which fields it can be."""

from __future__ import annotations

from collections.abc import Iterator

from strongback.errors import Fault, did_you_mean
from strongback.model.entity import Entity
from strongback.model.faults.place import fault, place
from strongback.model.field import Field
from strongback.model.model import Model
from strongback.model.query import Query
from strongback.model.words import FIELDS_MAX


def search_faults(model: Model) -> Iterator[Fault]:
    for entity in model.entities:
        for query in entity.queries:
            yield from _fields(entity, query)


def _fields(entity: Entity, query: Query) -> Iterator[Fault]:
    where, said = place(entity, query), f"the query `{query.name}` searches"
    for name in query.text:
        field = entity.field(name)
        if field is None:
            known = [f.name for f in entity.fields]
            yield fault(
                "SB190", where, f"{said} `{name}`, which `{entity.name}` does not have", did_you_mean(name, known)
            )
        elif field.pii is not None:
            message = f"{said} `{name}`, which is personal: its words would lie in an index, unencrypted"
            yield fault(
                "SB190", where, message, 'leave it out; `lookup="exact"` finds a personal field by its whole value'
            )
        elif not field.stored or field.type.kind != "str":
            yield fault("SB190", where, f"{said} `{name}`, which is {_why(field)}", "name fields of type `str`")
    for name in sorted({name for name in query.text if query.text.count(name) > 1}):
        yield fault("SB190", where, f"{said} `{name}` twice")
    if len(query.text) > FIELDS_MAX:
        yield fault("SB190", where, f"{said} {len(query.text)} fields; at most {FIELDS_MAX} can share an index")


def _why(field: Field) -> str:
    return (
        "computed: its words are stored nowhere"
        if not field.stored
        else f"of type {field.type.kind}, which has no words"
    )
