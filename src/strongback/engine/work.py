"""One action's tracked objects: what it made, changed and deleted, and how that is saved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from strongback.declare.tracking import (
    attach,
    detach,
    identity,
    is_loaded,
    mutated,
    number,
    reference_id,
    same,
    settle,
    values_of,
)
from strongback.engine.changes import Change, Key, in_order
from strongback.engine.held import drops_files, held_keys, taken_away
from strongback.engine.known import Known, apart
from strongback.engine.numbering import Numbers, references_to_itself
from strongback.engine.references import check_references
from strongback.errors import ActorForgotten, Fault, InvalidInput, StillReferenced
from strongback.model.entity import ID, Entity
from strongback.model.key import Id, Unsaved, id_of_type
from strongback.plan.members import member_type
from strongback.plan.typed import check_typed
from strongback.plan.value_fault import ValueFault
from strongback.plan.write import stored_names
from strongback.store.sql.detach import loose_relations
from strongback.store.sql.objects import Stored
from strongback.store.sql.write import EXPECTED_VERSION, CompiledWrite
from strongback.store.store import Row as StoreRow
from strongback.store.violations import Conflicted, ForeignKeyViolated
from strongback.tables.schema import TENANT

Instance = Any


@dataclass
class Work(Known):
    """
    What one run of an action does to its rows.

    Attributes:
        fresh, touched, doomed: What was made, changed and deleted since the last flush.
        written: Rows that were saved, made, changed or deleted.
        readable: Rows that may be referred to: the caller is known to be able to read them, or the action made them.
        dropped: Keys of files that no row holds when the action is done.
        numbers: The ids that the store gave to new rows.
    """

    fresh: list[Instance] = field(default_factory=list)
    touched: dict[Key, set[str]] = field(default_factory=lambda: defaultdict(set))
    doomed: list[Instance] = field(default_factory=list)
    readable: set[Key] = field(default_factory=set)
    written: set[Key] = field(default_factory=set)
    dropped: list[str] = field(default_factory=list)
    numbers: Numbers = field(default_factory=Numbers)

    # -- told by the team's objects

    def made(self, row: Instance) -> None:
        key = self.key(row)
        self.known[key] = row
        self.readable.add(key)
        self.fresh.append(row)

    def changed(self, row: Instance, name: str) -> None:
        self.touched[self.key(row)].add(name)

    def delete(self, row: Instance) -> None:
        """
        Raises:
            ActorForgotten: The row is a caller's that a token would make anew.
        """
        actor, entity = self.runtime.model.actor, self.entity(row)
        if actor is not None and actor.provision and actor.entity == entity.name and not entity.soft_delete:
            raise ActorForgotten(entity.name)
        self.doomed.append(row)
        detach(row)

    # -- saving

    async def flush(self) -> None:
        """
        Write what was made, changed and deleted since the last time, in an order that every constraint allows.

        Raises:
            InvalidInput: Values that are none of their type, or references to what the caller may not read; nothing is written then.
            Interlocked: There is no such order.
        """
        fresh, self.fresh = self.fresh, []
        for row in fresh:
            self.touched.pop(self.key(row), None)
        touched = self._take_touched()
        await check_references(self, [*((row, None) for row in fresh), *touched])
        doomed, self.doomed = self.doomed, []
        made = [self._made(row) for row in fresh]
        changed = [change for row, names in touched if (change := self._changed(row, names)) is not None]
        after = {change.key: change.after for change in made}
        changes = [*made, *changed, *(self._gone(row, after) for row in doomed)]
        for change in in_order(changes, self.runtime.programs.target.schema):
            await self._write(change)

    def _made(self, row: Instance) -> Change:
        entity = self.entity(row)
        key = () if entity.key is None or entity.key.generated else (ID.name,)
        values = self._checked(row, (*key, *stored_names(entity)))
        return Change("insert", entity, row, {}, {name: value for name, value in values.items() if name not in key})

    def _changed(self, row: Instance, names: frozenset[str]) -> Change | None:
        entity, before = self.entity(row), self.stored.get(self.key(row))
        if before is None:
            return None  # known by its id alone: there is nothing it could have changed
        relations = {relation.name: relation.column for relation in entity.to_one()}
        values = self._checked(row, frozenset(relations.get(name, name) for name in names))
        return Change("update", entity, row, before.values, {**before.values, **values})

    def _gone(self, row: Instance, made: Mapping[Key, Mapping[str, Any]]) -> Change:
        before = self.stored.get(self.key(row))
        held = before.values if before is not None else made.get(self.key(row), {})
        return Change("delete", self.entity(row), row, held, {})

    async def _write(self, change: Change) -> None:
        match change.kind:
            case "insert":
                await self._insert(change)
            case "update":
                await self._update(change)
            case "fill":
                await self._fill(change)
            case "delete":
                await self._delete(change.row)

    def _take_touched(self) -> list[tuple[Instance, frozenset[str]]]:
        for key in self.stored:
            changed_in_place = mutated(self.known[key])
            if changed_in_place:
                self.touched[key] |= changed_in_place
                settle(self.known[key])
        touched = [(self.known[key], frozenset(names)) for key, names in self.touched.items() if key in self.known]
        self.touched.clear()
        return touched

    def _checked(self, row: Instance, names: Iterable[str]) -> dict[str, Any]:
        """The values of *names* (wire names), checked against their types, all faults at once."""
        entity, held = self.entity(row), values_of(row)
        values: dict[str, Any] = {}
        faults: list[Fault] = []
        for name in names:
            if isinstance(held.get(name), Unsaved):
                values[name] = held[name]  # the row that it refers to is written before
                continue
            try:
                values[name] = apart(check_typed(member_type(entity, name), held.get(name)))
            except ValueFault as wrong:
                faults += [Fault("SB201", message, f"/{name}{below}", hint) for below, message, hint in wrong.faults]
        if faults:
            raise InvalidInput(faults)
        return values

    async def _insert(self, change: Change) -> None:
        entity, row = change.entity, change.row
        write = self.objects.insert(entity)
        if not write.gives_id:
            self.dropped += taken_away(entity, row.id, {}, change.after)
        tenant = await self._tenant(row, entity)
        itself = references_to_itself(change)
        after = self.numbers.put_in(change.after)
        values = {**after, **dict.fromkeys(change.postponed), **dict.fromkeys(itself)}
        done = await self._save(row, replace(write, history=None) if change.postponed else write, values, tenant)
        if write.gives_id:
            self._number(row, id_of_type(entity.id_type, done[0][0]))
        after = self.numbers.put_in(after)
        for column in itself:
            await self._fill_column(change, column)
        held = after if entity.managed else {ID.name: row.id, **after}  # as a whole row is read
        self.stored[self.key(row)] = Stored(entity.name, row.id, 1, tenant, held)

    def _number(self, row: Instance, id_: Id) -> None:
        """The store gave *row* its id: all that knew it by what stood for that know it by the id."""
        before, stand_in = self.key(row), identity(row)
        self.numbers.note(stand_in, id_)
        number(row, id_)
        self.known[self.key(row)] = self.known.pop(before, row)
        for keys in (self.readable, self.written):
            keys.discard(before)
            keys.add(self.key(row))

    async def _fill(self, change: Change) -> None:
        """Give a new row a reference it was stored without; the row is new until it has the last of them."""
        (column,) = change.after
        bound = await self._fill_column(change, column)
        change.postponed.discard(column)
        held = self.stored[change.key]
        self.stored[change.key] = replace(held, values={**held.values, column: bound[column]})
        kept = self.objects.insert(change.entity).history
        if kept is not None and not change.postponed:
            await self.tx.fetch(kept.statement, kept.values(bound))

    async def _fill_column(self, change: Change, column: str) -> dict[str, Any]:
        """Give a row that is there the value of *column*; what was bound."""
        bound = {**self.values, **self.numbers.put_in(change.after), "id": change.row.id}
        fill = self.objects.fill(change.entity, column)
        await self.tx.fetch(fill.statement, fill.values(bound))
        return bound

    async def _tenant(self, row: Instance, entity: Entity) -> Id | None:
        """The tenant of a new row: read along its path, from the row the path's last loaded step knows."""
        here, path = row, list(entity.tenant)
        while path:
            id_ = reference_id(here, path[0])
            if len(path) == 1 or id_ is None:
                return id_
            target = self.entity(here).relation(path.pop(0))
            assert target is not None
            key = (target.target, id_)
            if key not in self.known or not is_loaded(self.known[key], path[0]):
                await self.fetch_ids(self.runtime.model.entity(target.target), [id_])
            here = self.known[key]
        return None

    async def _update(self, change: Change) -> None:
        entity, row, before = change.entity, change.row, self.stored[change.key]
        after = self.numbers.put_in(change.after)
        values = {name: value for name, value in after.items() if not same(change.before.get(name), value)}
        if values:
            self.dropped += taken_away(entity, row.id, before.values, values)
            write = self.objects.update(entity, frozenset(values))
            await self._check_unchanged(entity, before)
            await self._save(row, write, values, before.tenant, before.version)
            merged = {**before.values, **values}
            self.stored[change.key] = Stored(entity.name, row.id, before.version + 1, before.tenant, merged)

    async def _delete(self, row: Instance) -> None:
        before = self.stored.pop(self.key(row), None)  # what is gone is neither changed nor deleted again
        if before is None:
            return
        await self._check_unchanged(self.entity(row), before)
        try:
            await self._save(row, self.objects.delete(self.entity(row)), {}, before.tenant, before.version)
        except ForeignKeyViolated:
            raise StillReferenced("other rows refer to this one") from None
        self._detached(row)
        if drops_files(self.entity(row)):
            self.dropped += held_keys(self.entity(row), row.id, before.values)

    async def _check_unchanged(self, entity: Entity, before: Stored) -> None:
        """Where rows have no version, nothing but what they hold says that nobody wrote between: the row is locked and compared."""
        if entity.managed:
            return
        bound = self.objects.locked(entity, self.name)
        rows = await self.tx.fetch(bound.statement, bound.values({**self.values, "id": before.id}))
        found = self.objects.stored(entity, rows)
        if not found or not same(dict(found[0].values), dict(before.values)):
            raise Conflicted

    def _detached(self, gone: Instance) -> None:
        """Take note that loaded rows do not refer to *gone* any more: they are a version later."""
        for entity, relation in loose_relations(self.runtime.model, self.entity(gone)):
            for key, each in list(self.stored.items()):
                if key[0] == entity.name and each.values.get(relation.column) == gone.id:
                    values = {**each.values, relation.column: None}
                    self.stored[key] = Stored(entity.name, each.id, each.version + 1, each.tenant, values)
                    attach(self.known[key], relation.name, None)

    async def _save(
        self,
        row: Instance,
        write: CompiledWrite,
        values: Mapping[str, Any],
        tenant: Id | None,
        version: int | None = None,
    ) -> list[StoreRow]:
        """Run one write; of a version that is no longer there, the whole action is tried again."""
        self.written.add(self.key(row))
        bound = {**self.values, **values, "id": identity(row), TENANT: tenant, EXPECTED_VERSION: version}
        bound |= self.runtime.programs.seal(
            write.entity_number, write.sealed, bound, "" if tenant is None else str(tenant)
        )
        assert write.write is not None
        for change in write.detach:
            await self.tx.fetch(change.statement, change.values(bound))
        done = await self.tx.fetch(write.write.statement, write.write.values(bound))
        if version is not None and write.plan.versioned and not done:
            raise Conflicted
        if write.history is not None:
            await self.tx.fetch(write.history.statement, write.history.values(bound))
        return done
