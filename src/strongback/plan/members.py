"""The members of a row: wire name, value and type of each."""

from __future__ import annotations

from collections.abc import Iterator

from strongback.model.entity import ID, Entity
from strongback.predicate.tree import Expr, Path
from strongback.predicate.types import Type


def members(entity: Entity) -> Iterator[tuple[str, Expr, Type]]:
    """Wire name, value and type of everything a row answers, in wire order."""
    for name in (ID.name, *entity.members, "created_at", "updated_at"):
        field, relation = entity.field(name), entity.relation(name)
        if field is not None and field.stored:
            yield name, Path("self", (name,)), field.type
        elif relation is not None and relation.kind == "to_one":
            yield relation.column, Path("self", (name,)), member_type(entity, relation.column)
    for field in entity.fields:
        if field.computed is not None:
            yield field.name, field.computed, field.type


def member_type(entity: Entity, wire: str) -> Type:
    """The type of a field, or of the reference a to-one relation is on the wire."""
    field = entity.field(wire)
    if field is not None:
        return field.type
    relation = entity.relation_of(wire)
    assert relation is not None, f"{entity.name} has no member {wire}"
    return relation.held


def member_path(entity: Entity, wire: str) -> Path:
    """The path to a stored member by its wire name."""
    relation = entity.relation_of(wire)
    return Path("self", (relation.name if relation is not None else wire,))
