"""A caller's row that tokens make is not one that can be deleted for good."""

from __future__ import annotations

from msgspec.structs import replace

from strongback.model.access import Access
from strongback.model.entity import Entity
from strongback.model.model import Actor, Claim, Model
from strongback.predicate.tree import FALSE, TRUE
from tests.jobs_model import call

from .small import messages, person, told


def provisioned(entity: Entity, **changes: object) -> Model:
    return Model(
        "people", entities=(replace(entity, **changes),), actor=Actor("Person", (Claim("sub", "subject"),), True)
    )


def plain() -> Entity:
    """A person whom a token can make."""
    base = person()
    return replace(base, members=("subject", "boss", "reports"), fields=base.fields[:1])


def access(delete: object) -> Access:
    return Access(read=call("self.oneself"), delete=delete)  # type: ignore[arg-type]


def test_a_permission_to_delete_it_is_refused() -> None:
    assert told(provisioned(plain(), access=access(FALSE))) == []
    found = provisioned(plain(), access=access(call("self.oneself")))
    assert told(found) == ["SB189"]
    assert messages(found) == [
        "a `Person` can be deleted, and `provision=True` would make it anew with its next request"
    ]


def test_it_may_be_deleted_where_it_stays() -> None:
    assert told(provisioned(plain(), access=access(call("self.oneself")), soft_delete=True)) == []


def test_it_does_not_go_with_another_row() -> None:
    boss = replace(plain().relations[0], on_delete="cascade")
    assert told(provisioned(plain(), relations=(boss, *plain().relations[1:]))) == ["SB189"]


def test_a_row_that_no_token_makes_may_go() -> None:
    model = provisioned(plain(), access=access(TRUE))
    assert model.actor is not None
    assert "SB189" not in told(replace(model, actor=replace(model.actor, provision=False)))
