"""Values of every scalar type, at its extremes, as JSON text: what is sent, and what every store answers (values.md section 1)."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Values:
    """
    What a field of the suite's `Thing` may hold.

    Attributes:
        called: The type, in a sentence.
        held: JSON texts that come back as they are sent; of an ordered type all different and ascending.
        spelt: JSON texts that may be sent, and what comes back for each.
        ordered: Whether rows can be sorted by it.
        compared: Whether it can be compared by less and greater in a filter.
        filtered: Whether it can be filtered by.
    """

    called: str
    held: tuple[str, ...]
    spelt: tuple[tuple[str, str], ...] = ()
    ordered: bool = True
    compared: bool = True
    filtered: bool = True


def quoted(*texts: str) -> tuple[str, ...]:
    """As JSON, with nothing escaped that need not be (RFC 8259, section 7)."""
    return tuple(json.dumps(text, ensure_ascii=False) for text in texts)


_TEXTS = (
    *("", " ", "A", "Z", "a", "aa", "a b", "z", "I", "i", "ss", "\u00c4", "\u00df", "\u00e4", "a\u0308"),
    *("\u0130", "\u0131", "\u200b", "\u2028", "\u6f22", "\ud7ff", "\ue000", "\ufffd", "\uffff"),
    *(
        "\U00010000",
        "\U0001f600",
        "\U0010ffff",
        "\x01\x1f",
        "\t\n\r\b\f",
        "\x7f\x80",
        '"\\/',
        "it's: 100% $1 ? :x \\N",
        "null",
        "0",
    ),
)
_BYTES = (b"", b"a", b"ab", b"abc", b"\x00\xff", b"\x00" * 57, bytes(range(100)), bytes(range(256)) * 2, b"\xff" * 2000)


def _blank(**values: Values) -> Mapping[str, Values]:
    return MappingProxyType(values)


VALUES: Mapping[str, Values] = _blank(
    flag=Values("a boolean", ("false", "true"), compared=False),
    whole=Values(
        "a whole number of 64 bits",
        (
            *(str(-(2**63)), str(-(2**53) - 1), "-1", "0", "1", str(2**31), str(2**53 - 1), str(2**53), str(2**53 + 1)),
            *(str(2**63 - 2), str(2**63 - 1)),
        ),
        (("1.0", "1"), ("-0", "0"), ("-0.0", "0"), ("1e3", "1000")),
    ),
    ratio=Values(
        "a float",
        (
            *("-1.7976931348623157e308", "-123456.789", "-0.1", "-5e-324", "0.0", "5e-324", "2.2250738585072014e-308"),
            *("1e-7", "0.1", "0.3", "0.30000000000000004", "1.0", "9007199254740992.0"),
            *("1e16", "1e23", "1.7976931348623157e308"),
        ),
        (("-0.0", "0.0"), ("-0", "0.0"), ("1", "1.0"), ("100e-2", "1.0"), ("1e-400", "0.0")),
    ),
    units=Values(
        "a decimal without a fraction",
        ('"-999999999999999999"', '"-1"', '"0"', '"7"', '"999999999999999999"'),
        (('"-0"', '"0"'), ('"7.000"', '"7"'), ('"007"', '"7"')),
    ),
    price=Values(
        "a decimal of two places",
        (
            '"-9999999999999999.99"',
            '"-10.00"',
            '"-9.00"',
            '"-0.01"',
            '"0.00"',
            '"0.01"',
            '"9.00"',
            '"10.00"',
            '"9999999999999999.99"',
        ),
        (('"-0"', '"0.00"'), ('"-0.00"', '"0.00"'), ('"1"', '"1.00"'), ('"1.5"', '"1.50"'), ('"1.500"', '"1.50"')),
    ),
    share=Values(
        "a decimal that is all fraction",
        (
            '"-0.999999999999999999"',
            '"-0.000000000000000001"',
            '"0.000000000000000000"',
            '"0.000000000000000001"',
            '"0.100000000000000000"',
            '"0.999999999999999999"',
        ),
        (('"0.1"', '"0.100000000000000000"'),),
    ),
    text=Values(
        "text", tuple(quoted(*sorted(_TEXTS))), (('"\\u00e4\\ud83d\\ude00\\/"', '"\u00e4\U0001f600/"'),), compared=False
    ),
    word=Values("one of a few words", quoted("a", "b", "c"), compared=False),
    color=Values("a member of an enum", quoted("green", "it's: 100%", "red"), compared=False),
    moment=Values(
        "a moment",
        quoted(
            *("0001-01-01T00:00:00.000000Z", "1582-10-14T12:00:00.000000Z", "1900-03-01T00:00:00.000000Z"),
            *("1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00.000000Z", "2024-02-29T11:59:59.000006Z"),
            *("2024-02-29T12:00:00.000000Z", "2024-02-29T12:00:00.100000Z", "9999-12-31T23:59:59.999999Z"),
        ),
        (
            ('"2024-02-29T00:30:00+01:00"', '"2024-02-28T23:30:00.000000Z"'),
            ('"2024-02-29T00:30:00.5-23:59"', '"2024-03-01T00:29:00.500000Z"'),
            ('"2024-02-29t12:00:00z"', '"2024-02-29T12:00:00.000000Z"'),
        ),
    ),
    day=Values("a date", quoted("0001-01-01", "1582-10-10", "1969-12-31", "2024-02-29", "9999-12-31")),
    span=Values(
        "a duration",
        quoted(
            "-P100000000D",
            "-P400DT0.000001S",
            "-PT0.000001S",
            "P0D",
            "PT0.000001S",
            "PT90S",
            "P1D",
            "P1DT0.5S",
            "P100000000D",
        ),
        (('"PT24H"', '"P1D"'), ('"PT1M30S"', '"PT90S"'), ('"-P0D"', '"P0D"')),
    ),
    code=Values(
        "a UUID",
        quoted(
            "00000000-0000-0000-0000-000000000000",
            "0191d3c0-7a3e-4c1b-9f5e-3f6f0a6b2c11",
            "7fffffff-ffff-4fff-bfff-ffffffffffff",
            "80000000-0000-4000-8000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
        ),
        (('"0191D3C0-7A3E-4C1B-9F5E-3F6F0A6B2C11"', '"0191d3c0-7a3e-4c1b-9f5e-3f6f0a6b2c11"'),),
        compared=False,
    ),
    blob=Values("bytes", quoted(*(base64.b64encode(each).decode() for each in _BYTES)), ordered=False, filtered=False),
    data=Values(
        "any JSON",
        (
            *("true", "false", "0", "-1", "9007199254740993", "0.1", "1.0", "1e300", '""', '"it\'s: 100%"', "[]", "{}"),
            *(
                '{"":{"":""}}',
                '[null,[null,[]],{"a":null}]',
                '{"a":{"y":-0.5,"z":"\u00e9\U0001f600"},"b":[1,null,true]}',
                '"\\u0001\\u001f\\\\\\""',
            ),
        ),
        (('{"b":1,"a":2,"B":3,"aa":4}', '{"B":3,"a":2,"aa":4,"b":1}'), ('{ "z" : [ 1 , 2 ] }', '{"z":[1,2]}')),
        ordered=False,
        filtered=False,
    ),
    words=Values(
        "a list of texts",
        ("[]", '[""]', '["b","a","b"]', '["null",",","\\"","{}","\u00e4\U0001f600"]'),
        ordered=False,
        filtered=False,
    ),
    numbers=Values(
        "a list of whole numbers", ("[]", "[0]", f"[{2**63 - 1},{-(2**63)},0]"), ordered=False, filtered=False
    ),
    ratios=Values(
        "a list of floats", ("[]", "[0.0,0.1,1e16,5e-324]"), (("[1,-0.0]", "[1.0,0.0]"),), ordered=False, filtered=False
    ),
    prices=Values(
        "a list of decimals",
        ("[]", '["-0.01","9999.99"]'),
        (('["1","1.5"]', '["1.00","1.50"]'),),
        ordered=False,
        filtered=False,
    ),
    moments=Values(
        "a list of moments",
        ("[]", '["0001-01-01T00:00:00.000000Z","9999-12-31T23:59:59.999999Z"]'),
        (('["2024-02-29T00:30:00+01:00"]', '["2024-02-28T23:30:00.000000Z"]'),),
        ordered=False,
        filtered=False,
    ),
    place=Values(
        "a value object",
        (
            '{"street":"\u00e4 \U0001f600","number":-7,"area":"-0.01","since":"2024-02-29","exact":0.1,"open":false}',
            '{"street":"","number":null,"area":"0.00","since":null,"exact":0.0,"open":true}',
        ),
        (
            (
                '{"open":true,"street":"S"}',
                '{"street":"S","number":null,"area":"0.00","since":null,"exact":0.0,"open":true}',
            ),
        ),
        ordered=False,
        filtered=False,
    ),
    secret=Values(
        "sealed text that can be looked up",
        quoted("", "ada@example.org", "Ada@example.org", "\u00e4 \U0001f600"),
        ordered=False,
        compared=False,
    ),
    sealed=Values("sealed text", quoted("", "it's: 100%", "\u00e4 \U0001f600" * 50), ordered=False, filtered=False),
)
