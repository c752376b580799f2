"""The exact reader of JSON: slower than the fast one, and able to say where a fault is."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from strongback.errors import MalformedRequest
from strongback.model.text import text_fault
from strongback.plan.value_fault import escape

_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class _Wrong:
    """Stands where a value cannot; the walk over the tree finds it, and so its place."""

    message: str


def decode_exactly(body: bytes, depth: int) -> object:
    """
    Read *body* as one JSON value, or say what is wrong and where.

    Args:
        depth: Arrays and objects inside one another.
    Raises:
        MalformedRequest: `where` is a JSON pointer (RFC 6901), or `byte N` where there is no value to point at.
    """
    value = _parse(_text_of(body))
    for pointer, fault in _find_faults(value, depth):
        raise MalformedRequest(fault, where=pointer)
    return value


def pointer_step(name: str | int) -> str:
    """
    Write one step of a JSON pointer (RFC 6901, section 3).

    >>> pointer_step("a/b~c"), pointer_step(3)
    ('/a~1b~0c', '/3')
    """
    return "/" + escape(str(name))


def _text_of(body: bytes) -> str:
    if body.startswith(b"\xef\xbb\xbf"):
        raise MalformedRequest("the body starts with a byte order mark", where="byte 0", hint="send UTF-8 without it")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise MalformedRequest("the body is not UTF-8", where=f"byte {error.start}") from None


def _parse(text: str) -> object:
    if not text.strip(" \t\r\n"):
        raise MalformedRequest("the body is empty where JSON is needed")
    try:
        return _decoder.decode(text)
    except json.JSONDecodeError as error:
        _refuse_syntax(text, error)
    except RecursionError:
        raise MalformedRequest("the body is nested too deep") from None


def _refuse_syntax(text: str, error: json.JSONDecodeError) -> NoReturn:
    offset = len(text[: error.pos].encode(errors="surrogatepass"))
    if error.msg == "Extra data":
        raise MalformedRequest("something follows the JSON value", where=f"byte {offset}") from None
    raise MalformedRequest("the body is not JSON", where=f"byte {offset}", hint=error.msg) from None


def _object_of(pairs: list[tuple[str, object]]) -> object:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            return _Wrong(f"the member `{_shown(name)}` is there twice")
        seen.add(name)
    return members


def _integer_of(text: str) -> object:
    try:
        return int(text)
    except ValueError:  # more digits than `sys.set_int_max_str_digits` allows
        return _Wrong(f"a number of {len(text)} digits is too long")


def _float_of(text: str) -> object:
    value = float(text)
    return value if math.isfinite(value) else _Wrong(f"the number `{_shown(text)}` is out of range")


def _constant_of(text: str) -> object:
    return _Wrong(f"`{text}` is not JSON")


_decoder = json.JSONDecoder(
    object_pairs_hook=_object_of, parse_int=_integer_of, parse_float=_float_of, parse_constant=_constant_of
)


def _find_faults(value: object, depth: int, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Walk the tree in reading order; yield the place and the wording of each fault, lazily."""
    if isinstance(value, _Wrong):
        yield pointer, value.message
    elif isinstance(value, str):
        if fault := text_fault(value):
            yield pointer, f"a text {fault}"
    elif isinstance(value, (dict, list)):
        if depth == 0:
            yield pointer, "the body is nested too deep"
        else:
            yield from _find_inside(value, depth - 1, pointer)


def _find_inside(value: dict[str, object] | list[object], depth: int, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for place, item in enumerate(value):
            if isinstance(item, (str, dict, list, _Wrong)):
                yield from _find_faults(item, depth, f"{pointer}/{place}")
        return
    for name, member in value.items():
        if fault := text_fault(name):
            yield pointer, f"the name of a member {fault}"
        elif isinstance(member, (str, dict, list, _Wrong)):
            yield from _find_faults(member, depth, pointer + pointer_step(name))


def _shown(text: str) -> str:
    """Cut *text* for a message, and keep what has no UTF-8 form out of it."""
    cut = text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "..."
    return cut.encode(errors="backslashreplace").decode().replace("\0", "\\x00")
