"""Unique constraints and indexes."""

from __future__ import annotations

from collections.abc import Iterator

from strongback.errors import Fault, did_you_mean
from strongback.model.entity import Entity, Index, Unique
from strongback.model.faults.place import fault, place
from strongback.model.field import Field
from strongback.model.model import Model
from strongback.model.typing import known_if
from strongback.predicate.tree import Expr, Path

UNFIT = frozenset({"json", "list", "object"})


def unique_faults(model: Model) -> Iterator[Fault]:
    for entity in model.entities:
        for unique in entity.uniques:
            yield from _members(entity, unique, unique.members)
            yield from _nullable(entity, unique)
        yield from _repeated(entity)
        for index in entity.indexes:
            yield from _members(entity, index, tuple(member.removeprefix("-") for member in index.members))
        for field in entity.fields:
            yield from _single(entity, field)


def _members(entity: Entity, item: Unique | Index, members: tuple[str, ...]) -> Iterator[Fault]:
    where = place(entity, item)
    to_one = {relation.name for relation in entity.to_one()}
    if not members:
        yield fault("SB170", where, f"`{item.name}` names no field")
    for name in members:
        field = entity.field(name)
        if field is None and name not in to_one:
            hint = did_you_mean(name, [*(f.name for f in entity.all_fields()), *to_one])
            yield fault("SB170", where, f"`{item.name}` names `{name}`, which is no field or to-one relation", hint)
        elif field is not None:
            yield from (fault("SB170", where, f"`{item.name}` names `{name}`, {why}") for why in _unfit(field))
    for name in sorted({name for name in members if members.count(name) > 1}):
        yield fault("SB170", where, f"`{item.name}` names `{name}` twice")


def _repeated(entity: Entity) -> Iterator[Fault]:
    """Two rules over the same members are one rule with two names: a client would never know which it hears of."""
    first: dict[tuple[frozenset[str], Expr | None], str] = {
        (frozenset({field.name}), None): f"unique=True` of `{field.name}" for field in entity.fields if field.unique
    }
    for unique in entity.uniques:
        whole = first.get((frozenset(unique.members), None))
        other = whole or first.setdefault((frozenset(unique.members), unique.where), unique.name)
        if other != unique.name:
            message = f"`{unique.name}` says what `{other}` says already: {', '.join(unique.members)}"
            yield fault("SB170", place(entity, unique), message, "keep one of them")


def _unfit(field: Field) -> Iterator[str]:
    if not field.stored:
        yield "which is computed: it has no column"
    elif field.type.kind in UNFIT:
        yield f"which is of type {field.type.kind}: no store can index it"


def _nullable(entity: Entity, unique: Unique) -> Iterator[Fault]:
    """
    SQL holds two NULLs for distinct, so a rule over several members would not bind rows where one is None. Over one
    member it reads well ("unique where there is one"), over several it does not: refused.
    """
    if len(unique.members) < 2:
        return
    there = known_if(unique.where, True) if unique.where is not None else frozenset()
    for name in unique.members:
        if Path("self", (name,)) in there:
            continue
        field, relation = entity.field(name), entity.relation(name)
        optional = field.type.optional if field is not None else relation is not None and relation.optional
        if optional:
            message = (
                f"`{unique.name}` would not bind rows where `{name}` is None: in an index None is not equal to None"
            )
            hint = f"make `{name}` required, take it out, or bind only rows with `where`: `self.{name} is not None`"
            yield fault("SB169", place(entity, unique), message, hint)


def _single(entity: Entity, field: Field) -> Iterator[Fault]:
    if field.unique or field.index:
        what = "unique" if field.unique else "indexed"
        for why in _unfit(field):
            yield fault(
                "SB170", place(entity, field), f"`{field.name}` is declared {what}, {why.removeprefix('which ')}"
            )
