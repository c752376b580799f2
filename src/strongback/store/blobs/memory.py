"""Files in this process's memory: for tests, beside an SQLite store in memory. Gone with the process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from strongback.errors import FileMissing
from strongback.store.blobs.blob_store import CHUNK_BYTES, Listed


class MemoryBlobs:
    """Objects by key."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[bytes, datetime]] = {}

    async def start(self) -> None:
        """There is nothing to open."""

    async def close(self) -> None:
        """Nor anything to close: what was kept is there until nobody holds it."""

    @asynccontextmanager
    async def writing(self, key: str) -> AsyncIterator[_Gathered]:
        gathered = _Gathered()
        yield gathered
        self.kept[key] = (bytes(gathered.content), datetime.now(UTC))

    async def open(self, key: str, start: int, length: int) -> AsyncIterator[bytes]:
        found = self.kept.get(key)
        if found is None:
            raise FileMissing(key)
        return _chunks(found[0][start : start + length])

    async def delete(self, key: str) -> None:
        self.kept.pop(key, None)

    async def listed(self) -> AsyncIterator[Listed]:
        for key, (content, written_at) in list(self.kept.items()):
            yield Listed(key, len(content), written_at)


class _Gathered:
    def __init__(self) -> None:
        self.content = bytearray()

    async def write(self, chunk: bytes) -> None:
        self.content += chunk


async def _chunks(content: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(content), CHUNK_BYTES):
        yield content[at : at + CHUNK_BYTES]
