"""What the connections of one server share, and how many of them a process may hold open."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from strongback.observe.observation import Observation
from strongback.serve.guard.limits import DEFAULT_LIMITS, Limits
from strongback.serve.streams import Streams, streams_nothing

_SPARE_DESCRIPTORS: Final = 256
_LEAST_CONNECTIONS: Final = 16


def connection_cap(limits: Limits) -> int:
    """Bound the connections by what the process can open: a cap beyond its descriptors would protect nothing."""
    if sys.platform == "win32":
        return limits.connections
    import resource  # noqa: PLC0415 - not there on Windows

    descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if descriptors == resource.RLIM_INFINITY:
        return limits.connections
    return min(limits.connections, max(_LEAST_CONNECTIONS, descriptors - _SPARE_DESCRIPTORS))


@dataclass(frozen=True, slots=True)
class Bounds:
    """What every connection of one server shares."""

    limits: Limits = DEFAULT_LIMITS
    connections: int = DEFAULT_LIMITS.connections
    report: Callable[[Observation], object] = lambda refused: None
    streams: Streams = streams_nothing
