"""The named schemas of a Model: what a row answers, what a create, an update and an action take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from strongback.contract.examples import NoExample, example_of
from strongback.contract.schema import Schema, described, schema_of, with_default
from strongback.contract.words import pascal, spoken, with_article
from strongback.model.action import Action, Parameter
from strongback.model.entity import ID, Entity
from strongback.model.model import Model
from strongback.model.relation import Relation
from strongback.model.wire import NESTED_ROWS, arguments_of, member_types, nested, required, writable
from strongback.predicate.types import Type

INCLUDED_MAX: Final = 100
OF_ROWS: Final = frozenset({"Batch", "Create", "HistoryItem", "HistoryPage", "Page", "Partial", "Results", "Update"})


class Names:
    """
    Names of schemas. An entity's own is its class name; what belongs to it is named after it, out of the way of other entities.

    >>> Names(Model("jobs", entities=(Entity("Job"), Entity("JobCreate")))).of("Job", "Create")
    'JobCreateSchema'
    """

    def __init__(self, model: Model) -> None:
        self._taken = {entity.name for entity in model.entities} | {"Problem"}

    def of(self, entity: str, what: str) -> str:
        name = f"{entity}{what}"
        return f"{name}Schema" if name in self._taken else name

    def of_children(self, entity: str, relation: str) -> str:
        """The name of what a row of a nested relation is given."""
        return self.of(entity, f"{pascal(relation)}Row")

    def of_action(self, entity: str, action: str) -> str:
        """The name of what an action takes."""
        what = pascal(action)
        return self.of(entity, f"{what}Action" if what in OF_ROWS else what)


def refer(name: str, kind: str = "schemas") -> Schema:
    """A reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


def row(names: Names, entity: str) -> Schema:
    """A row as a read answers it: whole, or the members that `fields` chose."""
    return {"anyOf": [refer(entity), refer(names.of(entity, "Partial"))]}


def schemas(model: Model, names: Names) -> Iterator[tuple[str, Schema]]:
    """Every schema that is named after an entity, used or not."""
    for entity in model.entities:
        members = {name: _member(entity, name, type_) for name, type_ in member_types(entity)}
        related = dict(_related(model, names, entity))
        yield entity.name, _row(entity, {**members, **related})
        yield names.of(entity.name, "Partial"), _partial(entity, {**members, **related})
        yield names.of(entity.name, "Page"), _page(names, entity)
        yield names.of(entity.name, "Create"), _create(names, entity)
        yield names.of(entity.name, "Update"), _update(names, entity)
        for relation in nested(entity).values():
            yield names.of_children(entity.name, relation.name), _child(model, names, entity, relation)
        for action in entity.actions:
            yield names.of_action(entity.name, action.name), _arguments(entity, action)


def closed(properties: Mapping[str, Schema], needed: tuple[str, ...] = (), doc: str = "") -> Schema:
    """An object with these members and no others."""
    schema: Schema = {"type": "object"}
    if doc:
        schema["description"] = doc
    schema["properties"] = dict(properties)
    if needed:
        schema["required"] = list(needed)
    return {**schema, "additionalProperties": False}


def row_or_id(entity: Entity) -> Schema:
    """A row of *entity* that an action returns in a list."""
    only_id = closed({ID.name: schema_of(entity.id_type)}, (ID.name,), "A row that the caller may not read: its id.")
    return {"anyOf": [refer(entity.name), only_id]}


def _row(entity: Entity, properties: Mapping[str, Schema]) -> Schema:
    shown = tuple(name for name, _ in member_types(entity) if not _is_guarded(entity, name))
    return closed(properties, shown, entity.doc or f"{with_article(spoken(entity.name)).capitalize()}.")


def _partial(entity: Entity, properties: Mapping[str, Schema]) -> Schema:
    return closed(properties, doc=f"The members of {with_article(spoken(entity.name))} that `fields` chose.")


def _member(entity: Entity, name: str, type_: Type) -> Schema:
    field, relation = entity.field(name), entity.relation_of(name)
    schema = schema_of(type_)
    doc = (field.doc if field is not None else relation.doc if relation is not None else "").strip()
    note = "Absent for callers who may not see it." if _is_guarded(entity, name) else ""
    return described(described(schema, note), doc)


def _is_guarded(entity: Entity, name: str) -> bool:
    """Whether not everyone who reads the row sees the member *name*."""
    relation = entity.relation_of(name)
    known = {name} if relation is None else {name, relation.name}
    return any(access.field in known for access in entity.access.fields)


def _related(model: Model, names: Names, entity: Entity) -> Iterator[tuple[str, Schema]]:
    """Relations, which are there only when they are included."""
    for name in entity.members:
        relation = entity.relation(name)
        if relation is None:
            continue
        target = row(names, relation.target)
        if relation.kind == "to_many":
            most = max(INCLUDED_MAX, NESTED_ROWS if relation.nested else 0)
            yield name, described({"type": "array", "items": target, "maxItems": most}, relation.doc)
        else:
            yield name, described(target, relation.doc)


def _page(names: Names, entity: Entity) -> Schema:
    largest = max((query.page_max for query in entity.queries), default=100)
    going_on = "Give it as `page_token` to go on; absent on the last page."
    properties: dict[str, Schema] = {
        "items": {"type": "array", "items": row(names, entity.name), "maxItems": largest},
        "next_page_token": {"type": "string", "description": going_on},
        "count": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "All rows that match, when asked.",
        },
    }
    return closed(properties, ("items",), f"A page of {entity.plural.replace('_', ' ')}.")


def _create(names: Names, entity: Entity) -> Schema:
    properties = {
        name: with_default(_member(entity, name, type_), field.default if (field := entity.field(name)) else None)
        for name, type_ in writable(entity, create=True).items()
    }
    properties |= dict(_brought(names, entity))
    return closed(properties, required(entity), f"What a new {spoken(entity.name)} is given.")


def _brought(names: Names, entity: Entity) -> Iterator[tuple[str, Schema]]:
    """Rows that a create or an update may bring along."""
    for relation in nested(entity).values():
        row = refer(names.of_children(entity.name, relation.name))
        rows: Schema = {"type": "array", "items": row, "maxItems": NESTED_ROWS}
        yield relation.name, described(rows, "All it is to have; on an update, those that are left out are deleted.")


def _child(model: Model, names: Names, entity: Entity, relation: Relation) -> Schema:
    """A row inside another: with an id one that is there, without one that is to be made."""
    target = model.entity(relation.target)
    given = {name: type_ for name, type_ in writable(target, create=True).items() if name != f"{relation.inverse}_id"}
    id_ = described(schema_of(target.id_type), "Of a row there is, which is then changed; without it one is made.")
    properties = {"id": id_, **{name: _member(target, name, type_) for name, type_ in given.items()}}
    doc = f"{with_article(spoken(target.name)).capitalize()} of {with_article(spoken(entity.name))}, written with it."
    return closed({**properties, **dict(_brought(names, target))}, doc=doc)


def _update(names: Names, entity: Entity) -> Schema:
    properties = {name: _member(entity, name, type_) for name, type_ in writable(entity, create=False).items()}
    properties |= dict(_brought(names, entity))
    return closed(
        properties, doc=f"What to change of {with_article(spoken(entity.name))}. Other members stay as they are."
    )


def _arguments(entity: Entity, action: Action) -> Schema:
    known = arguments_of(action)
    needed = tuple(name for name, parameter in known.items() if parameter.default is None)
    return closed(
        {name: _argument(parameter) for name, parameter in known.items()},
        needed,
        f"What `{action.name}` of {with_article(spoken(entity.name))} is given.",
    )


def _argument(parameter: Parameter) -> Schema:
    return described(with_default(schema_of(parameter.type), parameter.default), parameter.doc)


# -- examples of them


def row_example(entity: Entity) -> dict[str, Any] | None:
    """A whole row, or None where some member has no example."""
    return _example(dict(member_types(entity)))


def create_example(entity: Entity) -> dict[str, Any] | None:
    return _example(writable(entity, create=True))


def update_example(entity: Entity) -> dict[str, Any] | None:
    """A change of the first member that may change."""
    return _example(dict(list(writable(entity, create=False).items())[:1]))


def arguments_example(action: Action) -> dict[str, Any] | None:
    return _example({name: parameter.type for name, parameter in arguments_of(action).items()})


def _example(types: Mapping[str, Type]) -> dict[str, Any] | None:
    try:
        return {name: example_of(type_, name) for name, type_ in types.items()}
    except NoExample:
        return None
