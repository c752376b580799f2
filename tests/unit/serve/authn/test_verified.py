"""Verified tokens are remembered until they end, in bounded room."""

from __future__ import annotations

import pytest

from strongback.errors import Unauthenticated
from strongback.serve.authn.claims import Claims
from strongback.serve.authn.verified import VerifiedTokens
from tests.unit.serve.authn.tokens import NOW, Time, good, make_verifier, verify

CLAIMS = Claims("ann", {"sub": "ann"}, NOW)


def test_a_token_is_verified_once():
    verifier = make_verifier()
    first = verify(verifier, good())
    assert verifier.verify(good()) is first
    assert verify(verifier, good(jti="another")) is not first


def test_a_remembered_token_ends_with_its_time():
    clock = Time()
    verifier = make_verifier(clock=clock, verified_for_s=10_000)
    token = good()
    verify(verifier, token)
    clock.now += 300 + 59.9
    assert verify(verifier, token)
    clock.now += 0.1
    with pytest.raises(Unauthenticated):
        verify(verifier, token)


def test_a_remembered_token_is_looked_at_again_after_a_while():
    clock = Time()
    verifier = make_verifier(clock=clock, verified_for_s=60)
    token = good(exp=int(NOW) + 3_600)
    first = verify(verifier, token)
    clock.now += 59
    assert verify(verifier, token) is first
    clock.now += 1
    assert verify(verifier, token) is not first


def test_the_room_is_bounded_by_count():
    held = VerifiedTokens(100, 1_000_000)
    for count in range(10_000):
        held.put(f"token-{count}", CLAIMS, NOW + 1)
        assert len(held) <= 200
    assert held.get("token-9999", NOW) is CLAIMS
    assert held.get("token-1", NOW) is None


def test_the_room_is_bounded_by_size():
    held = VerifiedTokens(1_000_000, 10_000)
    for count in range(1_000):
        held.put(f"{count:>1000}", CLAIMS, NOW + 1)
        assert len(held) <= 20


def test_what_is_used_stays():
    held = VerifiedTokens(100, 1_000_000)
    for count in range(10_000):
        held.put(f"token-{count}", CLAIMS, NOW + 1)
        if count % 50 == 0:
            held.put("busy", CLAIMS, NOW + 1) if count == 0 else None
            assert held.get("busy", NOW) is CLAIMS


def test_what_has_ended_is_not_found_in_either_generation():
    held = VerifiedTokens(2, 1_000_000)
    held.put("a", CLAIMS, NOW)
    assert held.get("a", NOW) is None
    held.put("b", CLAIMS, NOW)
    held.put("c", CLAIMS, NOW + 1)
    assert held.get("a", NOW) is None and held.get("c", NOW) is CLAIMS


def test_putting_a_token_again_counts_its_size_once():
    held = VerifiedTokens(10, 100)
    for _ in range(50):
        held.put("x" * 40, CLAIMS, NOW + 1)
    assert len(held) == 1


def test_claims_do_not_show_themselves():
    assert "ann" not in repr(CLAIMS) + str(CLAIMS)
