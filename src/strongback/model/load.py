"""Load a Model: number it by its lock, find all its faults, fill in what is derived."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable

from strongback.errors import DeclarationError
from strongback.model.codec import from_json
from strongback.model.collector import collector_paused
from strongback.model.derive import derive
from strongback.model.faults.find import find_faults
from strongback.model.lock import LOCK_FILE, Lock, apply_lock
from strongback.model.lock_file import lock_from_json
from strongback.model.model import Model


@runtime_checkable
class Declared(Protocol):
    """What has a declaration to give: a service."""

    def draft(self) -> Model:
        """The model as declared, unnumbered and unchecked; all faults of the source at once as a DeclarationError."""
        ...


Source = Declared | Model | bytes | Path


def load(source: Source, lock: Lock | Path | None = None) -> Model:
    """
    Load a Model.

    Args:
        source: A service, a model, canonical JSON, or a file with it.
        lock: The lock, its file, or its folder; a file that is not there is an empty lock.
    Raises:
        DeclarationError: With all faults.
    """
    with collector_paused():
        draft = _read(source)
        numbered = apply_lock(draft, _lock(lock))
        faults = find_faults(numbered)
        if faults:
            raise DeclarationError(faults)
        return derive(numbered)


def _read(source: Source) -> Model:
    match source:
        case Model():
            return source
        case bytes():
            return from_json(source)
        case Path():
            return from_json(source.read_bytes())
        case _:
            return source.draft()


def _lock(lock: Lock | Path | None) -> Lock | None:
    if not isinstance(lock, Path):
        return lock
    file = lock / LOCK_FILE if lock.is_dir() else lock
    return lock_from_json(file.read_bytes()) if file.exists() else Lock()
