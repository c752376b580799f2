"""What came of the cases on one store, or of one comparison of two."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import unified_diff
from typing import Literal

from strongback.testing.conformance.case import Case

Verdict = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Result:
    """
    What came of one case.

    Attributes:
        why: Of a failed case what differs, of a skipped one the capability that is missing; empty otherwise.
        transcript: What was asked and answered; ids are numbered.
    """

    case: Case
    verdict: Verdict
    why: str = ""
    transcript: tuple[str, ...] = ()

    def __str__(self) -> str:
        why = f"\n    {self.why}" if self.why else ""
        return f"{self.verdict.upper():<8}{self.case.name}  [{self.case.id}]{why}"


@dataclass
class Report:
    """
    What came of every case on one store.

    Attributes:
        store: The URL's scheme; the rest may hold a password.
    """

    store: str
    results: list[Result] = field(default_factory=list)

    def of(self, verdict: Verdict) -> list[Result]:
        return [result for result in self.results if result.verdict == verdict]

    @property
    def passed(self) -> list[Result]:
        return self.of("passed")

    @property
    def failed(self) -> list[Result]:
        return self.of("failed")

    @property
    def skipped(self) -> list[Result]:
        return self.of("skipped")

    def to_json(self) -> dict[str, object]:
        counts = {verdict: len(self.of(verdict)) for verdict in ("passed", "failed", "skipped")}
        results = [{"id": r.case.id, "case": r.case.name, "verdict": r.verdict, "why": r.why} for r in self.results]
        return {"store": self.store, **counts, "results": results}


@dataclass(frozen=True, slots=True)
class Difference:
    """
    A case whose answers differ between two stores.

    Attributes:
        lines: A unified diff of the two transcripts.
    """

    case: Case
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n    ".join([f"DIFFERS {self.case.name}  [{self.case.id}]", *self.lines])


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two stores, and every case in which they answer differently."""

    one: Report
    other: Report

    @property
    def compared(self) -> list[tuple[Result, Result]]:
        """The results of cases that ran on both, and whose answers do not depend on who wins a race."""
        other = {result.case.id: result for result in self.other.results if result.verdict != "skipped"}
        pairs = ((r, other[r.case.id]) for r in self.one.results if r.verdict != "skipped" and r.case.id in other)
        return [(one, two) for one, two in pairs if one.case.compared]

    @property
    def differences(self) -> list[Difference]:
        return [
            Difference(one.case, tuple(unified_diff(one.transcript, two.transcript, lineterm="", n=0)))
            for one, two in self.compared
            if one.transcript != two.transcript
        ]

    @property
    def failed(self) -> bool:
        """Whether a store breaks a promise, or they answer differently."""
        return bool(self.one.failed or self.other.failed or self.differences)

    def to_json(self) -> dict[str, object]:
        found = [{"id": d.case.id, "case": d.case.name, "lines": list(d.lines)} for d in self.differences]
        stores = [self.one.to_json(), self.other.to_json()]
        return {"stores": stores, "compared": len(self.compared), "differences": found}


def render_report(report: Report) -> str:
    """Write *report* for people: what failed and what was skipped, then the numbers."""
    shown = [str(result) for result in (*report.skipped, *report.failed)]
    counts = f"{len(report.passed)} passed, {len(report.failed)} failed, {len(report.skipped)} skipped"
    return "\n".join([*shown, f"{report.store}: {len(report.results)} cases, {counts}"])


def render_comparison(comparison: Comparison) -> str:
    """Write *comparison* for people."""
    found = comparison.differences
    parts = [render_report(comparison.one), render_report(comparison.other), *(str(each) for each in found)]
    total = f"{len(comparison.compared)} cases compared, answers differ in {len(found)}"
    return "\n".join([*parts, total])
