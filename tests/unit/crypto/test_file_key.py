"""Segments of a file open where they were sealed, in their order, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from strongback.crypto import file_key
from strongback.crypto.envelope import Context
from strongback.crypto.file_key import FILE_HEAD_BYTES, FileKey, sealed_size
from strongback.crypto.keyring import Keyring
from strongback.errors import SealBroken, UnknownKey

RING = Keyring({1: bytes(range(32)), 2: bytes(range(1, 33))}, primary=1)
PLACE = Context("tenant", "3", UUID(int=7), "5")
FILE = UUID(int=9)

OTHERS: list[Callable[[bytes], FileKey]] = [
    lambda head: FileKey.read(RING, head, Context("", "3", UUID(int=7), "5"), FILE),
    lambda head: FileKey.read(RING, head, Context("other", "3", UUID(int=7), "5"), FILE),
    lambda head: FileKey.read(RING, head, Context("tenant", "4", UUID(int=7), "5"), FILE),
    lambda head: FileKey.read(RING, head, Context("tenant", "3", UUID(int=8), "5"), FILE),
    lambda head: FileKey.read(RING, head, Context("tenant", "3", UUID(int=7), "6"), FILE),
    lambda head: FileKey.read(RING, head, PLACE, UUID(int=10)),
    lambda head: FileKey.read(RING, head[:1] + (2).to_bytes(4, "big") + head[5:], PLACE, FILE),
    lambda head: FileKey.read(RING, head[:5] + bytes((head[5] ^ 1,)) + head[6:], PLACE, FILE),
    lambda head: FileKey.read(RING, head[:-1] + bytes((head[-1] ^ 1,)), PLACE, FILE),
    lambda head: FileKey.make(RING, PLACE, FILE),
]


def test_a_segment_opens_at_its_number_and_end_alone() -> None:
    key = FileKey.make(RING, PLACE, FILE)
    sealed = key.seal(b"bytes", 4, last=False)
    assert FileKey.read(RING, key.head, PLACE, FILE).unseal(sealed, 4, last=False) == b"bytes"
    for number, last in ((3, False), (5, False), (0, False), (4, True)):
        with pytest.raises(SealBroken):
            key.unseal(sealed, number, last=last)


@pytest.mark.parametrize("other", OTHERS)
def test_a_segment_opens_in_no_other_place(other: Callable[[bytes], FileKey]) -> None:
    key = FileKey.make(RING, PLACE, FILE)
    sealed = key.seal(b"bytes", 0, last=True)
    with pytest.raises(SealBroken):
        other(key.head).unseal(sealed, 0, last=True)


def test_it_is_the_place_that_keeps_segments_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing bound, what the test above refuses opens: so it is refused for what it is meant to be."""
    monkeypatch.setattr(file_key, "join_parts", lambda *parts: b"")
    key = FileKey.make(RING, PLACE, FILE)
    sealed = key.seal(b"bytes", 0, last=True)
    of_other_rows = (OTHERS[3], OTHERS[4], OTHERS[5])
    assert [other(key.head).unseal(sealed, 0, last=True) for other in of_other_rows] == [b"bytes"] * 3


def test_what_is_changed_or_cut_does_not_open() -> None:
    key = FileKey.make(RING, PLACE, FILE)
    sealed = key.seal(b"bytes", 0, last=True)
    wrong = [sealed[:at] + bytes((sealed[at] ^ 1,)) + sealed[at + 1 :] for at in range(len(sealed))]
    for each in (*wrong, sealed[:-1], sealed[1:], sealed + b"\0", b""):
        with pytest.raises(SealBroken):
            key.unseal(each, 0, last=True)


def test_two_files_of_the_same_bytes_in_the_same_place_look_different() -> None:
    one, other = (FileKey.make(RING, PLACE, FILE) for _ in range(2))
    assert one.head != other.head
    assert one.seal(b"same bytes", 0, last=True) != other.seal(b"same bytes", 0, last=True)


def test_a_head_of_another_format_or_length_is_none() -> None:
    head = FileKey.make(RING, PLACE, FILE).head
    assert len(head) == FILE_HEAD_BYTES
    for wrong in (b"\x02" + head[1:], b"\x00" + head[1:], head[:-1], head + b"\0", b""):
        with pytest.raises(SealBroken):
            FileKey.read(RING, wrong, PLACE, FILE)


def test_a_key_that_is_not_there_is_told_by_its_id() -> None:
    head = FileKey.make(RING, PLACE, FILE).head
    with pytest.raises(UnknownKey, match="1"):
        FileKey.read(Keyring({2: bytes(range(1, 33))}, primary=2), head, PLACE, FILE)


def test_the_format_stays_what_it_is() -> None:
    """Bytes that an earlier version sealed: format, derivation, nonce and associated data are never changed under format 1."""
    head = bytes.fromhex("0100000001") + bytes(range(39))
    key = FileKey.read(RING, head, PLACE, FILE)
    assert key.seal(b"bytes", 1, last=True).hex() == "35f0c8ddf380bb1bd2c68270cfeea89c974155b5c8"
    assert sealed_size(5) == FILE_HEAD_BYTES + 5 + 16
