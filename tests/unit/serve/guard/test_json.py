"""A body is read in the one way every reader would read it, or refused with its place."""

from __future__ import annotations

import json
import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongback.errors import MalformedRequest, StrongbackError, TooLarge
from strongback.serve.guard.exact_json import decode_exactly
from strongback.serve.guard.json import decode_json
from strongback.serve.guard.limits import Limits

# Of a comma too many, Python 3.13 and later name the place of the comma, and not that after it.
AT_COMMA = int(sys.version_info >= (3, 13))
TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("body", "where", "says"),
    [
        (b"", "", "empty"),
        (b" \r\n\t", "", "empty"),
        (b"\xef\xbb\xbf{}", "byte 0", "byte order mark"),
        ('{"a": 1}'.encode("utf-16"), "byte 0", "not UTF-8"),
        ('{"a": 1}'.encode("utf-16-le"), "byte 1", "not JSON"),
        (b'{"a": "\xff"}', "byte 7", "not UTF-8"),
        (b'{"a": "\xc0\x80"}', "byte 7", "not UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "byte 7", "not UTF-8"),
        (b'{"a": 1, "a": 2}', "", "`a` is there twice"),
        (b'{"a": 1, "\\u0061": 2}', "", "`a` is there twice"),
        (b'{"a": ":", "b": {"c:": 1, "c\\u003a": "x"}}', "/b", "`c:` is there twice"),
        (b'[{"x": "\\u003a", "x": 1}]', "/0", "`x` is there twice"),
        (b'{"a/b": [0, {"c~d": {"e": 1, "e": 1}}]}', "/a~1b/1/c~0d", "`e` is there twice"),
        (b'{"a": NaN}', "/a", "`NaN` is not JSON"),
        (b'{"a": [Infinity]}', "/a/0", "`Infinity` is not JSON"),
        (b"-Infinity", "", "`-Infinity` is not JSON"),
        (b'{"n": 1e400}', "/n", "out of range"),
        (b'{"n": -1e400}', "/n", "out of range"),
        (b'{"n": ' + b"1" * 10_000 + b"}", "/n", "10000 digits"),
        (b'{"n": ' + b"1" * 400 + b".5}", "/n", "out of range"),
        (b'{"a": "\\ud800"}', "/a", "lone surrogate"),
        (b'{"a": "\\ud83dx"}', "/a", "lone surrogate"),
        (b'{"\\udc00": 1}', "", "lone surrogate"),
        (b'{"\\udc00": 1, "\\udc00": 2}', "", "twice"),
        (b'{"a": ["b", "\\u0000"]}', "/a/1", "NUL"),
        (b'{"a\\u0000": 1}', "", "NUL"),
        (b'{"a": "x\x00"}', "byte 8", "not JSON"),
        (b'{"a": "x\ny"}', "byte 8", "not JSON"),
        (b"{} x", "byte 3", "follows"),
        (b'{"a": 1}{"a": 1}', "byte 8", "follows"),
        (b"[1] \x00", "byte 4", "follows"),
        ('{"é": tru}'.encode(), "byte 7", "not JSON"),
        (b'{"a": 01}', "byte 7", "not JSON"),
        (b'{"a": +1}', "byte 6", "not JSON"),
        (b'{"a": 1.}', "byte 7", "not JSON"),
        (b'{"a": .5}', "byte 6", "not JSON"),
        (b'{"a": 1,}', f"byte {8 - AT_COMMA}", "not JSON"),
        (b"[1,]", f"byte {3 - AT_COMMA}", "not JSON"),
        (b"{'a': 1}", "byte 1", "not JSON"),
        (b"{a: 1}", "byte 1", "not JSON"),
        (b'{"a": "\\x41"}', "byte 7", "not JSON"),
        (b'{"a": 1', "byte 7", "not JSON"),
        (b'{"a": 1 /* no */}', "byte 8", "not JSON"),
        (b"\x0c1", "byte 0", "not JSON"),
        (b"[" * 33 + b"]" * 33, "/0" * 32, "too deep"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "/a" * 32, "too deep"),
        (b'[":",' * 33 + b"1" + b"]" * 33, "/1" * 32, "too deep"),
        (b"[" * 100_000, "", "too deep"),
        (b'{"a":' * 100_000, "", "too deep"),
    ],
)
def test_what_is_not_plain_json_is_refused_with_its_place(body: bytes, where: str, says: str) -> None:
    with pytest.raises(MalformedRequest) as refused:
        decode_json(body)
    assert says in refused.value.message
    assert refused.value.where == where


def test_ordinary_bodies_are_read() -> None:
    body = (
        b' {"url": "http://a:1/", "n": [1, -2.5, 1e3, true, null], "t": "\\u00e9 \\ud83d\\ude00 \\\\u0000", "": {}} \n'
    )
    assert decode_json(body) == {
        "url": "http://a:1/",
        "n": [1, -2.5, 1000.0, True, None],
        "t": "é \U0001f600 \\u0000",
        "": {},
    }
    assert decode_json(b"[" * 32 + b"]" * 32) is not None


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**64, 10**200])
def test_integers_beyond_64_bit_keep_their_digits_so_that_their_type_can_refuse_them(number: int) -> None:
    assert decode_json(b'{"n": %d}' % number) == {"n": number}


def test_integers_stay_integers_and_zero_has_no_sign() -> None:
    value = decode_json(b"[9007199254740993, -0]")
    assert value == [9007199254740993, 0]
    assert isinstance(value, list) and type(value[1]) is int


def test_a_body_over_the_limit_is_too_large() -> None:
    assert decode_json(b'"abc"', Limits(body_size_bytes=5)) == "abc"
    with pytest.raises(TooLarge):
        decode_json(b'"abcd"', Limits(body_size_bytes=5))


def test_the_depth_limit_is_a_setting() -> None:
    assert decode_json(b'{"a": [1]}', Limits(json_depth=2)) == {"a": [1]}
    with pytest.raises(MalformedRequest):
        decode_json(b'{"a": [[]]}', Limits(json_depth=2))


@given(VALUES)
def test_what_json_writes_is_read_back_by_both_readers(value: object) -> None:
    for body in (json.dumps(value).encode(), json.dumps(value, ensure_ascii=False).encode()):
        assert decode_json(body) == value
        assert decode_exactly(body, 32) == value


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "a:", "\\u0061", "\\u003a", "b"]), st.sampled_from(['":"', "1", '"\\u003a"'])),
        max_size=5,
    )
)
def test_a_name_that_stands_twice_never_passes(pairs: list[tuple[str, str]]) -> None:
    body = "{" + ",".join(f'"{name}":{value}' for name, value in pairs) + "}"
    doubled = len({json.loads(f'"{name}"') for name, _ in pairs}) < len(pairs)
    if doubled:
        with pytest.raises(MalformedRequest):
            decode_json(body.encode())
    else:
        assert decode_json(body.encode()) == json.loads(body)


@given(
    st.binary(max_size=40)
    | st.lists(
        st.sampled_from(
            [
                b'"',
                b"{",
                b"}",
                b"[",
                b"]",
                b":",
                b",",
                b"\\u",
                b"d800",
                b"0",
                b"-",
                b"1e9",
                b"a",
                b"\xc3",
                b"\xa9",
                b"NaN",
            ]
        ),
        max_size=14,
    ).map(b"".join)
)
def test_any_bytes_are_a_value_or_a_refusal_that_can_be_sent(body: bytes) -> None:
    try:
        value = decode_json(body)
    except StrongbackError as refused:
        value = str(refused)
    assert _is_clean(value)


def _is_clean(value: object) -> bool:
    if isinstance(value, dict):
        return all(_is_clean(name) and _is_clean(member) for name, member in value.items())
    if isinstance(value, list):
        return all(_is_clean(item) for item in value)
    if isinstance(value, str):
        return "\0" not in value and value.encode() is not None
    return not isinstance(value, float) or math.isfinite(value)
