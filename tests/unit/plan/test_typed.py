"""Values of the team's own code: checked as those of callers are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from strongback.plan.typed import check_typed
from strongback.plan.value_fault import ValueFault
from tests.unit.plan.test_values import POINT, TYPES


class State(StrEnum):
    OPEN = "open"
    LOST = "lost"


EAST = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("str", "abc", "abc"),
        ("enum", State.OPEN, "open"),
        ("decimal", 5, Decimal("5.00")),
        ("decimal", Decimal("1E+2"), Decimal("100.00")),
        ("datetime", datetime(2026, 1, 2, 2, tzinfo=EAST), datetime(2026, 1, 2, tzinfo=UTC)),
        ("date", date(2026, 1, 2), date(2026, 1, 2)),
        ("timedelta", timedelta(1), timedelta(1)),
        ("uuid", UUID(int=1), UUID(int=1)),
        ("bytes", b"ab", b"ab"),
        ("list", (1, 2), [1, 2]),
        ("object", SimpleNamespace(x=1, name="n"), {"x": 1, "name": "n"}),
        ("optional", None, None),
    ],
)
def test_a_value_of_the_type_is_stored(name: str, value: object, expected: object) -> None:
    assert check_typed(TYPES[name], value) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("str", "abcd"),
        ("str", None),
        ("str", 5),
        ("enum", State.LOST),
        ("int", "5"),
        ("int", 2**63),
        ("int bounded", 6),
        ("float", float("nan")),
        ("decimal", 1.5),
        ("decimal", True),
        ("decimal", Decimal("1.001")),
        ("decimal", Decimal("NaN")),
        ("decimal", Decimal("Infinity")),
        ("datetime", datetime(2026, 1, 2)),  # noqa: DTZ001 - that is the fault
        ("datetime", date(2026, 1, 2)),
        ("datetime", datetime.min.replace(tzinfo=EAST)),
        ("date", datetime(2026, 1, 2, tzinfo=UTC)),
        ("timedelta", timedelta.max),
        ("timedelta", 5),
        ("uuid", str(UUID(int=1))),
        ("bytes", "ab"),
        ("bytes", b"abcd"),
        ("list", [1, 2, 3]),
        ("list", {1, 2}),
        ("list", "ab"),
        ("object", {"x": -1, "name": "n"}),
        ("object", 5),
        ("json", Ellipsis),
        ("json", {1: 2, "a": float("nan")}),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_any_other_value_is_a_fault(name: str, value: Any) -> None:
    with pytest.raises(ValueFault):
        check_typed(TYPES[name], value)


def test_all_faults_inside_are_told() -> None:
    with pytest.raises(ValueFault) as told:
        check_typed(POINT, {"x": -1, "name": 5})
    assert [pointer for pointer, _, _ in told.value.faults] == ["/x", "/name"]
