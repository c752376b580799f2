"""Put the constraints of a specifier on a type. Whether they make sense together is judged on the finished model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from msgspec.structs import replace

from strongback.predicate.types import Type

CONSTRAINTS: Final = ("max", "min", "pattern", "precision", "scale", "case")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a type or a specifier, before it has a place."""

    code: str
    message: str
    hint: str = ""


def constrain(type_: Type, options: Mapping[str, object]) -> tuple[Type, list[Problem]]:
    """
    Put constraints on *type_*.

    Returns:
        The type with those that can stand in a model, and what is wrong with the others.
    """
    problems: list[Problem] = []
    for name in (each for each in CONSTRAINTS if options.get(each) is not None):
        wrong = _wrong(type_, name, options[name])
        if wrong:
            code = "SB101" if name == "case" and options[name] == "fold" else "SB112"
            problems.append(Problem(code, f"`{name}={options[name]!r}` {wrong}", _hint(name)))
        else:
            type_ = _with(type_, name, options[name])
    return type_, problems


def _wrong(type_: Type, name: str, value: object) -> str:
    match name:
        case "pattern":
            return "" if isinstance(value, str) else "is not text"
        case "case":
            return "is not yet supported" if value == "fold" else "is not known"
        case "precision" | "scale":
            if type_.kind != "decimal":
                return f"says nothing about a {type_.kind}"
            return "" if type(value) is int else "is not a number of digits"
        case _:
            return "" if type(value) in (int, float, Decimal) else "is not a number"


def _hint(name: str) -> str:
    return {
        "case": "take it out until it acts: nothing would keep this promise today",
        "precision": "digits are those of a Decimal",
        "scale": "digits are those of a Decimal",
    }.get(name, "")


def _with(type_: Type, name: str, value: Any) -> Type:
    if name in ("min", "max") and (type_.kind == "decimal" or isinstance(value, Decimal)):
        value = str(value)
    return replace(type_, **{name: value})
