"""Rows and stores: make an instance of what a store holds, and tell what an instance holds."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from strongback.declare.convert import conversions_of, plain
from strongback.declare.entity import Entity
from strongback.declare.member import SEEN, STORED, Rows, ToManyMember, identity
from strongback.declare.targets import declared_of, inverses, target_of
from strongback.declare.work import Work, current_work
from strongback.model.key import Id

__all__ = [
    "Work",
    "attach",
    "current_work",
    "detach",
    "hollow",
    "identity",
    "is_loaded",
    "is_stored",
    "mutated",
    "number",
    "reference_id",
    "restore",
    "same",
    "settle",
    "values_of",
]

E = TypeVar("E", bound=Entity[Any])


def restore(cls: type[E], values: Mapping[str, object], related: Mapping[str, object] | None = None) -> E:
    """
    Make an instance of a stored row; nothing is checked, nobody is told.

    Args:
        values: Python values by field name (`id`, `created_at`, `updated_at` among them) and `<relation>_id` for a to-one relation; text
            for a member of an enum, a dict for a value object. What is left out is not loaded.
        related: Loaded relations: a row or None, or the rows of a to-many relation. A to-one relation of which only the id is given
            becomes a `hollow` row.
    """
    row = object.__new__(cls)
    state = row.__dict__
    state[STORED] = True
    references, conversions = _references(cls), conversions_of(cls)
    for name, value in values.items():
        relation, convert = references.get(name), conversions.get(name)
        if relation is not None:
            state[relation] = _referred(cls, relation, value)
        else:
            state[name] = value if convert is None else convert(value)
    for name, value in (related or {}).items():
        attach(row, name, value)
    return row


def hollow(cls: type[E], row: Id) -> E:
    """A row known by its id alone: it can be compared and referred to; using anything else of it raises NotLoaded."""
    return restore(cls, {"id": row})


def attach(row: Entity[Any], relation: str, loaded: object) -> None:
    """
    Put loaded rows behind a relation; nobody is told.

    Args:
        loaded: A row or None, or the rows of a to-many relation: they then refer back to *row* itself.
    """
    if isinstance(vars(type(row)).get(relation), ToManyMember):
        rows = Rows(loaded if isinstance(loaded, Iterable) else ())
        other = declared_of(type(row)).given[relation].spec
        for each in rows:
            each.__dict__[str(other.positional[0] if other is not None else "")] = row
        row.__dict__[relation] = rows
    else:
        row.__dict__[relation] = loaded


def detach(row: Entity[Any]) -> None:
    """Take *row*, which is deleted, out of the loaded lists of the rows it refers to."""
    for relation in _references(type(row)).values():
        target = row.__dict__.get(relation)
        for name in inverses(type(target), type(row), relation) if isinstance(target, Entity) else ():
            rows = target.__dict__.get(name)
            if isinstance(rows, Rows):
                list.__setitem__(rows, slice(None), [each for each in rows if each is not row])


def number(row: Entity[Any], id_: Id) -> None:
    """Give *row* the id that the store gave it; nobody is told."""
    row.__dict__["id"] = id_


def values_of(row: Entity[Any]) -> dict[str, object]:
    """What *row* holds: Python values by field name and `<relation>_id`; only what is loaded, no to-many relation."""
    references = {relation: column for column, relation in _references(type(row)).items()}
    found: dict[str, object] = {}
    for name in ("id", *declared_of(type(row)).given, "created_at", "updated_at"):
        if name in references and name in row.__dict__:
            found[references[name]] = reference_id(row, name)
        elif name in row.__dict__ and not isinstance(row.__dict__[name], Rows):
            found[name] = plain(row.__dict__[name])
    return found


def reference_id(row: Entity[Any], relation: str) -> Id | None:
    """The id of the row a to-one relation refers to, or what stands for it until that row is saved."""
    target = row.__dict__[relation]
    return identity(target) if isinstance(target, Entity) else None


def is_loaded(row: Entity[Any], name: str) -> bool:
    """Whether a field or relation of *row* can be used."""
    return name in row.__dict__


def is_stored(row: Entity[Any]) -> bool:
    """Whether *row* came from a store, rather than from its constructor."""
    return STORED in row.__dict__


def mutated(row: Entity[Any]) -> frozenset[str]:
    """Names of lists and JSON values of *row* that were read and then changed in place, of which `Work.changed` is not told."""
    seen: Mapping[str, object] = row.__dict__.get(SEEN, {})
    return frozenset(name for name, before in seen.items() if not same(row.__dict__.get(name), before))


def same(one: object, other: object) -> bool:
    """
    Whether two values are one in JSON too, where 1, 1.0 and true are three.

    >>> same({"a": [1]}, {"a": [1]}), same({"a": [1]}, {"a": [True]})
    (True, False)
    """
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
        case list(), list():
            return len(one) == len(other) and all(map(same, one, other))
        case _:
            return type(one) is type(other) and one == other


def settle(row: Entity[Any]) -> None:
    """Take what *row* holds now as seen: later changes in place are told from here."""
    seen = row.__dict__.get(SEEN, {})
    seen.update({name: copy.deepcopy(row.__dict__[name]) for name in seen})


def _referred(cls: type, relation: str, row: Any) -> object:
    target: Any = target_of(cls, relation)
    return None if row is None else hollow(target, row)


def _references(cls: type) -> Mapping[str, str]:
    """To-one relations by column: `company_id` to `company`."""
    if cls not in _columns:
        given = declared_of(cls).given
        _columns[cls] = {f"{n}_id": n for n, each in given.items() if not each.is_inverse and target_of(cls, n)}
    return _columns[cls]


_columns: WeakKeyDictionary[type, Mapping[str, str]] = WeakKeyDictionary()
