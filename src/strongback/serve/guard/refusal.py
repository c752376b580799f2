"""The answer to a request that never becomes one: complete, small, and the last on its connection."""

from __future__ import annotations

import math
from collections.abc import Iterable
from http import HTTPStatus

import msgspec

from strongback.contract.problems import PROBLEMS, Problem, problem_type
from strongback.errors import MethodNotAllowed, StrongbackError, Unavailable


def write_refusal(
    error: StrongbackError, request_id: str, fields: Iterable[tuple[bytes, bytes]] = (), *, has_content: bool = True
) -> bytes:
    """
    Write *error* as an HTTP/1.1 response that closes the connection.

    Args:
        error: What the guard found. Its class has a row of its own among the problems.
        request_id: As `choose_request_id` gives it: plain enough for a header field.
        fields: Header fields that go with every answer, such as Date.
        has_content: False in answer to HEAD.
    Source: RFC 9112, section 9.6 (close); RFC 9457, section 3.

    >>> from strongback.errors import HeadersTooLarge
    >>> print(write_refusal(HeadersTooLarge("too many"), "r1").decode().replace(chr(13), ""))
    HTTP/1.1 431 Request Header Fields Too Large
    x-request-id: r1
    content-type: application/problem+json
    content-length: 126
    connection: close
    <BLANKLINE>
    {"type":"/problems/SB244","title":"Header fields too large","status":431,"code":"SB244","detail":"too many","request_id":"r1"}
    """
    problem = PROBLEMS[type(error)]
    content = _content(error, problem, request_id)
    lines = [f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}".encode()]
    lines += [name + b": " + value for name, value in fields]
    lines += [b"x-request-id: " + request_id.encode("ascii")]
    lines += [b"content-type: application/problem+json", b"content-length: %d" % len(content), *_extra_fields(error)]
    return b"\r\n".join([*lines, b"connection: close", b"", content if has_content else b""])


def _content(error: StrongbackError, problem: Problem, request_id: str) -> bytes:
    return msgspec.json.encode(
        {
            "type": problem_type(error.code),
            "title": problem.title,
            "status": problem.status,
            "code": error.code,
            "detail": error.message,
            "request_id": request_id,
        }
    )


def _extra_fields(error: StrongbackError) -> list[bytes]:
    """The fields that a status brings (RFC 9110, sections 10.2.3 and 15.5.6)."""
    if isinstance(error, MethodNotAllowed):
        return [b"allow: " + ", ".join(error.allowed).encode()]
    if isinstance(error, Unavailable):
        return [b"retry-after: %d" % math.ceil(error.retry_after_s)]
    return []
