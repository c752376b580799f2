"""Query strings, read strictly."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from strongback.errors import MalformedRequest
from strongback.model.text import text_fault
from strongback.serve.guard.limits import DEFAULT_LIMITS, Limits

# `%` starts an encoded octet or is an error. Brackets and quotes, which many clients send plainly, may stay.
_UNREADABLE = re.compile(r"%(?![0-9A-Fa-f]{2})|[^!-~]")


def parse_query(query: str, limits: Limits = DEFAULT_LIMITS) -> list[tuple[str, str]]:
    """
    Read *query*, as forms encode it: `name=value` joined by `&`, `+` for a space, the rest percent-encoded UTF-8.

    Args:
        query: What follows `?` in the request target, without it.
        limits: Its `query_parameters` hold here.
    Returns:
        Names and values in the order they came, a name as often as it came. Without `=` the value is "".
    Raises:
        MalformedRequest: A `%` without two hexadecimal digits, octets that are not UTF-8, a NUL, too many parameters.
    Source: RFC 3986, sections 2.1 and 3.4; WHATWG URL, "application/x-www-form-urlencoded parsing".

    >>> parse_query("city=New+York&created_at%5Bgte%5D=2026&tag=a&tag=%C3%A9")
    [('city', 'New York'), ('created_at[gte]', '2026'), ('tag', 'a'), ('tag', 'é')]
    """
    if not query:
        return []
    if query.count("&") >= limits.query_parameters:
        raise MalformedRequest(f"the query has more than {limits.query_parameters} parameters")
    if "%" not in query and query.isascii() and query.isprintable() and " " not in query:
        return [_split(part.replace("+", " ")) for part in query.split("&") if part]
    _refuse_unreadable(query)
    return [_decode_pair(*_split(part)) for part in query.split("&") if part]


def _split(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name, value


def _refuse_unreadable(query: str) -> None:
    wrong = _UNREADABLE.search(query)
    if wrong:
        what = "a `%` without two hexadecimal digits" if wrong[0] == "%" else "a character that must be percent-encoded"
        raise MalformedRequest(f"the query has {what}", where=f"query, character {wrong.start()}")


def _decode_pair(name: str, value: str) -> tuple[str, str]:
    decoded = _decode(name, "the name of a query parameter")
    return decoded, _decode(value, f"query parameter `{decoded[:60]}`")


def _decode(text: str, what: str) -> str:
    text = text.replace("+", " ")
    if "%" not in text:
        return text
    try:
        decoded = unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise MalformedRequest(f"{what} is not UTF-8") from None
    if fault := text_fault(decoded):
        raise MalformedRequest(f"{what} {fault}")
    return decoded
