"""Envelopes: what was sealed opens in its place, and nowhere and nothing else."""

from __future__ import annotations

import hashlib
import hmac
from itertools import product
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from strongback.crypto import data_key
from strongback.crypto import envelope as envelope_module
from strongback.crypto.envelope import EXTRA_BYTES, Context, seal, unseal
from strongback.crypto.keyring import Keyring
from strongback.errors import KeyWornOut, SealBroken, UnknownKey


def master(number: int) -> bytes:
    return hashlib.sha256(f"master {number}".encode()).digest()


RING = Keyring({1: master(1), 2: master(2)}, primary=2)
ROW, OTHER_ROW = UUID(int=7 << 76 | 1), UUID(int=7 << 76 | 2)
PLACE = Context("acme", "3", ROW, "7")
NAMES = st.text(st.characters(codec="utf-8"), max_size=20)
PLACES = st.builds(Context, NAMES, NAMES, st.uuids(), NAMES)


def opens(envelope: bytes, place: Context, ring: Keyring = RING) -> bool:
    try:
        unseal(ring, envelope, place)
    except (SealBroken, UnknownKey):
        return False
    return True


@given(value=st.binary(max_size=200), place=PLACES)
def test_what_is_sealed_opens_in_its_place(value: bytes, place: Context) -> None:
    sealed = seal(RING, value, place)
    assert len(sealed) == len(value) + EXTRA_BYTES
    assert unseal(RING, sealed, place) == value


@given(value=st.binary(max_size=40), place=PLACES, other=PLACES)
def test_it_opens_in_no_other_place(value: bytes, place: Context, other: Context) -> None:
    assert opens(seal(RING, value, place), other) == (place == other)


def test_swapped_between_any_two_places_it_opens_in_neither() -> None:
    """Tenants, entities, rows and fields: 16 places, all 240 ordered pairs."""
    places = [Context(*parts) for parts in product(("acme", "bolt"), ("3", "4"), (ROW, OTHER_ROW), ("7", "8"))]
    sealed = [seal(RING, b"ann@example.com", place) for place in places]
    opened = {(i, j) for i, envelope in enumerate(sealed) for j, place in enumerate(places) if opens(envelope, place)}
    assert opened == {(i, i) for i in range(16)}


def test_a_letter_moved_between_tenant_and_entity_is_another_place() -> None:
    assert not opens(seal(RING, b"x", Context("a", "bc", ROW, "7")), Context("ab", "c", ROW, "7"))


def test_any_flipped_bit_closes_it() -> None:
    """All bits of an envelope: format, key id, nonce, ciphertext, tag. A flipped key id may name a key we do not hold."""
    sealed = seal(RING, b"ann@example.com", PLACE)
    for bit in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        assert not opens(bytes(changed), PLACE)
        if not 8 <= bit < 40:
            with pytest.raises(SealBroken):
                unseal(RING, bytes(changed), PLACE)


def test_cut_or_grown_at_any_point_it_is_closed() -> None:
    sealed = seal(RING, b"ann@example.com", PLACE)
    shapes = [sealed[:size] for size in range(len(sealed))] + [sealed[size:] for size in range(1, len(sealed))]
    shapes += [sealed + b"\0", b"\0" + sealed, sealed * 2]
    assert not any(opens(shape, PLACE) for shape in shapes)


@given(junk=st.binary(max_size=80))
def test_junk_does_not_open(junk: bytes) -> None:
    assert not opens(junk, PLACE)
    assert not opens(b"\x01\0\0\0\x02" + junk, PLACE)


def test_every_failure_is_the_same_error_word_for_word() -> None:
    sealed = seal(RING, b"ann@example.com", PLACE)
    old_format = b"\x00" + sealed[1:]
    new_format = b"\x02" + sealed[1:]
    wrong = [sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:20], sealed + b"\0", old_format, new_format, b""]
    seen = set()
    for envelope in wrong:
        with pytest.raises(SealBroken) as caught:
            unseal(RING, envelope, PLACE)
        seen.add((str(caught.value), caught.value.__cause__, caught.value.__suppress_context__))
    assert seen == {("SB910 a stored value does not open", None, True)}


def test_every_failure_does_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also what is too short or of another format goes through one decryption: the time tells no more than the error."""
    sealed = seal(RING, b"", PLACE)
    decrypted: list[int] = []

    class Counting:
        def __init__(self, key: bytes) -> None:
            self.real = AESGCM(key)
            self.encrypt = self.real.encrypt

        def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
            decrypted.append(len(data))
            return self.real.decrypt(nonce, data, associated_data)

    monkeypatch.setattr(data_key, "AESGCM", Counting)
    ring = Keyring({1: master(1), 2: master(2)}, primary=2)
    for envelope in (sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:-1], b"", b"\x02" + sealed[1:]):
        with pytest.raises(SealBroken):
            unseal(ring, envelope, PLACE)
    assert decrypted == [16] * 4


def test_a_key_that_is_not_there_is_an_error_of_its_own() -> None:
    sealed = seal(Keyring({9: master(9)}, primary=9), b"x", PLACE)
    with pytest.raises(UnknownKey, match="no key 9") as caught:
        unseal(RING, sealed, PLACE)
    assert caught.value.key_id == 9


def test_another_key_under_the_same_id_does_not_open() -> None:
    assert not opens(seal(Keyring({2: master(9)}, primary=2), b"x", PLACE), PLACE)


def test_values_of_twenty_keys_are_read_under_one_ring() -> None:
    keys = {number: master(number) for number in range(1, 21)}
    sealed = [seal(Keyring(keys, primary=number), b"value %d" % number, PLACE) for number in keys]
    newest = Keyring(keys, primary=20)
    assert [unseal(newest, one, PLACE) for one in sealed] == [b"value %d" % number for number in keys]
    assert [int.from_bytes(one[1:5], "big") for one in sealed] == list(keys)


def test_nonces_and_envelopes_never_repeat() -> None:
    sealed = [seal(RING, b"", PLACE) for _ in range(40_000)]
    assert len({one[5:17] for one in sealed}) == 40_000


def test_the_format_is_what_the_text_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Built here from HMAC and AES-GCM alone, so that no version can read differently without this test saying so."""
    monkeypatch.setattr(envelope_module, "urandom", lambda size: bytes(range(size)))

    def lengths(*parts: bytes) -> bytes:
        return b"".join(len(part).to_bytes(4, "big") + part for part in parts)

    info = lengths(b"strongback", b"data-key", b"acme", b"3")
    extracted = hmac.digest(bytes(32), master(2), "sha256")
    data_key = hmac.digest(extracted, info + b"\x01", "sha256")
    head, nonce = b"\x01\0\0\0\x02", bytes(range(12))
    bound = lengths(head, b"acme", b"3", ROW.bytes, b"7")
    expected = head + nonce + AESGCM(data_key).encrypt(nonce, b"ann@example.com", bound)
    assert seal(RING, b"ann@example.com", PLACE) == expected


def test_an_envelope_of_the_first_version_opens_for_ever() -> None:
    sealed = bytes.fromhex(FIRST)
    assert unseal(RING, sealed, PLACE) == b"ann@example.com"


FIRST = "0100000002000102030405060708090a0b65f60d4a1f257c885d45fe86ee659fbd25fb53bb6c23b3694e96265f34fd6e"


def test_a_worn_out_data_key_is_refused_and_the_error_names_rotation() -> None:
    ring = Keyring({1: master(1)}, primary=1, seals_per_key=3)
    sealed = [seal(ring, b"x", PLACE) for _ in range(3)]
    with pytest.raises(KeyWornOut, match="rotate"):
        seal(ring, b"x", PLACE)
    assert all(opens(one, PLACE, ring) for one in sealed), "reading goes on"
    assert opens(seal(ring, b"x", Context("bolt", "3", ROW, "7")), Context("bolt", "3", ROW, "7"), ring)


def test_a_worn_out_data_key_rolls_over_to_a_spare_and_never_to_an_older_key() -> None:
    ring = Keyring({1: master(1), 2: master(2), 5: master(5)}, primary=2, seals_per_key=2)
    sealed = [seal(ring, b"x", PLACE) for _ in range(4)]
    assert [int.from_bytes(one[1:5], "big") for one in sealed] == [2, 2, 5, 5]
    assert all(opens(one, PLACE, ring) for one in sealed)
    with pytest.raises(KeyWornOut):
        seal(ring, b"x", PLACE)
