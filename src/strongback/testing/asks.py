"""What the matrix asks: selections, filters and bodies, few enough shapes that each is compiled once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any

import msgspec

from strongback.model.entity import Entity
from strongback.model.key import Id
from strongback.model.model import Model
from strongback.model.query import Query
from strongback.model.wire import filter_operators, filterable, filtered, included_orders, member_types
from strongback.plan.asked import FilterAsk, SelectAsk
from strongback.plan.members import member_type
from strongback.predicate.types import Type
from strongback.store.sql.wire import to_wire
from strongback.testing.grants import Grants
from strongback.testing.oracle import Caller, Instance, Oracle
from strongback.testing.samples import Samples

PLAIN = SelectAsk()
# Keys of a short pattern are soon all taken.
ROUNDS = 10_000


@dataclass(frozen=True, slots=True)
class Asking:
    """A filter with its typed values."""

    member: str
    op: str
    values: tuple[Any, ...]
    type: Type

    def ask(self) -> FilterAsk:
        raw = self.values if self.op == "null" else tuple(json_value(self.type, value) for value in self.values)
        return FilterAsk(self.member, self.op, raw, self.member, text=False)

    def matches(self, oracle: Oracle, row: Instance, caller: Caller) -> bool:
        """Whether *row* passes: never where the caller does not see the field, or it holds nothing to compare."""
        relation, behind, member = self.member.partition(".")
        if not behind:
            return self._passes(oracle, row, self.member, caller)
        readable = [each for each in row.__dict__[relation] if oracle.may("read", each, caller)]
        return any(self._passes(oracle, each, member, caller) for each in readable)

    def _passes(self, oracle: Oracle, row: Instance, member: str, caller: Caller) -> bool:
        if not oracle.sees(row, member, caller):
            return False
        held = oracle.stored_value(row, member)
        if self.op == "null":
            return (held is None) is self.values[0]
        return held is not None and self._compare(held)

    def _compare(self, held: Any) -> bool:
        fold = self.type.fold
        held, values = (held.casefold(), [v.casefold() for v in self.values]) if fold else (held, list(self.values))
        match self.op:
            case "eq":
                return bool(held == values[0])
            case "ne":
                return bool(held != values[0])
            case "in":
                return held in values
            case "lt":
                return bool(held < values[0])
            case "lte":
                return bool(held <= values[0])
            case "gt":
                return bool(held > values[0])
            case _:
                return bool(held >= values[0])

    def __str__(self) -> str:
        return f"{self.member}[{self.op}]={','.join(map(str, self.values))}"


class Asks:
    """Chooses what to ask of one service."""

    def __init__(self, model: Model, grants: Grants, random: Random) -> None:
        self.model, self.random = model, random
        self.samples = Samples(model, random)
        self._palettes = {entity.name: _palette(model, entity, grants) for entity in model.entities}

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def select(self, entity: Entity) -> SelectAsk:
        return self.random.choice(self._palettes[entity.name])

    def filters(self, entity: Entity, query: Query, oracle: Oracle) -> tuple[Asking, ...]:
        members = filterable(self.model, entity, query)
        count = (2 if self.chance(0.1) else self.random.choice((0, 1, 1))) if members else 0
        return tuple(self._filter(entity, self.random.choice(members), oracle) for _ in range(count))

    def _filter(self, entity: Entity, member: str, oracle: Oracle) -> Asking:
        op = self.random.choice(sorted(filter_operators(self.model, entity, member)))
        of = filtered(self.model, entity, member)
        type_ = msgspec.structs.replace(member_type(of.entity, of.member), optional=False)
        if op == "null":
            return Asking(member, op, (self.chance(0.5),), type_)
        count = 2 if op == "in" else 1
        return Asking(
            member, op, tuple(self._operand(of.entity, of.member, type_, oracle) for _ in range(count)), type_
        )

    def _operand(self, entity: Entity, member: str, type_: Type, oracle: Oracle) -> Any:
        rows = oracle.world.rows.get(entity.name, [])
        held = [row.values[member] for row in rows if row.values.get(member) is not None]
        if held and self.chance(0.85):
            return self.random.choice(held)
        if member in ("created_at", "updated_at"):
            return oracle.world.now
        return self.samples.value(type_, f"{entity.name}.{member}")

    # -- bodies

    def value(self, entity: str, name: str, type_: Type, oracle: Oracle) -> Any:
        """A typed value for a member or a parameter; of a reference mostly the id of a row there is, of a new row's key mostly none."""
        if name == "id" and oracle.model.entity(entity).key is not None:
            rows = oracle.world.rows.get(entity, [])
            return self.random.choice(rows).id if rows and self.chance(0.15) else self.unknown(type_, oracle)
        if type_.kind != "ref":
            return self.samples.value(type_, f"{entity}.{name}")
        if type_.optional and self.chance(0.2):
            return None
        return self.reference(type_.target, oracle)

    def unknown(self, type_: Type, oracle: Oracle) -> Any:
        """The id of no row there is."""
        return next(id_ for _ in range(ROUNDS) if (id_ := self.samples.id(type_)) not in oracle.world.by_id)

    def reference(self, target: str, oracle: Oracle) -> Id:
        rows = oracle.world.rows.get(target, [])
        return (
            self.random.choice(rows).id
            if rows and not self.chance(0.08)
            else self.unknown(self.model.entity(target).id_type, oracle)
        )


def json_value(type_: Type, value: Any) -> Any:
    """A typed value as a JSON body holds it."""
    return msgspec.json.decode(msgspec.json.encode(to_wire(type_, value)))


def json_body(types: Mapping[str, Type], values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: json_value(types[name], value) for name, value in values.items()}


def _palette(model: Model, entity: Entity, grants: Grants) -> list[SelectAsk]:
    return [PLAIN, PLAIN, PLAIN, *_selections(model, entity, grants)]


def _selections(model: Model, entity: Entity, grants: Grants) -> Iterator[SelectAsk]:
    names = [name for name, _ in member_types(entity)]
    guarded = [name for name in names if name in grants.guarded(entity.name)]
    if guarded:
        yield SelectAsk(fields=("id", *guarded))
        yield SelectAsk(fields=tuple(guarded))
    yield SelectAsk(fields=tuple(name for name in names if name not in guarded)[:3])
    for relation in entity.relations:
        yield SelectAsk(include={relation.name: SelectAsk()})
        target = model.entity(relation.target)
        yield SelectAsk(include={relation.name: _nested(model, target, relation.kind)})
        if grants.guarded(target.name):
            yield SelectAsk(include={relation.name: _bare(target, grants)})
    if len(entity.relations) > 1:
        yield SelectAsk(include={relation.name: SelectAsk() for relation in entity.relations})


def _bare(target: Entity, grants: Grants) -> SelectAsk:
    """Of the target nothing but what not everybody sees, and a relation: for some callers, then, no member of its own."""
    relations = {relation.name: SelectAsk() for relation in islice(target.to_one(), 1)}
    return SelectAsk(fields=tuple(sorted(grants.guarded(target.name))), include=relations)


def _nested(model: Model, target: Entity, kind: str) -> SelectAsk:
    """Relations of the target too, and theirs; of many rows a few, in another order."""
    deeper = {
        relation.name: SelectAsk(include={r.name: SelectAsk() for r in model.entity(relation.target).relations[:1]})
        for relation in target.relations[:2]
    }
    if kind == "to_one":
        return SelectAsk(include=deeper)
    return SelectAsk(include=deeper, sort=included_orders(target)[-1], page_size=2)
