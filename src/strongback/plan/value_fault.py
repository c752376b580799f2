"""A raw value that is not of its type: what is wrong with it, and where below it."""

from __future__ import annotations


class ValueFault(Exception):
    """
    A raw value is not of its type.

    Attributes:
        faults: (JSON pointer below the value, message, hint), all that were found.
    """

    def __init__(self, *faults: tuple[str, str, str]) -> None:
        super().__init__(faults[0][1])
        self.faults = faults


def fault(message: str, hint: str = "") -> ValueFault:
    return ValueFault(("", message, hint))


def json_kind(raw: object) -> str:
    return {bool: "a boolean", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}.get(
        type(raw), "null"
    )


def expected(what: str, raw: object) -> ValueFault:
    return fault(f"expected {what}, got {json_kind(raw)}")


def escape(name: str) -> str:
    """
    Write a name as a JSON pointer token (RFC 6901, section 3).

    >>> escape("a/b~c")
    'a~1b~0c'
    """
    return name.replace("~", "~0").replace("/", "~1")
