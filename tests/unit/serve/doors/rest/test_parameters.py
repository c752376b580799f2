"""The query string says which members, relations, filters, order and page; what it should not say is a fault."""

from __future__ import annotations

from typing import Any

import pytest

from strongback.plan.asked import FilterAsk, SelectAsk
from strongback.serve.doors.rest.parameters import Asking
from strongback.serve.doors.rest.routes import Routes
from strongback.serve.guard.query import parse_query
from tests.jobs_model import jobs_model

ROUTES = Routes(jobs_model())
ID = "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"


def read(query: str, path: str = "/v1/jobs", method: str = "GET") -> Asking:
    return ROUTES.find(path)[0].route(method).parameters.read(parse_query(query))


def faults(query: str, path: str = "/v1/jobs", method: str = "GET") -> list[tuple[str, ...]]:
    return [(f.code, f.where, f.hint) for f in read(query, path, method).faults]


def test_filters_are_kept_raw_with_their_operator_and_place() -> None:
    assert read("city=Oslo&company_id[in]=a,b&created_at%5Bgte%5D=2026").filters == (
        FilterAsk("city", "eq", ("Oslo",), "?city"),
        FilterAsk("company_id", "in", ("a", "b"), "?company_id[in]"),
        FilterAsk("created_at", "gte", ("2026",), "?created_at[gte]"),
    )


def test_a_comma_separates_values_only_in_a_list() -> None:
    assert read("city=Oslo,+Norway").filters[0].values == ("Oslo, Norway",)


def test_order_page_and_count_are_read() -> None:
    asking = read("sort=-created_at&page_size=5&page_token=abc&count=true")
    assert (asking.sort, asking.page_size, asking.page_token, asking.count) == ("-created_at", "5", "abc", True)
    assert asking.faults == ()


def test_relations_nest_by_dots() -> None:
    include = read("include=company,applications.candidate").select.include
    assert set(include) == {"company", "applications"}
    assert set(include["applications"].include) == {"candidate"}


def test_an_option_of_a_relation_includes_it() -> None:
    select = read("applications.page_size=5&applications.sort=-created_at&applications.fields=id,status").select
    assert select.include["applications"] == SelectAsk(
        ("id", "status"), {}, "-created_at", "5", "?applications.page_size"
    )


def test_members_are_chosen_for_the_row_and_for_what_it_includes() -> None:
    select = read("fields=id,title&company.fields=name", f"/v1/jobs/{ID}").select
    assert select.fields == ("id", "title") and select.include["company"].fields == ("name",)


@pytest.mark.parametrize(
    ("query", "path", "method", "expected"),
    [
        ("page_sise=5", "/v1/jobs", "GET", ("SB209", "?page_sise", "did you mean `page_size`?")),
        (
            "city=Oslo&city=Rome",
            "/v1/jobs",
            "GET",
            ("SB209", "?city", "give several values as a list: `status[in]=open,closed`"),
        ),
        ("city[in=Oslo", "/v1/jobs", "GET", ("SB209", "?city[in", "close the bracket: `created_at[gte]`")),
        ("count=yes", "/v1/jobs", "GET", ("SB201", "?count", "")),
        ("sort=", "/v1/jobs", "GET", ("SB206", "?sort", "leave it out for the usual order")),
        ("applications.sort=", "/v1/jobs", "GET", ("SB206", "?applications.sort", "leave it out for the usual order")),
        ("company.page_size=5", "/v1/jobs", "GET", ("SB209", "?company.page_size", "")),
        (
            "applications.size=5",
            "/v1/jobs",
            "GET",
            ("SB209", "?applications.size", "of `applications`: did you mean `page_size`?"),
        ),
        ("city=Oslo", f"/v1/jobs/{ID}", "GET", ("SB209", "?city", "")),
        ("include=company", "/v1/jobs", "POST", ("SB209", "?include", "")),
        ("dry_run=true", f"/v1/applications/{ID}", "DELETE", ("SB209", "?dry_run", "")),
        ("include=a.b.c.d.e.f.g.h.i", "/v1/jobs", "GET", ("SB201", "?include", "")),
    ],
)
def test_a_wrong_name_is_a_fault_with_its_place(query: str, path: str, method: str, expected: Any) -> None:
    assert faults(query, path, method)[0] == expected


def test_an_unknown_filter_is_judged_with_the_others_so_that_its_hint_knows_the_caller() -> None:
    asking = read("citty=Oslo")
    assert asking.faults == () and asking.filters[0].member == "citty"


def test_ten_thousand_steps_cost_no_stack() -> None:
    assert faults("include=" + "a." * 4000)[0][0] == "SB201"
