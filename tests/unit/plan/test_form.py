"""Requests of one form: the short way comes to the very operation that the long way comes to, whatever the request."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from strongback.errors import Fault, NotFound
from strongback.model.load import load
from strongback.plan.actor import ANONYMOUS, Actor
from strongback.plan.asked import Asked, FilterAsk, SelectAsk, Target
from strongback.plan.form import FORMS_KEPT, Operations
from strongback.plan.make import make_operation
from strongback.plan.page import Tokens
from tests.services.guild import guild
from tests.services.workshop import workshop

MODEL, GUILD = load(workshop), load(guild)
TOKENS = Tokens(bytes(32))
ONE, TWO = "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11", "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c12"

TARGETS = st.sampled_from(
    [
        Target("Order", "get", "get"),
        Target("Order", "list", "search"),
        Target("Person", "list", "search"),
        Target("Item", "list", "search"),
        Target("Order", "create", "create"),
        Target("Order", "update", "update"),
        Target("Order", "delete", "delete"),
        Target("Order", "action", "rename"),
        Target("Order", "action", "place_one"),
        Target("Order", "action", "greet"),
    ]
)
VALUES = st.sampled_from(
    [ONE, TWO, "x", "x" * 60, "done", "new", "small", "12.50", 1, 0, 1.0, True, False, None, "true", []]
)
RAW = VALUES | st.lists(VALUES, max_size=3) | st.dictionaries(st.sampled_from(["street", "zip"]), VALUES)
MEMBERS = st.sampled_from(
    ["shop_id", "title", "size", "tags", "place", "total", "hidden", "buyer_id", "state", "id", "extra"]
)
FILTERS = st.builds(
    lambda member, op, values, text: FilterAsk(member, op, values if op == "in" else values[:1], member, text),
    st.sampled_from(["state", "email", "order_id", "title"]),
    st.sampled_from(["eq", "ne", "in", "null", "lt", "none"]),
    st.lists(VALUES, min_size=1, max_size=3).map(tuple),
    st.booleans(),
)
SELECTS = st.sampled_from(
    [
        SelectAsk(),
        SelectAsk(("title", "id")),
        SelectAsk(("id", "title")),
        SelectAsk(("nothing",)),
        SelectAsk(include={"shop": SelectAsk()}),
        SelectAsk(include={"shop": SelectAsk(("name",)), "parts": SelectAsk(page_size="3")}),
        SelectAsk(include={"parts": SelectAsk(sort="created_at", page_size=3)}),
    ]
)


@st.composite
def requests(draw: st.DrawFn) -> Asked:
    target = draw(TARGETS)
    listing = target.kind == "list"
    return Asked(
        target,
        id=None if listing else draw(st.sampled_from([ONE, TWO, "x"])),
        select=draw(SELECTS),
        filters=tuple(draw(st.lists(FILTERS, max_size=2))) if listing else (),
        sort=draw(st.sampled_from(["", "-created_at", "created_at", "x"])) if listing else "",
        page_size=draw(st.sampled_from([None, "2", 2, 2.0, True, "x", "0", []])) if listing else None,
        count=draw(st.booleans()) if listing else False,
        body=draw(st.dictionaries(MEMBERS, RAW, max_size=5)) if target.kind in ("create", "update", "action") else None,
        if_match=draw(st.sampled_from([None, ("1",)])) if target.kind in ("update", "delete") else None,
    )


def come_to(make: Any) -> tuple[object, ...]:
    try:
        made = make()
    except NotFound:
        return ("not found",)
    types = sorted((name, type(value).__name__) for name, value in made.values.items())
    return made.shape, made.actor, made.values, types, made.faults, made.page, made.if_match, made.if_none_match


@settings(max_examples=400, deadline=None)
@given(
    asks=st.lists(
        st.tuples(requests(), st.sampled_from([ANONYMOUS, Actor("ann"), Actor("bob")])), min_size=1, max_size=8
    )
)
def test_a_form_that_is_kept_comes_to_what_the_long_way_comes_to(asks: list[tuple[Asked, Actor]]) -> None:
    """Twice through the kept forms, so that later requests meet forms of earlier ones."""
    operations = Operations(MODEL, TOKENS)
    for asked, actor in [*asks, *asks]:
        long = come_to(lambda a=asked, who=actor: make_operation(MODEL, a, who, TOKENS)[0])
        assert come_to(lambda a=asked, who=actor: operations.make(a, who)) == long


def test_equal_numbers_of_other_types_are_other_values() -> None:
    """1 is no truth: a form that was kept for `true` does not let it through."""
    operations = Operations(GUILD, TOKENS)
    target = Target("Piece", "list", "search")
    for text, values in ((False, (True, 1, 1.0)), (True, ("true", "1"))):
        asks = [Asked(target, filters=(FilterAsk("maker_id", "null", (v,), "x", text),)) for v in values]
        assert not operations.make(asks[0], ANONYMOUS).faults
        for wrong in asks[1:]:
            assert operations.make(wrong, ANONYMOUS).faults == make_operation(GUILD, wrong, ANONYMOUS, TOKENS)[0].faults
    sizes = [Asked(target, page_size=size) for size in (1, True, 1.0)]
    for asked in sizes:
        long = come_to(lambda a=asked: make_operation(GUILD, a, ANONYMOUS, TOKENS)[0])
        assert come_to(lambda a=asked: operations.make(a, ANONYMOUS)) == long


def test_a_request_with_faults_of_the_door_is_never_kept() -> None:
    operations = Operations(MODEL, TOKENS)
    target = Target("Order", "list", "search")
    assert operations.make(Asked(target, faults=(Fault("SB201", "x"),)), ANONYMOUS).faults
    assert not operations.make(Asked(target), ANONYMOUS).faults


def test_what_is_kept_is_bounded() -> None:
    operations = Operations(MODEL, TOKENS)
    for i in range(FORMS_KEPT + 5):
        operations.kept[i] = None  # type: ignore[assignment]  # any key will do
    operations.make(Asked(Target("Order", "list", "search")), ANONYMOUS)
    assert len(operations.kept) == 1
