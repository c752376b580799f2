"""
Worlds: rows of every entity of a service, made up from a seed and nothing else.

A world holds what a permission can stumble over: several tenants, null references, rows that refer to their own kind, deleted rows
that are still stored, ties in every order. Constraints hold, so that it can be stored as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any

from strongback.model.blob import Blob
from strongback.model.entity import Entity
from strongback.model.holds import holds
from strongback.model.key import Id
from strongback.model.model import Model
from strongback.model.relation import Relation
from strongback.model.tenancy import tenant_of
from strongback.plan.write import stored_names
from strongback.predicate.tree import Expr
from strongback.predicate.walk import paths
from strongback.testing.samples import NOW, TRIES, Samples

HOURS = (0, 0, 1, 2, 5, 24)


@dataclass(frozen=True, slots=True)
class KeptVersion:
    """A version of a row that the store keeps: what made it, when, and the values it had."""

    version: int
    at: datetime
    change: str
    values: Mapping[str, Any]


@dataclass(slots=True)
class RawRow:
    """
    A row as it is stored.

    Attributes:
        values: Python values by column name; of an encrypted field the value itself.
        later: References to rows that are stored after this one: put in by an update.
        earlier: Values that the row has at first, where its history is kept: an update gives it those it has now.
        versions: What the store keeps of it, noted when it is stored.
        tenant: The tenant's id; None for a global entity.
    """

    entity: str
    id: Id
    values: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    tenant: Id | None = None
    later: dict[str, Id] = field(default_factory=dict)
    earlier: dict[str, Any] = field(default_factory=dict)
    versions: list[KeptVersion] = field(default_factory=list)
    deleted: bool = False
    version: int = 1


@dataclass(slots=True)
class World:
    """
    Rows by entity, in an order in which they can be stored.

    Attributes:
        now: The time of every request made of it.
    """

    model: Model
    seed: str
    now: datetime = NOW
    rows: dict[str, list[RawRow]] = field(default_factory=dict)
    by_id: dict[Id, RawRow] = field(default_factory=dict)

    def add(self, row: RawRow) -> None:
        self.rows.setdefault(row.entity, []).append(row)
        self.by_id[row.id] = row

    def all(self) -> Iterator[RawRow]:
        for rows in self.rows.values():
            yield from rows


def make_world(model: Model, seed: str, size: int = 6) -> World:
    """
    Make a world of *model*.

    Args:
        seed: Equal seeds make equal worlds.
        size: About how many rows an entity has.
    Raises:
        NoSample: No valid value of a field can be made up.
    """
    return _Maker(model, seed, size).make()


def storing_order(model: Model) -> list[Entity]:
    """Entities, those that others need before them first."""
    done: list[Entity] = []

    def visit(entity: Entity, above: frozenset[str]) -> None:
        if entity in done or entity.name in above:
            return
        for relation in entity.to_one():
            if not relation.optional:
                visit(model.entity(relation.target), above | {entity.name})
        done.append(entity)

    for entity in model.entities:
        visit(entity, frozenset())
    return done


class _Maker:
    def __init__(self, model: Model, seed: str, size: int) -> None:
        self.model, self.size = model, size
        self.random = Random(seed)  # noqa: S311 - not for secrets: it has to be repeatable
        self.samples = Samples(model, self.random)
        self.world = World(model, seed)
        self.order = storing_order(model)
        self.taken: dict[tuple[str, str], set[tuple[Any, ...]]] = {}

    def make(self) -> World:
        for entity in self.order:
            self.world.rows[entity.name] = []
            for _ in range(self._count(entity)):
                row = self._row(entity)
                if row is not None:
                    self.world.add(row)
        for row in list(self.world.all()):
            self._point_forward(row)
        for row in self.world.all():
            self._delete_some(row)
        for row in self.world.all():
            self._change_some(row)
        return self.world

    def _count(self, entity: Entity) -> int:
        references = sum(1 for _ in entity.to_one())
        return self.size - 1 + self.random.randint(0, 2) + min(4, 2 * references) - (2 if references == 0 else 0)

    def _row(self, entity: Entity) -> RawRow | None:
        """A row that fits its constraints; none when chance finds none."""
        for _ in range(TRIES):
            row = self._draw(entity)
            if row is not None and self._fits(entity, row):
                return row
        return None

    def _draw(self, entity: Entity) -> RawRow | None:
        made = NOW - timedelta(hours=self.random.choice(HOURS))
        id_ = self._id(entity)
        if id_ is None:
            return None
        row = RawRow(entity.name, id_, {}, made, made)
        relations = {r.column: r for r in entity.to_one()}
        first = entity.tenant[0] if entity.tenant else ""
        for column in sorted(stored_names(entity), key=lambda name: name != f"{first}_id"):
            if column in relations:
                if not self._refer(entity, row, relations[column]):
                    return None
            else:
                row.values[column] = self._value(entity, column, row.id)
        return row

    def _id(self, entity: Entity) -> Id | None:
        """An id that no row has, of whatever entity: rows are found by it alone. None where a short pattern has no more."""
        drawn = (self.samples.id(entity.id_type) for _ in range(TRIES))
        return next((id_ for id_ in drawn if id_ not in self.world.by_id), None)

    def _value(self, entity: Entity, name: str, row: Id) -> Any:
        found = entity.field(name)
        assert found is not None
        if found.blob is not None:
            return self._file(row, found.blob)
        actor = self.model.actor
        is_key = actor is not None and actor.entity == entity.name and actor.key.field == name
        make = self.samples.fresh if found.unique or is_key else self.samples.value
        return make(found.type, f"{entity.name}.{name}")

    def _file(self, row: Id, blob: Blob) -> dict[str, Any] | None:
        """What a row says of its file, whose bytes are made up from both ids; None now and then."""
        if self.random.random() < 0.3:
            return None
        file = self.samples.id()
        content = file_content(row, file)
        media_type = blob.types[0] if blob.types else "application/octet-stream"
        digest = sha256(content).hexdigest()
        return {"id": file, "size": len(content), "media_type": media_type, "sha256": digest, "name": None}

    def _refer(self, entity: Entity, row: RawRow, relation: Relation) -> bool:
        """Point *relation* somewhere; False where it must and there is nothing."""
        rows = self._candidates(entity, row, relation)
        row.values[relation.column] = None
        if rows and not (relation.optional and self.random.random() < 0.3):
            target = self.random.choice(rows)
            row.values[relation.column] = target.id
            if entity.tenant[:1] == (relation.name,):
                row.tenant = target.id if len(entity.tenant) == 1 else target.tenant
        elif not relation.optional and relation.target == entity.name:
            row.values[relation.column] = row.id
        return relation.optional or row.values[relation.column] is not None

    def _candidates(self, entity: Entity, row: RawRow, relation: Relation) -> Sequence[RawRow]:
        rows = self.world.rows.get(relation.target, [])
        if entity.tenant[:1] == (relation.name,) or not same_tenant(self.model, entity, relation):
            return rows
        return [each for each in rows if each.tenant == row.tenant]

    def _point_forward(self, row: RawRow) -> None:
        """Fill references that were empty because their target came later."""
        entity = self.model.entity(row.entity)
        bound = bound_columns(entity)
        for relation in entity.to_one():
            if row.values[relation.column] is None and self._comes_later(entity, relation):
                rows = self._candidates(entity, row, relation)
                if rows and self.random.random() < 0.7 and relation.column not in bound:
                    target = self.random.choice(rows).id
                    row.values[relation.column] = row.later[relation.column] = target

    def _comes_later(self, entity: Entity, relation: Relation) -> bool:
        names = [each.name for each in self.order]
        return relation.optional and names.index(relation.target) > names.index(entity.name)

    def _delete_some(self, row: RawRow) -> None:
        if self.model.entity(row.entity).soft_delete and self.random.random() < 0.25:
            row.deleted = True

    def _change_some(self, row: RawRow) -> None:
        """Let a row whose history is kept have had other values, in what no constraint and no other row speaks of."""
        entity = self.model.entity(row.entity)
        if not entity.history or entity.checks or self.random.random() < 0.2:
            return
        bound = bound_columns(entity)
        for item in entity.fields:
            if item.stored and item.name not in bound and self.random.random() < 0.6:
                row.earlier[item.name] = self.samples.value(item.type, f"{entity.name}.{item.name}")
        for relation in entity.to_one():
            if relation.optional and relation.column not in bound and self.random.random() < 0.6:
                row.earlier[relation.column] = self._before(entity, row, relation)

    def _before(self, entity: Entity, row: RawRow, relation: Relation) -> Id | None:
        """Where *relation* pointed before: to a row that is stored before this one, or nowhere."""
        names = [each.name for each in self.order]
        there = names.index(relation.target) < names.index(entity.name)
        rows = self._candidates(entity, row, relation) if there else ()
        return self.random.choice(rows).id if rows and self.random.random() < 0.8 else None

    def _fits(self, entity: Entity, row: RawRow) -> bool:
        if not holds_checks(entity, row):
            return False
        found = [(unique.name, unique.key(row.values)) for unique in uniques_of(entity)]
        keys = [(name, key) for name, key in found if key is not None]
        if any(key in self.taken.get((entity.name, name), ()) for name, key in keys):
            return False
        for name, key in keys:
            self.taken.setdefault((entity.name, name), set()).add(key)
        return True


def file_content(row: Id, file: Id) -> bytes:
    """The bytes of a file of a world, which no other row has."""
    return f"{row} {file}".encode()


def same_tenant(model: Model, entity: Entity, relation: Relation) -> bool:
    """Whether both ends of *relation* have the same kind of tenant: then it never leaves it."""
    target = model.entity(relation.target)
    return bool(entity.tenant and target.tenant) and tenant_of(model, entity) == tenant_of(model, target)


@dataclass(frozen=True, slots=True)
class UniqueRule:
    """
    Columns that no two rows share.

    Attributes:
        where: Which rows it binds; None binds all.
    """

    entity: Entity
    name: str
    columns: tuple[str, ...]
    where: Expr | None = None

    def key(self, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """What a row with *values* holds alone; None where the rule does not bind it."""
        key = tuple(values.get(column) for column in self.columns)
        bound = None not in key and (self.where is None or holds(self.entity, self.where, values))
        return key if bound else None

    @property
    def asks(self) -> Iterator[str]:
        """Every column that decides."""
        yield from self.columns
        for path in paths(self.where) if self.where is not None else ():
            relation = self.entity.relation(path.steps[0])
            yield path.steps[0] if relation is None else relation.column


def uniques_of(entity: Entity) -> Iterator[UniqueRule]:
    """What no two rows of *entity* share."""
    columns = {relation.name: relation.column for relation in entity.to_one()}
    yield from (UniqueRule(entity, field.name, (field.name,)) for field in entity.fields if field.unique)
    yield from (UniqueRule(entity, each.name, (each.column,)) for each in entity.to_one() if each.unique)
    for unique in entity.uniques:
        members = tuple(columns.get(member, member) for member in unique.members)
        yield UniqueRule(entity, unique.name, members, unique.where)


def bound_columns(entity: Entity) -> frozenset[str]:
    """The columns that a unique rule of *entity* speaks of."""
    return frozenset(column for unique in uniques_of(entity) for column in unique.asks)


def holds_checks(entity: Entity, row: RawRow) -> bool:
    """Whether the declared checks hold for *row*."""
    values = {"id": row.id, "created_at": row.created_at, "updated_at": row.updated_at, **row.values}
    return all(holds(entity, check.body, values, NOW) for check in entity.checks)
