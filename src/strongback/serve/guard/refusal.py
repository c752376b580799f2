"""The answer to a request that never becomes one: complete, small, and the last on its connection."""

from __future__ import annotations

import math
from collections.abc import Iterable
from http import HTTPStatus

import msgspec

from strongback.errors import (
    HeadersTooLarge,
    MethodNotAllowed,
    StrongbackError,
    TimedOutReading,
    TooLarge,
    Unavailable,
    UriTooLong,
)

_STATUS: dict[type[StrongbackError], int] = {
    HeadersTooLarge: 431,
    MethodNotAllowed: 405,
    TimedOutReading: 408,
    TooLarge: 413,
    Unavailable: 503,
    UriTooLong: 414,
}


def write_refusal(
    error: StrongbackError, fields: Iterable[tuple[bytes, bytes]] = (), *, has_content: bool = True
) -> bytes:
    """
    Write *error* as an HTTP/1.1 response that closes the connection.

    Args:
        error: What the guard found; a kind without a status of its own is 400.
        fields: Header fields that go with every answer, such as Date.
        has_content: False in answer to HEAD.
    Source: RFC 9112, section 9.6 (close); RFC 9457, sections 3 and 4.2.1 (`about:blank`).

    >>> print(write_refusal(TooLarge("the body is too large")).decode().replace(chr(13), ""))
    HTTP/1.1 413 Request Entity Too Large
    content-type: application/problem+json
    content-length: 118
    connection: close
    <BLANKLINE>
    {"type":"about:blank","title":"Request Entity Too Large","status":413,"detail":"the body is too large","code":"SB243"}
    """
    status = HTTPStatus(_STATUS.get(type(error), 400))
    content = _problem(error, status)
    lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode()]
    lines += [name + b": " + value for name, value in fields]
    lines += [b"content-type: application/problem+json", b"content-length: %d" % len(content), *_extra_fields(error)]
    return b"\r\n".join([*lines, b"connection: close", b"", content if has_content else b""])


def _problem(error: StrongbackError, status: HTTPStatus) -> bytes:
    return msgspec.json.encode(
        {
            "type": "about:blank",
            "title": status.phrase,
            "status": status.value,
            "detail": error.message,
            "code": error.code,
        }
    )


def _extra_fields(error: StrongbackError) -> list[bytes]:
    if isinstance(error, MethodNotAllowed):
        return [b"allow: " + ", ".join(error.allowed).encode()]
    if isinstance(error, Unavailable):
        return [b"retry-after: %d" % math.ceil(error.retry_after_s)]
    return []
