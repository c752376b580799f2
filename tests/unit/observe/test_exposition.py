"""The exposition format, judged by the parser of prometheus-client."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from strongback.observe.exposition import (
    check_name,
    format_family,
    format_labels,
    format_value,
    join_expositions,
    label_samples,
)

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=20)


@given(doc=TEXT, label=TEXT, value=st.floats(allow_nan=False))
def test_any_help_label_and_value_is_read_back(doc: str, label: str, value: float) -> None:
    text = format_family("queue_length", "gauge", doc, [((("queue", label), ("kind", "x")), value)])
    (family,) = text_string_to_metric_families(text)
    (sample,) = family.samples
    assert (family.name, family.type, sample.name) == ("queue_length", "gauge", "queue_length")
    assert family.documentation.strip() == doc.strip()
    assert (sample.labels, sample.value) == ({"queue": label, "kind": "x"}, value)


def test_not_a_number_is_written_as_one() -> None:
    (family,) = text_string_to_metric_families(format_family("x", "gauge", "", [((), math.nan)]))
    assert math.isnan(family.samples[0].value)
    assert format_value(-math.inf) == "-Inf"


@pytest.mark.parametrize("name", ["", "9lives", "a-b", "a b", "a\n", "\u00e9"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no metric name"):
        check_name(name)
    with pytest.raises(ValueError, match="no label name"):
        format_labels([(name, "x")])


def test_a_label_name_has_no_colon() -> None:
    assert check_name("job:requests:rate5m") == "job:requests:rate5m"
    with pytest.raises(ValueError, match="no label name"):
        format_labels([("a:b", "x")])


@given(label=TEXT, values=st.lists(st.integers(), min_size=1, max_size=4))
def test_several_expositions_are_one_with_a_label_that_says_whose_each_sample_is(label: str, values: list[int]) -> None:
    def told(value: int) -> str:
        plain = format_family("one", "gauge", "First.", [((), value)])
        return plain + format_family("two", "gauge", "Second.", [((("x", label),), value)])

    whole = join_expositions([label_samples(told(value), "worker", str(at)) for at, value in enumerate(values)])
    plain, labelled = text_string_to_metric_families(whole)
    assert [(s.labels, s.value) for s in plain.samples] == [({"worker": str(a)}, v) for a, v in enumerate(values)]
    assert [(s.labels, s.value) for s in labelled.samples] == [
        ({"worker": str(at), "x": label}, value) for at, value in enumerate(values)
    ]
