"""
A lock that two branches wrote to: which number both took, and how each name gets one of its own.

Who stands first keeps the number. In a merge that is the side that was there before, whose number may be released already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from strongback.errors import DeclarationError, Fault
from strongback.model.lock import FAMILIES, FIRST_MEMBER, LOCK_FILE, EntityLock, Lock, next_number
from strongback.model.numbers import Numbers

# How git marks the sides of a conflict.
_MARK = re.compile(rb"^(<{7}|={7}|>{7}|\|{7})( .*)?\r?\n", re.MULTILINE)
_BASE = re.compile(rb"^\|{7}.*?(?=^={7})", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Family:
    """
    One family of numbers.

    Attributes:
        title: As a fault calls it: `members of Job`.
        first: The number that the first name of a family gets.
    """

    title: str
    numbers: Numbers
    first: int = 1

    def shared(self) -> dict[int, tuple[str, ...]]:
        """The numbers that two names or more have, with the names; one that is retired is before all others."""
        names: dict[int, list[str]] = {number: [name] for number, name in self.numbers.retired.items()}
        for name, number in self.numbers.live.items():
            names.setdefault(number, []).append(name)
        return {number: tuple(found) for number, found in names.items() if len(found) > 1}


@dataclass(frozen=True, slots=True)
class Moved:
    """A name that has another number now; *kept_by* has its old one."""

    title: str
    name: str
    number: int
    kept_by: str
    was: int

    def __str__(self) -> str:
        return f"{self.title}: `{self.name}` gets {self.number}; {self.was} is `{self.kept_by}`"


def families_of(lock: Lock) -> Iterator[Family]:
    """Every family of numbers in *lock*."""
    yield Family("entities", Numbers({name: entry.number for name, entry in lock.entities.items()}, lock.retired))
    for name, entry in lock.entities.items():
        for family in FAMILIES:
            first = FIRST_MEMBER if family == "members" else 1
            yield Family(f"{family} of {name}", getattr(entry, family), first)
        for key, numbers in entry.parts.items():
            yield Family(f"{key} of {name}", numbers)


def is_merged(data: bytes) -> bool:
    """Whether git left its marks of a conflict in *data*."""
    return _MARK.search(data) is not None


def resolve(data: bytes) -> tuple[Lock, tuple[Moved, ...]]:
    """
    The lock of both sides, every number given once.

    Raises:
        DeclarationError: SB181: not even with both sides of each conflict is it a lock.
    """
    try:
        lock = msgspec.json.decode(both_sides(data), type=Lock)
    except msgspec.MsgspecError as error:
        hint = "take one side of the merge whole (git checkout --ours), then run `strongback lock`"
        raise DeclarationError([Fault("SB181", f"{LOCK_FILE} cannot be read: {error}", hint=hint)]) from error
    moved: list[Moved] = []
    entities = _parted(
        Family("entities", Numbers({n: e.number for n, e in lock.entities.items()}, lock.retired)), moved
    )
    found = {n: _resolved(n, replace(e, number=entities.live[n]), moved) for n, e in lock.entities.items()}
    return replace(lock, entities=found), tuple(moved)


def _resolved(name: str, entry: EntityLock, moved: list[Moved]) -> EntityLock:
    of = {
        family: _parted(
            Family(f"{family} of {name}", getattr(entry, family), FIRST_MEMBER if family == "members" else 1), moved
        )
        for family in FAMILIES
    }
    parts = {key: _parted(Family(f"{key} of {name}", numbers), moved) for key, numbers in entry.parts.items()}
    return replace(entry, parts=parts, **of)


def _parted(family: Family, moved: list[Moved]) -> Numbers:
    """The numbers of *family*, no two of them the same."""
    live, taken = dict(family.numbers.live), set(family.numbers.used())
    for number, (kept_by, *others) in sorted(family.shared().items()):
        for name in others:
            live[name] = next_number(taken, family.first)
            taken.add(live[name])
            moved.append(Moved(family.title, name, live[name], kept_by, number))
    return Numbers(live, family.numbers.retired)


def both_sides(data: bytes) -> bytes:
    r"""
    *data* with both sides of each conflict, one after the other, and the commas that this needs.

    >>> both_sides(b'{\n<<<<<<< HEAD\n"a": 1\n=======\n"b": 1\n>>>>>>> other\n}')
    b'{\n"a": 1,\n"b": 1\n}'
    """
    text = _MARK.sub(b"", _BASE.sub(b"", data))
    text = re.sub(rb'([\d}"])(\s*\n\s*")', rb"\1,\2", text)
    return re.sub(rb",(\s*})", rb"\1", text)
