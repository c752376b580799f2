"""Files over HTTP: their bytes as content, ranges, names, and what keeps a browser from taking one for a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.json import encode

from strongback.engine.request import Reply, Request
from strongback.errors import Fault, MalformedRequest, did_you_mean
from strongback.plan.asked import Asked, FileAsk
from strongback.plan.outcome import File, Outcome
from strongback.predicate.constant import wire_datetime
from strongback.serve.conditions import read_tags
from strongback.serve.doors.rest.headers import NOSNIFF, UNTAGGED, VARY, Header
from strongback.serve.doors.rest.media import is_encoded
from strongback.serve.doors.rest.ranges import disposition, read_range
from strongback.serve.doors.rest.read import read_body
from strongback.serve.doors.rest.routes import Route
from strongback.serve.doors.rest.terms import read_terms
from strongback.serve.guard.limits import Limits
from strongback.serve.guard.query import parse_query

# What a browser shows without running anything of it, each type by itself. Never HTML, SVG, XML or JavaScript.
SHOWN: Final = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "application/pdf", "text/plain"}
    | {"audio/mpeg", "audio/ogg", "audio/wav", "video/mp4", "video/webm", "video/ogg"}
)
PRIVATE: Final = ("cache-control", "private, no-cache")
# A file that is opened as a document is one of nobody: no script, no form, no origin (CSP 3, section 6.3; HTML, "sandboxing").
SANDBOX: Final = ("content-security-policy", "sandbox; default-src 'none'")
RANGES: Final = ("accept-ranges", "bytes")
KNOWN: Final = {"download": ("disposition", "link"), "upload": ("name",)}


def read_upload(request: Request, route: Route, row: str | None, limits: Limits) -> Asked:
    """Read what puts a file: the content itself is read by whoever may keep it."""
    headers = request.headers
    asking, faults = _query(request, KNOWN["upload"], limits)
    length = headers.get("content-length", "")
    file = FileAsk(
        media_type=headers.get("content-type", "").partition(";")[0].strip(" \t").lower(),
        name=asking.get("name"),
        size=int(length) if length.isdecimal() else None,
        content=aiter(request.content) if request.content is not None else None,
        is_coded=is_encoded(headers),
    )
    _refuse_partial(request)
    return Asked(
        route.target, row, if_match=_tags(request), terms=read_terms(headers.get("prefer")), faults=faults, file=file
    )


def _refuse_partial(request: Request) -> None:
    """A server that takes part of a file for all of it destroys the rest (RFC 9110, section 14.4)."""
    if "content-range" in request.headers:
        raise MalformedRequest("a file is put whole, without `Content-Range`")
    if "if-none-match" in request.headers:
        raise MalformedRequest("`If-None-Match` is judged on reads only", hint="send the ETag in `If-Match`")


def read_remove(request: Request, route: Route, row: str | None, limits: Limits) -> Asked:
    _, faults = _query(request, (), limits)
    terms = read_terms(request.headers.get("prefer"))
    return Asked(route.target, row, if_match=_tags(request), terms=terms, faults=faults)


def _tags(request: Request) -> tuple[str, ...] | None:
    field = request.headers.get("if-match")
    return None if field is None else read_tags(field, weak=False)


def read_download(request: Request, route: Route, row: str | None, limits: Limits) -> Asked:
    """Read what asks for a file, or for a part of it."""
    headers = request.headers
    asking, faults = _query(request, KNOWN["download"], limits)
    shown = asking.get("disposition", "attachment")
    if shown not in ("attachment", "inline"):
        faults = (*faults, Fault("SB201", "expected `attachment` or `inline`", "?disposition"))
    none_match, wanted = headers.get("if-none-match"), headers.get("range")
    unread = request.method == "HEAD"
    file = FileAsk(
        part=read_range(wanted) if wanted is not None and not unread else None,
        part_if=_part_if(headers.get("if-range")),
        inline=shown == "inline",
        link=asking.get("link", ""),
        unread=unread,
    )
    tags = None if none_match is None else read_tags(none_match, weak=True)
    return Asked(route.target, row, if_match=_tags(request), if_none_match=tags, faults=faults, file=file)


def _part_if(field: str | None) -> str | None:
    """
    The one strong tag in `If-Range`. A weak one and a date match nothing, so that all is answered (RFC 9110, section 13.1.5).

    >>> _part_if('"5f"'), _part_if('W/"5f"'), _part_if("Sat, 28 Nov 2026 10:00:00 GMT")
    ('5f', '', '')
    """
    if field is None:
        return None
    return field[1:-1] if len(field) > 2 and field[0] == field[-1] == '"' else ""


def _query(request: Request, known: Sequence[str], limits: Limits) -> tuple[dict[str, str], tuple[Fault, ...]]:
    pairs = parse_query(request.query, limits) if request.query else []
    faults = [
        Fault("SB209", "is not known here", f"?{name[:80]}", did_you_mean(name[:80], known))
        for name, _ in pairs
        if name not in known
    ]
    names = [name for name, _ in pairs]
    faults += [Fault("SB209", "is given twice", f"?{name}") for name in known if names.count(name) > 1]
    return dict(pairs), tuple(faults)


def read_link(request: Request, route: Route, row: str | None, limits: Limits) -> Asked:
    """Read what asks for a link: how long it is to live, if that is said."""
    _, faults = _query(request, (), limits)
    body, wrong = read_body(request, route, limits)
    return Asked(route.target, row, body=body, faults=faults + wrong)


class Linked(Struct, frozen=True, gc=False):
    """A link to a file: where it is, and until when."""

    url: str
    expires_at: str


def render_link(request: Request, outcome: Outcome) -> Reply:
    """Word a link: the file's own path, with what stands for a permission."""
    place = f"{request.root}{request.path.removesuffix('/link')}?link={outcome.value['token']}"
    linked = Linked(place, wire_datetime(outcome.value["expires_at"]))
    return Reply(200, (("x-request-id", request.request_id), *UNTAGGED), encode(linked))


def render_download(request: Request, outcome: Outcome) -> Reply:
    """Word a file: whole, in part, or unchanged."""
    start: tuple[Header, ...] = (("etag", f'"{outcome.etag}"'), ("x-request-id", request.request_id))
    file = outcome.file
    if file is None:
        return Reply(304, (*start, PRIVATE, VARY, NOSNIFF))
    shown = file.inline and file.media_type in SHOWN
    headers: tuple[Header, ...] = (
        *start,
        ("content-type", file.media_type),
        ("content-disposition", disposition(file.name, inline=shown)),
        RANGES,
        PRIVATE,
        VARY,
        NOSNIFF,
        SANDBOX,
    )
    if file.part is None:
        return Reply(200, headers, content=file.content, length=file.size)
    return Reply(206, (*headers, _content_range(file)), content=file.content, length=file.part.length)


def _content_range(file: File) -> Header:
    assert file.part is not None
    last = file.part.start + file.part.length - 1
    return ("content-range", f"bytes {file.part.start}-{last}/{file.size}")
