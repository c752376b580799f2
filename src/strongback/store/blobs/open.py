"""Open the place for files that a URL names."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from strongback.errors import FilesUnknown, did_you_mean
from strongback.store.blobs.blob_store import BlobStore

SCHEMES: Final = ("file", "memory", "s3")
# A package brings a place by an entry point of this group: its name is the URL's scheme, its object a function like `open_blobs`.
GROUP: Final = "strongback.blobs"


def open_blobs(url: str) -> BlobStore:
    """
    Make the place that *url* names, not yet started.

    Args:
        url: `file:///srv/files`, `memory://`, `s3://bucket/prefix`, or one whose scheme an installed package brings.
    Raises:
        FilesUnknown: There is no such kind of place, or the URL does not name one.
    """
    scheme = url.split(":", 1)[0]
    match scheme:
        case "file":
            return _folder(url)
        case "memory":
            from strongback.store.blobs.memory import MemoryBlobs  # noqa: PLC0415 - only the place in use is imported

            return MemoryBlobs()
        case "s3":
            from strongback.store.blobs.s3 import S3Blobs  # noqa: PLC0415

            return S3Blobs(url)
        case _:
            for brought in entry_points(group=GROUP, name=scheme):
                opened: BlobStore = brought.load()(url)
                return opened
            hint = did_you_mean(scheme, SCHEMES) or "write file:///srv/files or s3://bucket/prefix"
            raise FilesUnknown(f"there is no place for files `{scheme[:40]}`", hint=hint)


def _folder(url: str) -> BlobStore:
    from strongback.store.blobs.folder import FolderBlobs  # noqa: PLC0415

    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/") or parts.query:
        raise FilesUnknown("the folder for files is not an absolute path", hint="write file:///srv/files")
    return FolderBlobs(Path(unquote(parts.path)))
