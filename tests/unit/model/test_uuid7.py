"""Ids of version 7: laid out as RFC 9562 says, growing within a process, never twice."""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Iterator
from itertools import pairwise
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongback.model.uuid7 import Uuid7Source, layout, made_at_ms, stamp, uuid7


def test_the_example_of_the_rfc_is_laid_out_as_printed() -> None:
    """RFC 9562, appendix A.6: 2022-02-22 14:22:22 -05:00, rand_a CC3, rand_b 18C4DC0C0C07398F."""
    made = layout(0x017F22E279B0 << 12 | 0xCC3, 0x18C4DC0C0C07398F)
    assert UUID(int=made) == UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")


def test_an_id_is_an_ordinary_uuid() -> None:
    made = uuid7()
    same = UUID(int=made.int)
    assert (made.version, made.variant) == (7, RFC_4122)
    assert made == same and hash(made) == hash(same) and str(made) == str(same) and made.bytes == same.bytes
    assert made.is_safe is same.is_safe
    assert pickle.loads(pickle.dumps(made)) == made


@given(clock=st.integers(0, 2**60 - 1), random=st.integers(0, 2**64 - 1))
def test_version_and_variant_hold_for_every_time_and_every_random_value(clock: int, random: int) -> None:
    made = UUID(int=layout(clock, random))
    assert (made.version, made.variant) == (7, RFC_4122)
    assert made_at_ms(made) == clock >> 12
    assert made.int & (2**62 - 1) == random & (2**62 - 1)


@given(now=st.integers(0, 2**48 * 1_000_000 - 1))
def test_the_clock_keeps_the_millisecond_and_never_runs_into_the_next(now: int) -> None:
    assert stamp(now) >> 12 == now // 1_000_000
    assert stamp(now + 1) >= stamp(now)


def test_ids_grow_and_none_comes_twice() -> None:
    made = [uuid7() for _ in range(20_000)]
    assert all(early < late for early, late in pairwise(made))
    assert len({row.int & (2**62 - 1) for row in made}) == len(made)


def times(*values: int) -> Iterator[int]:
    yield from values


def test_ids_grow_while_the_wall_clock_stands_or_goes_back() -> None:
    clock = times(5_000_000, 5_000_000, 1_000_000, 0, 6_000_000)
    source = Uuid7Source(lambda: next(clock))
    clocks = [(made >> 80 << 12) | (made >> 64 & 0xFFF) for made in (source.next_int() for _ in range(5))]
    first = stamp(5_000_000)
    assert clocks == [first, first + 1, first + 2, first + 3, stamp(6_000_000)]


def test_a_full_counter_carries_into_the_millisecond_and_stays_a_version_7() -> None:
    source = Uuid7Source(lambda: 0)
    made = [UUID(int=source.next_int()) for _ in range(5_000)]
    assert made == sorted(made)
    assert made_at_ms(made[-1]) == 1
    assert {row.version for row in made} == {7}


def test_threads_never_share_an_id_and_each_sees_growing_ones() -> None:
    made: list[list[UUID]] = [[] for _ in range(8)]

    def work(mine: list[UUID]) -> None:
        mine.extend(uuid7() for _ in range(2_000))

    threads = [threading.Thread(target=work, args=(mine,)) for mine in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    clocks = {row.int >> 64 for mine in made for row in mine}
    assert len(clocks) == 16_000
    assert all(mine == sorted(mine) for mine in made)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_does_not_repeat_the_random_bits_of_its_parent() -> None:
    uuid7()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, uuid7().bytes)
        os._exit(0)
    os.waitpid(child, 0)
    theirs = UUID(bytes=os.read(reader, 16))
    ours = uuid7()
    assert theirs.version == 7
    assert theirs.int & (2**62 - 1) != ours.int & (2**62 - 1)
