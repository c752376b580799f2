"""The lock as a file: what `strongback.lock.json` says, and refusing one that two branches broke."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import msgspec

from strongback.errors import DeclarationError, Fault
from strongback.model.lock import FAMILIES, LOCK_FILE, LOCK_VERSION, EntityLock, Lock, Numbers, lock_faults
from strongback.model.model import Model


def lock_to_json(lock: Lock) -> bytes:
    """Write *lock*: indented, in the order of the numbers, with a last line end; equal locks give equal bytes."""
    document = {
        "lock_version": lock.lock_version,
        "entities": {name: _document(entry) for name, entry in _by_number(lock.entities)},
        **({"retired": _retired(lock.retired)} if lock.retired else {}),
    }
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def _by_number(entities: Mapping[str, EntityLock]) -> list[tuple[str, EntityLock]]:
    return sorted(entities.items(), key=lambda pair: (pair[1].number, pair[0]))


def _document(entry: EntityLock) -> dict[str, object]:
    families = {family: _numbers_document(getattr(entry, family)) for family in FAMILIES}
    return {"number": entry.number, **{family: numbers for family, numbers in families.items() if numbers}}


def _numbers_document(numbers: Numbers) -> dict[str, object]:
    live = dict(sorted(numbers.live.items(), key=lambda pair: (pair[1], pair[0])))
    retired = _retired(numbers.retired)
    return {**({"live": live} if live else {}), **({"retired": retired} if retired else {})}


def _retired(retired: Mapping[int, str]) -> dict[str, str]:
    return {str(number): name for number, name in sorted(retired.items())}


def lock_from_json(data: bytes) -> Lock:
    """
    Read a lock as this or an earlier version wrote it.

    Raises:
        DeclarationError: SB181: not a lock, written by a later version, or a number is used twice (a merge of two branches).
    """
    try:
        lock = msgspec.json.decode(data, type=Lock)
    except msgspec.MsgspecError as error:
        raise DeclarationError([Fault("SB181", f"{LOCK_FILE} cannot be read: {error}")]) from error
    faults = list(_broken(lock))
    if faults:
        raise DeclarationError(faults)
    return lock


def stale_faults(model: Model, folder: Path) -> tuple[Fault, ...]:
    """What `strongback lock` would change in the lock of *folder*; nothing where there is none yet."""
    file = folder / LOCK_FILE
    found = lock_faults(model, lock_from_json(file.read_bytes())) if file.exists() else ()
    return tuple(replace(fault, where=LOCK_FILE) for fault in found)


def _broken(lock: Lock) -> Iterator[Fault]:
    if lock.lock_version > LOCK_VERSION:
        message = f"{LOCK_FILE} was written in version {lock.lock_version}, this program reads up to {LOCK_VERSION}"
        yield Fault("SB181", message, hint="install the version of Strongback that wrote it")
    yield from _twice("entities", [*(e.number for e in lock.entities.values()), *lock.retired])
    for name, entry in lock.entities.items():
        for family in FAMILIES:
            yield from _twice(f"{family} of {name}", list(getattr(entry, family).used()))


def _twice(what: str, numbers: list[int]) -> Iterator[Fault]:
    for number in sorted({n for n in numbers if numbers.count(n) > 1}):
        hint = "keep the entry that was released, delete the other, and run `strongback lock`"
        yield Fault("SB181", f"{LOCK_FILE} gives the number {number} twice among the {what}", hint=hint)
