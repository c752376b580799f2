"""One page at a fixed path: bytes with a tag, and what a browser may do with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol

from strongback.engine.request import Reply, Request
from strongback.errors import MethodNotAllowed, StrongbackError
from strongback.serve.conditions import read_tags

# Scripts and styles of our own and nothing else; nobody frames the page, nothing is sent elsewhere.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
SAFE: Final = (
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("content-security-policy", POLICY),
    ("cache-control", "no-cache"),
)
METHODS: Final = ("GET", "HEAD", "OPTIONS")


ROOTS_KEPT: Final = 8


class Content(Protocol):
    """Bytes, and a tag that changes with them."""

    def at(self, root: str) -> tuple[bytes, str]:
        """Both, where the service is mounted at *root*."""
        ...


@dataclass(frozen=True)
class Made:
    """Bytes that are made when they are first asked for, and stay. A host may have roots without end: those of a few are kept."""

    make: Callable[[str], bytes]
    made: dict[str, tuple[bytes, str]] = field(default_factory=dict)

    def at(self, root: str) -> tuple[bytes, str]:
        if root not in self.made:
            if len(self.made) >= ROOTS_KEPT:
                self.made.clear()
            content = self.make(root)
            self.made[root] = content, tag_of(content)
        return self.made[root]


@dataclass(slots=True)
class File:
    """The bytes of a file, read again when it was written again: who edits a page sees it by reloading it."""

    path: Path
    _written: tuple[int, int] = (0, -1)
    _bytes: bytes = b""
    _etag: str = ""

    def at(self, root: str) -> tuple[bytes, str]:
        self._refresh()
        return self._bytes, self._etag

    def _refresh(self) -> None:
        found = self.path.stat()
        written = (found.st_mtime_ns, found.st_size)
        if written != self._written:
            self._bytes = self.path.read_bytes()
            self._etag = tag_of(self._bytes)
            self._written = written


def tag_of(content: bytes) -> str:
    """
    A tag of *content*, without quotes.

    >>> tag_of(b"")
    'e3b0c44298fc1c14'
    """
    return sha256(content).hexdigest()[:16]


@dataclass(frozen=True)
class Page:
    """*content* as an answer to GET and HEAD; anything else is refused."""

    content: Content
    media_type: str
    refuse: Callable[[Request, StrongbackError], Reply]

    async def __call__(self, request: Request) -> Reply:
        if request.method not in METHODS:
            return self.refuse(request, MethodNotAllowed(request.method[:20], METHODS))
        content, etag = self.content.at(request.root)
        headers = (("x-request-id", request.request_id), ("etag", f'"{etag}"'), *SAFE)
        if request.method == "OPTIONS":
            return Reply(204, (("allow", ", ".join(METHODS)), *headers))
        if _is_held(request, etag):
            return Reply(304, headers)
        return Reply(200, (("content-type", self.media_type), *headers), content)


def _is_held(request: Request, etag: str) -> bool:
    """Whether the caller has this very page (RFC 9110, section 13.1.2)."""
    known = request.headers.get("if-none-match")
    return known is not None and not {"*", etag}.isdisjoint(read_tags(known, weak=True))
