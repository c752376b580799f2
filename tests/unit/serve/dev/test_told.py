"""A plan in words: which permissions stand in the way of each kind of operation, and which ways they have."""

from __future__ import annotations

import pytest

from strongback.plan.asked import Kind, Target
from strongback.plan.shape import Filter, Include, OrderKey, Selection, Shape
from strongback.serve.dev.told import tell
from tests.jobs_model import jobs_model

MODEL = jobs_model()


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("get", ["read"]),
        ("list", ["read"]),
        ("create", ["create"]),
        ("update", ["read", "update"]),
        ("upload", ["read", "update"]),
        ("remove", ["read", "update"]),
        ("delete", ["read", "delete"]),
        ("restore", ["read", "restore"]),
        ("history", ["read", "read its history"]),
        ("as_of", ["read", "read its history"]),
    ],
)
def test_each_kind_of_operation_names_the_permissions_that_judge_it(kind: Kind, asked: list[str]) -> None:
    told = tell(MODEL, Shape(Target("Job", kind, "search" if kind == "list" else kind), anonymous=False))
    assert list(dict.fromkeys(way.to for way in told.ways)) == asked
    assert told.operation.startswith("Job.") and told.kind == kind


def test_a_way_that_a_stranger_never_has_is_closed_and_still_told() -> None:
    ways = tell(MODEL, Shape(Target("Job", "get", "get"), anonymous=True)).ways
    assert [(way.role, way.open) for way in ways] == [("public", True), ("recruiter", False)]
    assert ways[0].condition == "the job's status is 'open'" and "the caller" in ways[1].condition


def test_a_list_tells_filters_order_and_the_tree_of_what_comes_along() -> None:
    tree = Selection(("id",), (Include("applications", Selection(), (OrderKey("created_at", descending=True),), 5),))
    told = tell(
        MODEL,
        Shape(
            Target("Job", "list", "search"),
            anonymous=False,
            select=tree,
            filters=(Filter("city", "eq", ("city",)),),
            order=(OrderKey("created_at", descending=True),),
            page=20,
        ),
    )
    assert (told.filters, told.sort, told.page, told.members) == (("city eq",), ("-created_at",), 20, ("id",))
    assert told.tree == ("applications by -created_at, 5 rows at most",)
