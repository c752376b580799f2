"""Header fields become one mapping; what has one value has one."""

from __future__ import annotations

import pytest

from strongback.errors import MalformedRequest
from strongback.serve.guard.headers import read_headers


def test_fields_sent_twice_are_joined_in_their_order() -> None:
    fields = [(b"If-Match", b'"1"'), (b"accept", b" text/html\t"), (b"if-match", b'"2"')]
    assert read_headers(fields) == {"if-match": '"1", "2"', "accept": "text/html"}


@pytest.mark.parametrize("name", [b"authorization", b"Content-Type", b"host", b"idempotency-key"])
def test_a_field_of_one_value_is_refused_twice(name: bytes) -> None:
    with pytest.raises(MalformedRequest, match="twice"):
        read_headers([(name, b"a"), (name.lower(), b"a")])


def test_octets_beyond_ascii_are_kept_apart() -> None:
    assert read_headers([(b"x", b"\xe9\xff")]) == {"x": "\xe9\xff"}
