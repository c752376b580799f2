"""Texts that match a pattern, drawn at random: enough of regular expressions for what a field is declared with."""

from __future__ import annotations

from importlib import import_module
from random import Random
from typing import Any

MORE = 3
LETTERS = "abcxyzABCXYZ0189_- "
CATEGORIES = {"CATEGORY_DIGIT": "0189", "CATEGORY_WORD": "abzAZ09_", "CATEGORY_SPACE": " "}


class Unreadable(Exception):
    """The pattern uses something this does not draw."""


def matching(pattern: str, random: Random) -> str | None:
    """
    Draw a text that *pattern* should match; None when it cannot be read here. The caller checks it.

    >>> matching("[A-Z]{2}-[0-9]+", Random(1)) is not None
    True
    """
    try:
        # Not a public module; where it is missing there is no text, and the field's own examples serve.
        parsed = import_module("re._parser").parse(pattern)
        return _text(parsed, random)
    except (ImportError, Unreadable, ValueError):
        return None


def _text(parts: Any, random: Random) -> str:
    return "".join(_part(str(op), argument, random) for op, argument in parts)


def _part(op: str, argument: Any, random: Random) -> str:
    match op:
        case "LITERAL":
            return chr(argument)
        case "ANY":
            return random.choice(LETTERS)
        case "IN":
            return random.choice(_members(argument))
        case "NOT_LITERAL":
            return random.choice([c for c in LETTERS if ord(c) != argument])
        case "MAX_REPEAT" | "MIN_REPEAT":
            low, high, inner = argument
            return "".join(_text(inner, random) for _ in range(random.randint(low, min(int(high), low + MORE))))
        case "SUBPATTERN":
            return _text(argument[-1], random)
        case "BRANCH":
            return _text(random.choice(argument[1]), random)
        case "AT":
            return ""
        case _:
            raise Unreadable(op)


def _members(parts: Any) -> str:
    """The characters of a class, those of a wide range by its ends."""
    found, negated = "", False
    for op, argument in parts:
        match str(op):
            case "LITERAL":
                found += chr(argument)
            case "RANGE":
                low, high = argument
                found += "".join(map(chr, {low, low + (high - low) // 2, high}))
            case "CATEGORY" if str(argument) in CATEGORIES:
                found += CATEGORIES[str(argument)]
            case "NEGATE":
                negated = True
            case other:
                raise Unreadable(other)
    members = "".join(c for c in LETTERS if c not in found) if negated else "".join(sorted(found))
    if not members:
        raise Unreadable("an empty class")
    return members
