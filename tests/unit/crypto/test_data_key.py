"""Data keys in use: few are kept, those in use stay, and no count is ever forgotten."""

from __future__ import annotations

import hashlib
import threading

import pytest

from strongback.crypto.data_key import DataKeys, make_head
from strongback.errors import KeyWornOut

HEAD = make_head(1)


class Derived:
    """Derives a key from its place, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, str, str]] = []

    def __call__(self, key_id: int, tenant: str, entity: str) -> bytes:
        self.asked.append((key_id, tenant, entity))
        return hashlib.sha256(repr((key_id, tenant, entity)).encode()).digest()


def test_a_key_in_use_is_derived_once() -> None:
    derived = Derived()
    keys = DataKeys(derived, sealing=(1,))
    assert keys.get(HEAD, "acme", "3") is keys.get(HEAD, "acme", "3")
    assert derived.asked == [(1, "acme", "3")]


def test_however_many_tenants_come_few_keys_are_kept() -> None:
    keys = DataKeys(Derived(), sealing=(1,), kept=10)
    for number in range(1_000):
        keys.get(HEAD, f"tenant {number}", "3")
    assert len(keys) <= 10


def test_a_key_in_use_stays_while_others_come_and_go() -> None:
    derived = Derived()
    keys = DataKeys(derived, sealing=(1,), kept=10)
    for number in range(100):
        keys.get(HEAD, "busy", "3")
        keys.get(HEAD, f"tenant {number}", "3")
    assert derived.asked.count((1, "busy", "3")) == 1


def test_a_dropped_key_comes_back_with_its_count() -> None:
    keys = DataKeys(Derived(), sealing=(1,), limit=5, kept=2)
    for _ in range(5):
        keys.for_sealing("busy", "3")
    for number in range(10):
        keys.get(HEAD, f"tenant {number}", "3")
    assert keys.most_sealed == 5
    with pytest.raises(KeyWornOut):
        keys.for_sealing("busy", "3")


def test_the_fullest_key_is_reported() -> None:
    keys = DataKeys(Derived(), sealing=(1,))
    assert keys.most_sealed == 0
    for tenant in ("acme", "bolt", "bolt"):
        keys.for_sealing(tenant, "3")
    assert keys.most_sealed == 2


def test_threads_together_take_no_more_than_the_limit() -> None:
    keys = DataKeys(Derived(), sealing=(1,), limit=10_000)
    taken: list[int] = []

    def work() -> None:
        mine = 0
        try:
            while True:
                keys.for_sealing("acme", "3")
                mine += 1
        except KeyWornOut:
            taken.append(mine)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 10_000
