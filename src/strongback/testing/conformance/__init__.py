"""
What every store promises, as cases that any store can be run against: ours, and those that others write.

    report = run("postgresql://postgres@127.0.0.1/conformance")
    assert not report.failed, render_report(report)

`compare` runs the cases on two stores and demands the same answers, byte for byte.
"""

from __future__ import annotations

from strongback.testing.conformance.capability import CAPABILITIES as CAPABILITIES
from strongback.testing.conformance.case import Case as Case
from strongback.testing.conformance.cases import cases as cases
from strongback.testing.conformance.report import Comparison as Comparison
from strongback.testing.conformance.report import Difference as Difference
from strongback.testing.conformance.report import Report as Report
from strongback.testing.conformance.report import Result as Result
from strongback.testing.conformance.report import render_comparison as render_comparison
from strongback.testing.conformance.report import render_report as render_report
from strongback.testing.conformance.run import compare as compare
from strongback.testing.conformance.run import compare_stores as compare_stores
from strongback.testing.conformance.run import judging as judging
from strongback.testing.conformance.run import run as run
from strongback.testing.conformance.run import run_cases as run_cases
