"""Pages by key: tokens that are good for one list of one caller, and ranges that lose and repeat nothing."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strongback.model.access import Access
from strongback.model.entity import Entity
from strongback.model.field import Field
from strongback.plan.actor import ANONYMOUS, Actor
from strongback.plan.asked import Target
from strongback.plan.operation import token_context
from strongback.plan.page import Tokens, beyond
from strongback.plan.shape import Filter, OrderKey, list_text
from strongback.predicate.tree import And, Compare, Const, Expr, IsNone, Param, Path
from strongback.predicate.types import Type

TOKENS = Tokens(bytes(range(32)))
LIST = Target("Job", "list", "search")
KEYS = ["2026-01-02T03:04:05.000006Z", None, -5, "äöü", "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"]
FILTERS = (Filter("city", "eq", ("f0_0",)),)
ORDER = (OrderKey("created_at", True), OrderKey("id", True))
CONTEXT = token_context(Actor("ann"), list_text(FILTERS, ORDER), {"f0_0": "Oslo"})


def test_a_token_gives_back_its_keys() -> None:
    token = TOKENS.make(KEYS, LIST, CONTEXT)
    assert TOKENS.read(token, LIST, CONTEXT) == KEYS
    assert token.isascii() and not set(token) & set("+/=&?#% ")


@pytest.mark.parametrize(
    ("target", "context"),
    [
        (Target("Job", "list", "mine"), CONTEXT),
        (Target("User", "list", "search"), CONTEXT),
        (LIST, token_context(Actor("bob"), list_text(FILTERS, ORDER), {"f0_0": "Oslo"})),
        (LIST, token_context(ANONYMOUS, list_text(FILTERS, ORDER), {"f0_0": "Oslo"})),
        (LIST, token_context(Actor("ann"), list_text(FILTERS, ORDER), {"f0_0": "Rome"})),
        (LIST, token_context(Actor("ann"), list_text((), ORDER), {})),
        (LIST, token_context(Actor("ann"), list_text(FILTERS, ORDER[1:]), {"f0_0": "Oslo"})),
        (LIST, token_context(Actor("ann"), list_text((Filter("city", "ne", ("f0_0",)),), ORDER), {"f0_0": "Oslo"})),
    ],
    ids=[
        "another query",
        "another entity",
        "another actor",
        "nobody",
        "another value",
        "no filter",
        "another order",
        "op",
    ],
)
def test_a_token_is_good_for_one_list_of_one_caller(target: Target, context: str) -> None:
    assert TOKENS.read(TOKENS.make(KEYS, LIST, CONTEXT), target, context) is None


def test_a_token_of_another_key_is_none() -> None:
    assert Tokens(bytes(32)).read(TOKENS.make(KEYS, LIST, CONTEXT), LIST, CONTEXT) is None


def test_an_actor_named_like_nobody_is_not_nobody() -> None:
    contexts = [token_context(actor, "", {}) for actor in (ANONYMOUS, Actor(""), Actor("None"), Actor("null"))]
    assert len(set(contexts)) == 4


@given(st.data())
def test_a_changed_or_cut_token_is_none(data: st.DataObject) -> None:
    token = TOKENS.make(KEYS, LIST, CONTEXT)
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    at = data.draw(st.integers(0, len(raw) - 1))
    flipped = bytes([*raw[:at], raw[at] ^ data.draw(st.integers(1, 255)), *raw[at + 1 :]])
    for wrong in (flipped, raw[:at], raw + b"x"):
        assert TOKENS.read(base64.urlsafe_b64encode(wrong).decode().rstrip("="), LIST, CONTEXT) is None


@given(st.text() | st.text("AZaz09-_=+/ ") | st.just("A" * 5000) | st.just("\ud800"))
def test_any_text_is_no_token(text: str) -> None:
    assert TOKENS.read(text, LIST, CONTEXT) is None


# Ranges -------------------------------------------------------------------------------------------------------------

THING = Entity(
    "Thing",
    fields=(
        Field("a", Type("int", optional=True)),
        Field("b", Type("int", optional=True)),
        Field("c", Type("int")),
    ),
    access=Access(),
)


@dataclass
class Row:
    a: int | None
    b: int | None
    c: int
    id: UUID


def key_of(row: Row, key: OrderKey) -> Any:
    return getattr(row, key.member)


def compare(order: tuple[OrderKey, ...], one: Row, other: Row) -> int:
    """NULLs first ascending, last descending."""
    for key in order:
        left, right = ((value is not None, value) for value in (key_of(one, key), key_of(other, key)))
        if left != right:
            less = left[0] < right[0] if left[0] != right[0] else left[1] < right[1]
            return -1 if less != key.descending else 1
    return 0


def holds(expr: Expr, row: Row, bound: dict[str, Any]) -> bool:
    """What SQL makes of *expr*: a comparison with null is not true."""

    def value(of: Expr) -> Any:
        if isinstance(of, Path):
            return getattr(row, of.steps[0])
        assert isinstance(of, Param)
        return bound[of.name]

    if isinstance(expr, And):
        return all(holds(part, row, bound) for part in expr.parts)
    if isinstance(expr, IsNone):
        return (value(expr.operand) is None) != expr.negated
    if isinstance(expr, Const):
        return bool(expr.value)
    assert isinstance(expr, Compare)
    left, right = value(expr.left), value(expr.right)
    if left is None or right is None:
        return False
    return bool({"==": left == right, "<": left < right, ">": left > right}[expr.op])


SMALL = st.integers(0, 2)
ROWS = st.lists(st.tuples(st.none() | SMALL, st.none() | SMALL, SMALL), max_size=12)
ORDERS = st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=3, unique_by=lambda key: key[0])


@settings(max_examples=400, deadline=None)
@given(rows=ROWS, keys=ORDERS, last=st.booleans(), at=st.integers(0, 11))
def test_what_is_beyond_a_row_is_what_is_sorted_after_it(
    rows: list[Any], keys: list[tuple[str, bool]], last: bool, at: int
) -> None:
    """Each row after it lies in exactly one range, and no other row in any; whatever is null, and whichever way each key goes."""
    order = (*(OrderKey(member, descending) for member, descending in keys), OrderKey("id", last))
    things = [Row(*values, UUID(int=(i * 7) % 13 + 1)) for i, values in enumerate(rows)]
    listed = sorted(things, key=cmp_to_key(lambda one, other: compare(order, one, other)))
    if not listed:
        return
    here = listed[at % len(listed)]
    nulls = [key_of(here, key) is None for key in order]
    bound = {f"seek{i}": key_of(here, key) for i, key in enumerate(order)}
    ranges = beyond(THING, order, nulls)
    inside = [sum(holds(each, row, bound) for each in ranges) for row in listed]
    assert inside == [int(i > listed.index(here)) for i in range(len(listed))]


def test_a_first_page_begins_anywhere() -> None:
    assert len(beyond(THING, (OrderKey("id"),), None)) == 1
