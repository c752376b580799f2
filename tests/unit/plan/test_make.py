"""Names of a request against the model: what is there for everybody, what is not, and where a fault is said to be."""

from __future__ import annotations

import pytest

from strongback.model.load import load
from strongback.plan.actor import ANONYMOUS, Actor
from strongback.plan.asked import Asked, FilterAsk, SelectAsk, Target
from strongback.plan.make import make_operation
from strongback.plan.page import Tokens
from strongback.plan.shape import Filter
from tests.services.guild import guild

MODEL, TOKENS = load(guild), Tokens(bytes(32))
RANKED = Target("Person", "list", "ranked")


def faults_of(asked: Asked, actor: Actor = ANONYMOUS) -> list[tuple[str, str, str]]:
    made, _ = make_operation(MODEL, asked, actor, TOKENS)
    return [(fault.code, fault.where, fault.hint) for fault in made.faults]


@pytest.mark.parametrize("actor", [ANONYMOUS, Actor("ann")], ids=["stranger", "user"])
def test_a_filter_is_the_same_for_who_never_sees_its_member(actor: Actor) -> None:
    asked = Asked(RANKED, filters=(FilterAsk("salary", "gt", ("5",), "?salary[gt]"),))
    made, _ = make_operation(MODEL, asked, actor, TOKENS)
    assert not made.faults
    assert made.shape.filters == (Filter("salary", "gt", ("f0_0",)),)
    assert made.values == {"f0_0": 5}


def test_its_value_is_read_for_everybody() -> None:
    asked = Asked(RANKED, filters=(FilterAsk("salary", "gt", ("much",), "?salary[gt]"),))
    assert [(code, where) for code, where, _ in faults_of(asked)] == [("SB201", "?salary[gt]")]


def test_a_member_that_is_not_there_is_a_fault_with_a_hint() -> None:
    asked = Asked(RANKED, filters=(FilterAsk("salery", "eq", ("5",), "?salery"),))
    assert faults_of(asked) == [("SB204", "?salery", "did you mean `salary`?")]


def test_a_fault_of_an_included_list_is_said_to_be_at_its_own_parameter() -> None:
    deep = SelectAsk(include={"pieces": SelectAsk(sort="size", page_size="many")})
    asked = Asked(RANKED, select=SelectAsk(include={"pupils": deep}), sort="size", page_size="few")
    assert [(code, where) for code, where, _ in faults_of(asked)] == [
        ("SB206", "pupils.pieces.sort"),
        ("SB201", "pupils.pieces.page_size"),
        ("SB206", "sort"),
        ("SB201", "page_size"),
    ]


def test_a_request_has_so_many_relations_and_no_more() -> None:
    """Each is a part of the statement, and costs time to make: a short request must not ask for hundreds."""

    def doubled(depth: int) -> dict[str, SelectAsk]:
        below = doubled(depth - 1) if depth > 1 else {}
        return {name: SelectAsk(include=below, page_size=1) for name in ("mentor", "pupils")}

    one, person = SelectAsk(page_size=1), {"person": SelectAsk()}
    most = SelectAsk(include={**doubled(4), "crafts": one, "pieces": one})
    more = SelectAsk(include={**most.include, "crafts": SelectAsk(include=person, page_size=1)})
    assert (most.relation_count, more.relation_count) == (32, 33)
    assert faults_of(Asked(RANKED, select=most, page_size=1)) == []
    assert [fault[:2] for fault in faults_of(Asked(RANKED, select=more, page_size=1))] == [("SB201", "include")]


def test_relations_nest_four_deep() -> None:
    def nested(depth: int) -> SelectAsk:
        return SelectAsk(include={"mentor": nested(depth - 1)}, where="?include") if depth else SelectAsk()

    assert faults_of(Asked(RANKED, select=nested(4))) == []
    assert faults_of(Asked(RANKED, select=nested(5))) == [("SB201", "?include", "")]
