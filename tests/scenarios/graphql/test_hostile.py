"""Documents that want to harm: refused before anything is run, with a small answer, and never a 500 (trust.md, b1)."""

from __future__ import annotations

import string
from collections.abc import Callable

import pytest
from graphql import get_introspection_query
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strongback.serve.doors.graphql.limits import DEFAULT
from tests.scenarios.counting import CountingStore
from tests.scenarios.graphql.asking import RESPONSE, codes, opened, post

ANSWER_MAX = 4_000


def nested(levels: int) -> str:
    return (
        "{ jobs { nodes { company { " + "jobs { nodes { company { " * levels + "name" + " } } }" * levels + " } } } }"
    )


def many_fragments(number: int) -> str:
    """Each spreads the next twice: two to the power of *number* fields, in a few lines."""
    parts = [f"fragment F{i} on Query {{ ...F{i + 1} ...F{i + 1} }}" for i in range(number)]
    return "{ ...F0 } " + " ".join(parts) + f" fragment F{number} on Query {{ __typename }}"


def in_turn(make: Callable[[int], str], number: int) -> str:
    return " ".join(make(i) for i in range(number))


INNER = "applications(first: 100) { nodes { id } }"
HOSTILE: dict[str, str] = {
    "deep": nested(8),
    "much too deep": nested(500),
    "braces": "{" * 100_000,
    "brackets": "{ jobs(where: " + "[" * 50_000,
    "objects": "{ jobs(where: " + "{city:" * 20_000,
    "aliases": "{ " + in_turn(lambda i: f"a{i}: __typename", 1000) + " }",
    "aliases of a list": "{ " + in_turn(lambda i: f"a{i}: jobs {{ totalCount }}", 200) + " }",
    "one field again and again": "{ " + "__typename " * 3_000 + "}",
    "roots": "{ " + in_turn(lambda i: f"a{i}: jobs {{ totalCount }}", 21) + " }",
    "directives": "{ __typename " + "@include(if: true) " * 500 + "}",
    "unknown directives": "{ __typename " + "@nothing " * 1_000 + "}",
    "fragments that spread themselves": "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    "a fragment that spreads itself": "{ ...A } fragment A on Query { ...A }",
    "a circle through rows": "{ jobs { nodes { ...A } } } fragment A on Job { company { jobs { nodes { ...A } } } }",
    "2^24 fragments": many_fragments(24),
    "2^40 fragments with nothing in them": many_fragments(40).replace("{ __typename }", "{ ...Nothing }"),
    "2^40 empty fragments": many_fragments(40).replace("{ __typename }", "{ }"),
    "fragments that all spread all": "{ ...F0 } "
    + in_turn(lambda i: f"fragment F{i} on Query {{ {in_turn(lambda j: f'...F{j}', 40)} }}", 40),
    "2^49 fragments": many_fragments(49),
    "fragments": "{ ...F0 } " + in_turn(lambda i: f"fragment F{i} on Query {{ __typename }}", 300),
    "unused fragments": "{ __typename } " + in_turn(lambda i: f"fragment F{i} on Query {{ __typename }}", 40),
    "operations": in_turn(lambda i: f"query Q{i} {{ __typename }}", 200),
    "variables": "query (" + in_turn(lambda i: f"$v{i}: Int", 500) + ") { __typename }",
    "arguments": "{ jobs(" + in_turn(lambda i: f"a{i}: 1", 2_000) + ") { totalCount } }",
    "a list of values": "{ jobs(where: {city: {in: [" + '"x",' * 5_000 + "]}}) { totalCount } }",
    "tokens": "{ " + "a " * 50_000 + "}",
    "commas": "{ __typename " + "," * 200_000 + "}",
    "comments": "#x\n" * 60_000 + "{ __typename }",
    "a long name": "{ " + "a" * 90_000 + " }",
    "a long number": "{ jobs(first: " + "9" * 50_000 + ") { totalCount } }",
    "a huge page": "{ jobs(first: 1000000000) { nodes { company { jobs(first: 1000000000) { nodes { id applications"
    "(first: 1000000000) { nodes { id } } } } } } } }",
    "rows multiplied": "{ " + in_turn(lambda i: f"a{i}: jobs(first: 50) {{ nodes {{ {INNER} }} }}", 5) + " }",
    "introspection in circles": "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }",
    "overlapping fields": "{ jobs { " + "nodes { id } " * 600 + "} }",
    "one object again and again": "{ jobs { nodes { " + "applications(first: 1) { nodes { id } } " * 300 + "} } }",
    "a fragment that nobody spreads": "{ __typename } fragment A on Company { "
    + "jobs(first: 1) { nodes { id } } " * 300
    + "} fragment B on Company { ...B }",
    "one tree again and again": "{ jobs { nodes { "
    + "company { jobs { nodes { company { name } } } } " * 190
    + "} } }",
    "one leaf again and again": "{ jobs { nodes { " + "id " * 900 + "} } }",
    "conflicting fields": "{ jobs { " + in_turn(lambda i: f"a: nodes {{ b: {('id', 'title')[i % 2]} }}", 200) + "} }",
    "a subscription": "subscription { jobs { totalCount } }",
    "a definition of a type": "type Query { a: Int }",
    "an extension": "extend type Query { a: Int } { __typename }",
    "nothing": " ",
    "a comment": "# nothing",
    "a NUL": '{ jobs(q: "\\u0000") { totalCount } }',
    "a NUL in a filter": '{ jobs(where: {city: {eq: "\\u0000"}}) { totalCount } }',
    "a lone surrogate": '{ jobs(where: {city: {eq: "\\uD800"}}) { totalCount } }',
    "control characters": "{ \x01 \x02 __typename }",
    "a byte order mark": "\ufeff{ nothing }",
    "unicode names": "{ j\u00f6bs { totalCount } }",
    "SQL": '{ jobs(where: {city: {eq: "\'; DROP TABLE job; --"}}, orderBy: id) { totalCount } }',
    "an enum that is none": "{ jobs(orderBy: PASSWORD_ASC) { totalCount } }",
    "a private type": '{ __type(name: "_") { fields { name } } a: __nothing }',
    "defer": "{ ... @defer { __typename } }",
    "stream": "{ jobs { nodes @stream(initialCount: 0) { id } } }",
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_it_is_refused_before_anything_is_run_with_a_small_answer(name: str) -> None:
    async with opened(jobs_posted=1) as at:
        counting = CountingStore(at.stranger.app)
        for _ in range(2):  # the second time it might be known
            answer = await post(at.stranger, HOSTILE[name], {"accept": RESPONSE})
            assert answer.status in (400, 413), answer.body[:500]
            assert "data" not in answer.json
            assert len(answer.body) < ANSWER_MAX
            assert {code for code, _ in codes(answer.json)} <= {"SB200", "SB243", "SB260", "SB261"}
        assert counting.take() == []


async def test_the_query_of_tools_for_the_whole_schema_is_within_the_limits() -> None:
    async with opened(jobs_posted=0) as at:
        document = get_introspection_query(specified_by_url=True, schema_description=True, input_value_deprecation=True)
        answer = (await post(at.stranger, document)).expect(200).json
        assert {each["name"] for each in answer["data"]["__schema"]["types"]} >= {"Job", "Company", "Query"}


async def test_variables_are_bounded_as_well() -> None:
    async with opened(jobs_posted=0) as at:
        deep: object = "x"
        for _ in range(100):
            deep = [deep]
        for value in (deep, {"a": {"b": 1}}, 10**400, [0] * 100_000, "x" * 100_000):
            document = "query ($v: [String!]) { jobs(where: {city: {in: $v}}) { totalCount } }"
            answer = await post(at.stranger, document, {"accept": RESPONSE}, v=value)
            assert answer.status in (200, 400), answer.body[:300]
            assert len(answer.body) < ANSWER_MAX
            assert codes(answer.json)[0][0] in ("SB200", "SB201", "SB260")


def allowed(what: str, most: int) -> str:
    """A document that has just as much of this as one may have."""
    inner = {
        "aliases": in_turn(lambda i: f"a{i}: id", most),
        "directives": in_turn(lambda i: "id @skip(if: false)", most),
        "variables": in_turn(lambda i: f"id @skip(if: $v{i})", most),
        "depth": "company { jobs(first: 1) { nodes { " * 2 + "id" + " } } }" * 2,
    }
    match what:
        case "roots":
            return "{ " + in_turn(lambda i: f"a{i}: __typename", most) + " }"
        case "operations":
            return in_turn(lambda i: f"query Q{i} {{ __typename }}", most)
        case "fragments":
            spread = "{ jobs { " + in_turn(lambda i: f"...F{i}", most) + " } } "
            return spread + in_turn(lambda i: f"fragment F{i} on JobListConnection {{ totalCount }}", most)
        case _:
            variables = in_turn(lambda i: f"$v{i}: Boolean!", most) if what == "variables" else ""
            return f"query {f'({variables})' if variables else ''} {{ jobs {{ nodes {{ {inner[what]} }} }} }}"


@pytest.mark.parametrize("what", ["depth", "aliases", "roots", "directives", "fragments", "operations", "variables"])
async def test_as_much_as_is_allowed_is_not_refused(what: str) -> None:
    most = getattr(DEFAULT, what)
    async with opened(jobs_posted=0) as at:
        variables = {f"v{i}": False for i in range(most)} if what == "variables" else {}
        body = {"query": allowed(what, most), "variables": variables}
        answer = await at.stranger.post(
            "/graphql", json={**body, "operationName": "Q0" if what == "operations" else None}
        )
        assert "errors" not in answer.json
        if what != "depth":
            body["query"] = allowed(what, most + 1)
            assert codes((await at.stranger.post("/graphql", json=body)).json) == [("SB261", "")]


TOKENS = [
    *("{", "}", "(", ")", "[", "]", ":", "!", "$", "@", "...", "=", "|", "&", '"', '"""', "#", "\n", ","),
    *("query", "mutation", "fragment", "on", "jobs", "nodes", "edges", "node", "id", "company", "title", "Job", "Query"),
    *("where", "first", "after", "city", "eq", "in", "orderBy", "null", "true", "1", "-1", "1.5e9", "$v", "Int", "A", "__typename"),
    *("@skip(if: true)", "@include(if: $v)", "... on Job {", "...A", "\u0000", "\ud7ff", "\U0001f600", "\\u0000"),
]  # fmt: skip


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_text_at_all_is_answered_with_500(
    board: Callable[[str, object], tuple[int, int]], data: st.DataObject
) -> None:
    parts = st.lists(st.sampled_from(TOKENS) | st.text(string.printable, max_size=4), max_size=40)
    document = data.draw(parts.map(" ".join) | st.text(max_size=60))
    variables = data.draw(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
            max_leaves=5,
        )
    )
    status, size = board(document, variables)
    assert status in (200, 400)
    assert size < ANSWER_MAX


@pytest.fixture
def board() -> Callable[[str, object], tuple[int, int]]:
    """Asks a service with nothing in it; gives the status and the size of the answer."""
    from examples.jobs.service import jobs
    from strongback.testing import client

    stranger = client(jobs)

    def ask(document: str, variables: object) -> tuple[int, int]:
        answer = stranger.post("/graphql", json={"query": document, "variables": {"v": variables}})
        return answer.status, len(answer.body)

    return ask
