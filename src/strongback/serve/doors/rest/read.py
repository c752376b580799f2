"""A request of one route, read into what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from strongback.engine.request import Request
from strongback.errors import Fault, MalformedRequest, NotAcceptable, UnsupportedMedia
from strongback.plan.asked import USUAL, Asked, Terms
from strongback.serve.conditions import read_tags
from strongback.serve.doors.rest.batch import read_operations
from strongback.serve.doors.rest.media import JSON, MERGE_PATCH, accepts_json, is_encoded, media_type
from strongback.serve.doors.rest.parameters import NOTHING_ASKED
from strongback.serve.doors.rest.routes import Route, as_of
from strongback.serve.doors.rest.terms import read_terms
from strongback.serve.guard.json import decode_json
from strongback.serve.guard.limits import Limits
from strongback.serve.guard.query import parse_query

EMPTY: Final[Mapping[str, object]] = {}
TAKES_JSON: Final = frozenset({"*/*", JSON})
READS: Final = frozenset({"get", "list", "history"})
NO_FAULTS: Final[tuple[Fault, ...]] = ()


def read_asked(request: Request, route: Route, row: str | None, limits: Limits) -> Asked:
    """
    Read what *request* asks of *route*.

    Args:
        row: The id in the path.
    Raises:
        NotAcceptable, UnsupportedMedia, MalformedRequest, PreferenceRefused, TooLarge: It cannot be read, or the answer could not.
    """
    headers, kind = request.headers, route.target.kind
    accept = headers.get("accept", "*/*")
    if accept not in TAKES_JSON and not accepts_json(accept):
        raise NotAcceptable(f"this service answers {JSON}", hint=f"send `Accept: {JSON}`, or none")
    if_match, if_none_match = _conditions(headers, route)
    if kind == "get" and not request.query:
        return Asked(route.target, row, if_match=if_match, if_none_match=if_none_match)
    terms = USUAL if kind in READS else read_terms(headers.get("prefer"))
    asking = route.parameters.read(parse_query(request.query, limits)) if request.query else NOTHING_ASKED
    if kind == "batch":
        return _batch(request, route, limits, terms, asking.faults)
    body, faults = read_body(request, route, limits) if route.takes_body else (None, NO_FAULTS)
    if asking is NOTHING_ASKED:
        return Asked(
            route.target, row, body=body, if_match=if_match, if_none_match=if_none_match, terms=terms, faults=faults
        )
    return Asked(
        target=route.target if asking.as_of is None else as_of(route.target),
        id=row,
        select=asking.select,
        filters=asking.filters,
        sort=asking.sort,
        page_size=asking.page_size,
        page_token=asking.page_token,
        count=asking.count,
        text=asking.text,
        group_by=asking.group_by,
        measures=asking.measures,
        as_of=asking.as_of or "",
        deleted=asking.deleted,
        body=body,
        if_match=if_match,
        if_none_match=if_none_match,
        terms=terms,
        faults=asking.faults + faults,
    )


def _batch(request: Request, route: Route, limits: Limits, terms: Terms, faults: tuple[Fault, ...]) -> Asked:
    body, wrong = read_body(request, route, limits)
    items, more = ((), ()) if wrong else read_operations(route.parameters.entity, body)
    return Asked(route.target, terms=terms, faults=(*faults, *wrong, *more), items=items)


def _conditions(headers: Mapping[str, str], route: Route) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """
    The versions a write must meet and the tags a reader holds. A condition that would not be judged is refused, never dropped: the
    caller relies on it (RFC 9110, section 13.2.1). Only a list may drop `If-None-Match`, since it has no tag that could match.
    """
    if_match, if_none_match = headers.get("if-match"), headers.get("if-none-match")
    if if_match is not None and (not route.on_row or route.target.kind == "history"):
        raise MalformedRequest("there is no version here that `If-Match` could match")
    if if_none_match is not None and route.target.kind not in ("get", "list", "aggregate"):
        raise MalformedRequest("`If-None-Match` is judged on reads only", hint="send the ETag in `If-Match`")
    return (
        None if if_match is None else read_tags(if_match, weak=False),
        None if if_none_match is None or not route.on_row else read_tags(if_none_match, weak=True),
    )


def read_body(request: Request, route: Route, limits: Limits) -> tuple[Mapping[str, object], tuple[Fault, ...]]:
    """The members of the content. What is no object has none; that it is none is a fault like any other."""
    if not request.body and route.body_optional:
        return EMPTY, NO_FAULTS
    _check_media(request.headers, route)
    value = decode_json(request.body, limits)
    if isinstance(value, dict):
        return value, NO_FAULTS
    return EMPTY, (Fault("SB201", "expected an object", "", 'write `{"name": value}`'),)


def _check_media(headers: Mapping[str, str], route: Route) -> None:
    if is_encoded(headers):
        raise UnsupportedMedia("the content must not be compressed")
    given = headers.get("content-type", "")
    if given != JSON:
        taken = (MERGE_PATCH, JSON) if route.target.kind == "update" else (JSON,)
        if media_type(given) not in taken:
            raise UnsupportedMedia(f"the content must be {' or '.join(taken)}, in UTF-8")
