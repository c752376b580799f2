"""What stands in an index fits into a row of it, whatever its values are."""

from __future__ import annotations

import pytest

from strongback.model.entity import Entity, Index, Unique
from strongback.model.faults.index_rows import BYTES_PER_CHARACTER, ROW_BYTES
from strongback.model.field import Field, Pii
from strongback.model.query import Query
from strongback.predicate.types import TEXT, Type
from tests.jobs_model import text

from .small import hints, messages, person, told, with_field


@pytest.mark.parametrize(
    ("field", "more"),
    [
        (Field("code", TEXT, unique=True), {}),
        (Field("code", TEXT, index=True), {}),
        (Field("code", TEXT), {"uniques": (Unique("once", ("code", "age")),)}),
        (Field("code", TEXT), {"indexes": (Index("by_code", ("-code",)),)}),
        (Field("code", Type("bytes"), unique=True), {}),
    ],
)
def test_a_text_in_an_index_says_how_long_it_can_be(field: Field, more: dict[str, object]) -> None:
    found = with_field(field, **more)
    assert "SB188" in told(found)
    assert "`code` stands in an index, and nothing says how long it can be" in messages(found)
    assert any(hint.startswith("write `max=`") for hint in hints(found))


def test_it_is_told_once_in_however_many_indexes_it_stands() -> None:
    code = Field("code", TEXT, unique=True, index=True)
    assert told(with_field(code, indexes=(Index("by_code", ("code", "age")),))) == ["SB188"]


def test_a_text_that_an_order_needs_says_how_long_it_can_be() -> None:
    found = with_field(Field("code", TEXT), queries=(Query("search", sort=("-code,age",)),))
    assert "SB188" in told(found)


def test_text_that_is_in_no_index_may_be_of_any_length() -> None:
    assert told(with_field(Field("body", TEXT), Field("blob", Type("bytes")))) == []


def test_a_sealed_text_stands_in_its_index_as_a_digest() -> None:
    assert told(with_field(Field("mail", TEXT, pii=Pii(lookup="exact")))) == []


def test_all_columns_of_an_index_count() -> None:
    assert told(with_field(Field("a", text(600), unique=True))) == []
    both = with_field(Field("a", text(400)), Field("b", text(400)), uniques=(Unique("once", ("a", "b")),))
    assert told(both) == ["SB188"]
    assert messages(both) == ["`once` could need 3,216 bytes a row (`a` 1,608, `b` 1,608), and 2,688 fit"]
    assert hints(both) == ["a `max` of 333 characters for `a` and `b` would fit: a character is up to 4 bytes"]


def test_the_max_that_a_hint_names_does_fit() -> None:
    fields = Field("a", text(333)), Field("b", text(333))
    assert told(with_field(*fields, uniques=(Unique("once", ("a", "b")),))) == []
    assert told(with_field(Field("a", text(661), unique=True, index=True))) == []


def test_the_id_counts_where_the_index_ends_in_it() -> None:
    longest = (ROW_BYTES - 8) // BYTES_PER_CHARACTER
    assert told(with_field(Field("a", text(longest)), uniques=(Unique("once", ("a",)),))) == []
    assert told(with_field(Field("a", text(longest), index=True))) == ["SB188"]


def test_the_entity_that_the_others_spoil_is_faultless() -> None:
    assert isinstance(person(), Entity) and told(with_field()) == []
