"""GraphQL over HTTP: what a request says, which media type it takes for an answer, and the status of that."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct

from strongback.engine.request import Request
from strongback.errors import MalformedRequest, MethodNotAllowed, NotAcceptable, UnsupportedMedia
from strongback.serve.guard.json import decode_json
from strongback.serve.guard.limits import Limits
from strongback.serve.guard.query import parse_query

METHODS: Final = ("GET", "HEAD", "POST", "OPTIONS")
JSON: Final = "application/json"
RESPONSE: Final = "application/graphql-response+json"
ENCODED: Final = "; charset=utf-8"
SHA256: Final = "sha256:"


class Said(Struct, frozen=True, gc=False):
    """
    What a request says, its types checked.

    Attributes:
        query: The text of a document; empty where *document_id* names one that is kept.
    """

    query: str
    document_id: str = ""
    operation: str | None = None
    variables: Mapping[str, Any] = {}


def read_http(request: Request, limits: Limits) -> Said:
    """
    Read *request*.

    Raises:
        NotAcceptable, UnsupportedMedia, MethodNotAllowed, MalformedRequest: It is no GraphQL request over HTTP.
    Source: GraphQL over HTTP, draft of 2025, section 5.
    """
    answer_type(request)
    if request.method in ("GET", "HEAD"):
        return _said(_from_query(request, limits))
    if request.method != "POST":
        raise MethodNotAllowed(request.method[:20], METHODS)
    _check_content(request.headers)
    value = decode_json(request.body, limits)
    if isinstance(value, list):
        raise MalformedRequest("batches of documents are not taken", hint="send one document with several fields")
    if not isinstance(value, dict):
        raise MalformedRequest("expected an object", hint='write `{"query": "{ ... }"}`')
    return _said(value)


def _check_content(headers: Mapping[str, str]) -> None:
    """
    Only JSON is read: a form or plain text, which any page of the web can send with somebody's cookies, is not.

    Raises:
        UnsupportedMedia: The content is something else.
    """
    essence, *parameters = (part.strip().lower() for part in headers.get("content-type", "").split(";"))
    charset = next((p.partition("=")[2].strip('" ') for p in parameters if p.startswith("charset")), "utf-8")
    coded = headers.get("content-encoding", "identity").lower() != "identity"
    if essence != JSON or charset not in ("utf-8", "utf8") or coded:
        raise UnsupportedMedia(f"the content must be {JSON}, in UTF-8 and not compressed")


def _from_query(request: Request, limits: Limits) -> dict[str, object]:
    given: dict[str, object] = {}
    for name, value in parse_query(request.query, limits) if request.query else ():
        if name in given:
            raise MalformedRequest(f"`{name[:20]}` is given twice")
        if name in ("variables", "extensions"):
            given[name] = decode_json(value.encode(), limits) if value else None
        else:
            given[name] = value
    return given


def _said(given: Mapping[str, object]) -> Said:
    query, operation = given.get("query"), given.get("operationName")
    variables, extensions = given.get("variables"), given.get("extensions")
    id_ = _document_id(given, extensions)
    if id_ and query is None:
        query = ""
    if not isinstance(query, str) or not (query or id_):
        raise MalformedRequest("`query` is missing: the text of a document", hint='write `{"query": "{ ... }"}`')
    if operation is not None and not isinstance(operation, str):
        raise MalformedRequest("`operationName` is no text")
    if variables is not None and not isinstance(variables, dict):
        raise MalformedRequest("`variables` is no object")
    if extensions is not None and not isinstance(extensions, dict):
        raise MalformedRequest("`extensions` is no object")
    return Said(query, id_, operation or None, variables or {})


def _document_id(given: Mapping[str, object], extensions: object) -> str:
    """
    The id of a document that is kept; empty when none is named.

    Source: GraphQL over HTTP, appendix "Persisted Documents"; the extension `persistedQuery` of Apollo's clients.
    """
    persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
    hashed = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    found = given.get("documentId", f"{SHA256}{hashed}" if isinstance(hashed, str) else None)
    if found is not None and not isinstance(found, str):
        raise MalformedRequest("`documentId` is no text")
    return found or ""


def answer_type(request: Request) -> str:
    """
    The media type of the answer.

    Raises:
        NotAcceptable: The client takes neither.
    """
    found = chosen(request.headers.get("accept", ""))
    if not found:
        raise NotAcceptable(f"this service answers {RESPONSE} and {JSON}", hint=f"send `Accept: {RESPONSE}`, or none")
    return found


@lru_cache(maxsize=512)
def chosen(accept: str) -> str:
    """
    Which of our media types *accept* likes best; of those it likes equally JSON, as old clients expect. Empty for none.

    Source: RFC 9110, section 12.5.1; GraphQL over HTTP, section 6.1, which asks for JSON where nothing is said.

    >>> chosen("application/graphql-response+json, application/json;q=0.9"), chosen("*/*"), chosen("text/html")
    ('application/graphql-response+json', 'application/json', '')
    """
    if not accept.strip():
        return JSON
    weights: dict[str, tuple[float, int]] = {}
    for at, part in enumerate(accept.split(",")):
        media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weights[media_range] = _weight(parameters), -at
    liked = {each: _liked(each, weights) for each in (JSON, RESPONSE)}
    best = max(liked, key=lambda each: liked[each])
    return best if liked[best][0] > 0 else ""


def _liked(media_type: str, weights: Mapping[str, tuple[float, int]]) -> tuple[float, int, int]:
    """The weight of the most specific range that covers it; the earlier of equals."""
    for specific, name in enumerate((media_type, "application/*", "*/*")):
        if name in weights:
            weight, at = weights[name]
            return weight, -specific, at
    return 0.0, 0, 0


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
