"""Request ids: a sane one is kept, anything else is replaced."""

from __future__ import annotations

from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongback.observe.request_id import RequestIds, choose_request_id

SANE = st.text("ABCXYZabcxyz0123456789._-", min_size=1, max_size=128)


@given(inbound=SANE)
def test_a_sane_id_is_kept_as_text_and_as_bytes(inbound: str) -> None:
    assert choose_request_id(inbound) == choose_request_id(inbound.encode()) == inbound


@pytest.mark.parametrize(
    "inbound",
    [None, "", b"", "a b", "a\r\nX: y", b"a\n", "a\n", "x" * 129, b"x" * 129, "\u00e9", b"\xe9", "a/b", '"', "\0"],
)
def test_any_other_gives_a_new_one(inbound: str | bytes | None) -> None:
    assert UUID(choose_request_id(inbound)).version == 7


@given(inbound=st.text() | st.binary())
def test_what_comes_out_is_always_sane(inbound: str | bytes) -> None:
    made = choose_request_id(inbound)
    assert 1 <= len(made) <= 128
    assert set(made) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")


def test_many_new_ones_differ() -> None:
    """More than fit into one millisecond's number, too."""
    made = [choose_request_id(None) for _ in range(20_000)]
    assert len(set(made)) == len(made)
    assert all(UUID(each).variant == RFC_4122 for each in made[::1000])


def test_within_a_millisecond_a_full_number_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("strongback.observe.request_id.time.time_ns", lambda: 1_700_000_000_000_000_000)
    ids = RequestIds()
    made = [ids.next() for _ in range(10_000)]
    assert len(set(made)) == len(made)
    assert {UUID(each).version for each in made} == {7}
