"""The lock as a file: what `strongback.lock.json` says, and refusing one that two branches broke."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import msgspec

from strongback.errors import DeclarationError, Fault
from strongback.model.lock import FAMILIES, LOCK_FILE, LOCK_VERSION, EntityLock, Lock, lock_faults
from strongback.model.lock_merge import Family, families_of, is_merged
from strongback.model.model import Model
from strongback.model.numbers import Numbers


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
    parts = {key: _numbers_document(numbers) for key, numbers in sorted(entry.parts.items())}
    said: dict[str, object] = {family: numbers for family, numbers in families.items() if numbers}
    return {"number": entry.number, **said, **({"parts": parts} if parts else {})}


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
        hint = "run `strongback lock --resolve`: it holds both sides of a merge" if is_merged(data) else ""
        raise DeclarationError([Fault("SB181", f"{LOCK_FILE} cannot be read: {error}", hint=hint)]) from error
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
    for family in families_of(lock):
        yield from _twice(family)


def _twice(family: Family) -> Iterator[Fault]:
    for number, names in sorted(family.shared().items()):
        listed = " and ".join(f"`{name}`" for name in names)
        message = f"{LOCK_FILE} gives the number {number} twice among the {family.title}: to {listed}"
        hint = "two branches took it: run `strongback lock --resolve`, which leaves it to the one that stands first"
        yield Fault("SB181", message, hint=hint)
