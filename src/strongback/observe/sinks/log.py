"""
One line per request.

    {"at":"2026-01-02T03:04:05.000006Z","level":"info","event":"request","operation":"Job.search","door":"rest","outcome":"ok",
     "status":200,"actor":"user","code":"","duration_ms":1.204,"rows":20,"request_id":"0194..."}

What is the same for many requests (everything up to `duration_ms`) is rendered once and kept.
"""

from __future__ import annotations

from strongback.observe.line import json_line, json_text
from strongback.observe.observation import Observation, OutcomeKind
from strongback.observe.output import LEVELS, LogOutput

_KEPT_STARTS = 4_096

_LEVEL_OF: dict[str, str] = {
    OutcomeKind.LIMITED: "warning",
    OutcomeKind.UNAVAILABLE: "error",
    OutcomeKind.FAULT: "error",
}


class LogSink:
    """
    A sink that writes a line for each request; what is no more than information may wait a moment for others.

    Args:
        output: Where lines go, and from which level on: `limited` is a warning, `unavailable` and `fault` are errors, the rest info.
        ok_every: Writes every n-th request that went well (1: all, 0: none). What did not go well is always written.
    """

    __slots__ = ("_ok_every", "_ok_skipped", "_output", "_starts", "_written")

    def __init__(self, output: LogOutput, *, ok_every: int = 1) -> None:
        self._output = output
        self._written = {kind: LEVELS[_LEVEL_OF.get(kind, "info")] >= output.level for kind in OutcomeKind}
        self._ok_every = ok_every
        self._ok_skipped = 0
        self._starts: dict[tuple[str, str, str, int, str, str], str] = {}

    def record(self, observation: Observation, /) -> None:
        """Write the line, or skip it."""
        kind = observation.outcome
        if not self._written[kind] or (kind is OutcomeKind.OK and self._ok_every != 1 and self._skips()):
            return
        if self._output.console:
            self._output.emit(_console_values(observation, self._output.now()))
        elif kind in _LEVEL_OF:
            self._output.write_line(self._line(observation))
        else:
            self._output.write_soon(self._line(observation))

    def _skips(self) -> bool:
        self._ok_skipped += 1
        if self._ok_skipped != self._ok_every:
            return True
        self._ok_skipped = 0
        return False

    def _line(self, seen: Observation) -> bytes:
        shape = (seen.operation, seen.door, seen.outcome, seen.status, seen.actor, seen.code)
        start = self._starts.get(shape) or self._keep_start(shape, seen)
        text = f'{{"at":"{self._output.now()}",{start}{seen.duration_s * 1000:.3f},"rows":{seen.rows},"request_id":'
        return text.encode() + json_text(seen.request_id) + b"}\n"

    def _keep_start(self, shape: tuple[str, str, str, int, str, str], seen: Observation) -> str:
        if len(self._starts) >= _KEPT_STARTS:
            self._starts.clear()
        line = json_line({**_shared_values(seen), "duration_ms": 0})
        start = self._starts[shape] = line.decode()[1 : -len("0}\n")]
        return start


def _shared_values(seen: Observation) -> dict[str, object]:
    return {
        "level": _LEVEL_OF.get(seen.outcome, "info"),
        "event": "request",
        "operation": seen.operation,
        "door": seen.door,
        "outcome": seen.outcome,
        "status": seen.status,
        "actor": seen.actor,
        "code": seen.code,
    }


def _console_values(seen: Observation, at: str) -> dict[str, object]:
    values: dict[str, object] = {
        "at": at,
        "level": _LEVEL_OF.get(seen.outcome, "info"),
        "event": f"{seen.status} {seen.operation or '-'}",
        "outcome": seen.outcome,
        "ms": round(seen.duration_s * 1000, 1),
        "rows": seen.rows,
        "actor": seen.actor,
        "code": seen.code,
        "request_id": seen.request_id,
    }
    return {name: value for name, value in values.items() if value != ""}
