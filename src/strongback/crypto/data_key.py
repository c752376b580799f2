"""Data keys: one per master key, tenant and entity, kept while in use, and counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from threading import Lock

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from strongback.crypto.parts import join_parts
from strongback.errors import KeyWornOut

FORMAT = 1
SEALS_PER_KEY = 2**28
KEPT_KEYS = 4_096

_ROW_LENGTH = (16).to_bytes(4, "big")


def make_head(key_id: int) -> bytes:
    """
    Make the first 5 bytes of every envelope: format version, then the master key's id (big-endian).

    >>> make_head(7).hex()
    '0100000007'
    """
    return bytes((FORMAT,)) + key_id.to_bytes(4, "big")


class DataKey:
    """
    The key that seals the values of one tenant and entity, under one master key.

    Attributes:
        head: The first 5 bytes of its envelopes.
        bound: The start of the associated data: head, tenant, entity, and the length of the row id that follows.
        sealed: How many values it has sealed in this process; never less than the truth.
    """

    __slots__ = ("_serials", "bound", "decrypt", "encrypt", "head", "sealed")

    def __init__(self, key: bytes, head: bytes, tenant: str, entity: str, sealed: int) -> None:
        cipher = AESGCM(key)
        self.encrypt = cipher.encrypt
        self.decrypt = cipher.decrypt
        self.head = head
        self.bound = join_parts(head, tenant, entity) + _ROW_LENGTH
        self.sealed = sealed
        self._serials = count(sealed + 1)

    def take_seal(self, limit: int) -> bool:
        """Count one more value; false when that would be more than *limit*. Safe under threads: the count itself is one step."""
        self.sealed = serial = next(self._serials)
        return serial <= limit


class DataKeys:
    """
    The data keys in use, at most about *kept* of them.

    Two generations instead of an exact order of use: a key found among the old moves to the young; when the young are full
    they become the old, and the old are dropped. A hit is one look-up, and what is in use stays.

    A dropped key takes its count along: keys made later start from the highest count ever dropped, so a count can be too
    high, never too low.

    Args:
        derive: Gives the 32 bytes of the data key of (master key id, tenant, entity); raises `UnknownKey`.
        sealing: Ids of the master keys that seal, best first: the primary, then the spares.
        limit: Values a data key may seal in this process.
        kept: How many keys are kept.
    """

    __slots__ = ("_derive", "_dropped", "_heads", "_limit", "_lock", "_old", "_size", "_young")

    def __init__(
        self,
        derive: Callable[[int, str, str], bytes],
        sealing: Sequence[int],
        limit: int = SEALS_PER_KEY,
        kept: int = KEPT_KEYS,
    ) -> None:
        self._derive = derive
        self._heads = tuple(make_head(key_id) for key_id in sealing)
        self._limit = limit
        self._size = max(1, kept // 2)
        self._lock = Lock()
        self._young: dict[tuple[bytes, str, str], DataKey] = {}
        self._old: dict[tuple[bytes, str, str], DataKey] = {}
        self._dropped = 0

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    @property
    def most_sealed(self) -> int:
        """The highest count of any data key in this process, at most: a figure for a gauge."""
        with self._lock:
            return max(self._dropped, *(key.sealed for key in (*self._young.values(), *self._old.values())), 0)

    def get(self, head: bytes, tenant: str, entity: str) -> DataKey:
        """
        Give the key that opens envelopes starting with *head*.

        Raises:
            UnknownKey: The keyring lacks the master key.
        """
        place = (head, tenant, entity)
        return self._young.get(place) or self._fetch(place)

    def for_sealing(self, tenant: str, entity: str) -> DataKey:
        """
        Give the key to seal one value with, and count that value.

        Raises:
            KeyWornOut: The primary and all spares have sealed as much as they may.
        """
        for head in self._heads:
            key = self.get(head, tenant, entity)
            if key.take_seal(self._limit):
                return key
        raise KeyWornOut(int.from_bytes(self._heads[-1][1:], "big"), self._limit)

    def _fetch(self, place: tuple[bytes, str, str]) -> DataKey:
        with self._lock:
            key = self._young.get(place) or self._old.pop(place, None) or self._make(place)
            if len(self._young) >= self._size:
                self._age()
            self._young[place] = key
            return key

    def _make(self, place: tuple[bytes, str, str]) -> DataKey:
        head, tenant, entity = place
        raw = self._derive(int.from_bytes(head[1:], "big"), tenant, entity)
        return DataKey(raw, head, tenant, entity, self._dropped)

    def _age(self) -> None:
        self._dropped = max(self._dropped, *(key.sealed for key in self._old.values()), 0)
        self._old = self._young
        self._young = {}
