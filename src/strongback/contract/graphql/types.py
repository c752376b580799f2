"""Types of values in GraphQL: scalars, enums, and value objects; and how a definition is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from strongback.model.graphql import camel, is_enum, pascal
from strongback.predicate.types import Type, id_of

# Of each kind of value its scalar; of a closed set of texts that cannot be named, too.
SCALARS: Final[Mapping[str, str]] = {
    "bool": "Boolean",
    "int": "Int64",
    "float": "Float",
    "decimal": "Decimal",
    "str": "String",
    "enum": "String",
    "datetime": "DateTime",
    "date": "Date",
    "timedelta": "Duration",
    "uuid": "UUID",
    "bytes": "Bytes",
    "json": "JSON",
}
# Our own scalars, where their form is specified, and what to know of them.
CUSTOM: Final[Mapping[str, tuple[str, str]]] = {
    "Bytes": ("https://www.rfc-editor.org/rfc/rfc4648#section-4", "Bytes in base64."),
    "Date": ("https://www.rfc-editor.org/rfc/rfc3339#section-5.6", "A day: `2026-01-02`."),
    "DateTime": (
        "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
        "An instant, in UTC with six digits of a second: `2026-01-02T03:04:05.000006Z`.",
    ),
    "Decimal": (
        "https://www.w3.org/TR/xmlschema11-2/#decimal",
        'An exact number as text, with all the digits its field has after the point: `"12.50"`.',
    ),
    "Duration": ("https://www.rfc-editor.org/rfc/rfc3339#appendix-A", "A length of time: `PT90S`, `P1DT2H`."),
    "Int64": (
        "https://www.w3.org/TR/xmlschema11-2/#long",
        "A whole number of 64 bits. JavaScript reads it exactly up to 2^53.",
    ),
    "JSON": ("https://www.rfc-editor.org/rfc/rfc8259", "Any JSON value."),
    "UUID": ("https://www.rfc-editor.org/rfc/rfc9562#section-4", "A UUID in lower case."),
}


def described(text: str, indent: str = "") -> Iterator[str]:
    """*text* as a description: a block string, which no text of a declaration can end."""
    lines = text.strip().replace('"""', '\\"""').splitlines()
    if lines:
        yield from (f'{indent}"""', *(f"{indent}{line}".rstrip() for line in lines), f'{indent}"""')


@dataclass(frozen=True, slots=True)
class Line:
    """One field of a definition, one member of an enum: its text, and what is said of it."""

    text: str
    doc: str = ""


@dataclass
class Definitions:
    """Definitions in the order in which they were first asked for, each once."""

    texts: dict[str, str] = field(default_factory=dict)

    def add(self, keyword: str, name: str, lines: Iterable[Line], doc: str = "", after: str = "") -> str:
        """Define `<keyword> <name><after> { ... }`, unless it is there; its name."""
        if name not in self.texts:
            self.texts[name] = ""  # it holds its place while what it speaks of is defined
            body = [part for line in lines for part in (*described(line.doc, "  "), f"  {line.text}")]
            self.texts[name] = "\n".join([*described(doc), f"{keyword} {name}{after} {{", *body, "}"])
        return name

    def scalars(self) -> Iterator[str]:
        for name, (url, doc) in CUSTOM.items():
            yield "\n".join([*described(doc), f'scalar {name} @specifiedBy(url: "{url}")'])

    # -- types of values

    def type_of(self, type_: Type, name: str, *, given: bool = False) -> str:
        """
        The type of a value, without what says that there must be one.

        Args:
            name: What a type of its own is called, where it needs one.
            given: Whether it is what a caller gives: then a value object is an input.
        """
        type_ = id_of(type_)
        if type_.kind == "list":
            assert type_.item is not None
            inner = self.type_of(type_.item, name, given=given)
            return f"[{inner}{'' if type_.item.optional else '!'}]"
        if type_.kind == "object":
            return self._object(type_, name, given=given)
        if is_enum(type_):
            return self.add("enum", name, [Line(member) for member in type_.members])
        return SCALARS[type_.kind]

    def _object(self, type_: Type, name: str, *, given: bool) -> str:
        def lines() -> Iterator[Line]:
            for member in type_.fields:
                spelt = self.type_of(member.type, f"{name}{pascal(member.name)}", given=given)
                needed = not member.type.optional and not (given and member.has_default)
                yield Line(f"{camel(member.name)}: {spelt}{'!' if needed else ''}")

        return self.add("input", f"{name}Input", lines()) if given else self.add("type", name, lines())


def needed(spelt: str, *, nullable: bool) -> str:
    return spelt if nullable else f"{spelt}!"
