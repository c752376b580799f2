"""The OpenAPI document, the API page and the pages of problems, as answers at fixed paths."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.resources import files
from typing import Final

from strongback.contract.openapi import write_openapi
from strongback.contract.problems import problem_type
from strongback.engine.request import Reply, Request
from strongback.errors import MethodNotAllowed, StrongbackError
from strongback.model.model import Model
from strongback.serve.asgi import Answer
from strongback.serve.doors.rest.conditions import read_tags
from strongback.serve.doors.rest.refuse import refuse

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
HTML: Final = "text/html; charset=utf-8"
PLAIN: Final = "text/plain; charset=utf-8"
FILES: Final = {
    "/docs": ("docs.html", HTML),
    "/docs/page.css": ("page.css", "text/css; charset=utf-8"),
    "/docs/page.js": ("page.js", "text/javascript; charset=utf-8"),
}
# Codes that callers meet: requests, dependencies, and what is ours.
MET_BY_CALLERS: Final = ("SB2", "SB3", "SB9")


@dataclass(frozen=True)
class Page:
    """One representation, made when it is first asked for, with a tag of its bytes."""

    make: Callable[[], bytes]
    media_type: str
    refuse: Callable[[Request, StrongbackError], Reply]

    @cached_property
    def content(self) -> bytes:
        return self.make()

    @cached_property
    def etag(self) -> str:
        return sha256(self.content).hexdigest()[:16]

    async def __call__(self, request: Request) -> Reply:
        headers = (("x-request-id", request.request_id), ("etag", f'"{self.etag}"'), *SAFE)
        if request.method not in METHODS:
            return self.refuse(request, MethodNotAllowed(request.method[:20], METHODS))
        if request.method == "OPTIONS":
            return Reply(204, (("allow", ", ".join(METHODS)), *headers))
        if self._is_held(request):
            return Reply(304, headers)
        return Reply(200, (("content-type", self.media_type), *headers), self.content)

    def _is_held(self, request: Request) -> bool:
        """Whether the caller has this very page (RFC 9110, section 13.1.2)."""
        field = request.headers.get("if-none-match")
        return field is not None and not {"*", self.etag}.isdisjoint(read_tags(field, weak=True))


def make_pages(model: Model) -> Mapping[str, Answer]:
    """
    The pages of *model* by path: `/openapi.json`, `/docs` with its files, and `/problems/<code>`.

    None of them needs a token: they say what the service can do, and nothing that it holds.
    """

    def refusing(request: Request, error: StrongbackError) -> Reply:
        return refuse(request, error, model.name)

    return {path: Page(make, media_type, refusing) for path, make, media_type in _contents(model)}


def _contents(model: Model) -> Iterator[tuple[str, Callable[[], bytes], str]]:
    """Of each page the path, what makes it, and its media type."""
    yield "/openapi.json", lambda: write_openapi(model), "application/json"
    for path, (name, media_type) in FILES.items():
        yield path, files("strongback.serve.pages").joinpath("files", name).read_bytes, media_type
    for page in files("strongback").joinpath("pages").iterdir():
        code = page.name.removesuffix(".md")
        if code.startswith(MET_BY_CALLERS):
            yield problem_type(code), page.read_bytes, PLAIN
