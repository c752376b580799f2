"""What a row, a body and a filter are on the wire: names and types, the same for every door and every contract."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from strongback.model.action import Action, Parameter
from strongback.model.entity import ID, Entity
from strongback.model.model import Model
from strongback.model.query import Query
from strongback.model.relation import Relation
from strongback.predicate.tree import FALSE
from strongback.predicate.types import Type

# Relations that one read may bring, those of relations included: each is a part of a statement that has to be made.
INCLUDES_MAX = 32
# Operations of one batch.
BATCH_MAX = 100
# Rows that one request brings along, and how deep.
NESTED_ROWS = 500
NESTED_DEPTH = 3
# The version of a row: as stored, and as plans name it. A caller meets it in tags only.
ROW_VERSION = "_version"
ORDERED = frozenset({"int", "float", "decimal", "datetime", "date", "timedelta"})


def member_types(entity: Entity) -> Iterator[tuple[str, Type]]:
    """Wire name and type of everything a row answers, in wire order; relations are their ids."""
    for name in (ID.name, *entity.members, "created_at", "updated_at"):
        field, relation = entity.field(name), entity.relation(name)
        if field is not None and field.stored:
            yield name, field.type
        elif relation is not None and relation.kind == "to_one":
            yield relation.column, relation.reference
    yield from ((field.name, field.type) for field in entity.fields if not field.stored)


@lru_cache(maxsize=2048)
def writable(entity: Entity, *, create: bool) -> dict[str, Type]:
    """Wire names and types a derived create or update takes."""
    gives_key = create and entity.key is not None and not entity.key.generated
    types: dict[str, Type] = {ID.name: entity.id_type} if gives_key else {}
    for name in entity.members:
        field, relation = entity.field(name), entity.relation(name)
        member = field or relation
        if member is None or member.read_only or (member.immutable and not create):
            continue
        if field is not None and field.stored and field.blob is None:
            types[name] = field.type
        elif relation is not None and relation.kind == "to_one":
            types[relation.column] = relation.reference
    return types


@lru_cache(maxsize=2048)
def required(entity: Entity) -> tuple[str, ...]:
    """Wire names a create must give: neither optional nor with a default."""
    defaults = {field.name for field in entity.fields if field.default is not None}
    types = writable(entity, create=True)
    return tuple(name for name, type_ in types.items() if not type_.optional and name not in defaults)


class Filtered(NamedTuple):
    """What a filter asks: the *member* of a row of *entity*; of any row behind the to-many *relation*, when there is one."""

    entity: Entity
    member: str
    relation: str = ""


def filtered(model: Model, entity: Entity, member: str) -> Filtered:
    """What the filter on *member* asks, by its wire name or as declared: `city`, `skills.skill_id`."""
    relation, behind, name = member.partition(".")
    if not behind:
        return Filtered(entity, member)
    found = entity.relation(relation)
    assert found is not None, f"{entity.name} has no relation {relation}"  # checked when the model loaded
    return Filtered(model.entity(found.target), name, relation)


def filterable(model: Model, entity: Entity, query: Query) -> tuple[str, ...]:
    """Wire names a caller may filter *query* by, in the order of declaration."""
    return tuple(dict.fromkeys(_filter_name(filtered(model, entity, member)) for member in query.where))


def _filter_name(asks: Filtered) -> str:
    relations = {relation.name: relation.column for relation in asks.entity.to_one()}
    name = relations.get(asks.member, asks.member)
    return f"{asks.relation}.{name}" if asks.relation else name


def filter_operators(model: Model, entity: Entity, member: str) -> frozenset[str]:
    """The operators of the filter *member*. Of many rows one is asked for that is so; that none is, nobody can ask."""
    asks = filtered(model, entity, member)
    found = operators_of(asks.entity, asks.member)
    return found - {"ne", "null"} if asks.relation else found


def operators_of(entity: Entity, member: str) -> frozenset[str]:
    """The operators a comparison with *member* has. Ciphertext can only be asked for equality."""
    field, relation = entity.field(member), entity.relation_of(member)
    type_ = field.type if field is not None else Type("ref", optional=relation is not None and relation.optional)
    null = {"null"} if type_.optional else set[str]()
    if field is not None and field.pii is not None:
        return frozenset({"eq", "in"} | null)
    return frozenset({"eq", "ne", "in"} | ({"lt", "lte", "gt", "gte"} if type_.kind in ORDERED else set()) | null)


def orders_of(entity: Entity, query: Query) -> tuple[str, ...]:
    """The orders a caller may ask *query* for, in wire names; the first is the default."""
    return tuple(wire_order(entity, order) for order in query.sort) or (ID.name,)


def included_orders(entity: Entity) -> tuple[str, ...]:
    """The orders a caller may ask an included list of *entity* for; the first is the default."""
    declared = {order for query in entity.queries for order in query.sort} | {
        "id",
        *(("created_at", "-created_at") if entity.managed else ()),
    }
    return tuple(wire_order(entity, order) for order in ("-id", *sorted(declared - {"-id"})))


def wire_order(entity: Entity, order: str) -> str:
    """*order* in wire names: a relation is its column (`-company` is `-company_id`)."""

    def wire(key: str) -> str:
        return f"{key}_id" if entity.relation(key.lstrip("-")) is not None else key

    return ",".join(wire(key.strip()) for key in order.split(","))


def no_id(entity: Entity, raw: object) -> str:
    """Why *raw* is of no kind that an id of *entity* has in JSON; empty when it is."""
    if entity.id_type.kind == "int":
        return "" if isinstance(raw, int) and not isinstance(raw, bool) else "expected a whole number"
    return "" if isinstance(raw, str) else "expected a UUID" if entity.key is None else "expected text"


def argument_name(name: str, type_: Type) -> str:
    """The wire name of an action's parameter: a row is given by its id."""
    return f"{name}_id" if type_.kind == "ref" else name


def arguments_of(action: Action) -> dict[str, Parameter]:
    """The parameters of *action* by wire name."""
    return {argument_name(p.name, p.type): p for p in action.parameters}


@lru_cache(maxsize=2048)
def batched(entity: Entity) -> tuple[str, ...]:
    """The kinds of operations that a batch on *entity* takes: those that are granted to somebody."""
    access = entity.access
    kinds = (("update", access.update), ("delete", access.delete), ("restore", access.restore))
    on_rows = kinds if access.read != FALSE else ()
    granted = [kind for kind, allow in (("create", access.create), *on_rows) if allow != FALSE]
    return (*granted, "action") if batched_actions(entity) else tuple(granted)


@lru_cache(maxsize=2048)
def batched_actions(entity: Entity) -> dict[str, Action]:
    """The actions that a batch on *entity* takes, by name."""
    readable = entity.access.read != FALSE
    return {a.name: a for a in entity.actions if a.allow != FALSE and (readable or a.on == "class")}


@lru_cache(maxsize=2048)
def nested(entity: Entity) -> dict[str, Relation]:
    """The relations whose rows a create or update of *entity* may bring along, by name."""
    return {relation.name: relation for relation in entity.to_many() if relation.nested}
