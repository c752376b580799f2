"""An outcome, worded as an HTTP answer."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import UNSET, Struct, UnsetType

from strongback.engine.request import Reply, Request
from strongback.errors import NoVersion, StaleVersion
from strongback.plan.asked import USUAL, Asked
from strongback.plan.outcome import Outcome, WholeRows
from strongback.serve.conditions import ANY
from strongback.serve.doors.rest.headers import BARE, TAGGED, UNCHANGED, UNTAGGED, Header
from strongback.serve.doors.rest.routes import Route
from strongback.serve.doors.rest.terms import applied
from strongback.serve.guard.prefer import read_preferences

_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")  # RFC 3986, section 2.3
_encode = msgspec.json.Encoder().encode


class Page(Struct, frozen=True, gc=False):
    """A list's answer. The last page has no token."""

    items: Any
    next_page_token: str | UnsetType = UNSET
    count: int | UnsetType = UNSET


class Result(Struct, frozen=True, gc=False):
    """What one operation of a batch came to: as the answer to a request of its own, in one object."""

    status: int
    id: str | int | UnsetType = UNSET
    etag: str | UnsetType = UNSET
    row: Any = UNSET
    value: Any = UNSET
    items: Any = UNSET


class Results(Struct, frozen=True, gc=False):
    """A batch's answer, in the order of its operations."""

    results: tuple[Result, ...]


class Value(Struct, frozen=True, gc=False):
    """What an action returned that is no row."""

    value: Any


def render(request: Request, route: Route, asked: Asked, outcome: Outcome) -> Reply:
    """
    Word *outcome*.

    Raises:
        StaleVersion: A read gave `If-Match`, and the row is at another version.
    """
    if asked.target.kind in ("get", "as_of"):
        return _render_get(request, asked, outcome)
    batch = asked.target.kind == "batch"
    minimal = (batch or outcome.item is not None) and _is_minimal(request)
    reply = (_render_batch if batch else _render)(request, route, outcome, minimal=minimal)
    said = applied(asked.terms, minimal=minimal) if minimal or asked.terms is not USUAL else ""
    return Reply(reply.status, (*reply.headers, ("preference-applied", said)), reply.body) if said else reply


def _render(request: Request, route: Route, outcome: Outcome, *, minimal: bool) -> Reply:
    if outcome.items is not None:
        token, count = outcome.next_page_token or UNSET, outcome.count
        items = outcome.items.text if isinstance(outcome.items, WholeRows) else outcome.items
        return _reply(request, 200, UNTAGGED, _encode(Page(items, token, UNSET if count is None else count)))
    if outcome.did == "deleted" or route.target.kind == "remove":
        return _reply(request, 204, BARE)
    if outcome.item is None and outcome.id == "":
        return _render_value(request, route, outcome)
    return _render_row(request, route, outcome, minimal=minimal)


def _render_get(request: Request, asked: Asked, outcome: Outcome) -> Reply:
    etag = outcome.etag
    if asked.if_match is not None and asked.if_match != ANY and etag not in asked.if_match:
        raise StaleVersion("the row is not at this version") if etag else NoVersion
    if not etag:
        return _reply(request, 200, UNTAGGED, _encode(outcome.item))
    tag = ("etag", f'"{etag}"')
    if outcome.did == "unchanged":
        return Reply(304, (tag, ("x-request-id", request.request_id), *UNCHANGED))
    return Reply(200, (tag, ("x-request-id", request.request_id), *TAGGED), _encode(outcome.item))


def _render_batch(request: Request, route: Route, outcome: Outcome, *, minimal: bool) -> Reply:
    results = tuple(_result(part, minimal=minimal) for part in outcome.parts)
    return _reply(request, 200, UNTAGGED, _encode(Results(results)))


def _result(done: Outcome, *, minimal: bool) -> Result:
    if done.items is not None:
        return Result(200, items=done.items)
    if done.item is None and done.id == "":
        return Result(200, value=done.value) if done.has_value else Result(204)
    etag = done.etag or UNSET
    if done.item is None or minimal:
        return Result(204, done.id, etag)
    return Result(201 if done.did == "created" else 200, done.id, etag, done.item)


def _render_value(request: Request, route: Route, outcome: Outcome) -> Reply:
    """What an action returned: a value, which may be null, or nothing."""
    if not route.answers_value:
        return _reply(request, 204, BARE)
    return _reply(request, 200, UNTAGGED, _encode(Value(outcome.value)))


def _render_row(request: Request, route: Route, outcome: Outcome, *, minimal: bool) -> Reply:
    """A row made or changed. A caller who may not read it, or wants no more, gets the way to it only."""
    place = f"{request.root}{route.rows}/{_segment(outcome.id)}"
    created = outcome.did == "created"
    more: tuple[Header, ...] = ((("location" if created else "content-location"), place),)
    if outcome.etag:
        more = (*more, ("etag", f'"{outcome.etag}"'))
    if outcome.item is None or minimal:
        return _reply(request, 204, (*more, *BARE))
    return _reply(request, 201 if created else 200, (*more, *UNTAGGED), _encode(outcome.item))


def _segment(id_: str | int) -> str:
    """An id in a path."""
    text = str(id_)
    return text if _UNRESERVED.fullmatch(text) else quote(text, safe="")


def _is_minimal(request: Request) -> bool:
    """Whether the client said it needs no content back (RFC 7240, section 4.2)."""
    prefer = request.headers.get("prefer")
    return prefer is not None and read_preferences(prefer).get("return") == "minimal"


def _reply(request: Request, status: int, headers: tuple[Header, ...], body: bytes = b"") -> Reply:
    return Reply(status, (("x-request-id", request.request_id), *headers), body)
