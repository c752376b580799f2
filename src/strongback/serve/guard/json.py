"""
Request bodies as JSON, read strictly: what two readers could read differently is refused.

The fast reader keeps the last of two equal members and says so to nobody. Whether it dropped one can be counted: outside
of texts every member has one colon. When the count does not prove the body sound, or the fast reader refuses it, a slower
and exact reader takes it and names the place.
"""

from __future__ import annotations

import msgspec

from strongback.errors import MalformedRequest, TooLarge
from strongback.serve.guard.exact_json import decode_exactly
from strongback.serve.guard.limits import DEFAULT_LIMITS, Limits

_decode = msgspec.json.Decoder().decode


def decode_json(body: bytes, limits: Limits = DEFAULT_LIMITS) -> object:
    """
    Read *body* as one JSON value.

    Integers keep all their digits, whatever their size; whether they fit is for their type to say.

    Args:
        body: The bytes as they came: UTF-8 without a byte order mark.
        limits: Its `body_size_bytes` and `json_depth` hold here.
    Returns:
        A dict, list, str, int, float, bool or None. No text in it holds a NUL or a lone surrogate, no float is infinite.
    Raises:
        MalformedRequest: It is not JSON, or names a member twice; `where` is a JSON pointer or a byte offset.
        TooLarge: It has more bytes than the limit.
    Source: RFC 8259, sections 4 (names should be unique), 6, 8.1, 8.2 and 9; RFC 7493 (I-JSON), section 2.

    >>> decode_json(b'{"title": "Engineer", "salary": 50000}')
    {'title': 'Engineer', 'salary': 50000}
    >>> decode_json(b'{"job": {"id": 1, "id": 2}}')
    Traceback (most recent call last):
    strongback.errors.MalformedRequest: /job: SB200 the member `id` is there twice
    """
    if len(body) > limits.body_size_bytes:
        raise TooLarge(f"the body is larger than {limits.body_size_bytes} bytes")
    try:
        value = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        decode_exactly(body, limits.json_depth)
        raise MalformedRequest("the body is not JSON as RFC 8259 has it") from None
    if _is_sound(body, value, limits.json_depth):
        return value
    return decode_exactly(body, limits.json_depth)


def _is_sound(body: bytes, value: object, depth: int) -> bool:
    """
    Whether *body* surely names no member twice, holds no NUL, and is not too deep.

    A colon or a NUL written as an escape would spoil the count; the fast reader has refused lone surrogates.
    """
    if b"\\u00" in body and (b"\\u003" in body or b"\\u0000" in body):
        return False
    colons = body.count(b":")
    if type(value) is dict and colons == len(value) and b"[" not in body and body.count(b"{") == 1:
        return depth > 0  # one flat object without a colon in any text, as most bodies are
    return _count_colons(value, depth) == colons


def _count_colons(value: object, depth: int) -> int:
    """Count the colons that *value* has as JSON text; -1 and less when it is deeper than *depth*."""
    if type(value) is dict:
        if depth == 0:
            return _TOO_DEEP
        count = len(value)
        for name, member in value.items():
            count += name.count(":")
            if type(member) is str:
                count += member.count(":")
            elif type(member) is dict or type(member) is list:
                count += _count_colons(member, depth - 1)
        return count
    if type(value) is list:
        if depth == 0:
            return _TOO_DEEP
        count = 0
        for item in value:
            if type(item) is str:
                count += item.count(":")
            elif type(item) is dict or type(item) is list:
                count += _count_colons(item, depth - 1)
        return count
    return value.count(":") if type(value) is str else 0


# More than any body has colons, so that no sum of counts can bring it back.
_TOO_DEEP = -(1 << 62)
