"""The line of a request: one line, all its facts, nothing a caller sent."""

from __future__ import annotations

import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongback.observe.observation import Observation, OutcomeKind
from strongback.observe.output import LogOutput, Style
from strongback.observe.sinks.log import LogSink

SEEN = Observation("Job.search", "rest", OutcomeKind.OK, 200, 0.0012041, 20, "edge-1.42", "user", "")


def written(*seen: Observation, style: Style = "json", level: str = "info", ok_every: int = 1) -> list[str]:
    stream = io.BytesIO()
    sink = LogSink(LogOutput(stream, style=style, level=level), ok_every=ok_every)
    for observation in seen:
        sink.record(observation)
    return stream.getvalue().decode().splitlines()


def test_a_request_is_one_line_with_all_its_facts() -> None:
    (line,) = written(SEEN)
    facts = json.loads(line)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", facts.pop("at"))
    assert facts == {
        "level": "info",
        "event": "request",
        "operation": "Job.search",
        "door": "rest",
        "outcome": "ok",
        "status": 200,
        "actor": "user",
        "code": "",
        "duration_ms": 1.204,
        "rows": 20,
        "request_id": "edge-1.42",
    }


TEXT = st.text(max_size=10) | st.text('\r\n\x00\x1b\x85\u2028\u2029\x7f"\\{}', max_size=10)


@given(operation=TEXT, door=TEXT, request_id=TEXT, actor=TEXT, code=TEXT, style=st.sampled_from(["json", "console"]))
def test_whatever_an_observation_holds_it_stays_one_line(
    operation: str, door: str, request_id: str, actor: str, code: str, style: Style
) -> None:
    seen = Observation(operation, door, OutcomeKind.FAULT, 500, 0.1, 0, request_id, actor, code)
    lines = written(seen, seen, style=style)
    assert len(lines) == 2, "str.splitlines knows every line end there is"
    assert not re.search("[\x00-\x1f\x7f-\x9f]", "".join(lines))


@given(request_id=st.text(st.characters(codec="utf-8"), max_size=20))
def test_json_gives_back_what_was_put_in(request_id: str) -> None:
    (line,) = written(Observation("Job.get", "rest", OutcomeKind.OK, 200, 0.1, 0, request_id))
    assert json.loads(line)["request_id"] == request_id


def test_two_shapes_do_not_share_a_line() -> None:
    other = Observation("Job.get", "rest", OutcomeKind.NOT_FOUND, 404, 0.001, 0, "b", "anonymous", "SB212")
    facts = [json.loads(line) for line in written(SEEN, other, SEEN)]
    assert [(each["operation"], each["status"], each["code"]) for each in facts] == [
        ("Job.search", 200, ""),
        ("Job.get", 404, "SB212"),
        ("Job.search", 200, ""),
    ]


def test_many_shapes_are_all_written_right() -> None:
    seen = [Observation(f"E{number}.get", "rest", OutcomeKind.OK, 200, 0.001) for number in range(5_000)]
    assert [json.loads(line)["operation"] for line in written(*seen)] == [each.operation for each in seen]


@pytest.mark.parametrize(
    ("level", "shown"),
    [
        ("info", [str(kind) for kind in OutcomeKind]),
        ("warning", ["limited", "unavailable", "fault"]),
        ("error", ["unavailable", "fault"]),
        ("critical", []),
    ],
)
def test_the_level_decides_which_outcomes_are_written(level: str, shown: list[str]) -> None:
    seen = [Observation("Job.get", "rest", kind, 200, 0.001) for kind in OutcomeKind]
    assert [json.loads(line)["outcome"] for line in written(*seen, level=level)] == shown


@pytest.mark.parametrize(("ok_every", "lines"), [(1, 10), (5, 2), (10, 1), (0, 0)])
def test_of_good_requests_every_nth_is_written(ok_every: int, lines: int) -> None:
    assert len(written(*[SEEN] * 10, ok_every=ok_every)) == lines


def test_what_did_not_go_well_is_never_skipped() -> None:
    bad = [Observation("Job.get", "rest", kind, 500, 0.001) for kind in OutcomeKind if kind is not OutcomeKind.OK]
    assert len(written(*bad, ok_every=0)) == 7


def test_a_person_reads_words() -> None:
    refused = Observation("Job.get", "rest", OutcomeKind.REFUSED, 403, 0.00204, 0, "edge-1", "user", "SB211")
    (line,) = written(refused, style="console")
    assert line[8:] == " info     403 Job.get  outcome=refused ms=2.0 rows=0 actor=user code=SB211 request_id=edge-1"


def test_a_request_without_an_operation_says_so() -> None:
    (line,) = written(Observation("", "rest", OutcomeKind.NOT_FOUND, 404, 0.001), style="console")
    assert " 404 -  outcome=not_found" in line
