"""
The port to a place that keeps the bytes of files: a folder, a bucket.

An object has a key, is written once and never changed. It is there whole, and lasts, from the moment its writing ends well; before that,
and when the writing fails, it is not there at all. What a crash leaves behind is found by `listed`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

# How many bytes are in memory for one reader: what one hop to a thread, or one answer of a network, is worth.
CHUNK_BYTES: Final = 262_144


@dataclass(frozen=True, slots=True)
class Listed:
    """
    Something that is kept.

    Attributes:
        unfinished: No object, but what is left of a writing that has not ended.
    """

    key: str
    size_bytes: int
    written_at: datetime
    unfinished: bool = False


class Writing(Protocol):
    """An object while it is written."""

    async def write(self, chunk: bytes) -> None:
        """Add *chunk*; any size, though few large ones are faster."""
        ...


class BlobStore(Protocol):
    """
    A place for files.

    Every method may raise `FilesUnavailable`: the place does not answer, is full, or refuses.
    """

    async def start(self) -> None:
        """
        Open the place and make sure that objects can be written there.

        Raises:
            ConfigurationError: They cannot.
        """
        ...

    async def close(self) -> None:
        """Let it go. May be called twice."""
        ...

    def writing(self, key: str) -> AbstractAsyncContextManager[Writing]:
        """Write the object *key*: it is there when the context ends, and nothing of it when that ends with an exception."""
        ...

    async def open(self, key: str, start: int, length: int) -> AsyncIterator[bytes]:
        """
        Open *length* bytes of an object, from *start* on: at least one, and no more than there are.

        The iterator gives them in chunks of at most `CHUNK_BYTES`, and reads on also when the object is deleted meanwhile. It is to be
        closed (`aclose`) when it is not read to its end.

        Raises:
            FileMissing: There is no such object.
        """
        ...

    async def delete(self, key: str) -> None:
        """Delete an object, or what is left of an unfinished one; nothing, when it is not there."""
        ...

    def listed(self) -> AsyncIterator[Listed]:
        """Everything that is kept, in no order."""
        ...
