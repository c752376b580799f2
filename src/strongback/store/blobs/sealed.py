"""
Files that rest encrypted, in any place for files: what is sent there is ciphertext, and what comes from there is opened or refused.

Sizes and ranges are those of the file itself. A range costs the segments it touches, and the head when it does not begin in the first.
What is in memory is a chunk and a segment, however large the file.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from strongback.crypto.envelope import Context
from strongback.crypto.file_key import (
    FILE_HEAD_BYTES,
    SEALED_SEGMENT_BYTES,
    SEGMENT_BYTES,
    FileKey,
    count_segments,
    sealed_size,
)
from strongback.crypto.keyring import Keyring
from strongback.errors import SealBroken
from strongback.store.blobs.blob_store import BlobStore, Writing


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where a file belongs, and nowhere else.

    Attributes:
        key: Of its object.
        context: Tenant, entity, row and field.
        file: Its id, new with every upload.
    """

    key: str
    context: Context
    file: UUID


class SealedBlobs:
    """The files in *store*, sealed under the keys of *keyring*."""

    def __init__(self, store: BlobStore, keyring: Keyring) -> None:
        self._store, self._keyring = store, keyring

    @asynccontextmanager
    async def writing(self, place: Place) -> AsyncIterator[Writing]:
        """As `BlobStore.writing`, of plain bytes."""
        key = FileKey.make(self._keyring, place.context, place.file)
        async with self._store.writing(place.key) as writing:
            sealing = _Sealing(writing, key)
            yield sealing
            await sealing.finish()

    async def open(self, place: Place, size: int, start: int, length: int) -> Opening:
        """
        As `BlobStore.open`, of plain bytes. The first of them are opened before this returns, so that most of what is wrong with a file is
        known before an answer begins.

        Args:
            size: Of the whole file, in bytes, as its row says.
            start, length: What is wanted of it, in bytes: at least one, and no more than there are.
        Raises:
            FileMissing: There is no such object.
            SealBroken: It is not what was sealed for this place. The iterator raises it too, and never gives other bytes than those put.
            UnknownKey: It was sealed under a master key that the keyring lacks.
        """
        first = start // SEGMENT_BYTES
        begins = FILE_HEAD_BYTES + first * SEALED_SEGMENT_BYTES if first else 0
        ends = sealed_size(min(size, count_segments(start + length) * SEGMENT_BYTES))
        key = await self._read_key(place) if first else None
        source = _Gathered(await self._store.open(place.key, begins, ends - begins))
        try:
            key = key or await self._take_key(source, place)
            opening = Opening(source, key, first, count_segments(size), start - first * SEGMENT_BYTES, length)
            await opening.begin()
        except BaseException:
            await source.aclose()
            raise
        return opening

    async def _read_key(self, place: Place) -> FileKey:
        source = _Gathered(await self._store.open(place.key, 0, FILE_HEAD_BYTES))
        try:
            return await self._take_key(source, place)
        finally:
            await source.aclose()

    async def _take_key(self, source: _Gathered, place: Place) -> FileKey:
        return FileKey.read(self._keyring, await source.take(FILE_HEAD_BYTES), place.context, place.file)


class _Sealing:
    """Takes plain bytes of any size and writes whole segments; the last is held back, since it says that it is."""

    def __init__(self, writing: Writing, key: FileKey) -> None:
        self._writing, self._key = writing, key
        self._held = bytearray()
        self._ready = bytearray(key.head)
        self._number = 0

    async def write(self, chunk: bytes) -> None:
        self._held += chunk
        whole = max(0, len(self._held) - 1) // SEGMENT_BYTES
        for at in range(0, whole * SEGMENT_BYTES, SEGMENT_BYTES):
            self._seal(bytes(self._held[at : at + SEGMENT_BYTES]), last=False)
        if whole:
            del self._held[: whole * SEGMENT_BYTES]
            await self._send()

    async def finish(self) -> None:
        self._seal(bytes(self._held), last=True)
        await self._send()

    def _seal(self, segment: bytes, *, last: bool) -> None:
        self._ready += self._key.seal(segment, self._number, last=last)
        self._number += 1

    async def _send(self) -> None:
        ready = bytes(self._ready)
        self._ready.clear()
        await self._writing.write(ready)


class _Gathered:
    """Chunks of any size, taken in sizes that mean something."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._held = bytearray()

    async def take(self, size: int) -> bytes:
        """
        The next *size* bytes.

        Raises:
            SealBroken: There are fewer.
        """
        while len(self._held) < size:
            chunk = await anext(self._chunks, b"")
            if not chunk:
                raise SealBroken
            self._held += chunk
        return self._cut(size)

    async def take_many(self, size: int) -> bytes:
        """As many times *size* bytes as one chunk brings, at least once, or all that is left when that is less; nothing at the end."""
        while len(self._held) < size:
            chunk = await anext(self._chunks, b"")
            if not chunk:
                return self._cut(len(self._held))
            self._held += chunk
        return self._cut(len(self._held) // size * size)

    def _cut(self, size: int) -> bytes:
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken

    async def aclose(self) -> None:
        close = getattr(self._chunks, "aclose", None)
        if close is not None:
            await close()


class Opening:
    """
    Plain bytes of a sealed file, as they are read.

    A class and no generator: one that is closed before its first step would not close what it reads from.
    """

    def __init__(self, source: _Gathered, key: FileKey, number: int, count: int, skip: int, length: int) -> None:
        self._source, self._key = source, key
        self._number, self._count = number, count
        self._skip, self._left = skip, length
        self._first = b""

    async def begin(self) -> None:
        self._first = await self._next()

    def __aiter__(self) -> Opening:
        return self

    async def __anext__(self) -> bytes:
        if self._first:
            first, self._first = self._first, b""
            return first
        if self._left <= 0:
            await self.aclose()
            raise StopAsyncIteration
        return await self._next()

    async def _next(self) -> bytes:
        sealed = await self._source.take_many(SEALED_SEGMENT_BYTES)
        if not sealed:
            raise SealBroken
        pieces = range(0, len(sealed), SEALED_SEGMENT_BYTES)
        plain = b"".join([self._unseal(sealed[at : at + SEALED_SEGMENT_BYTES]) for at in pieces])
        plain = plain[self._skip : self._skip + self._left]
        self._skip = 0
        self._left -= len(plain)
        return plain

    def _unseal(self, segment: bytes) -> bytes:
        number = self._number
        self._number += 1
        return self._key.unseal(segment, number, last=number == self._count - 1)

    async def aclose(self) -> None:
        await self._source.aclose()
