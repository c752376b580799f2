"""The keyring: refuses what it must not use, derives apart what is apart, and shows no key."""

from __future__ import annotations

import copy
import hashlib
import pickle

import msgspec
import pytest

from strongback.crypto.keyring import Keyring
from strongback.errors import KeyringInvalid, UnknownKey

ONE, TWO = hashlib.sha256(b"1").digest(), hashlib.sha256(b"2").digest()
RING = Keyring({1: ONE, 2: TWO}, primary=2)


def test_it_names_its_keys_by_id() -> None:
    assert (RING.ids, RING.primary) == ((1, 2), 2)


@pytest.mark.parametrize(
    ("keys", "primary", "said"),
    [
        ({}, 1, "no key"),
        ({1: ONE[:31]}, 1, "not 32 bytes"),
        ({1: ONE + b"x"}, 1, "not 32 bytes"),
        ({1: ONE.hex()}, 1, "not 32 bytes"),
        ({0: ONE}, 0, "from 1 to"),
        ({2**32: ONE}, 2**32, "from 1 to"),
        ({True: ONE}, 1, "from 1 to"),
        ({1: ONE, 2: ONE}, 1, "same key"),
        ({1: ONE}, 2, "primary key 2 is not"),
    ],
)
def test_what_must_not_be_used_is_refused(keys: dict[int, bytes], primary: int, said: str) -> None:
    with pytest.raises(KeyringInvalid, match=said) as caught:
        Keyring(keys, primary)
    assert ONE.hex() not in str(caught.value) and repr(ONE) not in str(caught.value)


def test_the_highest_id_is_a_key_id() -> None:
    assert Keyring({2**32 - 1: ONE}, primary=2**32 - 1).ids == (4294967295,)


def test_a_derived_key_depends_on_purpose_parts_and_master_key() -> None:
    derived = [
        RING.derive("blind-index", "3", "7"),
        RING.derive("blind-index", "37"),
        RING.derive("blind-index", "3", "8"),
        RING.derive("page-token", "3", "7"),
        RING.derive("blind-index", "3", "7", key_id=1),
    ]
    assert len(set(derived)) == 5
    assert {len(key) for key in derived} == {32}
    assert RING.derive("blind-index", "3", "7", key_id=2) == derived[0] == RING.derive_kept("blind-index", "3", "7")
    assert RING.derive_kept("blind-index", "3", "7") is RING.derive_kept("blind-index", "3", "7")


def test_a_key_that_is_not_there_is_named() -> None:
    with pytest.raises(UnknownKey, match="no key 3"):
        RING.derive("page-token", key_id=3)


def test_no_way_to_print_it_shows_a_key() -> None:
    shown = [repr(RING), str(RING), f"{RING}", f"{[RING]}", repr(vars(Keyring))]
    for text in shown:
        assert ONE.hex() not in text and repr(ONE)[2:10] not in text
    assert repr(RING) == "Keyring(ids=(1, 2), primary=2)"


def test_nothing_that_writes_values_can_write_it() -> None:
    with pytest.raises(TypeError):
        msgspec.json.encode(RING)
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leave(RING)
    assert not hasattr(RING, "__dict__")


def test_it_is_frozen() -> None:
    with pytest.raises(AttributeError):
        RING.primary = 1
    with pytest.raises(AttributeError):
        del RING.primary
