"""Read an annotation as a type of the model, or as an entity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Final, Literal, get_args, get_origin
from uuid import UUID

from msgspec.structs import replace

from strongback.declare.annotations import AnnotationFault, Names, alias_value, resolve, spell, split_optional
from strongback.declare.blob import Blob
from strongback.declare.constraints import Problem, constrain
from strongback.declare.spec import BlobSpec, FieldSpec, Missing, PiiSpec, Spec
from strongback.declare.targets import is_entity
from strongback.declare.value import JsonMark, Value, default_of
from strongback.declare.wire import NotThis, to_wire
from strongback.errors import did_you_mean
from strongback.predicate.types import INT, Member, Type

PLAIN: Final[Mapping[Any, Type]] = {
    bool: Type("bool"),
    int: INT,
    float: Type("float"),
    str: Type("str"),
    bytes: Type("bytes"),
    Decimal: Type("decimal"),
    datetime: Type("datetime"),
    date: Type("date"),
    timedelta: Type("timedelta"),
    UUID: Type("uuid"),
}
KNOWN: Final = (
    "str, int, float, bool, Decimal, datetime, date, timedelta, UUID, bytes, Literal, StrEnum, sb.JSON, sb.Value, list"
)
INSTEAD: Final[Mapping[object, str]] = {
    dict: "write sb.JSON, or a class on sb.Value",
    tuple: "write list, or a class on sb.Value",
    set: "write list",
    frozenset: "write list",
    time: "write datetime, or text with a pattern",
    object: "write sb.JSON for a value of any shape",
    Any: "write sb.JSON for a value of any shape",
    list: "say what is in the list: list[str]",
}
OF_TYPES: Final = ("max", "min", "pattern", "precision", "scale", "case", "lookup", "erase", "doc")
OF_MEMBERS: Final = ("default", "max", "min", "pattern", "precision", "scale", "case", "doc")


@dataclass(frozen=True, slots=True)
class Reading:
    """
    What an annotation says.

    Attributes:
        scalar: The type; None when it is an entity, or none we know.
        entity: Of a row, or with *many* of rows.
        other: A class that is neither: what an action may have injected.
        specs: Specifiers in its `Annotated`s, the inner before the outer.
        problems: What is wrong with it, besides.
    """

    scalar: Type | None = None
    entity: type | None = None
    many: bool = False
    optional: bool = False
    other: type | None = None
    specs: tuple[FieldSpec, ...] = ()
    problems: tuple[Problem, ...] = ()


def read(annotation: object, names: Names, seen: tuple[type, ...] = ()) -> Reading:
    """
    Read *annotation*.

    Args:
        seen: Value classes around it.
    Raises:
        AnnotationFault: It cannot be read at all.
    """
    inner, optional = split_optional(alias_value(resolve(annotation, names)), names)
    inner = alias_value(inner)
    reading = _annotated(inner, names, seen) if get_origin(inner) is Annotated else _bare(inner, names, seen)
    optional = optional or reading.optional
    scalar = replace(reading.scalar, optional=optional) if reading.scalar is not None else None
    return Reading(scalar, reading.entity, reading.many, optional, reading.other, reading.specs, reading.problems)


def _annotated(annotation: Any, names: Names, seen: tuple[type, ...]) -> Reading:
    inner, *said = get_args(annotation)
    is_json = any(isinstance(each, JsonMark) for each in said)
    reading = Reading(Type("json")) if is_json else read(inner, names, seen)
    problems = [*reading.problems, *(problem for each in said for problem in _wrong_metadata(each))]
    specs = tuple(each for each in said if isinstance(each, FieldSpec))
    scalar = reading.scalar
    for spec in specs:
        if scalar is not None:
            scalar, wrong = constrain(scalar, spec.options)
            problems += wrong
    return Reading(
        scalar,
        reading.entity,
        reading.many,
        reading.optional,
        reading.other,
        (*reading.specs, *specs),
        tuple(problems),
    )


def _wrong_metadata(said: object) -> Iterator[Problem]:
    if isinstance(said, BlobSpec):
        yield Problem("SB130", "sb.blob does not belong in an Annotated", "write `sb.Blob | None = sb.blob(...)`")
    elif isinstance(said, FieldSpec):
        hint = "in an Annotated a specifier says more about the type; say the rest where the field stands"
        yield from unknown_options(said, OF_TYPES, hint)
    elif isinstance(said, Spec):
        yield Problem("SB115", f"sb.{said.what} does not belong in an Annotated", "assign it to the member")


def unknown_options(spec: Spec, known: tuple[str, ...], hint: str = "") -> Iterator[Problem]:
    """Options that *spec* does not have, and what it was given without a name."""
    for name in spec.options:
        if name not in known:
            near = did_you_mean(name, known) or hint or f"its options are {', '.join(known)}"
            yield Problem("SB123", f"sb.{spec.what} has no option `{name}` here", near)
    for given in spec.positional:
        near = f"write its name: sb.{spec.what}({'max' if 'max' in known else known[0]}={given!r})"
        yield Problem("SB123", f"sb.{spec.what} takes options by name, not a bare {given!r}", near)


def _bare(annotation: Any, names: Names, seen: tuple[type, ...]) -> Reading:
    if isinstance(annotation, Spec):
        raise hidden(annotation.member)
    if annotation in (None, type(None)):
        raise AnnotationFault("SB102", "None alone is not a type", "write a type, and `| None` where it may be missing")
    origin = get_origin(annotation)
    if origin is Literal:
        return Reading(_literal(annotation))
    if origin is list:
        return _list(get_args(annotation)[0], names, seen)
    if is_entity(annotation):
        return Reading(entity=annotation)
    return _of_class(annotation, names, seen)


def hidden(name: str) -> AnnotationFault:
    """The fault of a member that hides its own type, or that of a later one."""
    hint = "import the type under another name (`from datetime import date as Date`), or rename the member"
    message = f"`{name}` names a member of the class and a type: the member hides the type"
    return AnnotationFault("SB111", message, hint)


def _of_class(annotation: Any, names: Names, seen: tuple[type, ...]) -> Reading:
    if isinstance(annotation, type):
        plain = PLAIN.get(annotation)
        if plain is not None:
            return Reading(plain)
        if issubclass(annotation, Enum):
            return Reading(_enum(annotation))
        if issubclass(annotation, Blob):
            hint = "write `photo: sb.Blob | None = sb.blob(...)` in the entity that holds it"
            raise AnnotationFault("SB134", "a file stands in a field of an entity, and nowhere else", hint)
        if issubclass(annotation, Value) and annotation is not Value:
            return _object(annotation, names, seen)
    bare = get_origin(annotation) or annotation
    if isinstance(bare, type) and bare not in INSTEAD and bare.__module__ != "builtins":
        return Reading(other=bare)
    raise not_a_type(annotation)


def not_a_type(annotation: object) -> AnnotationFault:
    bare = get_origin(annotation) or annotation
    try:
        instead = INSTEAD.get(bare, "")
    except TypeError:
        instead = ""
    return AnnotationFault(
        "SB102", f"`{spell(annotation)}` is not a type of the model", instead or f"write one of {KNOWN}"
    )


def _literal(annotation: Any) -> Type:
    members = get_args(annotation)
    wrong = [each for each in members if type(each) is not str]
    if None in wrong:
        raise AnnotationFault("SB102", "None stands in a Literal", "take it out and write `| None` after the Literal")
    if wrong:
        raise AnnotationFault("SB102", f"`{wrong[0]!r}` stands in a Literal of a field", "its members are text")
    return Type("enum", members=members)


def _enum(annotation: type[Enum]) -> Type:
    if not issubclass(annotation, str):
        hint = f"write class {annotation.__name__}(StrEnum)"
        raise AnnotationFault("SB102", f"`{annotation.__name__}` is an enum of other things than text", hint)
    return Type("enum", members=tuple(str(each.value) for each in annotation))


def _list(item: object, names: Names, seen: tuple[type, ...]) -> Reading:
    reading = read(item, names, seen)
    if reading.entity is not None:
        return Reading(entity=reading.entity, many=True, problems=reading.problems)
    if reading.scalar is None:
        raise not_a_type(item)
    if reading.optional:
        raise AnnotationFault("SB102", "a list holds values, not None", f"write list[{reading.scalar.kind}]")
    problems = list(reading.problems)
    if any(isinstance(spec, PiiSpec) for spec in reading.specs):
        problems.append(
            Problem("SB115", "the items of a list are not personal data on their own", "write sb.pii at the field")
        )
    return Reading(Type("list", item=reading.scalar), problems=tuple(problems))


def _object(annotation: type[Value], names: Names, seen: tuple[type, ...]) -> Reading:
    if annotation in seen:
        raise AnnotationFault(
            "SB102", f"`{annotation.__name__}` holds itself", "a value has a fixed depth: use sb.JSON"
        )
    members: list[Member] = []
    problems: list[Problem] = []
    for name, (said, given) in annotation.__given__.items():
        member, wrong = _member(name, said, given, annotation.__names__.before(_flat(names)), (*seen, annotation))
        members += [member] if member is not None else []
        problems += [Problem(each.code, f"`{annotation.__name__}.{name}`: {each.message}", each.hint) for each in wrong]
    return Reading(Type("object", fields=tuple(members)), problems=tuple(problems))


def _flat(names: Names) -> dict[str, object]:
    return {name: value for place in reversed(names.places) for name, value in place.items()}


def _member(
    name: str, said: object, given: object, names: Names, seen: tuple[type, ...]
) -> tuple[Member | None, list[Problem]]:
    try:
        reading = read(said, names, seen)
    except AnnotationFault as fault:
        return None, [Problem(fault.code, fault.message, fault.hint)]
    if reading.scalar is None:
        return None, [Problem("SB102", f"`{spell(said)}` cannot stand in a value", "a value holds scalars and values")]
    type_, problems = reading.scalar, list(reading.problems)
    if isinstance(given, Spec):
        type_, wrong = constrain(type_, given.options)
        problems += [*wrong, *unknown_options(given, OF_MEMBERS)]
    if any(isinstance(spec, PiiSpec) for spec in (*reading.specs, given)):
        hint = "write sb.pii at the field that holds it"
        problems.append(Problem("SB115", "a part of a value is not personal data on its own", hint))
    member, wrong = _with_default(Member(name, type_), default_of(given))
    return member, [*problems, *wrong]


def _with_default(member: Member, default: object) -> tuple[Member, list[Problem]]:
    if isinstance(default, Missing):
        return member, []
    try:
        wire = to_wire(default, member.type)
    except NotThis as wrong:
        return member, [Problem("SB113", f"the default {default!r} does not fit: {wrong}")]
    if isinstance(wire, list | dict):
        return member, [Problem("SB113", "a default inside a value is a scalar", "give it where the value is made")]
    return replace(member, default=wire, has_default=True), []
