"""The OpenAPI document, the API page and the pages of problems, as answers at fixed paths."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from strongback.contract.openapi import write_openapi
from strongback.contract.problems import problem_type
from strongback.engine.request import Reply, Request
from strongback.errors import StrongbackError
from strongback.model.graphql import PATH as GRAPHQL
from strongback.model.model import Model
from strongback.serve.asgi import Answer
from strongback.serve.doors.rest.refuse import refuse
from strongback.serve.pages.page import Made, Page

HTML: Final = "text/html; charset=utf-8"
PLAIN: Final = "text/plain; charset=utf-8"
FILES: Final = {
    "/docs": ("docs.html", HTML),
    "/docs/page.css": ("page.css", "text/css; charset=utf-8"),
    "/docs/page.js": ("page.js", "text/javascript; charset=utf-8"),
}
OF_GRAPHQL: Final = {
    GRAPHQL: ("graphql.html", HTML),
    f"{GRAPHQL}/page.css": ("page.css", "text/css; charset=utf-8"),
    f"{GRAPHQL}/page.js": ("graphql.js", "text/javascript; charset=utf-8"),
}
# Codes that callers meet: requests, dependencies, and what is ours.
MET_BY_CALLERS: Final = ("SB2", "SB3", "SB9")


def make_pages(model: Model) -> Mapping[str, Answer]:
    """
    The pages of *model* by path: `/openapi.json` and `/docs` with its files where REST is served, `/graphql` with its files where
    GraphQL is, and `/problems/<code>`.

    None of them needs a token: they say what the service can do, and nothing that it holds.
    """

    def refusing(request: Request, error: StrongbackError) -> Reply:
        return refuse(request, error, model.name)

    return {path: Page(Made(make), media_type, refusing) for path, make, media_type in _contents(model)}


def _contents(model: Model) -> Iterator[tuple[str, Callable[[str], bytes], str]]:
    """Of each page the path, what makes it for the root it is asked at, and its media type."""
    if model.rest:
        yield "/openapi.json", lambda root: write_openapi(model, root or "/"), "application/json"
    for path, (name, media_type) in {**(FILES if model.rest else {}), **(OF_GRAPHQL if model.graphql else {})}.items():
        yield path, _reader(files("strongback.serve.pages").joinpath("files", name)), media_type
    for page in files("strongback").joinpath("pages").iterdir():
        code = page.name.removesuffix(".md")
        if code.startswith(MET_BY_CALLERS):
            yield problem_type(code), _reader(page), PLAIN


def _reader(file: Traversable) -> Callable[[str], bytes]:
    """What reads *file*, which is the same at every root."""
    return lambda root: file.read_bytes()
