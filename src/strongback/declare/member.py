"""
The members of an entity: names on the class, values on a row.

`Job.city` is a name that can be handed on (`claims={"sub": User.subject}`); `job.city` is the value. A row holds its values in its own
`__dict__`; a value that is not there was not loaded, and is never loaded silently.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any, NoReturn

from strongback.declare.declared import Declared, Given
from strongback.declare.targets import inverses
from strongback.declare.work import current_work
from strongback.errors import NotLoaded, NotSaved
from strongback.model.key import Id, Unsaved

SEEN = "_strongback_seen"
STORED = "_strongback_stored"
UNSAVED = "_strongback_unsaved"


class Member:
    """A field or a to-one relation of *owner*."""

    __slots__ = ("given", "name", "owner")

    def __init__(self, owner: type, name: str, given: Given | None) -> None:
        self.owner = owner
        self.name = name
        self.given = given

    def __get__(self, row: Any, owner: type) -> Any:
        if row is None:
            return self
        try:
            value = row.__dict__[self.name]
        except KeyError:
            raise NotLoaded(type(row).__name__, self.name) from None
        if isinstance(value, list | dict):
            _remember(row, self.name, value)
        return value

    def __set__(self, row: Any, value: object) -> None:
        self._refuse_assignment(row)
        before = row.__dict__.get(self.name)
        row.__dict__[self.name] = value
        if before is not value:
            _leave(before, row, self.name)
            _join(value, row, self.name)
        work = current_work.get()
        if work is not None:
            work.changed(row, self.name)

    def __delete__(self, row: Any) -> None:
        raise AttributeError(f"`{self.name}` cannot be deleted from a row: set it to None if it is optional")

    def _refuse_assignment(self, row: Any) -> None:
        if STORED in row.__dict__ and self.name not in row.__dict__:
            raise NotLoaded(type(row).__name__, self.name)
        spec = self.given.spec if self.given is not None else None
        if spec is not None and spec.options.get("immutable") is True and STORED in row.__dict__:
            raise AttributeError(f"`{type(row).__name__}.{self.name}` is immutable: it is written when the row is made")

    def __repr__(self) -> str:
        return f"{self.owner.__name__}.{self.name}"


class SystemMember(Member):
    """`id`, `created_at`, `updated_at`: set by Strongback alone."""

    __slots__ = ()

    def __get__(self, row: Any, owner: type) -> Any:
        value = super().__get__(row, owner)
        if isinstance(value, Unsaved):
            raise NotSaved(type(row).__name__)
        return value

    def __set__(self, row: Any, value: object) -> None:
        raise AttributeError(f"`{self.name}` is set by Strongback alone")


class ToManyMember(Member):
    """The other side of a to-one relation: follows it, is never assigned."""

    __slots__ = ()

    def __get__(self, row: Any, owner: type) -> Any:
        if row is None:
            return self
        try:
            return row.__dict__[self.name]
        except KeyError:
            raise NotLoaded(type(row).__name__, self.name) from None

    def __set__(self, row: Any, value: object) -> None:
        raise AttributeError(f"`{self.name}` follows its other side: assign that one instead")


class Rows(list[Any]):
    """The rows behind a to-many relation; kept in step with its other side, and changed in no other way."""

    __slots__ = ()

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("these rows follow their other side: assign the to-one relation of the row instead")

    append: Any = _refuse
    extend: Any = _refuse
    insert: Any = _refuse
    remove: Any = _refuse
    pop: Any = _refuse
    clear: Any = _refuse
    sort: Any = _refuse
    reverse: Any = _refuse
    __setitem__: Any = _refuse
    __delitem__: Any = _refuse
    __iadd__: Any = _refuse
    __imul__: Any = _refuse

    def __copy__(self) -> list[Any]:
        return list(self)

    def __deepcopy__(self, memo: object) -> list[Any]:
        return list(self)


def add_members(declared: Declared) -> None:
    """Put the members of an entity on its class."""
    for name, given in declared.given.items():
        kind = ToManyMember if given.is_inverse else Member
        setattr(declared.cls, name, kind(declared.cls, name, given))


def put(row: Any, name: str, value: object) -> None:
    """Give a row that is being made a value; nobody is told of it on its own."""
    row.__dict__[name] = value
    _join(value, row, name)


def identity(row: Any) -> Id:
    """The id of *row*, or what stands for it until the store gives one."""
    held: Id | None = row.__dict__.get("id")
    return row.id if held is None else held


def is_row(value: object) -> bool:
    """Whether *value* is an instance of an entity."""
    return isinstance(getattr(type(value), "__declared__", None), Declared)


def _join(target: object, row: object, relation: str) -> None:
    """Add *row* to the loaded lists of *target* that are the other side of *relation*."""
    for rows in _other_sides(target, row, relation):
        if not any(each is row for each in rows):
            list.append(rows, row)


def _leave(target: object, row: object, relation: str) -> None:
    for rows in _other_sides(target, row, relation):
        list.__setitem__(rows, slice(None), [each for each in rows if each is not row])


def _other_sides(target: object, row: object, relation: str) -> Iterable[list[Any]]:
    if not is_row(target):
        return
    for name in inverses(type(target), type(row), relation):
        rows = target.__dict__.get(name)
        if isinstance(rows, list):
            yield rows


def _remember(row: Any, name: str, value: object) -> None:
    """Keep a copy of a value that can change in place, so that a change is seen."""
    seen = row.__dict__.setdefault(SEEN, {})
    if name not in seen:
        seen[name] = copy.deepcopy(value)
