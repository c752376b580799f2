"""`sb.Entity`: what the team's classes stand on. Plain Python objects: a row can be made and used in a test without any store."""

from __future__ import annotations

import copy
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, dataclass_transform

from strongback.declare.clock import now
from strongback.declare.declared import Declared, declare
from strongback.declare.event import Event
from strongback.declare.member import UNSAVED, Rows, SystemMember, add_members, identity, put
from strongback.declare.spec import MISSING, Missing, blob, field, inverse, key, pii, to_one
from strongback.declare.work import current_work
from strongback.errors import did_you_mean
from strongback.model.key import Unsaved
from strongback.model.uuid7 import uuid7

if TYPE_CHECKING:
    from uuid import UUID

    from typing_extensions import TypeVar  # a default came with Python 3.13; type checkers bring this module along

    K = TypeVar("K", default=UUID)
else:
    from typing import TypeVar

    K = TypeVar("K")


@dataclass_transform(kw_only_default=True, eq_default=False, field_specifiers=(field, pii, blob, to_one, inverse, key))
class Entity(Generic[K]):
    """
    One kind of row.

    Class keywords:
        tenant: The path of to-one relations to the tenant (`job.company`).
        soft_delete: A deleted row stays, and is not there for anyone.
        history: Every version of a row is kept.
        conditional_writes: An update or delete must name the row's version (`If-Match`), or is refused: no update is ever lost.
        was: The earlier name of a renamed entity.
        abstract: A mixin: its members, roles and checks become those of the entities that stand on it.
        plural: The collection's name in paths, where English rules give the wrong one.
        table: What its table is called; left out, the class name in small letters.
        managed: False for a table that is there already, which Strongback neither makes nor changes: `sb.Entity[int]` with
            `id: int = sb.key()` says what its keys are.

    Two instances are equal when they are the same row: same class, same id.
    """

    if TYPE_CHECKING:

        def __init_subclass__(
            cls,
            *,
            tenant: str = "",
            soft_delete: bool = False,
            history: bool = False,
            conditional_writes: bool = False,
            was: str = "",
            abstract: bool = False,
            plural: str = "",
            table: str = "",
            managed: bool = True,
        ) -> None: ...

        id: K  # a UUID of version 7, or what `sb.key` says

        @property
        def created_at(self) -> datetime:
            """When the row was made, UTC."""
            ...

        @property
        def updated_at(self) -> datetime:
            """When the row was last changed, UTC."""
            ...

    else:
        # Hidden from type checkers, which then find comparisons of rows of different entities.

        def __init_subclass__(cls, **options: object) -> None:
            frame = sys._getframe(1)  # noqa: SLF001  # where the class statement stands, for its faults
            while frame.f_code.co_name == "__init_subclass__":
                frame = frame.f_back
            add_members(declare(cls, options, frame))

        def __eq__(self, other: object) -> bool:
            if not isinstance(other, Entity):
                return NotImplemented
            return type(self) is type(other) and identity(self) == identity(other)

        def __hash__(self) -> int:
            # A row that was made without an id keeps its place in a set when it is given one.
            made_as = self.__dict__.get(UNSAVED)
            return hash((type(self), self.id if made_as is None else made_as))

    def __init__(self, **values: Any) -> None:
        declared = _declared(type(self))
        _refuse_unknown(declared, values)
        self.__dict__["id"] = _new_id(declared, values)
        if declared.key_is_generated:
            self.__dict__[UNSAVED] = self.__dict__["id"]
        if declared.managed:
            moment = now()
            self.__dict__.update(created_at=moment, updated_at=moment)
        given = declared.given
        self.__dict__.update({name: Rows() for name, each in given.items() if each.is_inverse})
        for name, each in given.items():
            if not each.is_inverse:
                put(self, name, _value(declared, name, values.get(name, each.default)))
        work = current_work.get()
        if work is not None:
            work.made(self)

    def __repr__(self) -> str:
        # Never a value: rows end up in logs.
        return f"<{type(self).__name__} {self.__dict__.get('id', '?')}>"

    def emit(self, event: Event) -> None:
        """Emit an event when the action succeeds. Not yet supported."""
        raise NotImplementedError("events are not yet supported")


def _declared(cls: type) -> Declared:
    declared: Declared | None = cls.__dict__.get("__declared__")
    if declared is None or declared.abstract:
        raise TypeError(f"{cls.__name__} is abstract: make an entity that stands on it")
    return declared


def _refuse_unknown(declared: Declared, values: dict[str, Any]) -> None:
    known = [name for name, each in declared.given.items() if not each.is_inverse]
    known += ["id"] if declared.key is not None and not declared.key_is_generated else []
    for name in values:
        if name not in known:
            hint = did_you_mean(name, known)
            raise TypeError(f"{declared.name} has no `{name}` to be made with{f': {hint}' if hint else ''}")


def _new_id(declared: Declared, values: dict[str, Any]) -> object:
    if declared.key is None:
        return uuid7()
    return Unsaved() if declared.key_is_generated else _value(declared, "id", values.get("id", MISSING))


def _value(declared: Declared, name: str, value: object) -> object:
    if isinstance(value, Missing):
        raise TypeError(f"{declared.name} needs `{name}`")
    return copy.deepcopy(value) if isinstance(value, list | dict) else value


# What a name on the class stands for (`Job.created_at`); type checkers see the properties above.
for _name in ("id", "created_at", "updated_at"):
    setattr(Entity, _name, SystemMember(Entity, _name, None))
