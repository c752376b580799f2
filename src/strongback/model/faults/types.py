"""Types whose constraints contradict each other, and defaults that do not fit them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

import re2

from strongback.errors import Fault, did_you_mean
from strongback.model.action import Action, Parameter
from strongback.model.entity import Entity
from strongback.model.faults.defaults import default_fault
from strongback.model.faults.place import fault, place
from strongback.model.field import Field
from strongback.model.model import Model
from strongback.model.text import text_fault
from strongback.predicate.types import INT_MAX, INT_MIN, Type

LARGEST_PRECISION = 1_000  # PostgreSQL, "Numeric Types": the most that can be declared
LENGTHS = frozenset({"str", "bytes", "list"})
NUMBERS = frozenset({"int", "float", "decimal"})
NESTED = frozenset({"list", "object", "json", "ref"})
Told = tuple[str, str, str]


def type_faults(model: Model) -> Iterator[Fault]:
    for entity in model.entities:
        for field in entity.fields:
            where = place(entity, field)
            yield from (fault(code, where, f"`{field.name}`: {what}", hint) for code, what, hint in _field(field))
        for action in entity.actions:
            yield from _action(model, entity, action)


def _field(field: Field) -> Iterator[Told]:
    yield from _type(field.type)
    if field.type.kind == "ref":
        yield "SB176", "a field cannot hold the id of a row", "declare a relation: `company: Company`"
    if field.default is not None:
        yield from _default(field, field.type)
        if not field.stored:
            yield "SB176", "a computed field has no default", ""


def _default(item: Field | Parameter, type_: Type) -> Iterator[Told]:
    why = default_fault(type_, item.default.json) if item.default is not None and not list(_type(type_)) else ""
    if why:
        yield "SB176", f"the default does not fit the type: {why}", ""


def _action(model: Model, entity: Entity, action: Action) -> Iterator[Fault]:
    where = place(entity, action)
    for parameter in action.parameters:
        for code, what, hint in (*_type(parameter.type), *_default(parameter, parameter.type)):
            yield fault(code, where, f"the parameter `{parameter.name}` of `{action.name}`: {what}", hint)
    refs = [(f"the parameter `{p.name}`", p.type.target) for p in action.parameters if p.type.kind == "ref"]
    returned = [("what it returns", action.returns_entity)] if action.returns_entity else []
    for what, target in (*refs, *returned):
        if target not in model.by_name:
            message = f"the action `{action.name}`: {what} is a `{target}`, which the service does not list"
            yield fault("SB172", where, message, did_you_mean(target, model.by_name))
    for code, what, hint in _type(action.returns_type) if action.returns_type is not None else ():
        yield fault(code, where, f"what `{action.name}` returns: {what}", hint)


def _type(type_: Type) -> Iterator[Told]:
    yield from _bounds(type_)
    yield from _pattern(type_)
    if type_.kind == "decimal":
        yield from _decimal(type_)
    if type_.kind == "enum":
        yield from _enum(type_)
    if type_.kind == "list":
        yield from _list(type_)
    if type_.kind == "object":
        yield from _object(type_)
    if type_.fold and type_.kind != "str":
        yield "SB176", '`case="fold"` is for text', ""


def _bounds(type_: Type) -> Iterator[Told]:
    low, high = _number(type_.min), _number(type_.max)
    if type_.kind not in LENGTHS | NUMBERS:
        if type_.min is not None or type_.max is not None:
            yield "SB176", f"`min` and `max` mean nothing for {type_.kind}", ""
        return
    if low is None or high is None:
        yield "SB176", "`min` and `max` are finite numbers", ""
        return
    if type_.min is not None and type_.max is not None and low > high:
        yield "SB176", f"`min` is {type_.min}, `max` only {type_.max}: no value fits", ""
    if type_.kind in LENGTHS and (low < 0 or low % 1 or high % 1 or (type_.max is not None and high < 0)):
        yield "SB176", "a length is a whole number, 0 or more", ""
    if type_.kind == "int" and (low < INT_MIN or high > INT_MAX):
        yield "SB176", f"an int lies between {INT_MIN} and {INT_MAX}", "use Decimal for larger numbers"


def _number(bound: float | str | None) -> Decimal | None:
    """A bound as a number, 0 where there is none, None where it is no finite number."""
    try:
        number = Decimal(str(bound)) if bound is not None else Decimal(0)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _pattern(type_: Type) -> Iterator[Told]:
    if type_.pattern is None:
        return
    if type_.kind != "str":
        yield "SB175", "`pattern` is for text", ""
        return
    try:
        re2.compile(type_.pattern, _quiet())
    except re2.error as error:
        hint = "patterns are RE2: linear time, without look-around and back-references"
        yield "SB175", f"the pattern `{type_.pattern}` is not one: {_said(error)}", hint


def _quiet() -> re2.Options:
    """RE2 itself writes faults to the standard error stream."""
    options = re2.Options()
    options.log_errors = False
    return options


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)


def _decimal(type_: Type) -> Iterator[Told]:
    precision, scale = type_.precision, type_.scale
    if precision is None or scale is None:
        yield "SB176", "a Decimal says how many digits it has", "write `Annotated[Decimal, sb.decimal(12, 2)]`"
    elif not (1 <= precision <= LARGEST_PRECISION and 0 <= scale <= precision):
        message = (
            f"Decimal({precision}, {scale}): 1 to {LARGEST_PRECISION} digits in all, of them 0 to all after the point"
        )
        yield "SB176", message, ""


def _enum(type_: Type) -> Iterator[Told]:
    if not type_.members:
        yield "SB176", "an enum needs a value", 'write `Literal["a", "b"]`'
    for member in sorted({m for m in type_.members if type_.members.count(m) > 1}):
        yield "SB176", f'the value "{member}" is there twice', ""
    for member in type_.members:
        if text_fault(member):
            yield "SB176", f"a value {text_fault(member)}", ""


def _list(type_: Type) -> Iterator[Told]:
    if type_.item is None or type_.item.kind in NESTED:
        yield "SB176", "a list holds scalars", "for rows write an inverse: `list[Job] = sb.inverse(...)`"
    elif type_.item is not None:
        yield from _type(type_.item)


def _object(type_: Type) -> Iterator[Told]:
    names = [member.name for member in type_.fields]
    if not names:
        yield "SB176", "a value object needs a member", ""
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield "SB176", f"the member `{name}` is there twice", ""
    for member in type_.fields:
        if member.type.kind == "ref":
            yield "SB176", f"the member `{member.name}` cannot refer to a row", "declare a relation on the entity"
        yield from ((code, f"the member `{member.name}`: {what}", hint) for code, what, hint in _type(member.type))
