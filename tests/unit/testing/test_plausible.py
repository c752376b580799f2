"""Made-up values look like what their field is called, and always fit its type."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest

from strongback.model.wire import member_types
from strongback.plan.typed import check_typed
from strongback.predicate.types import Type
from strongback.testing.plausible import CITIES, Plausible
from tests.jobs_model import jobs_model


def plausible(seed: int = 1) -> Plausible:
    return Plausible(jobs_model(), Random(seed))


@pytest.mark.parametrize(
    "type_",
    [
        Type("str", max=5),
        Type("str", min=30, max=40),
        Type("str", pattern="[A-Z]{2}-[0-9]{3}", max=20),
        Type("int", min=-5, max=-1),
        Type("int", min=10_000, max=10_001),
        Type("decimal", precision=6, scale=2, min="0", max="10"),
        Type("float", min=0.5, max=0.75),
        Type("enum", members=("a", "b")),
        Type("datetime"),
        Type("date"),
        Type("timedelta"),
        Type("json"),
        Type("bytes", max=4),
        Type("list", item=Type("str", max=9), min=1, max=3),
    ],
    ids=str,
)
def test_a_value_fits_its_type(type_: Type) -> None:
    at = plausible()
    for name in ("Job.title", "Shop.price", "Person.email", "Order.quantity", "Thing.code"):
        for _ in range(20):
            assert check_typed(type_, at.value(type_, name)) is not None


def test_every_member_of_a_model_gets_a_value_that_fits() -> None:
    at = plausible()
    for entity in jobs_model().entities:
        for name, type_ in member_types(entity):
            check_typed(type_, at.value(type_, f"{entity.name}.{name}"))


def test_texts_are_what_their_field_is_called() -> None:
    at, text = plausible(), Type("str", max=200)
    assert at.value(text, "Job.city") in CITIES
    assert at.value(text, "User.email").endswith("@example.org")
    assert " " in at.value(text, "User.name") and len(at.value(text, "Job.body")) > 30
    price = at.value(Type("decimal", precision=10, scale=2), "Item.price")
    assert isinstance(price, Decimal) and 5 <= price <= 2_000


def test_a_fresh_value_is_nobody_elses_and_a_seed_repeats_it() -> None:
    at, again, text = plausible(3), plausible(3), Type("str", max=120)
    made = [at.fresh(text, "Company.name") for _ in range(2_000)]
    assert len(set(made)) == len(made) and made == [again.fresh(text, "Company.name") for _ in range(2_000)]
    assert "@example.org" in at.fresh(text, "User.email")
    assert len({at.fresh(Type("str", max=12), "Tag.name") for _ in range(200)}) == 200
