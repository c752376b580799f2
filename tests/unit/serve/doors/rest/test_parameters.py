"""The query string says which members, relations, filters, order and page; what it should not say is a fault."""

from __future__ import annotations

from typing import Any

import pytest

from strongback.model.load import load
from strongback.plan.asked import FilterAsk, SelectAsk
from strongback.serve.doors.rest.parameters import Asking
from strongback.serve.doors.rest.routes import Routes
from strongback.serve.guard.query import parse_query
from tests.jobs_model import jobs_model
from tests.services.guild import guild

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


LONG = "&".join(f"filler{i}=x" for i in range(3))
QUERIES = [
    "city=Oslo&company_id[in]=a,b&created_at[gte]=2026",
    "city=Rome&company_id[in]=a,b&created_at[gte]=2027",
    "city=Rome&company_id[in]=a,b,c&created_at[gte]=2027",
    "company_id[in]=a,b&city=Oslo&created_at[gte]=2026",
    "created_at[lt]=2030&city[ne]=Oslo&page_token=abc",
    "created_at[lt]=2031&city[ne]=Rome&page_token=def",
    "page_token=&city=x",
    "page_token=y&city=",
    "city[null]=true",
    "city[null]=false",
    "sort=-created_at&city=Oslo&page_size=5&count=true",
    "sort=created_at&city=Oslo&page_size=5&count=true",
    "sort=-created_at&city=Rome&page_size=6&count=false",
    "include=company,applications&applications.page_size=5&city=a",
    "include=company,applications&applications.page_size=6&city=b",
    "city=Oslo&city=Rome",
    "city=Rome&city=Rome",
    "sort=&city=a",
    f"{LONG}&city=a",
]


def test_what_a_query_asks_is_the_same_whatever_was_read_before_it() -> None:
    fresh = [Routes(jobs_model()).find("/v1/jobs")[0].route("GET").parameters.read(parse_query(one)) for one in QUERIES]
    for first in QUERIES:
        for then, asked in zip(QUERIES, fresh, strict=True):
            read(first)
            assert read(then) == asked, (first, then)


def test_forms_of_query_strings_that_are_kept_are_bounded() -> None:
    parameters = Routes(jobs_model()).find("/v1/jobs")[0].route("GET").parameters
    for i in range(1000):
        parameters.read([("sort", "-created_at"), ("city[in]", f"a{i}")])
    parameters.read([("city[in]", "b" * 5000)])
    assert len(parameters._forms) <= 64
    assert all(len(str(key)) < 1000 for key in parameters._forms)


def test_a_search_and_an_aggregate_are_asked_again_as_they_were_the_first_time() -> None:
    model = load(guild)
    routes = Routes(model)

    def again(query: str, path: str) -> list[Asking]:
        parameters = routes.find(path)[0].route("GET").parameters
        return [parameters.read(parse_query(query)) for _ in range(2)]

    assert [each.text for each in again("q=ann+b&rank=master", "/v1/persons")] == ["ann b"] * 2
    aggregates = again("group_by=rank&measures=count", "/v1/persons/aggregate")
    assert [(each.group_by, each.measures) for each in aggregates] == [(("rank",), ("count",))] * 2
