"""Numbers outlive names: a rename keeps them, a removal retires them, nothing gets one twice."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from strongback.errors import DeclarationError
from strongback.model.entity import Entity
from strongback.model.field import Field
from strongback.model.lock import (
    FIRST_MEMBER,
    EntityLock,
    Lock,
    Numbers,
    apply_lock,
    lock_faults,
    make_lock,
    recorded,
)
from strongback.model.lock_file import lock_from_json, lock_to_json
from strongback.model.model import Model
from strongback.predicate.types import TEXT
from tests.jobs_model import jobs_model


def model_of(*fields: Field, name: str = "Thing", was: str = "") -> Model:
    members = tuple(f.name for f in fields)
    return Model("things", entities=(Entity(name, members=members, fields=fields, was=was),))


def text_field(name: str, was: str = "") -> Field:
    return Field(name, TEXT, was=was)


def members(lock: Lock, entity: str = "Thing") -> Numbers:
    return lock.entities[entity].members


A, B, C = FIRST_MEMBER, FIRST_MEMBER + 1, FIRST_MEMBER + 2


def test_numbers_follow_the_declaration_at_first() -> None:
    lock = make_lock(jobs_model())
    assert {name: entry.number for name, entry in lock.entities.items()} == {
        "User": 1,
        "Company": 2,
        "Membership": 3,
        "Job": 4,
        "Application": 5,
    }
    assert list(lock.entities["Job"].members.live) == ["company", "title", "body", "city", "status", "applications"]
    assert lock.entities["Job"].roles.live == {"recruiter": 1, "public": 2}
    assert lock.entities["Job"].actions.live == {"publish": 1, "apply": 2}
    assert lock.entities["Job"].queries.live == {"search": 1}


def test_a_new_member_gets_the_next_number_wherever_it_stands() -> None:
    first = make_lock(model_of(text_field("a"), text_field("b")))
    second = make_lock(model_of(text_field("c"), text_field("a"), text_field("b")), first)
    assert members(second).live == {"a": A, "b": B, "c": C}


def test_a_rename_keeps_the_number_also_when_was_stays() -> None:
    first = make_lock(model_of(text_field("a")))
    renamed = model_of(text_field("z", was="a"))
    second = make_lock(renamed, first)
    assert members(second) == Numbers({"z": A})
    assert make_lock(renamed, second) == second


def test_an_entity_renamed_keeps_its_number_and_its_members() -> None:
    first = make_lock(model_of(text_field("a")))
    second = make_lock(model_of(text_field("a"), name="Object", was="Thing"), first)
    assert second == Lock({"Object": EntityLock(1, members=Numbers({"a": A}))})


def test_a_removed_name_is_retired_and_its_number_never_used_again() -> None:
    first = make_lock(model_of(text_field("a"), text_field("b")))
    second = make_lock(model_of(text_field("a")), first)
    assert members(second) == Numbers({"a": A}, {B: "b"})
    third = make_lock(model_of(text_field("a"), text_field("b")), second)
    assert members(third) == Numbers({"a": A, "b": C}, {B: "b"})


def test_the_numbers_protobuf_keeps_are_skipped() -> None:
    before = Lock({"Thing": EntityLock(1, members=Numbers({"a": 18_999}))})
    assert members(make_lock(model_of(text_field("a"), text_field("b")), before)).live["b"] == 20_000


def test_applying_numbers_everything() -> None:
    model = apply_lock(jobs_model(), None)
    numbered = [item for e in model.entities for item in (e, *e.fields, *e.relations, *e.roles, *e.queries, *e.actions)]
    assert all(item.number > 0 for item in numbered)
    assert make_lock(model, recorded(model)) == make_lock(jobs_model())


def test_a_lock_wins_over_numbers_in_the_model() -> None:
    model = apply_lock(model_of(text_field("a")), None)
    lock = Lock({"Thing": EntityLock(7, members=Numbers({"a": 40}))})
    thing = apply_lock(model, lock).entity("Thing")
    assert (thing.number, thing.fields[0].number) == (7, 40)


def test_a_model_that_carries_numbers_keeps_them_without_a_lock() -> None:
    model = model_of(replace(text_field("a"), number=30), text_field("b"))
    numbered = apply_lock(replace(model, entities=(replace(model.entities[0], number=9),)), None).entities[0]
    assert (numbered.number, [f.number for f in numbered.fields]) == (9, [30, 31])


def test_the_file_is_stable_and_comes_back() -> None:
    lock = make_lock(model_of(text_field("a")), make_lock(model_of(text_field("a"), text_field("b"))))
    assert lock_from_json(lock_to_json(lock)) == lock
    assert lock_to_json(lock_from_json(lock_to_json(lock))) == lock_to_json(lock)
    assert json.loads(lock_to_json(lock)) == {
        "lock_version": 1,
        "entities": {"Thing": {"number": 1, "members": {"live": {"a": A}, "retired": {str(B): "b"}}}},
    }


def test_the_file_stands_in_the_order_of_numbers() -> None:
    lock = Lock({"B": EntityLock(2), "A": EntityLock(1, roles=Numbers({"x": 2, "y": 1}))})
    text = lock_to_json(lock).decode()
    assert text.index('"A"') < text.index('"B"')
    assert text.index('"y"') < text.index('"x"')


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "cannot be read"),
        (b'{"lock_version": 9}', "reads up to 1"),
        (b'{"entities": {"A": {"number": 1}, "B": {"number": 1}}}', "the number 1 twice among the entities"),
        (b'{"entities": {"A": {"number": 1}}, "retired": {"1": "B"}}', "the number 1 twice among the entities"),
        (
            b'{"entities": {"A": {"number": 1, "members": {"live": {"x": 6, "y": 6}}}}}',
            "the number 6 twice among the members of A",
        ),
    ],
)
def test_a_broken_lock_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        lock_from_json(data)
    assert message in str(caught.value)


def test_a_stale_lock_is_told_name_by_name() -> None:
    lock = make_lock(model_of(text_field("a"), text_field("b")))
    assert lock_faults(model_of(text_field("a"), text_field("b")), lock) == ()
    told = [fault.message for fault in lock_faults(model_of(text_field("a"), text_field("c")), lock)]
    assert told == [
        "members of Thing: `c` is not in strongback.lock.json",
        "members of Thing: `b` is gone but still in strongback.lock.json",
    ]
    assert [f.message for f in lock_faults(Model("none"), lock)] == [
        "entity `Thing` is gone but still in strongback.lock.json"
    ]
