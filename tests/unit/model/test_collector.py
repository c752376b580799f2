"""The collector rests while much is made, and works again afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from strongback.model.collector import begin_start, collector_paused, end_start


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


def test_it_rests_meanwhile_also_when_what_is_made_fails() -> None:
    with pytest.raises(ValueError, match="wrong"), collector_paused():
        assert not gc.isenabled()
        raise ValueError("wrong")
    assert gc.isenabled()


def test_an_inner_pause_does_not_end_the_outer_one() -> None:
    with collector_paused():
        with collector_paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_collector_that_somebody_else_stopped_stays_stopped() -> None:
    gc.disable()
    with collector_paused():
        pass
    assert not gc.isenabled()


def test_what_a_start_made_is_not_walked_again() -> None:
    begin_start()
    assert not gc.isenabled()
    before = gc.get_freeze_count()
    end_start()
    assert gc.isenabled()
    assert gc.get_freeze_count() > before
