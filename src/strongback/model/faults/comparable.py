"""Which values can be compared so that Python, SQLite and PostgreSQL say the same."""

from __future__ import annotations

from collections.abc import Iterator

from strongback.errors import did_you_mean
from strongback.model.typing import Nothing, Row, Rows, Scalar, Typed, spell
from strongback.predicate.tree import Compare, Const, Expr, Path
from strongback.predicate.types import Type

Found = tuple[str, str, str]

EXACT = frozenset({"int", "decimal"})
TEXT = frozenset({"str", "enum"})
IDS = frozenset({"uuid", "ref"})
WHOLE = frozenset({"json", "list", "object"})
UNORDERED = frozenset({"bool", "ref"}) | WHOLE
EXACT_IN_FLOAT = 2**53


def compared_faults(expr: Compare, one: Typed, other: Typed) -> Iterator[Found]:
    """Why `==`, or any comparison, of these two makes no sense: (code, message, hint)."""
    if isinstance(one, Nothing) or isinstance(other, Nothing):
        return
    if isinstance(one, Rows) or isinstance(other, Rows):
        yield (
            "SB155",
            f"{_told(expr.left, one)} against {_told(expr.right, other)}: many rows are no value",
            "use any() or all()",
        )
    elif isinstance(one, Row) and isinstance(other, Row):
        if one.entity != other.entity:
            yield "SB153", f"a `{one.entity}` is never equal to a `{other.entity}`", ""
    elif isinstance(one, Scalar) and isinstance(other, Scalar):
        yield from _scalars(expr, one.type, other.type)
    else:
        hint = "compare a row with a row, or its id with an id"
        yield "SB153", f"{_told(expr.left, one)} is never equal to {_told(expr.right, other)}", hint


def ordered_faults(expr: Compare, one: Typed, other: Typed) -> Iterator[Found]:
    """Why an order of these two makes no sense."""
    for side, typed in ((expr.left, one), (expr.right, other)):
        if isinstance(typed, Row | Rows) or (isinstance(typed, Scalar) and typed.type.kind in UNORDERED):
            yield "SB153", f"{_told(side, typed)} has no order", "only == and != are for it"
            return
        elif typed.optional:
            spelt = spell(side) if isinstance(side, Path) else "None"
            hint = f"write `{spelt} is not None and ...`" if isinstance(side, Path) else "None has no order"
            yield "SB152", f"`{spelt}` may be None, and `{expr.op}` needs a value", hint


def _scalars(expr: Compare, one: Type, other: Type) -> Iterator[Found]:
    kinds = {one.kind, other.kind}
    if kinds & WHOLE:
        yield "SB153", f"a value of type {_word(one)} can only be asked `is None`", ""
    elif "float" in kinds and kinds != {"float"}:
        yield from _float(expr, one, other)
    elif kinds <= TEXT:
        yield from _text(expr, one, other)
    elif len(kinds) > 1 and not kinds <= EXACT and not kinds <= IDS:
        yield "SB153", f"{_word(one)} is never equal to {_word(other)}", "compare values of one type"


def _float(expr: Compare, one: Type, other: Type) -> Iterator[Found]:
    """A whole constant that a float holds exactly is fine; anything else would differ from store to store."""
    exact = next((side for side, type_ in ((expr.left, one), (expr.right, other)) if type_.kind != "float"), None)
    if isinstance(exact, Const) and type(exact.value) is int and abs(exact.value) <= EXACT_IN_FLOAT:
        return
    hint = 'a float is not exact: write Decimal("...") or declare both as one type'
    yield "SB153", f"{_word(one)} against {_word(other)}", hint


def _text(expr: Compare, one: Type, other: Type) -> Iterator[Found]:
    for literal, asked, enum in ((expr.left, expr.right, other), (expr.right, expr.left, one)):
        if isinstance(literal, Const) and enum.kind == "enum" and literal.value not in enum.members:
            named = ", ".join(f'"{m}"' for m in enum.members)
            hint = did_you_mean(str(literal.value), enum.members) or f"it is one of {named}"
            yield "SB154", f'{_told(asked, Scalar(enum))} is never "{literal.value}"', hint
    two_enums = (
        one.kind == other.kind == "enum" and not isinstance(expr.left, Const) and not isinstance(expr.right, Const)
    )
    if two_enums and not set(one.members) & set(other.members):
        yield "SB154", "the two share no value, so they are never equal", ""


def _word(type_: Type) -> str:
    return {"decimal": "Decimal", "enum": "a literal", "ref": "an id", "uuid": "an id"}.get(type_.kind, type_.kind)


def _told(expr: Expr, typed: Typed) -> str:
    if isinstance(expr, Path):
        return f"`{spell(expr)}`"
    match typed:
        case Row(entity) | Rows(entity):
            return f"a `{entity}`"
        case Scalar(type_):
            return _word(type_)
        case Nothing():
            return "None"
