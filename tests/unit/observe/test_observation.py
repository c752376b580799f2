"""Observations: what happened, in eight words, and no value of anybody's."""

from __future__ import annotations

import inspect

import msgspec
import pytest

from strongback import errors
from strongback.observe.observation import Observation, OutcomeKind, outcome_of


def test_the_taxonomy_is_eight_words() -> None:
    assert [str(kind) for kind in OutcomeKind] == [
        "ok",
        "refused",
        "not_found",
        "conflict",
        "invalid",
        "limited",
        "unavailable",
        "fault",
    ]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "ok"),
        (errors.Unauthenticated("x"), "refused"),
        (errors.Forbidden("x"), "refused"),
        (errors.NotFound(), "not_found"),
        (errors.StaleVersion("x"), "conflict"),
        (errors.GuardRefused("closed"), "conflict"),
        (errors.AlreadyExists("taken", ["name"]), "conflict"),
        (errors.WriteConflict("x"), "conflict"),
        (errors.VersionRequired("x"), "invalid"),
        (errors.MalformedRequest("x"), "invalid"),
        (errors.InvalidInput([]), "invalid"),
        (errors.MethodNotAllowed("PUT", ["GET"]), "invalid"),
        (errors.TooLarge("x"), "invalid"),
        (errors.RateLimited("x", 1.0), "limited"),
        (errors.TimedOutReading("x"), "limited"),
        (errors.Unavailable("x"), "unavailable"),
        (errors.TimedOut("x"), "unavailable"),
        (errors.StoreMismatch("x"), "fault"),
        (errors.UnknownKey(3), "fault"),
        (errors.SealBroken(), "fault"),
        (errors.InternalError("x"), "fault"),
        (ZeroDivisionError(), "fault"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_each_error_has_its_outcome(error: BaseException | None, outcome: str) -> None:
    assert outcome_of(error) == outcome


def test_no_error_of_the_caller_wakes_anybody() -> None:
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.RequestError)]
    assert len(kinds) > 15
    for kind in kinds:
        assert outcome_of(kind.__new__(kind)) not in (OutcomeKind.UNAVAILABLE, OutcomeKind.FAULT, OutcomeKind.OK)


def test_an_observation_is_frozen() -> None:
    seen = Observation("Job.get", "rest", OutcomeKind.OK, 200, 0.001)
    with pytest.raises(AttributeError):
        seen.status = 500  # type: ignore[misc]  # the point of the test
    assert msgspec.structs.astuple(seen) == ("Job.get", "rest", "ok", 200, 0.001, 0, "", "", "")
