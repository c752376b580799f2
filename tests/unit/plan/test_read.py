"""Who is let into a list at all, and what merely finds nothing."""

from __future__ import annotations

import pytest

from examples.jobs.service import jobs
from strongback.model.load import load
from strongback.plan.asked import Target
from strongback.plan.read import plan_list
from strongback.plan.shape import Filter, OrderKey, Shape
from strongback.predicate.tree import FALSE, TRUE
from tests.services.guild import guild

MODEL = load(guild)
JOBS = load(jobs)
HIDDEN = [
    *(Filter("salary", op, ("f0_0",)) for op in ("eq", "ne", "lt", "lte", "gt", "gte")),
    Filter("salary", "in", ("f0_0", "f0_1")),
    Filter("salary", "null"),
    Filter("salary", "null", negated=True),
]


@pytest.mark.parametrize("asked", HIDDEN, ids=str)
def test_a_filter_by_what_strangers_never_see_holds_for_no_row(asked: Filter) -> None:
    """They are let in, and find nothing."""
    for_strangers = plan_list(MODEL, Shape(Target("Person", "list", "ranked"), anonymous=True, filters=(asked,)), 5)
    for_users = plan_list(MODEL, Shape(Target("Person", "list", "ranked"), anonymous=False, filters=(asked,)), 5)
    assert for_strangers.where == FALSE
    assert not for_strangers.is_never
    assert for_users.where != FALSE


def test_an_order_by_what_strangers_never_see_holds_for_no_row() -> None:
    shape = Shape(Target("Person", "list", "ranked"), anonymous=True, order=(OrderKey("salary"),))
    assert plan_list(MODEL, shape, 5).where == FALSE
    assert not plan_list(MODEL, shape, 5).is_never


def test_a_query_for_users_alone_lets_no_stranger_in() -> None:
    assert plan_list(MODEL, Shape(Target("Person", "list", "paid"), anonymous=True), 5).is_never
    assert not plan_list(MODEL, Shape(Target("Person", "list", "paid"), anonymous=False), 5).is_never


def test_a_filter_settles_what_roles_ask_of_the_same_member() -> None:
    def ways(status: str, anonymous: bool) -> tuple[object, ...]:
        filters = (Filter("status", "eq", value=status),)
        return plan_list(JOBS, Shape(Target("Job", "list", "search"), anonymous, filters=filters), 5).branches

    recruiters = ways("draft", False)
    assert ways("open", False) == (TRUE,), "no way but the public one is needed"
    assert len(recruiters) == 1
    assert recruiters != (TRUE,)
    assert ways("draft", True) == (FALSE,), "a stranger is let in, and finds nothing"
