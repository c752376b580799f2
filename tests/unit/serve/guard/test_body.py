"""A body is gathered up to the limit, whatever server it comes through."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from strongback.errors import MalformedRequest, TooLarge
from strongback.serve.guard.body import read_body
from strongback.serve.guard.limits import Limits


def read(*messages: Mapping[str, Any], limit: int = 10) -> tuple[bytes, int]:
    """The body, and how many messages were left unread."""
    waiting = list(messages)

    async def receive() -> Mapping[str, Any]:
        return waiting.pop(0)

    return asyncio.run(read_body(receive, Limits(body_size_bytes=limit))), len(waiting)


def part(body: bytes, *, more: bool = True) -> Mapping[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def test_parts_are_joined() -> None:
    assert read(part(b"abc"), part(b""), part(b"de", more=False)) == (b"abcde", 0)
    assert read({"type": "http.request"}) == (b"", 0)


def test_the_limit_is_the_last_byte_that_fits() -> None:
    assert read(part(b"12345"), part(b"67890", more=False)) == (b"1234567890", 0)
    for parts in ([part(b"12345678901", more=False)], [part(b"12345"), part(b"678901"), part(b"never read")]):
        with pytest.raises(TooLarge):
            read(*parts)


def test_a_client_that_leaves_has_sent_no_request() -> None:
    with pytest.raises(MalformedRequest, match="left"):
        read(part(b"abc"), {"type": "http.disconnect"})
