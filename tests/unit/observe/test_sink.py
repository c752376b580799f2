"""Several sinks at once: each is told, and none can break a request."""

from __future__ import annotations

from strongback.observe.observation import Observation, OutcomeKind
from strongback.observe.sink import FanOut

SEEN = Observation("Job.get", "rest", OutcomeKind.OK, 200, 0.001)


class Kept:
    def __init__(self) -> None:
        self.seen: list[Observation] = []

    def record(self, observation: Observation, /) -> None:
        self.seen.append(observation)


class Broken:
    def record(self, observation: Observation, /) -> None:
        raise OSError("disk full")


def test_each_sink_is_told_though_one_fails() -> None:
    first, last = Kept(), Kept()
    all_of_them = FanOut([first, Broken(), last])
    all_of_them.record(SEEN)
    all_of_them.record(SEEN)
    assert first.seen == last.seen == [SEEN, SEEN]
    assert all_of_them.failures == 2
