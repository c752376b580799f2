"""
The filter of a list, in the language of AIP-160, of which there is what a list can do: comparisons joined by `AND`, a member that is one of
several values, and one that has a value or none.

    city = "Oslo" AND created_at >= 2026-01-01T00:00:00Z AND (status = "open" OR status = "draft") AND NOT closed_at:*
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from strongback.errors import Fault
from strongback.plan.asked import FilterAsk

WHERE: Final = "filter"
OPERATORS: Final = {"=": "eq", "!=": "ne", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
# Characters; the limit of a query string's target.
LONGEST: Final = 8_192
HINT: Final = 'write `city = "Oslo" AND (status = "open" OR status = "draft") AND NOT closed_at:*`'
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')|(?P<op><=|>=|!=|=|<|>|:)|(?P<mark>[()*])|(?P<word>[^\s()=<>!\"']+))"
)
_MEMBER: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)?")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


class _Wrong(Exception):
    """Why the filter cannot be read, and where."""


@dataclass
class _Reader:
    tokens: list[_Token]
    at: int = 0
    asks: list[FilterAsk] = field(default_factory=list)

    def read(self) -> tuple[FilterAsk, ...]:
        while True:
            self._clause()
            if self._peek() is None:
                return tuple(self.asks)
            self._expect("word", "AND")

    def _clause(self) -> None:
        token = self._next()
        if token.kind == "mark" and token.text == "(":
            self._group()
        elif token.kind == "word" and token.text == "NOT":
            member = self._member(self._next())
            self._expect("op", ":")
            self._expect("mark", "*")
            self.asks.append(FilterAsk(member, "null", ("true",), WHERE))
        else:
            self._comparison(token)

    def _comparison(self, token: _Token) -> None:
        member, op = self._member(token), self._next()
        if op.kind != "op":
            raise _Wrong(f"expected an operator at character {op.at}")
        if op.text != ":":
            self.asks.append(FilterAsk(member, OPERATORS[op.text], (self._value(self._next()),), WHERE))
            return
        # `:` asks whether there is a value, or for this one.
        wanted = self._next()
        if wanted.kind == "mark" and wanted.text == "*":
            self.asks.append(FilterAsk(member, "null", ("false",), WHERE))
        else:
            self.asks.append(FilterAsk(member, "eq", (self._value(wanted),), WHERE))

    def _group(self) -> None:
        """`(status = "open" OR status = "draft")`: one member, several values."""
        begins, members, values = self.at, list[str](), list[object]()
        while True:
            members.append(self._member(self._next()))
            self._expect("op", "=")
            values.append(self._value(self._next()))
            token = self._next()
            if token.kind == "mark" and token.text == ")":
                break
            if token.kind != "word" or token.text != "OR":
                raise _Wrong(f"expected `OR` or `)` at character {token.at}")
        if len(set(members)) > 1:
            at = self.tokens[begins].at
            raise _Wrong(f"`OR` joins values of one member, not those of several, at character {at}")
        self.asks.append(FilterAsk(members[0], "in", tuple(values), WHERE))

    def _member(self, token: _Token) -> str:
        if token.kind != "word" or not _MEMBER.fullmatch(token.text):
            raise _Wrong(f"expected the name of a member at character {token.at}")
        return token.text

    def _value(self, token: _Token) -> str:
        if token.kind == "word":
            return token.text
        if token.kind == "text":
            return re.sub(r"\\(.)", r"\1", token.text[1:-1], flags=re.DOTALL)
        raise _Wrong(f"expected a value at character {token.at}")

    def _expect(self, kind: str, text: str) -> None:
        token = self._next()
        if token.kind != kind or token.text != text:
            raise _Wrong(f"expected `{text}` at character {token.at}")

    def _peek(self) -> _Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _next(self) -> _Token:
        token = self._peek()
        if token is None:
            raise _Wrong("it ends too soon")
        self.at += 1
        return token


def read_filter(text: str) -> tuple[tuple[FilterAsk, ...], tuple[Fault, ...]]:
    """
    What a filter asks; what is wrong with its names and values is found later, by type.

    >>> [(ask.member, ask.op, ask.values) for ask in read_filter('city = "Oslo" AND NOT closed_at:*')[0]]
    [('city', 'eq', ('Oslo',)), ('closed_at', 'null', ('true',))]
    """
    if not text.strip():
        return (), ()
    if len(text) > LONGEST:
        return (), (Fault("SB201", f"has more than {LONGEST} characters", WHERE),)
    try:
        return _Reader(list(_tokens(text))).read(), ()
    except _Wrong as wrong:
        return (), (Fault("SB201", f"cannot be read: {wrong}", WHERE, HINT),)


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            if text[at:].strip():
                raise _Wrong(f"this is no part of a filter, at character {at + 1}")
            return
        if found.lastgroup == "word":
            yield from _words(found["word"], found.start("word"))
        else:
            yield _Token(found.lastgroup, found[found.lastgroup], found.start(found.lastgroup) + 1)
        at = found.end()


def _words(word: str, at: int) -> Iterator[_Token]:
    """`closed_at:*` is a member, an operator and a star; in `2026-01-01T00:00:00Z` colons are part of the value."""
    member, colon, rest = word.partition(":")
    if not colon or not _MEMBER.fullmatch(member) or (rest and rest != "*" and ":" in rest):
        yield _Token("word", word, at + 1)
        return
    yield _Token("word", member, at + 1)
    yield _Token("op", ":", at + len(member) + 1)
    if rest:
        yield _Token("mark" if rest == "*" else "word", rest, at + len(member) + 2)


def read_order(text: str) -> str:
    """
    An order in the words of AIP-132, as the rest of the program spells it; that spelling, `-created_at`, is taken as well.

    >>> read_order("created_at desc, id"), read_order("name asc")
    ('-created_at,id', 'name')
    """
    return ",".join(_key(part) for part in text.split(",")) if text else ""


def _key(part: str) -> str:
    words = part.split()
    if len(words) == 2 and words[1] in ("asc", "desc"):
        return f"-{words[0]}" if words[1] == "desc" else words[0]
    return words[0] if len(words) == 1 else part.strip()
