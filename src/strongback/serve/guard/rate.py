"""How often one caller may ask: a counter per caller that needs no timer and no history."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from strongback.errors import RateLimited
from strongback.model.model import Model
from strongback.model.query import Rate
from strongback.plan.asked import Target

CALLERS_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """
    What a caller may still ask.

    Attributes:
        remaining: Requests that would be let through right now, after this one.
        retry_after_s: Seconds until the next one is let through; 0.0 when this one was.
    """

    allowed: bool
    remaining: int
    retry_after_s: float


class RateLimiter:
    """
    Lets a caller burst up to *limit* requests, and earn them back evenly over *per_s* seconds.

    For each caller one time is kept: when all of its requests will have been earned back (the theoretical arrival time of GCRA). A time
    that has passed says nothing, so a caller who was quiet for *per_s* seconds can be forgotten: every *per_s* seconds the callers not
    seen since the last time are. Only when more than *callers_max* different ones ask within *per_s* does forgetting give any of them
    requests they have not earned.

    Counts are of this process.

    Args:
        limit: Requests, 1 or more.
        per_s: Seconds, more than 0.
        clock: Monotonic seconds.
    Source: ITU-T I.371, annex A (generic cell rate algorithm).

    >>> limiter = RateLimiter(2, 60, clock=lambda: 0.0)
    >>> [limiter.take("ann").allowed for _ in range(3)], limiter.take("ann").retry_after_s, limiter.take("bob").remaining
    ([True, True, False], 30.0, 1)
    """

    def __init__(
        self,
        limit: int,
        per_s: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        callers_max: int = CALLERS_MAX,
    ) -> None:
        if limit < 1 or per_s <= 0:
            raise ValueError("a rate lets at least one request through in some time")
        self._limit = limit
        self._per_s = float(per_s)
        self._each_s = per_s / limit
        self._clock = clock
        self._callers_max = max(1, callers_max // 2)
        self._recent: dict[str, float] = {}
        self._earlier: dict[str, float] = {}
        self._turned_at = clock()

    def take(self, caller: str, times: int = 1) -> Allowance:
        """Count *times* requests of *caller* at once, unless they are too many: refused requests are not counted."""
        now = self._clock()
        if now - self._turned_at >= self._per_s or len(self._recent) >= self._callers_max:
            self._forget(now)
        earned_at = max(self._recent.get(caller) or self._earlier.get(caller, now), now)
        wait_s = earned_at + times * self._each_s - self._per_s - now
        # The sum of *limit* steps may exceed *per_s* by rounding; a step is far longer than that.
        if wait_s > self._each_s * 1e-6:
            return Allowance(allowed=False, remaining=0, retry_after_s=wait_s)
        self._recent[caller] = earned_at + times * self._each_s
        return Allowance(allowed=True, remaining=int(-wait_s / self._each_s + 1e-6), retry_after_s=0.0)

    def check(self, caller: str, times: int = 1, /) -> None:
        """
        Count *times* requests of *caller* at once.

        Raises:
            RateLimited: They are too many.
        """
        allowance = self.take(caller, times)
        if not allowance.allowed:
            raise RateLimited(f"more than {self._limit} requests in {self._per_s:g} s", allowance.retry_after_s)

    def _forget(self, now: float) -> None:
        # After a pause of two turns, all times kept have passed; `take` reads such times as now.
        self._earlier, self._recent, self._turned_at = self._recent, {}, now

    def __len__(self) -> int:
        return len(self._recent) + len(self._earlier)


def make_limiters(model: Model, clock: Callable[[], float] = time.monotonic) -> dict[Target, RateLimiter]:
    """One limiter for each operation of *model* that declares a rate."""
    made = {target: RateLimiter(rate.count, rate.per_s, clock=clock) for target, rate in _rates(model)}
    # Aggregates are another way to ask the list: they count to its rate.
    lists = {target: limiter for target, limiter in made.items() if target.kind == "list"}
    return made | {Target(target.entity, "aggregate", target.name): limiter for target, limiter in lists.items()}


def _rates(model: Model) -> list[tuple[Target, Rate]]:
    found: list[tuple[Target, Rate]] = []
    for entity in model.entities:
        found += [(Target(entity.name, "list", query.name), query.rate) for query in entity.queries if query.rate]
        found += [(Target(entity.name, "action", action.name), action.rate) for action in entity.actions if action.rate]
    return found
