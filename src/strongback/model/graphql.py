"""What things are called in GraphQL, and which there are: the one place for the printed schema, the door, and the faults of names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from strongback.model.action import Action
from strongback.model.aggregate import COUNT, FUNCTIONS, grouped
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.query import Query
from strongback.model.wire import (
    ROW_VERSION,
    batched,
    batched_actions,
    filterable,
    included_orders,
    member_types,
    orders_of,
)
from strongback.predicate.tree import FALSE, TRUE
from strongback.predicate.types import Type

Kind = Literal["node", "get", "list", "aggregate", "create", "update", "delete", "restore", "action", "batch"]
MUTATIONS: Final = frozenset({"create", "update", "delete", "restore", "action", "batch"})
NAME: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")
# GraphQL, section 2.9.6: these are values of their own.
NO_MEMBERS: Final = frozenset({"true", "false", "null"})
# Arguments and fields of ours that stand beside those of an entity.
OF_ROWS: Final = ("id", "rowId")
SEPARATOR: Final = ":"
# Where it is served.
PATH: Final = "/graphql"


def camel(name: str) -> str:
    """
    A wire name as GraphQL spells it.

    >>> camel("created_at"), camel("skills.skill_id"), camel("job-offers"), camel("city")
    ('createdAt', 'skillsSkillId', 'jobOffers', 'city')
    """
    first, *others = re.split(r"[._-]", name)
    return first + "".join(part[:1].upper() + part[1:] for part in others)


def pascal(name: str) -> str:
    """
    The same at the beginning of a type's name.

    >>> pascal("of_late"), pascal("JobOffer")
    ('OfLate', 'JobOffer')
    """
    text = camel(name)
    return text[:1].upper() + text[1:]


def order_name(order: str) -> str:
    """
    An order as a member of an enum.

    >>> order_name("-created_at"), order_name("city,-id")
    ('CREATED_AT_DESC', 'CITY_ASC_ID_DESC')
    """
    keys = (key.strip() for key in order.split(","))
    return "_".join(f"{key.lstrip('-').upper()}_{'DESC' if key.startswith('-') else 'ASC'}" for key in keys)


def global_id(entity: str, row: object) -> str:
    """The id by which `node` finds a row of any entity: `Job:0192…`."""
    return f"{entity}{SEPARATOR}{row}"


def is_enum(type_: Type) -> bool:
    """Whether all members of a closed set of texts can be named in GraphQL; otherwise they stay texts."""
    return type_.kind == "enum" and all(
        NAME.fullmatch(m) and m not in NO_MEMBERS and m[:2] != "__" for m in type_.members
    )


# -- rows


@dataclass(frozen=True, slots=True)
class RowField:
    """
    One field of a row's type.

    Attributes:
        name: In GraphQL.
        wire: The wire name of a member, or the name of a relation; empty for the global id.
        type: Of a member; None for the global id and for a relation.
        target: Of a relation: the entity at its other end.
        many: Of a relation: whether it leads to many rows.
        nullable: Whether there may be no value: none is stored, or the caller may not see it.
    """

    name: str
    wire: str
    doc: str = ""
    type: Type | None = None
    target: str = ""
    many: bool = False
    nullable: bool = False


def row_fields(model: Model, entity: Entity) -> tuple[RowField, ...]:
    """The fields of *entity*'s type, in wire order, relations at their end."""
    return tuple(_fields_of(model, entity))


def _fields_of(model: Model, entity: Entity) -> Iterator[RowField]:
    yield RowField("id", "", "The id by which `node` finds it.")
    for wire, type_ in member_types(entity):
        if wire == "id":
            yield RowField("rowId", "id", "The id that other doors know it by.", entity.id_type)
            continue
        field, relation = entity.field(wire), entity.relation_of(wire)
        doc = field.doc if field is not None else relation.doc if relation is not None else ""
        yield RowField(camel(wire), wire, doc, type_, nullable=type_.optional or is_guarded(entity, wire))
    if entity.managed:
        yield RowField("etag", ROW_VERSION, "The version of the row, for `ifMatch`.", Type("str"))
    for relation in entity.relations:
        target = model.entity(relation.target)
        if target.access.read == FALSE:
            continue  # nobody ever sees what is behind it
        many = relation.kind == "to_many"
        hidden = relation.optional or is_restricted(target) or is_guarded(entity, relation.column)
        yield RowField(camel(relation.name), relation.name, relation.doc, None, target.name, many, not many and hidden)


def is_guarded(entity: Entity, wire: str) -> bool:
    """Whether not everybody who reads a row sees the member *wire*."""
    return any(access.field == wire for access in entity.access.fields)


def is_restricted(entity: Entity) -> bool:
    """Whether there can be a row of *entity* that some caller does not see."""
    return entity.access.read != TRUE or entity.soft_delete


# -- operations


@dataclass(frozen=True, slots=True)
class Root:
    """
    One field of `Query` or `Mutation`: an operation.

    Attributes:
        name: In GraphQL.
        operation: Of a list and an aggregate the query's name, of an action the action's; otherwise the kind.
    """

    name: str
    kind: Kind
    entity: str = ""
    operation: str = ""

    @property
    def is_mutation(self) -> bool:
        return self.kind in MUTATIONS

    @property
    def type_name(self) -> str:
        """What its own types begin with: `CreateJob`, `JobSearch`."""
        return self.name[:1].upper() + self.name[1:]


def roots(model: Model) -> Iterator[Root]:
    """Every operation of *model*, entity by entity. What is granted to nobody is not there."""
    yield Root("node", "node")
    for entity in model.entities:
        yield from _roots_of(entity)


def _roots_of(entity: Entity) -> Iterator[Root]:
    access, single = entity.access, camel(entity.name[:1].lower() + entity.name[1:])
    if access.read != FALSE:
        yield Root(single, "get", entity.name, "get")
        yield from _lists(entity, single)
    if access.create != FALSE:
        yield Root(f"create{entity.name}", "create", entity.name, "create")
    if access.read != FALSE:
        for kind in ("update", "delete", "restore"):
            if getattr(access, kind) != FALSE:
                yield Root(f"{kind}{entity.name}", kind, entity.name, kind)
    for action in entity.actions:
        if action.allow != FALSE and (action.on == "class" or access.read != FALSE):
            yield Root(action_name(entity, action), "action", entity.name, action.name)
    if batched(entity):
        yield Root(f"batch{entity.name}", "batch", entity.name, "batch")


def _lists(entity: Entity, single: str) -> Iterator[Root]:
    many = camel(entity.plural)
    many = f"{many}List" if many == single else many
    for query in entity.queries:
        if query.allow != FALSE:
            name = many if query.name == "search" else f"{many}{pascal(query.name)}"
            yield Root(name, "list", entity.name, query.name)
            if query.has_aggregates:
                yield Root(f"{name}Aggregate", "aggregate", entity.name, query.name)


def action_name(entity: Entity, action: Action) -> str:
    """
    The mutation of an action.

    >>> action_name(Entity("Job"), Action("publish", "row", FALSE)), action_name(Entity("Job"), Action("update", "row", FALSE))
    ('publishJob', 'updateActionJob')
    """
    taken = action.name in MUTATIONS
    return f"{camel(action.name)}{'Action' * taken}{entity.name}"


def batch_members(entity: Entity) -> dict[str, str]:
    """What one operation of a batch may be: name in GraphQL, and the kind or the action it is."""
    kinds = {kind: kind for kind in batched(entity) if kind != "action"}
    taken = {name: f"{camel(name)}{'Action' * (name in kinds)}" for name in batched_actions(entity)}
    return kinds | {spelt: name for name, spelt in taken.items()}


# -- names of types that are made of others'


def query_type(entity: Entity, query: Query) -> str:
    """What the types of a list begin with: `JobSearch`."""
    return f"{entity.name}{pascal(query.name)}"


def member_type_name(entity: Entity, wire: str) -> str:
    """The type of a member that needs one of its own, an enum or a value object: `JobStatus`."""
    return f"{entity.name}{pascal(wire)}"


def type_names(model: Model) -> Iterator[tuple[str, Entity]]:
    """The name of every type that *entity* gives the schema, as far as it depends on names of the team's; for each whose it is."""
    for entity in model.entities:
        for end in ("", "Edge", "Connection", "Order", "ListConnection"):
            yield f"{entity.name}{end}", entity
        for query in entity.queries:
            begin = query_type(entity, query)
            ends = ("Where", "Order", *(("Group", "Aggregate", "AggregatePage") if query.has_aggregates else ()))
            yield from ((f"{begin}{end}", entity) for end in ends)
        for field in entity.fields:
            if is_enum(field.type) or field.type.kind == "object":
                yield member_type_name(entity, field.name), entity
        for root in _roots_of(entity):
            if root.is_mutation:
                yield from ((f"{root.type_name}{end}", entity) for end in ("Input", "Payload"))


def member_names(model: Model, entity: Entity) -> Iterator[tuple[str, str, str]]:
    """Every name inside the types of *entity*: the type, the name in GraphQL, and what it is called in the declaration."""
    for field in row_fields(model, entity):
        yield entity.name, field.name, field.wire or "id"
    for order in included_orders(entity):
        yield f"{entity.name}Order", order_name(order), order
    for query in entity.queries:
        begin = query_type(entity, query)
        yield from ((f"{begin}Where", camel(name), name) for name in filterable(model, entity, query))
        yield from ((f"{begin}Order", order_name(order), order) for order in orders_of(entity, query))
        if query.has_aggregates:
            yield from ((f"{begin}Aggregate", name, f"the figure {name}") for name in (COUNT, *FUNCTIONS))
            yield from ((f"{begin}Aggregate", camel(name), name) for name in grouped(entity, query.group))
