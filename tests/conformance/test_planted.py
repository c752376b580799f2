"""A store that breaks one promise is found out, by a case that says which; one that a package brings is run like ours."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from strongback.errors import ConfigurationError
from strongback.store import open as opening
from strongback.testing.conformance import cases, compare_stores, run_cases

CAUGHT_BY = {
    "milliseconds": "scalars/moment_comes_back",
    "trimmed": "scalars/text_comes_back",
    "normalized": "scalars/two_texts_that_look_alike",
    "double": "scalars/whole_comes_back",
    "single": "scalars/ratio_comes_back",
    "c-strings": "scalars/blob_comes_back",
    "empty-is-null": "scalars/text_changes",
    "undead": "kept/deleted",
    "one-way": "pages/by_whole",
    "one-off": "existing/generated_keys",
    "autocommit": "actions/makes_nothing",
}


@pytest.fixture(autouse=True)
def brought(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a package were installed that brings these stores."""

    def found(*, group: str, name: str) -> list[EntryPoint]:
        known = name.startswith("planted+")
        return [EntryPoint(name, "tests.conformance.planted:open_planted", group)] if known else []

    monkeypatch.setattr(opening, "entry_points", found)


@pytest.mark.parametrize("fault", CAUGHT_BY)
async def test_a_planted_fault_is_caught(fault: str) -> None:
    chosen = [case for case in cases() if case.id == CAUGHT_BY[fault]]
    healthy = await run_cases("planted+none://", chosen)
    assert [result.verdict for result in healthy.results] == ["passed"]
    sick = await run_cases(f"planted+{fault}://", chosen)
    assert [result.verdict for result in sick.results] == ["failed"], fault
    assert sick.failed[0].why


async def test_stores_that_answer_differently_are_told_apart() -> None:
    chosen = [case for case in cases() if case.id == "scalars/times_of_a_row"]
    comparison = await compare_stores("sqlite://", "planted+milliseconds://", chosen)
    assert comparison.failed
    assert [difference.case.id for difference in comparison.differences] == ["scalars/times_of_a_row"]
    assert any("00.000000Z" in line or ".000001Z" in line for line in comparison.differences[0].lines)


async def test_a_store_that_nobody_brings_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="there is no store `mysql`"):
        await run_cases("mysql://localhost/x", [])
