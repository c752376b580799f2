"""Figures of the process: the system's own, in their units."""

from __future__ import annotations

import os
import sys
import time

import pytest

from strongback.observe.process import read_process


def figures() -> dict[str, float]:
    return {name: value for name, _, _, value in read_process()}


def test_cpu_time_and_start_are_there_on_every_system() -> None:
    seen = figures()
    assert seen["process_cpu_seconds_total"] > 0
    assert time.time() - 24 * 3600 < seen["process_start_time_seconds"] <= time.time() + 1


@pytest.mark.skipif(sys.platform != "linux", reason="memory and descriptors come from /proc")
def test_memory_and_descriptors_are_those_of_this_process() -> None:
    before = figures()
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(7)]
    try:
        assert figures()["process_open_fds"] == before["process_open_fds"] + 7
    finally:
        for descriptor in held:
            os.close(descriptor)
    assert 2**20 < before["process_resident_memory_bytes"] <= before["process_virtual_memory_bytes"]
    assert before["process_max_fds"] >= before["process_open_fds"]


@pytest.mark.skipif(sys.platform != "linux", reason="growth is read from /proc")
def test_memory_grows_with_what_is_held() -> None:
    before = figures()["process_resident_memory_bytes"]
    held = bytearray(os.urandom(64 * 2**20))
    assert figures()["process_resident_memory_bytes"] > before + 32 * 2**20
    assert len(held) == 64 * 2**20
