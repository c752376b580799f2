"""The whole language of product.md section 3: what acts loads, what does not act yet is refused, never passed over."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from strongback.errors import DeclarationError
from strongback.model.load import load

TARGET = Path(__file__).parents[2] / "types" / "target.py"


@pytest.fixture
def target() -> ModuleType:
    spec = importlib.util.spec_from_file_location("jobs_target", TARGET)
    assert spec is not None and spec.loader is not None
    module = sys.modules["jobs_target"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_promise_that_nothing_keeps_yet_is_refused_and_nothing_else(target: ModuleType) -> None:
    with pytest.raises(DeclarationError) as caught:
        load(target.jobs)
    lines = TARGET.read_text().splitlines()
    found = [
        (lines[int(fault.where.rpartition(":")[2]) - 1].strip().split("(")[0], fault.message.partition(" is ")[0])
        for fault in caught.value.faults
    ]
    assert {fault.code for fault in caught.value.faults} == {"SB101"}
    assert sorted(found) == sorted(
        [
            ("class ApplicationSubmitted", "`ApplicationSubmitted`: an event"),
            ("search = sb.Query", "`search`: `slo=`"),
            ("def apply", "`apply`: `emits=`"),
            ("def apply", "`apply`: `idempotent=`"),
            ("def apply", "`apply`: `implements=`"),
            ("@sb.on", "`tell_recruiters`: a consumer"),
            ("jobs = sb.Service", "`Service`: `consumers=`"),
        ]
    )


def test_its_rows_are_plain_objects_all_the_same(target: ModuleType) -> None:
    ada, eve = (target.User(subject=name, name=name, email=f"{name}@example.org") for name in ("ada", "eve"))
    company = target.Company.found(ada, "Analytical Engines")
    job = target.Job(company=company, title="Programmer", body="Of engines.", city="London")
    assert (company.recruiter(ada), company.member(eve), job.public(None)) == (True, False, False)
    job.publish()
    assert job.public(None) and company.public(None)
