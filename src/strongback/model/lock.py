"""
`strongback.lock.json`: the numbers that outlive names.

An entity and each of its members keeps its number for ever: a rename (`was=`) keeps it, a removal retires it, nothing gets it again.
The number of a field or relation is its protobuf field number. Entries stand in the order of their numbers, so that two branches that
both add one meet in a merge conflict instead of sharing a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, Protocol, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from strongback.errors import Fault
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.numbers import Numbers
from strongback.model.parts import parts_of

LOCK_FILE = "strongback.lock.json"
LOCK_VERSION = 1
# 1 to 5 are kept for what every row has: id, created_at, updated_at, and two more.
SYSTEM_NUMBERS: Mapping[str, int] = {"id": 1, "created_at": 2, "updated_at": 3}
FIRST_MEMBER = 6
# Protocol Buffers language guide, "Assigning Field Numbers": kept by its implementation, and the largest.
KEPT_BY_PROTOBUF = range(19_000, 20_000)
LAST_NUMBER = 2**29 - 1

Family = Literal["members", "roles", "actions", "queries"]
FAMILIES: tuple[Family, ...] = ("members", "roles", "actions", "queries")


class EntityLock(Struct, frozen=True, omit_defaults=True):
    """
    An entity's number, and those of its members (fields and relations together), roles, actions and queries.

    Attributes:
        parts: The numbers of what stands below members and actions, by the key of `model.parts`: of a service that speaks gRPC.
    """

    number: int
    members: Numbers = Numbers()
    roles: Numbers = Numbers()
    actions: Numbers = Numbers()
    queries: Numbers = Numbers()
    parts: dict[str, Numbers] = field(default_factory=dict)


class Lock(Struct, frozen=True, omit_defaults=True):
    """All numbers of a service."""

    entities: dict[str, EntityLock] = field(default_factory=dict)
    retired: dict[int, str] = field(default_factory=dict)
    lock_version: int = LOCK_VERSION


class Named(Protocol):
    @property
    def name(self) -> str: ...


Item = TypeVar("Item", bound=Named)


def make_lock(model: Model, previous: Lock | None = None) -> Lock:
    """The lock of *model*: every number of *previous* as it was, new ones for what is new, retired what is gone."""
    before = previous or Lock()
    was = {entity.name: entity.was for entity in model.entities}
    known = Numbers({name: entry.number for name, entry in before.entities.items()}, before.retired)
    numbers = _numbered(was, known, first=1)
    return Lock(
        {entity.name: _entity_lock(model, entity, numbers.live[entity.name], before) for entity in model.entities},
        numbers.retired,
    )


def _entity_lock(model: Model, entity: Entity, number: int, before: Lock) -> EntityLock:
    old = next((entry for entry in before.entities.values() if entry.number == number), EntityLock(number))
    return EntityLock(
        number,
        members=_numbered(_was_of(entity, "members"), old.members, FIRST_MEMBER),
        roles=_numbered(_was_of(entity, "roles"), old.roles),
        actions=_numbered(_was_of(entity, "actions"), old.actions),
        queries=_numbered(_was_of(entity, "queries"), old.queries),
        parts=_numbered_parts(entity, old.parts) if model.grpc else old.parts,
    )


def _numbered_parts(entity: Entity, before: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """The parts there are, and of those that are gone the numbers, which nothing gets again."""
    parts = parts_of(entity)
    moved = {part.was for part in parts if part.was and part.key not in before}
    found = {
        part.key: _numbered(dict.fromkeys(part.names, ""), before.get(part.key) or before.get(part.was) or Numbers())
        for part in parts
    }
    gone = {key: _numbered({}, old) for key, old in before.items() if key not in found and key not in moved}
    return found | gone


def _was_of(entity: Entity, family: Family) -> dict[str, str]:
    """Each name of a family with its earlier name; only fields and relations can say one."""
    if family != "members":
        return {item.name: "" for item in _items(entity, family)}
    was = {**{f.name: f.was for f in entity.fields}, **{r.name: r.was for r in entity.relations}}
    return {name: was[name] for name in (*entity.members, *was) if name in was}


def _items(entity: Entity, family: Family) -> Iterable[Named]:
    match family:
        case "members":
            return (*entity.fields, *entity.relations)
        case "roles":
            return entity.roles
        case "actions":
            return entity.actions
        case "queries":
            return entity.queries


def _numbered(was: Mapping[str, str], before: Numbers, first: int = 1) -> Numbers:
    """Number the names in *was*: as before, else as the earlier name was, else with the next free number."""
    live: dict[str, int] = {}
    taken = set(before.used())
    for name, earlier in was.items():
        moved = earlier in before.live and earlier not in was
        known = before.live.get(name, before.live[earlier] if moved else None)
        live[name] = next_number(taken, first) if known is None else known
        taken.add(live[name])
    gone = {number: name for name, number in before.live.items() if number not in live.values()}
    return Numbers(live, {**before.retired, **gone})


def next_number(taken: set[int], first: int) -> int:
    number = max((first, *(n + 1 for n in taken)))
    return KEPT_BY_PROTOBUF.stop if number in KEPT_BY_PROTOBUF else number


def apply_lock(model: Model, lock: Lock | None) -> Model:
    """
    Number everything in *model*: by *lock*, or by the numbers *model* came with where there is no lock.

    What the lock does not know gets the number that `make_lock` would give it.
    """
    numbers = make_lock(model, lock if lock is not None else recorded(model))
    entities = tuple(_apply(entity, numbers.entities[entity.name]) for entity in model.entities)
    if model.grpc:
        entities = tuple(_with_parts(entity, numbers.entities[entity.name]) for entity in entities)
    return replace(model, entities=entities)


def _with_parts(entity: Entity, lock: EntityLock) -> Entity:
    return replace(entity, parts=lock.parts, retired=lock.members.retired)


def _apply(entity: Entity, lock: EntityLock) -> Entity:
    return replace(
        entity,
        number=lock.number,
        fields=_renumbered(entity.fields, lock.members),
        relations=_renumbered(entity.relations, lock.members),
        roles=_renumbered(entity.roles, lock.roles),
        actions=_renumbered(entity.actions, lock.actions),
        queries=_renumbered(entity.queries, lock.queries),
    )


def _renumbered(items: tuple[Item, ...], numbers: Numbers) -> tuple[Item, ...]:
    return tuple(replace(item, number=numbers.live[item.name]) for item in items)  # type: ignore[type-var]  # all are Structs


def recorded(model: Model) -> Lock:
    """The numbers that *model* already holds."""
    return Lock({e.name: _recorded(e) for e in model.entities if e.number})


def _recorded(entity: Entity) -> EntityLock:
    held = {family: _held(entity, family) for family in FAMILIES}
    members = Numbers(held["members"].live, entity.retired)
    return EntityLock(entity.number, **{**held, "members": members}, parts=entity.parts)


def _held(entity: Entity, family: Family) -> Numbers:
    numbers = {item.name: getattr(item, "number", 0) for item in _items(entity, family)}
    return Numbers({name: number for name, number in numbers.items() if number})


def lock_faults(model: Model, lock: Lock) -> tuple[Fault, ...]:
    """What `strongback lock` would change: names the lock does not know, and names it still holds."""
    fresh = make_lock(model, lock)
    return tuple(_stale(fresh, lock))


def _stale(fresh: Lock, lock: Lock) -> Iterator[Fault]:
    yield from _differences("entity", fresh.entities, lock.entities)
    for name, entry in fresh.entities.items():
        old = next((e for e in lock.entities.values() if e.number == entry.number), None)
        for family in FAMILIES if old is not None else ():
            yield from _differences(f"{family} of {name}:", getattr(entry, family).live, getattr(old, family).live)
        for key, numbers in entry.parts.items() if old is not None else ():
            known = old.parts.get(key, Numbers()) if old is not None else Numbers()
            yield from _differences(f"{key} of {name}:", numbers.live, known.live)


def _differences(what: str, fresh: Iterable[str], old: Iterable[str]) -> Iterator[Fault]:
    hint = "run `strongback lock` and commit the file"
    for name in sorted({*fresh} - {*old}):
        yield Fault("SB181", f"{what} `{name}` is not in {LOCK_FILE}", hint=hint)
    for name in sorted({*old} - {*fresh}):
        yield Fault("SB181", f"{what} `{name}` is gone but still in {LOCK_FILE}", hint=hint)
