"""The port: who is told what happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from strongback.observe.observation import Observation


class Sink(Protocol):
    """A reader of observations. Called on the path of every request: it must not wait, and should cost under 1 us."""

    def record(self, observation: Observation, /) -> None:
        """Take in what happened."""


class FanOut:
    """
    Tells several sinks, each on its own: one that fails is counted, and neither the others nor the request notice.

    Attributes:
        failures: How often a sink has failed.
    """

    __slots__ = ("_records", "failures")

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._records = tuple(sink.record for sink in sinks)
        self.failures = 0

    def record(self, observation: Observation, /) -> None:
        """Tell each sink, in the order given."""
        for record in self._records:
            try:
                record(observation)
            except Exception:  # noqa: BLE001 - whatever a sink does wrong, the request goes on
                self.failures += 1
