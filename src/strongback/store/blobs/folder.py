"""Files in a folder: one file an object, written beside and moved into place when it is whole and on the disk."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final, TypeVar
from uuid import uuid4

from strongback.errors import FileMissing, FilesRefused, FilesUnavailable
from strongback.store.blobs.blob_store import CHUNK_BYTES, Listed

T = TypeVar("T")
# Where objects are written before they are whole. On the same file system, so that a move is one step.
INCOMING: Final = ".incoming"


class FolderBlobs:
    """
    Objects as files below *root*, which is made when it is not there. Readable by this user alone.

    Every call to the file system runs in a thread: a slow disk holds up nobody else.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.incoming = root / INCOMING

    async def start(self) -> None:
        try:
            await asyncio.to_thread(self._try_writing)
        except OSError as refused:
            raise FilesRefused(
                f"files cannot be kept in `{self.root}`: {refused.strerror}",
                hint="make it writable, or name another place: STRONGBACK_FILES=file:///path",
            ) from refused

    def _try_writing(self) -> None:
        self.incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
        tried = self.incoming / f"try-{uuid4()}"
        with _create(tried) as file:
            file.write(b"x")
        tried.unlink()

    async def close(self) -> None:
        """Nothing stays open between calls."""

    @asynccontextmanager
    async def writing(self, key: str) -> AsyncIterator[_Writing]:
        path = self.incoming / str(uuid4())
        file = await _in_thread(_create, path)
        try:
            yield _Writing(file)
            await _in_thread(self._keep, file, path, self._path(key))
        except BaseException:
            await asyncio.shield(_in_thread(_discard, file, path))
            raise

    def _keep(self, file: IO[bytes], path: Path, place: Path) -> None:
        """Make the file last, then let it be seen: a row that names it is committed only after both."""
        with file:
            file.flush()
            os.fsync(file.fileno())
        made = not place.parent.exists()
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.rename(place)
        for folder in (place.parent, *(place.parent.parents[:2] if made else ())):
            _sync_folder(folder)

    def _path(self, key: str) -> Path:
        # Keys are made by us of numbers and ids; one that led out of the root would be a fault of ours.
        path = self.root / key
        assert ".." not in key.split("/") and path.is_relative_to(self.root), key  # noqa: PT018
        return path

    async def open(self, key: str, start: int, length: int) -> AsyncIterator[bytes]:
        file = await _in_thread(_open_at, self._path(key), start, key)
        return _read(file, length)

    async def delete(self, key: str) -> None:
        await _in_thread(self._path(key).unlink, missing_ok=True)

    async def listed(self) -> AsyncIterator[Listed]:
        entries = self._entries()
        while batch := await _in_thread(_take, entries, 500):
            for each in batch:
                yield each

    def _entries(self) -> Iterator[Listed]:
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = Path(folder) / name
                with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
                    found = path.stat()
                    written_at = datetime.fromtimestamp(found.st_mtime, UTC)
                    key = path.relative_to(self.root).as_posix()
                    yield Listed(key, found.st_size, written_at, key.startswith(f"{INCOMING}/"))


class _Writing:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    async def write(self, chunk: bytes) -> None:
        await _in_thread(self._file.write, chunk)


async def _in_thread(call: Callable[..., T], *arguments: Any, **named: Any) -> T:
    try:
        return await asyncio.to_thread(call, *arguments, **named)
    except OSError as failed:
        raise FilesUnavailable(f"the folder of files: {failed.strerror}") from failed


def _create(path: Path) -> IO[bytes]:
    """A new file that nobody else reads."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _discard(file: IO[bytes], path: Path) -> None:
    with contextlib.suppress(OSError):
        file.close()
    path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """A move lasts when the folder it went to does (POSIX, `rename`, does not say so by itself)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _open_at(path: Path, start: int, key: str) -> IO[bytes]:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise FileMissing(key) from None
    file.seek(start)
    return file


async def _read(file: IO[bytes], length: int) -> AsyncIterator[bytes]:
    try:
        while length > 0:
            chunk = await _in_thread(file.read, min(CHUNK_BYTES, length))
            if not chunk:
                raise FilesUnavailable("a file is shorter than its row says")
            length -= len(chunk)
            yield chunk
    finally:
        file.close()


def _take(entries: Iterator[Listed], most: int) -> list[Listed]:
    return [each for _, each in zip(range(most), entries, strict=False)]
