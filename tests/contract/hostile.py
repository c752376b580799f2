"""
Requests that nobody sends by accident: made from the operations of a document, the same for equal seeds.

Each takes a request that could be meant and spoils some of its parts: method, path, query, header fields, content.
"""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote

from tests.contract.judge import Operation

Ids = dict[str, list[str]]

TEXTS = (
    "", " ", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\u202e", "\ufeff", "é" * 50, "a" * 30_000, "'", '"', "' OR 1=1 --",
    "1; DROP TABLE job",
    "${7*7}", "{{7*7}}", "%s%n", "../../etc/passwd", "\r\nSet-Cookie: a=b", "<script>alert(1)</script>", "null", "true", "0", "-0",
    "1e400",
    "9" * 400, "NaN", "2026-02-30", "2026-01-02T03:04:05", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "24:00", "P",
    "P9999999999D",
    "PT0.0000001S", "====", "AAA", "0" * 32, "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "٣",
    "1_000", "+1",
)  # fmt: skip
ODD_VALUES: tuple[Any, ...] = (
    *TEXTS, None, True, False, 0, -1, 1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**30, 0.1, -0.0, 1e308,
    [], [None], [[]],
    ["a"] * 1_500,
    {}, {"": ""}, {"$ne": None}, {"__proto__": {}}, {"id": 1}, [{"a": [{"a": [{}]}]}],
)  # fmt: skip
RAW_BODIES = (
    b"", b" ", b"{", b"}", b"[]", b"null", b"0", b'"', b'"a"', b"{}{}", b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":1e400}', b'{"a":-}',
    b"\xff\xfe{}",
    b"\xef\xbb\xbf{}", b'{"\xc3\x28":1}', b'{"a":"\xed\xa0\x80"}', b'{"a":"\\ud800"}', b'{"a":"\\u0000"}', b"[" * 5_000, b'{"a":' * 5_000,
    b'{"a":' + b"9" * 20_000 + b"}", b"// a\n{}", b"{'a':1}", b"a=1&b=2", b"\x00" * 64, b"<a/>", b'{"a":tru}',
    b'{"id":"x","_version":9,"created_at":0}',
)  # fmt: skip
SEGMENTS = (
    "", "/", "//", ".", "..", "%2F", "%00", "%", "%zz", "%ff", "%c0%af", "0", "-1", "null", "*", "a" * 3_000, "9" * 300, ";a=b",
    "%0d%0a", "é",
    "00000000-0000-0000-0000-000000000000", "{id}", "'", "%27%20OR%201=1", "?", "#",
)  # fmt: skip
FIELDS: tuple[tuple[str, str], ...] = (
    *(("accept", v) for v in ("", "text/html", "*/*;q=0", "application/json;q=x", "a" * 2_000, ",,,", "application/*;q=0.1, text/plain")),
    *(("content-type", v) for v in ("", "text/plain", "application/json; charset=utf-16", "application/xml", "multipart/form-data",
    ";;", "é")),
    *(("content-encoding", v) for v in ("gzip", "identity, gzip", "x")),
    *((n, v) for n in ("if-match", "if-none-match") for v in ("", "*", '"', '"x"', "W/", 'W/"1"', "1" * 3_000, '"1", "2", *', "\x7f")),
    *(("prefer", v) for v in ("return=minimal", "return=", "return", ";;,=", "a" * 3_000, 'return="minimal', "wait=-1")),
    *(("authorization", v) for v in ("", "Bearer", "Bearer ", "Bearer a b", "Basic YTpi", "Bearer " + "a" * 8_000, "bearer é")),
    *(("x-request-id", v) for v in ("", "a" * 500, "\t", "é", "a b")),
    *((n, "DELETE") for n in ("x-http-method-override", "x-method-override")),
    ("content-length", "-1"), ("content-length", "99999999999999999999999"), ("content-length", "x"), ("origin", "null"), ("range",
    "bytes=0-1"),
    ("x-forwarded-for", "' OR 1"), ("forwarded", 'for="_x"'), ("expect", "x"), ("te", "trailers"),
)  # fmt: skip
VERBS = (
    "PUT",
    "TRACE",
    "CONNECT",
    "OPTIONS",
    "HEAD",
    "PROPFIND",
    "get",
    "GETT",
    "A" * 300,
    "POST",
    "DELETE",
    "PATCH",
    "GET",
)
NAMES = (
    "id", "_version", "_deleted_at", "_tenant", "fields", "include", "sort", "page_size", "page_token", "count", "a", "", "a.b", ".",
    "..", "[]",
    "id[in]", "id[", "id]", "created_at[gte]", "created_at[]", "a" * 2_000, "include.include", "company.company", "\x00", "é",
    "a[b][c]", "__class__",
)  # fmt: skip


@dataclass(frozen=True)
class Hostile:
    """
    One request.

    Attributes:
        asked: The operation it still means; None when it may mean another or none.
    """

    method: str
    path: str
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    asked: Operation | None = None


class Attacker:
    """Makes requests against *operations*; *ids* are of rows there are, by collection."""

    def __init__(self, operations: list[Operation], document: dict[str, Any], ids: Ids, seed: int) -> None:
        self.operations = operations
        self.document = document
        self.ids = ids
        self.random = Random(seed)

    def next(self) -> Hostile:
        asked = self.random.choice(self.operations)
        row = self.random.choice(self.ids.get(asked.collection) or [SEGMENTS[-4]])
        path, method, meant = asked.path.replace("{id}", row), asked.method, True
        if self._chance(0.12):
            path, meant = self._odd_path(asked, row), False
        if self._chance(0.08):
            method, meant = self.random.choice(VERBS), False
        if self._chance(0.5):
            path += "?" + self._query(asked)
        headers = {"prefer": "return=minimal"} if self._chance(0.1) else {}
        for _ in range(self.random.choice((0, 0, 0, 1, 1, 3))):
            name, value = self.random.choice(FIELDS)
            headers[name] = value
        return Hostile(method, path, self._body(asked), headers, asked if meant else None)

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def _odd_path(self, asked: Operation, row: str) -> str:
        parts = asked.path.replace("{id}", row).split("/")
        at = self.random.randrange(1, len(parts) + 1)
        odd = self.random.choice(SEGMENTS)
        return "/".join((*parts[:at], odd, *parts[at + self.random.choice((0, 1)) :])) or "/"

    # -- query

    def _query(self, asked: Operation) -> str:
        known = [p for p in asked.said.get("parameters", ()) if p.get("in") == "query"]
        pairs = [self._pair(known) for _ in range(self.random.choice((1, 1, 2, 4, 30, 120)))]
        return self.random.choice(("&", "&", "&", ";", "&&")).join(pairs)

    def _pair(self, known: list[dict[str, Any]]) -> str:
        name: str
        if known and self._chance(0.75):
            parameter = self.random.choice(known)
            name, schema = parameter["name"], parameter["schema"]
        else:
            name, schema = self.random.choice(NAMES), {}
        if self._chance(0.05):
            return name
        value = self._value(schema) if self._chance(0.5) else self.random.choice(ODD_VALUES)
        text = value if isinstance(value, str) else json.dumps(value)
        return f"{quote(name, safe='[].', errors='surrogatepass')}={quote(text[:3000], errors='surrogatepass')}"

    # -- content

    def _body(self, asked: Operation) -> bytes | None:
        content = asked.said.get("requestBody", {}).get("content")
        if not content:
            return self.random.choice(RAW_BODIES) if self._chance(0.1) else None
        if self._chance(0.2):
            return self.random.choice(RAW_BODIES)
        given = self._value(next(iter(content.values()))["schema"])
        for _ in range(self.random.choice((0, 1, 1, 2))):
            self._spoil(given)
        return json.dumps(given).encode()

    def _spoil(self, given: Any) -> None:
        """Put something odd somewhere into *given*."""
        if isinstance(given, dict):
            name = self.random.choice([*given, *NAMES[:4]])
            inner = given.get(name)
            if isinstance(inner, dict | list) and inner and self._chance(0.6):
                self._spoil(inner)
            elif self._chance(0.15):
                given.pop(name, None)
            else:
                given[name] = self._odd()
        elif isinstance(given, list):
            given.append(self._odd())

    def _odd(self) -> Any:
        """One of the odd values, of its own: what is put into it must not be in the next one."""
        return deepcopy(self.random.choice(ODD_VALUES))

    def _value(self, schema: dict[str, Any]) -> Any:
        """A value that is about what *schema* describes."""
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            return (
                self._any_json() if name == "Json.value" else self._value(self.document["components"]["schemas"][name])
            )
        if "oneOf" in schema:
            return self._value(self.random.choice(schema["oneOf"]))
        kinds = schema.get("type", "string")
        kind = self.random.choice(kinds) if isinstance(kinds, list) else kinds
        match kind:
            case "object":
                return {name: self._value(part) for name, part in schema["properties"].items() if self._chance(0.9)}
            case "array":
                return [
                    self._value(schema["items"])
                    for _ in range(self.random.randrange(min(3, schema.get("maxItems", 3)) + 1))
                ]
            case "integer":
                return self.random.choice([schema.get("minimum", 0), schema.get("maximum", 9), 1])
            case "number":
                return self.random.choice([schema.get("minimum", 0.0), schema.get("maximum", 9.5), 0.5])
            case "boolean":
                return self._chance(0.5)
            case "null":
                return None
        return self._text(schema)

    def _text(self, schema: dict[str, Any]) -> Any:
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        if schema.get("format") == "uuid":
            return self.random.choice(self.random.choice([ids for ids in self.ids.values() if ids]))
        samples: dict[str, str] = {"date-time": "2026-01-02T03:04:05.25+02:00", "date": "2026-02-28", "decimal": "1"}
        if "format" in schema:
            return samples[schema["format"]]
        return (
            "AQID"
            if "contentEncoding" in schema
            else "P1DT2H"
            if schema.get("pattern", "").startswith("^-?P")
            else f"a{self.random.random()}"[:9]
        )

    def _any_json(self) -> Any:
        return self.random.choice(({}, [], {"a": [1, 2.5, None, {"b": "c"}]}, "text", 7, False))
