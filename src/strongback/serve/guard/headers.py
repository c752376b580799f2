"""Header fields as a mapping, with what must stand alone standing alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from strongback.errors import MalformedRequest

# Two values of these would be two requests in one: which is meant is not for us to guess (RFC 9110, section 5.3).
_SINGLE = frozenset(
    (
        "authorization",
        "content-length",
        "content-type",
        "host",
        "idempotency-key",
        "if-modified-since",
        "if-unmodified-since",
        "origin",
        "transfer-encoding",
        "x-request-id",
    )
)

# Fields that most requests have: their names need not be decoded each time.
_COMMON = (
    *("accept", "accept-encoding", "accept-language", "cache-control", "connection", "content-encoding", "forwarded"),
    *(
        "if-match",
        "if-none-match",
        "prefer",
        "referer",
        "traceparent",
        "user-agent",
        "x-forwarded-for",
        "x-forwarded-proto",
    ),
)
_NAMES = {name.encode(): name for name in (*_SINGLE, *_COMMON)}


def read_headers(fields: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """
    Read *fields* as ASGI gives them into names (lower case) and values.

    Returns:
        Values without white space around them; of a field sent twice, joined by `, `.
    Raises:
        MalformedRequest: A field that has one value only is there twice.
    Source: RFC 9110, sections 5.2 (combining), 5.3 and 5.5 (white space; octets beyond ASCII are opaque).

    >>> read_headers([(b"accept", b"text/html "), (b"accept", b"application/json"), (b"host", b"a")])
    {'accept': 'text/html, application/json', 'host': 'a'}
    """
    headers = {_name(name): value.decode("latin-1").strip(" \t") for name, value in fields}
    return headers if len(headers) == len(fields) else _combined(fields)


class KnownFields:
    """
    What was read of the fields of a connection's last request.

    Its next one mostly has the same fields, and the guard then gives the same list.
    """

    __slots__ = ("_fields", "_headers")

    def __init__(self) -> None:
        self._fields: Sequence[tuple[bytes, bytes]] | None = None
        self._headers: Mapping[str, str] = {}

    def read(self, fields: Sequence[tuple[bytes, bytes]]) -> Mapping[str, str]:
        """As `read_headers`."""
        if fields is not self._fields:
            self._headers, self._fields = read_headers(fields), fields
        return self._headers


def _name(raw: bytes) -> str:
    return _NAMES.get(raw) or raw.decode("latin-1").lower()


def _combined(fields: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in fields:
        name = _name(raw_name)
        value = raw_value.decode("latin-1").strip(" \t")
        if name in headers:
            if name in _SINGLE:
                raise MalformedRequest(f"the field {name} is there twice", where=name)
            value = f"{headers[name]}, {value}"
        headers[name] = value
    return headers
