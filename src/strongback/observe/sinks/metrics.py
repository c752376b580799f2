"""
Metrics: counts and durations per operation, and gauges that others register, as Prometheus text.

Plain numbers on the path of a request: one look-up, one bisect, three additions. Called from one thread, that of the event loop
(additions from several threads could get lost, never corrupt). Every operation x outcome is there from the first scrape at zero,
so that the first fault is an increase and an alert sees it. Operations the model does not know count as `other`: no caller can
make a new time series.
"""

from __future__ import annotations

import platform
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate

from strongback.observe.exposition import Labels, check_name, format_family, format_head, format_labels
from strongback.observe.observation import Observation, OutcomeKind
from strongback.observe.process import read_process

BOUNDS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
OTHER = "other"

Reading = float | Mapping[tuple[tuple[str, str], ...], float]

_REQUESTS = "strongback_requests_total"
_DURATION = "strongback_request_duration_seconds"


class OperationSeries:
    """The figures of one operation, and their text as of the last scrape that found them changed."""

    __slots__ = ("_bucket_starts", "_count_starts", "_sum_start", "_texts", "_texts_at", "buckets", "outcomes", "sum_s")

    def __init__(self, operation: str) -> None:
        self.outcomes: dict[str, int] = dict.fromkeys(OutcomeKind, 0)
        self.buckets = [0] * (len(BOUNDS_S) + 1)
        self.sum_s = 0.0
        named = ("operation", operation)
        bounds = [*(repr(bound) for bound in BOUNDS_S), "+Inf"]
        self._count_starts = [f"{_REQUESTS}{format_labels([named, ('outcome', kind)])} " for kind in OutcomeKind]
        self._bucket_starts = [f"{_DURATION}_bucket{format_labels([named, ('le', bound)])} " for bound in bounds]
        self._sum_start = format_labels([named])
        self._texts = ("", "")
        self._texts_at = -1

    def texts(self) -> tuple[str, str]:
        """Its lines of the counter and of the histogram, written anew only when something was counted since."""
        count = sum(self.buckets)
        if count != self._texts_at:
            self._texts = (self._counter_text(), self._histogram_text(count))
            self._texts_at = count
        return self._texts

    def _counter_text(self) -> str:
        counts = zip(self._count_starts, self.outcomes.values(), strict=True)
        return "".join(f"{start}{count}\n" for start, count in counts)

    def _histogram_text(self, count: int) -> str:
        filled = zip(self._bucket_starts, accumulate(self.buckets), strict=True)
        buckets = "".join(f"{start}{below}\n" for start, below in filled)
        return f"{buckets}{_DURATION}_sum{self._sum_start} {self.sum_s!r}\n{_DURATION}_count{self._sum_start} {count}\n"


class Metrics:
    """
    A sink that counts, and the text that shows the counts.

    Args:
        operations: Names of all operations of the model (`Job.search`).
        build: What `strongback_build_info` says of this program: version, hash of the model.
    Attributes:
        in_flight: Requests being answered now; the server adds and takes away.
    """

    __slots__ = ("_build", "_families", "_other", "_series", "_unread", "in_flight")

    def __init__(self, operations: Sequence[str], build: Mapping[str, str] | None = None) -> None:
        self._series = {operation: OperationSeries(operation) for operation in (*operations, OTHER)}
        self._other = self._series[OTHER]
        self._families: list[tuple[str, str, str, Callable[[], Reading]]] = []
        self._build = {"python": platform.python_version(), **(build or {})}
        self._unread = 0
        self.in_flight = 0

    def record(self, observation: Observation, /) -> None:
        """Count one request."""
        series = self._series.get(observation.operation, self._other)
        duration_s = observation.duration_s
        series.outcomes[observation.outcome] += 1
        series.buckets[bisect_left(BOUNDS_S, duration_s)] += 1
        series.sum_s += duration_s

    def gauge(self, name: str, doc: str, read: Callable[[], Reading]) -> None:
        """
        Show a figure that goes up and down, read at each scrape.

        Args:
            name: The metric's name.
            doc: One sentence on what it is.
            read: Gives the number, or a number for each set of labels (`{(("state", "idle"),): 3}`).
        Raises:
            ValueError: The name is no metric name, or is taken.
        """
        self._register(name, "gauge", doc, read)

    def counter(self, name: str, doc: str, read: Callable[[], Reading]) -> None:
        """Show a figure that only grows; as `gauge`. Its name ends in `_total`."""
        self._register(name, "counter", doc, read)

    def render(self) -> bytes:
        """
        Write all figures as text, for a response of type `exposition.CONTENT_TYPE`.

        A registered reading that fails is left out and counted in `strongback_unread_metrics_total`: one broken pool must not
        hide the rest.
        """
        texts = [series.texts() for series in self._series.values()]
        parts = [
            format_head(_REQUESTS, "counter", "Requests answered, by operation and outcome."),
            *(counter for counter, _ in texts),
            format_head(_DURATION, "histogram", "Time to answer, in seconds, by operation."),
            *(histogram for _, histogram in texts),
            format_family("strongback_requests_in_flight", "gauge", "Requests being answered.", [((), self.in_flight)]),
            *(self._render_read(*family) for family in self._families),
            *(format_family(name, kind, doc, [((), value)]) for name, kind, doc, value in read_process()),
            self._render_own(),
        ]
        return "".join(parts).encode()

    def _register(self, name: str, kind: str, doc: str, read: Callable[[], Reading]) -> None:
        if any(name == taken for taken, *_ in self._families):
            raise ValueError(f"there is a metric `{name}` already")
        self._families.append((check_name(name), kind, doc, read))

    def _render_read(self, name: str, kind: str, doc: str, read: Callable[[], Reading]) -> str:
        try:
            reading = read()
            samples: list[tuple[Labels, float]] = (
                list(reading.items()) if isinstance(reading, Mapping) else [((), reading)]
            )
            return format_family(name, kind, doc, samples)
        except Exception:  # noqa: BLE001 - a reading is others' code; the other figures must not go with it
            self._unread += 1
            return ""

    def _render_own(self) -> str:
        build = format_family(
            "strongback_build_info", "gauge", "What is running; always 1.", [(list(self._build.items()), 1)]
        )
        unread = "Registered figures that could not be read."
        return build + format_family("strongback_unread_metrics_total", "counter", unread, [((), self._unread)])
