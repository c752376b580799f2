"""Figures of this process, under the names every Prometheus client uses."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

_LOADED_AT = time.time()
_PROC = Path("/proc")


def read_process() -> Iterator[tuple[str, str, str, float]]:
    """
    Read the figures this system offers, each as (name, kind, help, value); what it does not offer is left out.

    Memory and descriptors come from /proc (Linux); CPU time from everywhere.
    """
    for name, kind, doc, read in _FIGURES:
        with suppress(OSError, ValueError, IndexError, ImportError):
            yield name, kind, doc, read()


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system


def _pages(position: int) -> float:
    return int((_PROC / "self/statm").read_text().split()[position]) * os.sysconf("SC_PAGE_SIZE")


def _open_fds() -> float:
    return sum(1 for _ in (_PROC / "self/fd").iterdir()) - 1  # listing opens one itself


def _max_fds() -> float:
    import resource  # noqa: PLC0415 - not on Windows

    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _started_at_s() -> float:
    """When the process started; when this module was loaded, where the system does not say. proc(5): field 22, in ticks since boot."""
    try:
        after_name = (_PROC / "self/stat").read_text().rpartition(")")[2].split()
        booted = next(line for line in (_PROC / "stat").read_text().splitlines() if line.startswith("btime"))
        return int(booted.split()[1]) + int(after_name[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, StopIteration):
        return _LOADED_AT


_FIGURES: tuple[tuple[str, str, str, Callable[[], float]], ...] = (
    ("process_cpu_seconds_total", "counter", "User and system CPU time spent, in seconds.", _cpu_s),
    ("process_resident_memory_bytes", "gauge", "Resident memory, in bytes.", lambda: _pages(1)),
    ("process_virtual_memory_bytes", "gauge", "Virtual memory, in bytes.", lambda: _pages(0)),
    ("process_open_fds", "gauge", "Open file descriptors.", _open_fds),
    ("process_max_fds", "gauge", "File descriptors the process may open.", _max_fds),
    (
        "process_start_time_seconds",
        "gauge",
        "When the process started, in seconds since the Unix epoch.",
        _started_at_s,
    ),
)
