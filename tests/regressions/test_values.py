"""Values that a caller may write, and those that only look like one."""

from __future__ import annotations

from decimal import Decimal

import pytest

from strongback.plan.value_fault import ValueFault
from strongback.plan.values import reader_for
from strongback.predicate.types import UUID, Type

WIDE = "-123456789012345678901234567890123456.78"
ID = "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"


def test_a_decimal_of_all_the_digits_that_are_declared_is_taken() -> None:
    read = reader_for(Type("decimal", precision=38, scale=2))
    assert read(WIDE) == Decimal(WIDE)
    assert str(read("12.5")) == "12.50"
    with pytest.raises(ValueFault, match="at most 38 digits"):
        read(f"1{WIDE[1:]}")


@pytest.mark.parametrize(
    "text", [ID.replace("-", "") + "----", f"{{{ID[:34]}}}", "+" + ID[1:], ID[:8] + "_" + ID[9:], ID[:-1] + "\u0663"]
)
def test_an_id_has_one_spelling_but_for_its_case(text: str) -> None:
    read = reader_for(UUID)
    assert read(ID.upper()) == read(ID)
    with pytest.raises(ValueFault, match="expected a UUID"):
        read(text)
