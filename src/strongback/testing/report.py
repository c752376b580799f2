"""What a run of the matrix found, and what it covered."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

What = Literal["leak", "refusal"]


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One case in which the service and the team's own functions disagree.

    Attributes:
        what: `leak`: the caller got, changed or learnt more than the roles grant; `refusal`: less.
        world: The seed of the world it was found in.
        case: What was asked, shortly.
        expected, got: By the roles, and by the service.
    """

    what: What
    world: str
    caller: str
    operation: str
    case: str
    expected: str
    got: str

    def __str__(self) -> str:
        word = "LEAK" if self.what == "leak" else "WRONG REFUSAL"
        lines = [f"{word}  {self.operation}  as {self.caller}  (world {self.world})"]
        return "\n    ".join([*lines, f"asked     {self.case}", f"expected  {self.expected}", f"got       {self.got}"])

    def to_json(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass
class Report:
    """
    What was asked of a service, and what came of it.

    Attributes:
        door: Through which door was asked; *through* how many requests, where some have no words there.
        cases: Requests (or walks through all pages of a list) compared with the roles.
        coverage: How often, by operation, role and outcome.
    """

    service: str
    store: str
    seed: int
    door: str = "engine"
    through: int = 0
    cases: int = 0
    worlds: int = 0
    duration_s: float = 0.0
    coverage: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    @property
    def leaks(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.what == "leak"]

    @property
    def refusals(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.what == "refusal"]

    def to_json(self) -> dict[str, object]:
        return {
            "service": self.service,
            "store": self.store,
            "seed": self.seed,
            "door": self.door,
            "through": self.through,
            "cases": self.cases,
            "worlds": self.worlds,
            "duration_s": round(self.duration_s, 3),
            "leaks": [finding.to_json() for finding in self.leaks],
            "wrong_refusals": [finding.to_json() for finding in self.refusals],
            "coverage": [
                {"operation": operation, "role": role, "outcome": outcome, "cases": n}
                for (operation, role, outcome), n in sorted(self.coverage.items())
            ],
        }


SHOWN = 20


def render_report(report: Report) -> str:
    """Write *report* for people."""
    shown = [str(finding) for finding in report.findings[:SHOWN]]
    if len(report.findings) > SHOWN:
        shown.append(f"... and {len(report.findings) - SHOWN} more")
    return "\n\n".join([*shown, _table(report), _summary(report)])


def _summary(report: Report) -> str:
    rate = report.cases / report.duration_s if report.duration_s else 0
    operations = {operation for operation, _, _ in report.coverage}
    return (
        f"{report.service} on {report.store}{_through(report)}: {report.cases:,} cases in {report.worlds} worlds, {rate:,.0f} a second, "
        f"seed {report.seed}\n"
        f"{len(operations)} operations, {len(report.coverage)} combinations of operation, role and outcome\n"
        f"{len(report.leaks)} leaks, {len(report.refusals)} wrong refusals"
    )


def _through(report: Report) -> str:
    return "" if report.door == "engine" else f" through {report.door} ({report.through:,} requests)"


def _table(report: Report) -> str:
    """One line an operation and role: how often each outcome came."""
    outcomes = sorted({outcome for _, _, outcome in report.coverage})
    lines = sorted({(operation, role) for operation, role, _ in report.coverage})
    width = max([len(f"{operation}  {role}") for operation, role in lines], default=0)
    head = f"{'operation  role':<{width}}" + "".join(f"{outcome:>9}" for outcome in outcomes)
    rows = [
        f"{f'{operation}  {role}':<{width}}"
        + "".join(f"{report.coverage.get((operation, role, outcome), 0) or '.':>9}" for outcome in outcomes)
        for operation, role in lines
    ]
    return "\n".join([head, *rows])
