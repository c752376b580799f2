"""Indexes for declared orders."""

from __future__ import annotations

import pytest

from strongback.model.entity import Entity
from strongback.model.field import Field
from strongback.model.model import Model
from strongback.model.query import Query
from strongback.predicate.types import INT
from strongback.tables.make import make_table, order_columns


def entity(*orders: str) -> Entity:
    fields = tuple(Field(name, INT) for name in ("a", "b"))
    return Entity("Thing", members=("a", "b"), fields=fields, queries=(Query("search", sort=orders),))


@pytest.mark.parametrize(
    ("order", "columns"),
    [
        ("a", ("a", "id")),
        ("-a", ("a", "id")),
        ("-a,-b", ("a", "b", "id")),
        ("a,-b", ("a", "-b", "-id")),
        ("-a,b", ("a", "-b", "-id")),
        ("-id", ("id",)),
    ],
)
def test_an_order_and_its_reverse_have_one_index(order: str, columns: tuple[str, ...]) -> None:
    assert order_columns(entity(), order) == columns


def test_different_orders_of_the_same_columns_have_indexes_of_different_names() -> None:
    orders = entity("a,b", "-a,-b", "a,-b", "-a,b")
    named = {index.name: index.columns for index in make_table(Model("m", entities=(orders,)), orders).indexes}
    assert named == {"thing_a_b_idx": ("a", "b", "id"), "thing_a_b_desc_idx": ("a", "-b", "-id")}
