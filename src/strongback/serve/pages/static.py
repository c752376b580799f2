"""A team's own pages: the files of a folder, at the paths they have in it."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from strongback.engine.request import Reply, Request
from strongback.errors import ConfigurationError, StrongbackError
from strongback.model.model import Model
from strongback.serve.asgi import Answer
from strongback.serve.doors.rest.refuse import refuse
from strongback.serve.pages.page import File, Page

INDEX: Final = "index.html"
FILES_MAX: Final = 2_000
UNKNOWN: Final = "application/octet-stream"
# What mimetypes learns from the system differs from machine to machine; these are what browsers insist on.
TYPES: Final = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".txt": "text/plain",
}
# What an operator asks, beside the model's own paths.
OPERATED: Final = frozenset({"/live", "/ready", "/startup", "/metrics"})
TEXTUAL: Final = ("text/", "application/json", "application/manifest+json", "image/svg+xml")


class StaticFolder(ConfigurationError):
    """The folder of a service's own pages is not there, or holds what cannot be served."""

    code = "SB425"


def add_static(model: Model, folder: Path | None, pages: Mapping[str, Answer]) -> Mapping[str, Answer]:
    """
    *pages* and those of *folder*.

    Raises:
        StaticFolder: A file stands where something else answers, or see `make_static`.
    """
    if folder is None:
        return pages
    static = make_static(model, folder)
    taken = sorted(path for path in static if path in pages or path in OPERATED or _is_below(path, model.rest))
    if taken:
        hint = "rename it: the path is the service's"
        raise StaticFolder(f"`{taken[0]}` stands where the service answers", where=str(folder), hint=hint)
    return {**pages, **static}


def _is_below(path: str, prefix: str) -> bool:
    return bool(prefix) and (path == prefix or path.startswith(f"{prefix}/"))


def make_static(model: Model, folder: Path) -> Mapping[str, Answer]:
    """
    The files below *folder* by path: `index.html` at the path of its folder, every other file under its name.

    What begins with a dot is left out, and so is what a link leads to outside of the folder. Which files there are is looked up once;
    what is in them is read again when it changes.

    Raises:
        StaticFolder: There is no such folder, it has no files, or more than are served from memory.
    """
    if not folder.is_dir():
        raise StaticFolder("the folder of the service's pages is not there", where=str(folder))
    found = sorted(_files(folder))
    if not found:
        raise StaticFolder("the folder of the service's pages is empty", where=str(folder), hint=f"write an {INDEX}")
    if len(found) > FILES_MAX:
        hint = "serve that many from a web server or a content network"
        raise StaticFolder(f"the folder has {len(found)} files, {FILES_MAX} at most", where=str(folder), hint=hint)

    def refusing(request: Request, error: StrongbackError) -> Reply:
        return refuse(request, error, model.name)

    return {path: Page(File(file), media_type(file), refusing) for file in found for path in _paths(folder, file)}


def _files(folder: Path) -> Iterator[Path]:
    root = folder.resolve()
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden and path.resolve().is_relative_to(root):
            yield path


def _paths(folder: Path, file: Path) -> Iterator[str]:
    path = f"/{file.relative_to(folder).as_posix()}"
    yield path
    if file.name == INDEX:
        yield path.removesuffix(INDEX)


def media_type(file: Path) -> str:
    """
    What a browser is told that *file* is, by its ending.

    >>> media_type(Path("app.js")), media_type(Path("logo.png")), media_type(Path("notes"))
    ('text/javascript; charset=utf-8', 'image/png', 'application/octet-stream')
    """
    known = TYPES.get(file.suffix.lower()) or mimetypes.guess_type(file.name)[0] or UNKNOWN
    return f"{known}; charset=utf-8" if known.startswith(TEXTUAL) else known
