"""What a service is called in gRPC, the numbers of what stands in its messages, and what it cannot be called."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from strongback.errors import DeclarationError
from strongback.model.access import Access
from strongback.model.action import Action, Parameter
from strongback.model.codec import from_json, to_json
from strongback.model.entity import Entity
from strongback.model.faults.rpc import rpc_faults
from strongback.model.field import Field
from strongback.model.load import load
from strongback.model.lock import apply_lock, lock_faults, make_lock, recorded
from strongback.model.lock_file import lock_from_json, lock_to_json
from strongback.model.model import Model
from strongback.model.numbers import Numbers
from strongback.model.rpc import rpcs_of
from strongback.predicate.tree import FALSE, TRUE
from strongback.predicate.types import TEXT, Member, Type
from tests.jobs_model import jobs_model

STATUS = Type("enum", members=("draft", "open"))
ADDRESS = Type("object", fields=(Member("street", TEXT), Member("kind", Type("enum", members=("home", "work")))))


def model_of(*fields: Field, name: str = "Thing", **more: Any) -> Model:
    entity = Entity(name, plural="things", members=tuple(f.name for f in fields), fields=fields, **more)
    return Model("things", grpc=True, entities=(entity,))


def parts(model: Model, before: Model | None = None) -> dict[str, dict[str, int]]:
    lock = make_lock(model, None if before is None else make_lock(before))
    return {key: numbers.live for key, numbers in lock.entities["Thing"].parts.items()}


def test_each_operation_is_a_method_under_the_name_of_its_entity() -> None:
    names = [rpc.name for rpc in rpcs_of(load(replace(jobs_model(), grpc=True))) if rpc.entity == "Job"]
    assert names == ["GetJob", "ListJobs", "CreateJob", "UpdateJob", "BatchJobs", "PublishJob", "ApplyJob"]


def test_an_action_called_as_a_method_of_every_entity_says_that_it_is_one() -> None:
    actions = (Action("get", "row", TRUE), Action("update", "class", TRUE))
    model = model_of(access=Access(read=TRUE, update=TRUE), actions=actions)
    assert [rpc.name for rpc in rpcs_of(model) if rpc.kind == "action"] == ["GetThingAction", "UpdateThingAction"]


def test_what_is_granted_to_nobody_is_no_method() -> None:
    assert rpcs_of(model_of(access=Access(read=FALSE))) == ()


def test_members_of_enums_and_objects_and_parameters_have_numbers() -> None:
    action = Action("move", "row", TRUE, parameters=(Parameter("to", STATUS), Parameter("other", TEXT)))
    model = model_of(Field("status", STATUS), Field("at", ADDRESS), actions=(action,))
    assert parts(model) == {
        "status": {"draft": 1, "open": 2},
        "at": {"street": 1, "kind": 2},
        "at.kind": {"home": 1, "work": 2},
        "move()": {"to": 1, "other": 2},
        "move().to": {"draft": 1, "open": 2},
    }


def test_without_grpc_the_lock_says_nothing_of_them() -> None:
    assert parts(replace(model_of(Field("status", STATUS)), grpc=False)) == {}


def test_a_member_that_is_gone_keeps_its_number_and_a_new_one_gets_another() -> None:
    first = make_lock(model_of(Field("status", STATUS)))
    second = make_lock(model_of(Field("status", Type("enum", members=("open", "closed")))), first)
    assert second.entities["Thing"].parts["status"] == Numbers({"open": 2, "closed": 3}, {1: "draft"})
    third = make_lock(model_of(Field("status", Type("enum", members=("closed", "draft", "open")))), second)
    assert third.entities["Thing"].parts["status"].live == {"closed": 3, "draft": 4, "open": 2}


def test_parameters_of_an_action_that_comes_back_are_numbered_anew() -> None:
    """An old caller's bytes are not read as something else."""
    with_one = model_of(actions=(Action("move", "row", TRUE, parameters=(Parameter("to", TEXT),)),))
    with_other = model_of(actions=(Action("move", "row", TRUE, parameters=(Parameter("why", TEXT),)),))
    without = make_lock(model_of(), make_lock(with_one))
    assert make_lock(with_other, without).entities["Thing"].parts["move()"].live == {"why": 2}


def test_a_field_that_is_renamed_takes_its_parts_along() -> None:
    before = model_of(Field("status", STATUS))
    assert parts(model_of(Field("state", STATUS, was="status")), before) == {"state": {"draft": 1, "open": 2}}


def test_numbers_stand_in_the_model_and_come_back_from_it() -> None:
    model = apply_lock(model_of(Field("status", STATUS)), None)
    assert model.entity("Thing").parts["status"].live == {"draft": 1, "open": 2}
    assert from_json(to_json(model)) == model
    assert make_lock(model, recorded(model)) == make_lock(model)


def test_the_lock_file_holds_them_and_a_stale_one_is_told() -> None:
    model = model_of(Field("status", STATUS))
    lock = make_lock(model)
    assert lock_from_json(lock_to_json(lock)) == lock
    grown = model_of(Field("status", Type("enum", members=("draft", "open", "closed"))))
    told = [fault.message for fault in lock_faults(grown, lock)]
    assert told == ["status of Thing: `closed` is not in strongback.lock.json"]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (model_of(Field("etag", TEXT)), "`etag` is a field that every row of gRPC has"),
        (model_of(Field("firstName", TEXT)), "`firstName` cannot be a field in Protocol Buffers"),
        (model_of(Field("a_1", TEXT), Field("a1", TEXT)), "`a_1` and `a1` are one name in the JSON"),
        (model_of(Field("s", Type("enum", members=("a-b", "a b")))), "`a-b` and `a b` are one name among the members"),
        (model_of(Field("s", Type("enum", members=("?", "x")))), "`?` cannot be the member of an enum"),
        (model_of(Field("s", Type("object", fields=(Member("A", TEXT),)))), "`A` cannot be a field"),
        (
            model_of(actions=(Action("go", "row", TRUE, parameters=(Parameter("id", TEXT),)),)),
            "`id` is a field that every request",
        ),
        (model_of(name="IncludedList"), "`IncludedList` is the entity `IncludedList`, and Strongback's own already"),
        (
            Model(
                "things",
                grpc=True,
                entities=(
                    Entity("Thing", plural="things", access=Access(read=TRUE)),
                    Entity("GetThingRequest", plural="gets"),
                ),
            ),
            "`GetThingRequest` is the entity `GetThingRequest`, and the request of `Thing` get already",
        ),
        (Model("9lives", grpc=True), "the service's name `9lives` can be no package"),
    ],
)
def test_what_cannot_be_a_name_there_is_a_fault(model: Model, message: str) -> None:
    told = [fault for fault in rpc_faults(apply_lock(model, None)) if fault.message.startswith(message)]
    assert [fault.code for fault in told] == ["SB192"]
    assert list(rpc_faults(replace(model, grpc=False))) == []


def test_a_fault_keeps_the_model_from_loading() -> None:
    with pytest.raises(DeclarationError, match="SB192"):
        load(model_of(Field("firstName", TEXT, index=True), access=Access(read=TRUE)))
