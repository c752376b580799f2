"""Every store keeps every promise of the suite that users are given; a skip names what the store lacks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from strongback.testing.conformance import CAPABILITIES, Case, Result, cases, compare_stores, render_comparison

LACKED = {
    "sqlite": {"wide-decimals"},
    "memory": {"wide-decimals", "durable"},
    "postgresql": set[str](),
    "pgbouncer": {"own-sessions"},
}


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_a_store_keeps_the_promise(judge: Callable[[Case], Result], case: Case, request: pytest.FixtureRequest) -> None:
    result = judge(case)
    kind = request.node.callspec.params["judge"]
    if result.verdict == "skipped":
        assert LACKED[kind] & set(case.needs), f"{kind} lacks nothing that this case needs: {result.why}"
        pytest.skip(result.why)
    assert result.verdict == "passed", result.why


def test_each_case_is_a_sentence_of_its_own() -> None:
    all_cases = cases()
    assert len({case.id for case in all_cases}) == len({case.name for case in all_cases}) == len(all_cases) >= 130
    assert all(case.name[0].isupper() and case.name.endswith(".") for case in all_cases)
    assert {need for case in all_cases for need in case.needs} == set(CAPABILITIES)


async def test_stores_answer_alike_byte_for_byte(postgres_url: str) -> None:
    """One case of each area; `strongback test store --against` compares all."""
    firsts = {case.area: case for case in reversed(cases()) if case.compared}
    ids = {"scalars/ratio_comes_back", "filters/by_text", "pages/by_moment", "scalars/data_comes_back"}
    chosen = [*firsts.values(), *(case for case in cases() if case.id in ids)]
    comparison = await compare_stores("sqlite://", postgres_url, chosen)
    assert len(comparison.compared) == len(chosen)
    assert not comparison.differences, render_comparison(comparison)
