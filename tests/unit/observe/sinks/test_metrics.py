"""Metrics: every operation x outcome from the start, exact counts, bounded series; judged by the parser of prometheus-client."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from strongback.observe.observation import Observation, OutcomeKind
from strongback.observe.sinks.metrics import BOUNDS_S, Metrics

OPERATIONS = ["Job.search", "Job.get", "Application.decide"]


def seen(operation: str, outcome: OutcomeKind = OutcomeKind.OK, duration_s: float = 0.003) -> Observation:
    return Observation(operation, "rest", outcome, 200, duration_s)


def families(metrics: Metrics) -> dict[str, Metric]:
    return {family.name: family for family in text_string_to_metric_families(metrics.render().decode())}


def counts(metrics: Metrics) -> dict[tuple[str, str], float]:
    samples = families(metrics)["strongback_requests"].samples
    return {(sample.labels["operation"], sample.labels["outcome"]): sample.value for sample in samples}


def test_every_operation_and_outcome_is_there_at_zero() -> None:
    expected = {(operation, str(kind)): 0.0 for operation in [*OPERATIONS, "other"] for kind in OutcomeKind}
    assert counts(Metrics(OPERATIONS)) == expected
    assert len(expected) == 32


def test_requests_are_counted_where_they_belong() -> None:
    metrics = Metrics(OPERATIONS)
    for outcome in (OutcomeKind.OK, OutcomeKind.OK, OutcomeKind.FAULT):
        metrics.record(seen("Job.get", outcome))
    found = {place: count for place, count in counts(metrics).items() if count}
    assert found == {("Job.get", "ok"): 2, ("Job.get", "fault"): 1}


def test_no_caller_can_make_a_new_series() -> None:
    metrics = Metrics(OPERATIONS)
    before = metrics.render().count(b"\n")
    for number in range(100):
        metrics.record(seen(f"invented {number}"))
    metrics.record(seen(""))
    assert metrics.render().count(b"\n") == before
    assert counts(metrics)["other", "ok"] == 101


@given(durations=st.lists(st.floats(0, 30), max_size=30))
def test_a_histogram_is_cumulative_and_agrees_with_its_count_and_sum(durations: list[float]) -> None:
    metrics = Metrics(["Job.get"])
    for duration_s in durations:
        metrics.record(seen("Job.get", duration_s=duration_s))
    samples = families(metrics)["strongback_request_duration_seconds"].samples
    mine = [sample for sample in samples if sample.labels["operation"] == "Job.get"]
    buckets = {float(sample.labels["le"]): sample.value for sample in mine if sample.name.endswith("_bucket")}
    assert buckets == {bound: sum(value <= bound for value in durations) for bound in [*BOUNDS_S, float("inf")]}
    others = {sample.name.rpartition("_")[2]: sample.value for sample in mine if not sample.name.endswith("_bucket")}
    assert others == {"count": len(durations), "sum": pytest.approx(sum(durations))}


def test_a_duration_on_a_bound_belongs_below_it() -> None:
    metrics = Metrics(["Job.get"])
    metrics.record(seen("Job.get", duration_s=0.005))
    assert b'le="0.0025"} 0\n' in metrics.render()
    assert b'le="0.005"} 1\n' in metrics.render()


def test_a_second_scrape_shows_what_came_between() -> None:
    metrics = Metrics(OPERATIONS)
    metrics.record(seen("Job.get"))
    first = metrics.render()
    metrics.record(seen("Job.get", OutcomeKind.CONFLICT))
    assert first != metrics.render()
    assert counts(metrics)["Job.get", "conflict"] == 1


def test_an_operation_with_any_name_is_read_back() -> None:
    name = 'a "quoted"\\ name\nof two lines'
    metrics = Metrics([name])
    metrics.record(seen(name))
    assert counts(metrics)[name, "ok"] == 1


def test_requests_in_flight_are_shown() -> None:
    metrics = Metrics(OPERATIONS)
    metrics.in_flight += 3
    assert families(metrics)["strongback_requests_in_flight"].samples[0].value == 3


def test_registered_figures_are_read_at_each_scrape() -> None:
    metrics = Metrics(OPERATIONS)
    held: dict[tuple[tuple[str, str], ...], float] = {(("state", "idle"),): 4.0, (("state", "used"),): 1.0}
    lost = [0]
    metrics.gauge("strongback_pool_connections", "Connections of the pool, by state.", lambda: held)
    metrics.counter("strongback_log_lines_lost_total", "Lines that could not be written.", lambda: lost[0])
    held[("state", "used"),] = 2.0
    lost[0] = 7
    found = families(metrics)
    pool = {sample.labels["state"]: sample.value for sample in found["strongback_pool_connections"].samples}
    assert pool == {"idle": 4.0, "used": 2.0}
    assert found["strongback_log_lines_lost"].type == "counter"
    assert found["strongback_log_lines_lost"].samples[0].value == 7


def test_a_figure_that_cannot_be_read_hides_no_other() -> None:
    metrics = Metrics(OPERATIONS)

    def broken() -> Mapping[tuple[tuple[str, str], ...], float]:
        raise OSError("the pool is gone")

    metrics.gauge("strongback_broken", "Fails.", broken)
    metrics.gauge("strongback_whole", "Works.", lambda: 1)
    found = families(metrics)
    assert "strongback_broken" not in found
    assert found["strongback_whole"].samples[0].value == 1
    assert found["strongback_unread_metrics"].samples[0].value == 1


@pytest.mark.parametrize("name", ["a-b", "", "strongback_pool"])
def test_a_bad_name_or_a_taken_one_is_refused(name: str) -> None:
    metrics = Metrics(OPERATIONS)
    metrics.gauge("strongback_pool", "A pool.", lambda: 1)
    with pytest.raises(ValueError, match="metric"):
        metrics.gauge(name, "Another.", lambda: 1)


def test_the_program_says_what_it_is_and_what_it_uses() -> None:
    found = families(Metrics(OPERATIONS, {"version": "0.1.0", "model": "3f1c"}))
    (build,) = found["strongback_build_info"].samples
    assert build.value == 1
    assert build.labels["version"] == "0.1.0" and build.labels["model"] == "3f1c" and build.labels["python"][0] == "3"
    assert found["process_cpu_seconds"].type == "counter"
    assert "process_start_time_seconds" in found


def test_every_family_has_its_help_and_type_once_and_its_lines_together() -> None:
    lines = Metrics(OPERATIONS).render().decode().splitlines()
    names = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert names == [line.split()[2] for line in lines if line.startswith("# HELP")]
    assert len(names) == len(set(names))
    order = [line.split("{")[0].split()[0] for line in lines if not line.startswith("#")]
    firsts = [name for at, name in enumerate(order) if at == 0 or order[at - 1] != name]
    plain = [name for name in firsts if not name.startswith("strongback_request_duration_seconds")]
    assert len(plain) == len(set(plain))
