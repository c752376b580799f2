"""Blind indexes: equal for equal values of one field under one key, and for nothing else."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongback.crypto.blind_index import INDEX_BYTES, blind_index
from strongback.crypto.keyring import Keyring
from strongback.errors import UnknownKey

ONE, TWO = hashlib.sha256(b"1").digest(), hashlib.sha256(b"2").digest()
RING = Keyring({1: ONE, 2: TWO}, primary=2)
TEXT = st.text(st.characters(codec="utf-8"), max_size=20)


@given(value=TEXT, other=TEXT)
def test_indexes_are_equal_when_values_are_and_only_then(value: str, other: str) -> None:
    one, two = blind_index(RING, value, "3", "7"), blind_index(RING, other, "3", "7")
    assert (one == two) == (value == other)
    assert len(one) == INDEX_BYTES


def test_text_and_its_bytes_are_one_value() -> None:
    assert blind_index(RING, "Zoë", "3", "7") == blind_index(RING, "Zoë".encode(), "3", "7")


def test_fields_entities_and_keys_have_indexes_of_their_own() -> None:
    made = [
        blind_index(RING, "ann", "3", "7"),
        blind_index(RING, "ann", "3", "8"),
        blind_index(RING, "ann", "4", "7"),
        blind_index(RING, "ann", "37", ""),
        blind_index(RING, "ann", "3", "7", key_id=1),
    ]
    assert len({index[4:] for index in made}) == 5


def test_exact_means_exact_code_points() -> None:
    """As `==` has it: neither case nor composition is evened out."""
    same = [blind_index(RING, text, "3", "7") for text in ("Zo\u00eb", "Zoe\u0308", "zo\u00eb", "Zo\u00eb ")]
    assert len(set(same)) == 4


def test_a_folded_field_is_found_in_any_case() -> None:
    found = {blind_index(RING, text, "3", "7", fold=True) for text in ("STRASSE", "stra\u00dfe", "Strasse")}
    assert len(found) == 1


def test_a_rotation_searches_the_old_column_under_the_old_key() -> None:
    old = blind_index(Keyring({1: ONE}, primary=1), "ann", "3", "7")
    assert blind_index(RING, "ann", "3", "7", key_id=1) == old
    assert blind_index(RING, "ann", "3", "7")[:4] == b"\0\0\0\x02"
    with pytest.raises(UnknownKey):
        blind_index(RING, "ann", "3", "7", key_id=3)


def test_it_is_what_the_text_says() -> None:
    """Built here from HMAC alone, so that no version can search differently without this test saying so."""
    parts = (b"strongback", b"blind-index", b"3", b"7")
    info = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    key = hmac.digest(hmac.digest(bytes(32), TWO, "sha256"), info + b"\x01", "sha256")
    expected = b"\0\0\0\x02" + hmac.digest(key, b"ann@example.com", "sha256")[:16]
    assert blind_index(RING, "ann@example.com", "3", "7") == expected
