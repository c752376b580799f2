"""The files of a service: which object belongs to which row, and the bytes behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import UUID

from strongback.crypto.envelope import Context
from strongback.crypto.keyring import Keyring
from strongback.errors import DependencyError, SealBroken
from strongback.model.entity import Entity
from strongback.model.field import Field
from strongback.model.key import Id
from strongback.observe.messages import get_logger
from strongback.plan.outcome import Outcome
from strongback.plan.part import Part
from strongback.store.blobs.blob_store import BlobStore, Writing
from strongback.store.blobs.sealed import Opening, Place, SealedBlobs

_log = get_logger("strongback.files")


def object_key(entity: Entity, field: Field, row: Id, file: UUID) -> str:
    """
    The key of an object: `3.5/c7/<row>.<file>`.

    Stable numbers, so that a rename moves nothing; the last two digits of the file's id, so that no folder grows with all files; the row's
    id, so that no other row can come to hold the object.
    """
    return f"{entity.number}.{field.number}/{file.hex[-2:]}/{row}.{file}"


def place_of(entity: Entity, field: Field, row: UUID, file: UUID, tenant: UUID | None) -> Place:
    """Where a file belongs: what its bytes are sealed for, and the key of its object."""
    context = Context("" if tenant is None else str(tenant), str(entity.number), row, str(field.number))
    return Place(object_key(entity, field, row, file), context, file)


class Files:
    """
    Objects in a store for blobs, found by what a row says of them, and sealed for it.

    Args:
        store: Where ciphertext is kept.
        keyring: Whose primary key seals new files, and whose keys open the others.
    """

    def __init__(self, store: BlobStore, keyring: Keyring) -> None:
        self.store = store
        self._sealed = SealedBlobs(store, keyring)

    def writing(self, place: Place) -> AbstractAsyncContextManager[Writing]:
        """Write the file of *place*: it is there when the context ends, and nothing of it when that ends with an exception."""
        return self._sealed.writing(place)

    async def open(self, place: Place, size: int, part: Part) -> AsyncIterator[bytes]:
        """
        Open a part of the file of *place*, which has *size* bytes in all.

        Raises:
            FileMissing: The object is not there.
            SealBroken: It is not what was put there; as soon as that is known, perhaps while it is read.
            UnknownKey: The keyring lacks the key that sealed it.
        """
        try:
            return _Watched(await self._sealed.open(place, size, part.start, part.length), place.key)
        except SealBroken:
            _alert(place.key)
            raise

    async def drop(self, key: str) -> None:
        """Delete an object that no row refers to any more. When that fails it stays an orphan, which a sweep finds."""
        try:
            await self.store.delete(key)
        except DependencyError as failed:
            _log.warning("a file was left behind", object_key=key, reason=failed.message)

    async def drop_all(self, outcome: Outcome) -> None:
        """Delete the objects that no row refers to any more, now that *outcome* and its parts are committed."""
        for key in outcome.dropped:
            await self.drop(key)
        for part in outcome.parts:
            await self.drop_all(part)


class _Watched:
    """What is read of a file; that it breaks when an answer has begun is told here, since its caller only sees the end of a connection."""

    def __init__(self, content: Opening, key: str) -> None:
        self._content, self._key = content, key

    def __aiter__(self) -> _Watched:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._content)
        except SealBroken:
            _alert(self._key)
            raise

    async def aclose(self) -> None:
        await self._content.aclose()


def _alert(key: str) -> None:
    _log.error("a file is not what was put there", object_key=key)


def key_of(entity: Entity, field: Field, row: Id, held: Mapping[str, Any]) -> str:
    """The key of the object that *row* holds, by what stands in its *field*."""
    return object_key(entity, field, row, file_of(held))


def file_of(held: Mapping[str, Any]) -> UUID:
    """The id of the file that a row holds, by what stands in its field: as read for ourselves, or in wire form."""
    file = held["id"]
    return file if isinstance(file, UUID) else UUID(file)
