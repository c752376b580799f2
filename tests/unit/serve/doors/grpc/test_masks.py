"""Field masks: what of a row is answered, and what of it is written."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from strongback.plan.asked import NO_SELECTION, SelectAsk
from strongback.serve.doors.grpc.masks import PATHS_MAX, read_selection, written_names
from tests.grpc_services import with_grpc

MODEL = with_grpc("jobs")
JOB = MODEL.entity("Job")


def selected(*paths: str) -> SelectAsk:
    asked, faults = read_selection(MODEL, JOB, paths)
    assert faults == ()
    return asked


def included(path: str, **more: Any) -> SimpleNamespace:
    said = {"order_by": "", "page_size": 0, **more}
    return SimpleNamespace(path=path, HasField=lambda name: name in more, **said)


def test_no_mask_is_every_member() -> None:
    assert selected() is NO_SELECTION
    assert selected("*").fields is None


def test_members_are_named_one_by_one() -> None:
    assert selected("title", "city", "title").fields == ("title", "city")


def test_a_relation_is_answered_with_all_its_members_or_some() -> None:
    asked = selected("title", "company", "applications.note", "applications.candidate.name")
    assert asked.fields == ("title",)
    assert asked.include["company"].fields is None
    assert asked.include["applications"].fields == ("note",)
    assert asked.include["applications"].include["candidate"].fields == ("name",)


def test_of_relations_alone_nothing_else_is_answered() -> None:
    assert selected("company").fields == ()
    assert selected("*", "company").fields is None


def test_what_is_no_member_is_told_later_by_its_name() -> None:
    assert selected("nothing.at.all").fields == ("nothing.at.all",)
    assert selected("company.nothing").include["company"].fields == ("nothing",)


def test_many_rows_come_in_an_order_and_a_number() -> None:
    asked, _ = read_selection(MODEL, JOB, (), [included("applications", order_by="id desc", page_size=3)])
    assert (asked.fields, asked.include["applications"].sort, asked.include["applications"].page_size) == (
        None,
        "-id",
        3,
    )


def test_the_work_of_reading_is_bounded() -> None:
    assert read_selection(MODEL, JOB, ["a"] * (PATHS_MAX + 1))[1][0].where == "read_mask"
    assert read_selection(MODEL, JOB, ["company." * 9 + "name"])[1][0].message == "nests too deep"
    assert read_selection(MODEL, JOB, (), [included("company." * 9)])[1][0].where == "included"
    assert written_names(["a"] * (PATHS_MAX + 1), ())[1][0].where == "update_mask"


def test_an_update_writes_what_is_named_what_is_set_or_all() -> None:
    assert written_names([], ("a", "b")) == (None, ())
    assert written_names(["a"], ("a", "b")) == ({"a"}, ())
    assert written_names(["*", "c"], ("a", "b")) == ({"a", "b", "c"}, ())
