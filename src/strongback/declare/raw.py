"""
Raw SQL in an action: text that stands in the source, and values that are bound.

    sb.sql("SELECT j.city FROM {job} AS j WHERE j.status = {status} AND {mine}", job=Job, status="open", mine=db.visible(Job, "j"))

A place in braces is never filled with text: it becomes a placeholder of the driver, the name of a table, or another fragment.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from strongback.declare.targets import is_entity
from strongback.errors import StrongbackError, did_you_mean

if TYPE_CHECKING:
    from typing import LiteralString

# Text, names and comments, in which nothing is a place: 'it''s', "a name", $$body$$, -- to the end, /* between */.
QUOTED: Final = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\$(\w*)\$.*?\$\1\$|--[^\n]*|/\*.*?\*/", re.DOTALL)
_PLACE: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
_OF_DRIVERS: Final = re.compile(r"\?|\$\w|@\w|(?<![:\w]):[A-Za-z_]")
_BEGINNINGS: Final = ("select", "insert", "update", "delete", "with", "values")


class RawSqlWrong(StrongbackError):
    """Raw SQL of the team's cannot be run as it is written."""

    code = "SB196"

    def __init__(self, faults: list[str], hint: str = "") -> None:
        super().__init__(f"this raw SQL cannot be run: {'; '.join(faults)}", hint=hint)
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Value:
    """A value to be bound."""

    value: object = field(repr=False)


@dataclass(frozen=True, slots=True)
class Context:
    """A value that every request has: the actor's key, the time."""

    name: str


@dataclass(frozen=True, slots=True)
class TableOf:
    """The name of an entity's table."""

    entity: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A value in the form that a column holds it in."""

    entity: str
    member: str
    value: object = field(repr=False)


Part: TypeAlias = "str | Value | Context | TableOf | Stored"


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL with its values. Made by `sb.sql`, `db.visible` and `db.value`; never from text that is put together."""

    parts: tuple[Part, ...]


def sql(text: LiteralString, /, **parts: object) -> Sql:
    """
    Make raw SQL of *text*, for `db.fetch`, or for a place in other such text.

    Args:
        text: A literal, written out where it is used. `{name}` is a place; `{{` is a brace. One statement (SELECT, INSERT, UPDATE,
            DELETE, WITH, VALUES), or a part of one.
        parts: What stands at each place: an entity (its table), another fragment, a list (for `IN {names}`), or a value, which is bound.
    Raises:
        RawSqlWrong: With everything that is wrong.
    """
    faults = list(_faults(text, parts, sys._getframe(1).f_code.co_consts))  # noqa: SLF001  # literals of the caller's
    if faults:
        raise RawSqlWrong(faults)
    return Sql(tuple(_filled(text, parts)))


def split(text: str) -> Iterator[tuple[bool, str]]:
    """
    Cut *text* into what is code and what is quoted or commented.

    >>> list(split("a = 'b' -- c"))
    [(True, 'a = '), (False, "'b'"), (True, ' '), (False, '-- c')]
    """
    end = 0
    for found in QUOTED.finditer(text):
        if found.start() > end:
            yield True, text[end : found.start()]
        yield False, found.group()
        end = found.end()
    if end < len(text):
        yield True, text[end:]


def _faults(text: str, parts: Mapping[str, object], literals: tuple[object, ...]) -> Iterator[str]:
    if text not in literals:
        yield "its text is put together: write it out in `sb.sql(...)`, with {name} for each value"
    named = {
        found[1] for code, piece in split(text) if code for found in _PLACE.finditer(piece) if found[1] is not None
    }
    for name in sorted(named - parts.keys()):
        yield f"nothing is given for {{{name}}}" + (f" ({hint})" if (hint := did_you_mean(name, parts)) else "")
    for name in sorted(parts.keys() - named):
        yield f"`{name}` has no place in the text"
    for code, piece in split(text):
        yield from _faults_of_code(piece, text) if code else _faults_of_quoted(piece, parts)


def _faults_of_code(piece: str, text: str) -> Iterator[str]:
    bare = _PLACE.sub("", piece)
    if found := _OF_DRIVERS.search(bare):
        yield f"`{found.group()}` is a placeholder of a driver: write {{name}}, and give its value"
    if ";" in bare and text.rstrip().rstrip(";").count(";"):
        yield "it holds more than one statement"


def _faults_of_quoted(piece: str, parts: Mapping[str, object]) -> Iterator[str]:
    for found in _PLACE.finditer(piece):
        if found[1] in parts:
            yield f"{{{found[1]}}} stands inside {piece[:40]}: a value brings its own quotes"


def _filled(text: str, parts: Mapping[str, object]) -> Iterator[Part]:
    for code, piece in split(text.rstrip().rstrip(";") if text.rstrip().endswith(";") else text):
        if not code:
            yield piece
            continue
        end = 0
        for found in _PLACE.finditer(piece):
            yield piece[end : found.start()]
            yield from _part(parts[found[1]]) if found[1] is not None else (found.group()[0],)
            end = found.end()
        yield piece[end:]


def _part(given: object) -> Iterator[Part]:
    if isinstance(given, Sql):
        yield from given.parts
    elif is_entity(given):
        yield TableOf(given.__name__)
    elif isinstance(given, list | tuple | set | frozenset):
        yield from _many(list(given))
    else:
        yield Value(given)


def _many(values: list[Any]) -> Iterator[Part]:
    """A list for IN. Of an empty one nothing is a member, and everything is no member: `(NULL)` would say neither."""
    if not values:
        yield "(SELECT NULL WHERE 1 = 0)"
        return
    for at, value in enumerate(values):
        yield "(" if at == 0 else ", "
        yield from _part(value)
    yield ")"


def check_statement(query: Sql) -> None:
    """
    Make sure that *query* is a statement of rows: nothing that ends the action's transaction, or changes the schema.

    Raises:
        RawSqlWrong: It begins with another word.
    """
    text = "".join(part for part in query.parts if isinstance(part, str))
    code = " ".join(piece for is_code, piece in split(text) if is_code)
    first = re.match(r"[\s(]*(\w+)", code)
    if first is None or first[1].lower() not in _BEGINNINGS:
        raise RawSqlWrong([f"it begins with none of {', '.join(word.upper() for word in _BEGINNINGS)}"])
