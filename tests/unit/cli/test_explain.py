"""`strongback explain`: what a code means, and what a role or a list costs."""

from __future__ import annotations

import json

import pytest

from tests.unit.cli.conftest import Cli


def test_a_code_has_its_page_in_either_case(cli: Cli) -> None:
    assert cli("explain", "sb150").stdout == cli("explain", "SB150").stdout
    assert cli("explain", "SB150").stdout.startswith("# SB150 ")
    assert json.loads(cli("explain", "SB150", "--json").stdout)["code"] == "SB150"


def test_a_role_is_shown_as_words_statement_and_plan(cli: Cli, store_url: str) -> None:
    told = json.loads(cli("explain", "Job.recruiter", "--store", store_url, "--json").stdout)
    assert told["text"] == "A signed-in caller, when the caller is recruiter of the job's company."
    assert told["tenant"] == "bound to the row's tenant"
    assert told["sql"].startswith("/* Job.recruiter */") and "membership" in told["sql"]
    assert told["plan"] and told["cost"]
    spans = json.loads(cli("explain", "Job.public", "--store", store_url, "--json").stdout)
    assert spans["tenant"] == "spans tenants, as declared"


def test_a_list_is_shown_with_one_scan_for_each_role(cli: Cli, store_url: str) -> None:
    told = cli("explain", "Job.search", "--store", store_url)
    assert told.returncode == 0, told.stderr
    assert "UNION ALL" in told.stdout and "public or recruiter" in told.stdout and "\nCost: " in told.stdout


@pytest.mark.parametrize(
    ("what", "hint"),
    [
        ("Job.recruitr", "did you mean `recruiter`?"),
        ("Jbo.recruiter", "did you mean `Job`?"),
        ("SB15O", "codes look like"),
    ],
)
def test_what_is_not_there_gets_the_nearest_name(cli: Cli, what: str, hint: str) -> None:
    refused = cli("explain", what)
    assert refused.returncode == 3 and hint in refused.stderr
