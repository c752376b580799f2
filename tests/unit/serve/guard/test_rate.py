"""A caller gets what the rate promises, never more, and nobody pays for another."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strongback.errors import RateLimited
from strongback.plan.asked import Target
from strongback.serve.guard.rate import Allowance, RateLimiter, make_limiters
from tests.jobs_model import jobs_model


class Time:
    def __init__(self, now=1_000_000.0):
        self.now = now

    def __call__(self):
        return self.now


def test_a_burst_is_let_through_and_earned_back_evenly():
    clock = Time(0.0)
    limiter = RateLimiter(60, 60, clock=clock)
    assert [limiter.take("ann").remaining for _ in range(60)] == list(range(59, -1, -1))
    assert limiter.take("ann") == Allowance(allowed=False, remaining=0, retry_after_s=1.0)
    clock.now = 0.5
    assert limiter.take("ann").retry_after_s == 0.5
    clock.now = 1.0
    assert limiter.take("ann").allowed
    assert not limiter.take("ann").allowed
    clock.now = 61.0
    assert limiter.take("ann").remaining == 59


def test_waiting_as_long_as_told_is_enough():
    clock = Time()
    limiter = RateLimiter(7, 10, clock=clock)
    for _ in range(100):
        asked = limiter.take("ann")
        if not asked.allowed:
            clock.now += asked.retry_after_s
            assert limiter.take("ann").allowed


def test_refused_requests_cost_nothing():
    clock = Time(0.0)
    limiter = RateLimiter(1, 10, clock=clock)
    assert limiter.take("ann").allowed
    for _ in range(100):
        assert not limiter.take("ann").allowed
    clock.now = 10.0
    assert limiter.take("ann").allowed


def test_callers_do_not_share():
    limiter = RateLimiter(1, 60, clock=Time())
    assert limiter.take("ann").allowed and limiter.take("bob").allowed
    assert not limiter.take("ann").allowed


def test_check_raises_with_the_time_to_wait():
    limiter = RateLimiter(2, 60, clock=Time(0.0))
    limiter.check("ann")
    limiter.check("ann")
    with pytest.raises(RateLimited) as refused:
        limiter.check("ann")
    assert refused.value.retry_after_s == 30.0
    assert "ann" not in str(refused.value)


@settings(deadline=None, max_examples=200)
@given(
    limit=st.integers(1, 30),
    per_s=st.floats(0.1, 100),
    start=st.floats(0, 1e9),
    steps=st.lists(st.floats(0, 20), min_size=1, max_size=200),
)
def test_never_more_than_the_burst_and_what_was_earned(limit, per_s, start, steps):
    clock = Time(start)
    limiter = RateLimiter(limit, per_s, clock=clock)
    let_through = []
    for step in steps:
        clock.now += step / 10
        if limiter.take("ann").allowed:
            let_through.append(clock.now)
    for first, begin in enumerate(let_through):
        for last in range(first, len(let_through)):
            assert last - first + 1 <= limit + (let_through[last] - begin) * limit / per_s + 0.01


@settings(deadline=None, max_examples=100)
@given(steps=st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0, 3)), max_size=300))
def test_forgetting_changes_no_answer(steps):
    clock = Time(0.0)
    forgets = RateLimiter(3, 2, clock=clock)
    keeps = {name: RateLimiter(3, 2, clock=clock) for name in "abcdef"}
    for limiter in keeps.values():
        limiter._forget = lambda now: None
    for name, step in steps:
        clock.now += step
        assert forgets.take(name) == keeps[name].take(name)


def test_the_room_is_bounded():
    limiter = RateLimiter(1, 3_600, clock=Time(), callers_max=1_000)
    for count in range(50_000):
        limiter.take(f"caller {count}")
        assert len(limiter) <= 1_001


def test_who_is_quiet_is_forgotten():
    clock = Time()
    limiter = RateLimiter(5, 1, clock=clock)
    for count in range(1_000):
        limiter.take(f"caller {count}")
    for _ in range(2):
        clock.now += 1
        limiter.take("ann")
    assert {*limiter._recent, *limiter._earlier} == {"ann"}


@pytest.mark.parametrize(("limit", "per_s"), [(0, 1), (-1, 1), (1, 0), (1, -1)])
def test_a_rate_that_lets_nothing_through_is_a_mistake(limit, per_s):
    with pytest.raises(ValueError, match="at least one"):
        RateLimiter(limit, per_s)


def test_each_operation_with_a_rate_gets_a_limiter():
    limiters = make_limiters(jobs_model(), Time())
    listed, counted = Target("Job", "list", "search"), Target("Job", "aggregate", "search")
    assert list(limiters) == [listed, counted]
    assert limiters[listed].take("ann").remaining == 59
    assert limiters[counted].take("ann").remaining == 58  # another way to ask the list, at the list's rate
