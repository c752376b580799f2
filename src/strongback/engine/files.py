"""The files of a service: which object belongs to which row, and the bytes behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

from strongback.errors import DependencyError
from strongback.model.entity import Entity
from strongback.model.field import Field
from strongback.observe.messages import get_logger
from strongback.plan.outcome import Outcome
from strongback.plan.part import Part
from strongback.store.blobs.blob_store import BlobStore

_log = get_logger("strongback.files")


def object_key(entity: Entity, field: Field, row: UUID, file: UUID) -> str:
    """
    The key of an object: `3.5/c7/<row>.<file>`.

    Stable numbers, so that a rename moves nothing; the last two digits of the file's id, so that no folder grows with all files; the row's
    id, so that no other row can come to hold the object.
    """
    return f"{entity.number}.{field.number}/{file.hex[-2:]}/{row}.{file}"


class Files:
    """Objects in a store for blobs, found by what a row says of them."""

    def __init__(self, store: BlobStore) -> None:
        self.store = store

    async def open(
        self, entity: Entity, field: Field, row: UUID, held: Mapping[str, Any], part: Part
    ) -> AsyncIterator[bytes]:
        """
        Open a part of the file that *row* holds.

        Raises:
            FileMissing: The object is not there.
        """
        return await self.store.open(key_of(entity, field, row, held), part.start, part.length)

    async def drop(self, key: str) -> None:
        """Delete an object that no row refers to any more. When that fails it stays an orphan, which a sweep finds."""
        try:
            await self.store.delete(key)
        except DependencyError as failed:
            _log.warning("a file was left behind", key=key, reason=failed.message)

    async def drop_all(self, outcome: Outcome) -> None:
        """Delete the objects that no row refers to any more, now that *outcome* and its parts are committed."""
        for key in outcome.dropped:
            await self.drop(key)
        for part in outcome.parts:
            await self.drop_all(part)


def key_of(entity: Entity, field: Field, row: UUID, held: Mapping[str, Any]) -> str:
    """The key of the object that *row* holds, by what stands in its *field*."""
    file = held["id"]
    return object_key(entity, field, row, file if isinstance(file, UUID) else UUID(file))
