"""
Who may do what in a world, by the team's own role functions on plain objects.

Nothing here asks the model's expressions, a plan or a store: what this says and what a service answers come from two readings of one
declaration.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec

from strongback.declare.clock import use_clock
from strongback.declare.convert import conversions_of, plain
from strongback.declare.member import Rows, put
from strongback.declare.permission import Permission
from strongback.declare.service import Service
from strongback.declare.tracking import attach, detach, restore
from strongback.model.entity import Entity
from strongback.model.key import Id, wire_id
from strongback.model.model import Model
from strongback.model.wire import member_types
from strongback.plan.actor import Actor
from strongback.plan.asked import SelectAsk
from strongback.predicate.types import Type
from strongback.store.sql.wire import to_wire
from strongback.testing.grants import Grants
from strongback.testing.objects import build_objects
from strongback.testing.worlds import KeptVersion, RawRow, World

Instance = Any
Item = dict[str, Any]
INCLUDED_DEFAULT = 20


@dataclass(frozen=True, slots=True)
class Caller:
    """
    Somebody who asks.

    Attributes:
        label: As a report names them.
        me: Their row as a plain object; None for an anonymous caller and for one whose row is gone.
    """

    label: str
    actor: Actor
    me: Instance | None = None

    @property
    def anonymous(self) -> bool:
        return self.actor.is_anonymous


class Oracle:
    """What each caller may do in one world."""

    def __init__(self, service: Service, model: Model, world: World, grants: Grants | None = None) -> None:
        self.model, self.world = model, world
        self.classes: Mapping[str, type[Any]] = service.classes
        self.grants = grants or Grants(service.classes)
        self.objects = build_objects(world, service.classes)

    # -- who

    def callers(self) -> list[Caller]:
        """An anonymous caller, everyone with a row, and those whose row is deleted or was never there."""
        found = [Caller("anonymous", Actor())]
        declared = self.model.actor
        if declared is None:
            return found
        for row in self.world.rows.get(declared.entity, ()):
            key = row.values[declared.key.field]
            if row.deleted:
                found.append(Caller(f"deleted {declared.entity} {row.id}", Actor(key)))
            else:
                found.append(Caller(f"{declared.entity} {row.id}", Actor(key), self.objects[row.id]))
        return [*found, Caller(f"no {declared.entity}", Actor("nobody-has-this-key"))]

    # -- what

    def holds(self, permission: Permission, row: Instance, caller: Caller) -> bool:
        with use_clock(self.world.now):
            return self.grants.holds(permission, row, caller.me)

    def roles(self, entity: str, row: Instance, caller: Caller) -> tuple[str, ...]:
        """The roles that *caller* has on *row*."""
        with use_clock(self.world.now):
            roles = self.grants.roles(entity).items()
            return tuple(name for name, role in roles if self.grants.holds(role, row, caller.me))

    def may(self, what: str, row: Instance, caller: Caller) -> bool:
        return self.holds(self.grants.access(type(row).__name__, what), row, caller)

    def reads(self, row: RawRow, caller: Caller) -> bool:
        return not row.deleted and self.may("read", self.objects[row.id], caller)

    def sees(self, row: Instance, name: str, caller: Caller) -> bool:
        """Whether *caller*, who reads *row*, sees the field *name*."""
        return self.holds(self.grants.field(type(row).__name__, name), row, caller)

    def may_change(self, row: Instance, names: Iterable[str], caller: Caller) -> bool:
        """Whether *caller* may update *row*, and these fields of it: of the row as it was, and as it came to be."""
        return self.may("update", row, caller) and all(self.sees(row, name, caller) for name in names)

    def might(self, permissions: Iterable[Permission], caller: Caller) -> bool:
        """Whether a caller of this kind could ever have all of *permissions*."""
        return not caller.anonymous or all(self.grants.anonymous_might(each) for each in permissions)

    def readable(self, entity: str, caller: Caller) -> list[RawRow]:
        return [row for row in self.world.rows.get(entity, ()) if self.reads(row, caller)]

    def restores(self, row: RawRow, caller: Caller) -> bool:
        """Whether *row* is deleted, and *caller* may bring it back: then they may read it as well."""
        held = self.objects[row.id]
        return row.deleted and self.may("read", held, caller) and self.may("restore", held, caller)

    def as_kept(self, row: RawRow, kept: KeptVersion) -> Instance:
        """The row with its own values of then, among the rows of now."""
        now = self.objects[row.id]
        then = self.draft(self.model.entity(row.entity), row.id, kept.values)
        then.__dict__.update(created_at=row.created_at, updated_at=kept.at)
        for relation in self.model.entity(row.entity).to_many():
            then.__dict__[relation.name] = now.__dict__[relation.name]
        return then

    # -- what is answered

    def item(self, row: Instance, select: SelectAsk, caller: Caller) -> Item:
        """*row* as *caller* sees it, as JSON gives it back."""
        return _json(self._item(row, select, caller))

    def _item(self, row: Instance, select: SelectAsk, caller: Caller) -> Item:
        entity = self.model.entity(type(row).__name__)
        shown = {
            name: self._value(entity, row, name, type_)
            for name, type_ in member_types(entity)
            if (select.fields is None or name in select.fields) and self.sees(row, name, caller)
        }
        for name, sub in select.include.items():
            shown |= self._included(entity, row, name, sub, caller)
        return shown

    def _value(self, entity: Entity, row: Instance, name: str, type_: Type) -> Any:
        relation = entity.relation_of(name)
        if relation is not None:
            target = row.__dict__[relation.name]
            return None if target is None else wire_id(target.id)
        if name in row.__dict__:
            return to_wire(type_, plain(row.__dict__[name]))
        with use_clock(self.world.now):
            return to_wire(type_, plain(getattr(row, name)))

    def _included(self, entity: Entity, row: Instance, name: str, select: SelectAsk, caller: Caller) -> Item:
        relation = entity.relation(name)
        assert relation is not None
        behind = row.__dict__[name]
        if relation.kind == "to_one":
            there = behind is not None and self._is_live(behind) and self.may("read", behind, caller)
            return {name: self._item(behind, select, caller)} if there else {}
        rows = [each for each in behind if self.may("read", each, caller)]
        order = select.sort or "-id"
        rows = [each for each in rows if self.sees_order(each, order, caller)]
        size = int(str(select.page_size)) if select.page_size is not None else INCLUDED_DEFAULT
        return {name: [self._item(each, select, caller) for each in self.ordered(rows, order)[:size]]}

    def _is_live(self, row: Instance) -> bool:
        raw = self.world.by_id.get(row.id)
        return raw is None or not raw.deleted

    def sees_order(self, row: Instance, order: str, caller: Caller) -> bool:
        """An order by a field tells of it: rows on which the caller does not see it are not there."""
        return all(self.sees(row, key.lstrip("-"), caller) for key in order.split(","))

    def ordered(self, rows: Iterable[Instance], order: str) -> list[Instance]:
        """*rows* in *order* (`-created_at`, wire names), NULLs lowest, ending in the id."""
        keys = order.split(",")
        if keys[-1].lstrip("-") != "id":
            keys.append("-id" if keys[-1].startswith("-") else "id")
        found = list(rows)
        for key in reversed(keys):
            name = key.lstrip("-")
            found.sort(key=lambda row: self._sort_key(row, name), reverse=key.startswith("-"))
        return found

    def _sort_key(self, row: Instance, name: str) -> tuple[bool, Any]:
        value = self.stored_value(row, name)
        return (value is not None, value if value is not None else 0)

    def stored_value(self, row: Instance, name: str) -> Any:
        """What is stored under a wire name."""
        relation = self.model.entity(type(row).__name__).relation_of(name)
        if relation is None:
            return plain(row.__dict__[name])
        target = row.__dict__[relation.name]
        return None if target is None else target.id

    def listed(self, entity: str, query: str, order: str, caller: Caller) -> list[Instance]:
        """The rows of a list without filters, in order."""
        allow = self.grants.query(entity, query)
        rows = [self.objects[row.id] for row in self.readable(entity, caller)]
        rows = [row for row in rows if self.holds(allow, row, caller) and self.sees_order(row, order, caller)]
        return self.ordered(rows, order)

    # -- what would be

    def draft(self, entity: Entity, id_: Id, values: Mapping[str, Any]) -> Instance:
        """A row that is not stored: it refers to others, and nothing refers to it."""
        cls = self.classes[entity.name]
        columns = {relation.column: relation.name for relation in entity.to_one()}
        plainly = {name: value for name, value in values.items() if name not in columns}
        now = self.world.now
        times = {"created_at": now, "updated_at": now} if entity.managed else {}
        row = restore(cls, {"id": id_, **times, **plainly})
        for column, name in columns.items():
            target = values.get(column)
            attach(row, name, None if target is None else self.objects[target])
        for relation in entity.to_many():
            row.__dict__[relation.name] = Rows()
        return row

    @contextmanager
    def with_row(self, row: Instance) -> Iterator[None]:
        """A drafted row stands among the others."""
        for relation in self.model.entity(type(row).__name__).to_one():
            put(row, relation.name, row.__dict__[relation.name])
        try:
            yield
        finally:
            detach(row)

    @contextmanager
    def with_made(self, entity: Entity, id_: Id, values: Mapping[str, Any], tenant: Id | None) -> Iterator[Instance]:
        """A new row is stored in the world; afterwards it never was."""
        row, now = self.draft(entity, id_, values), self.world.now
        self.world.add(RawRow(entity.name, id_, dict(values), now, now, tenant))
        self.objects[id_] = row
        with self.with_row(row):
            try:
                yield row
            finally:
                self.world.rows[entity.name].pop()
                del self.world.by_id[id_], self.objects[id_]

    @contextmanager
    def without(self, raw: RawRow) -> Iterator[None]:
        """A stored row is deleted; afterwards it is there again."""
        rows, row = self.world.rows[raw.entity], self.objects[raw.id]
        before, lists = dict(row.__dict__), self._lists()
        at = rows.index(raw)
        del rows[at]
        detach(row)
        try:
            yield
        finally:
            rows.insert(at, raw)
            row.__dict__.update(before)
            self._put_back(lists)

    def _lists(self) -> dict[int, tuple[Instance, dict[str, list[Instance]]]]:
        return {
            id(o): (o, {n: list(v) for n, v in o.__dict__.items() if isinstance(v, Rows)})
            for o in self.objects.values()
        }

    @staticmethod
    def _put_back(lists: Mapping[int, tuple[Instance, Mapping[str, list[Instance]]]]) -> None:
        for each, kept in lists.values():
            for name, rows in kept.items():
                list.__setitem__(each.__dict__[name], slice(None), rows)

    @contextmanager
    def with_values(self, id_: Id, values: Mapping[str, Any]) -> Iterator[None]:
        """The stored row holds other values, given by column name; afterwards those it had."""
        raw = self.world.by_id[id_]
        before, raw.values = raw.values, {**raw.values, **values}
        try:
            yield
        finally:
            raw.values = before

    @contextmanager
    def with_changes(self, row: Instance, values: Mapping[str, Any]) -> Iterator[None]:
        """*row* holds other values, given by column name; afterwards all is as before."""
        before = dict(row.__dict__)
        lists = self._lists()
        columns = {r.column: r.name for r in self.model.entity(type(row).__name__).to_one()}
        conversions = conversions_of(type(row))
        detach(row)
        for name, value in values.items():
            if name in columns:
                row.__dict__[columns[name]] = None if value is None else self.objects[value]
            else:
                row.__dict__[name] = conversions.get(name, _as_is)(value)
        for name in columns.values():
            put(row, name, row.__dict__[name])
        if "updated_at" in row.__dict__:
            row.__dict__["updated_at"] = self.world.now
        try:
            yield
        finally:
            row.__dict__.clear()
            row.__dict__.update(before)
            self._put_back(lists)


def _as_is(value: Any) -> Any:
    return value


def _json(item: Item) -> Item:
    decoded: Item = msgspec.json.decode(msgspec.json.encode(item))
    return decoded
