"""Authorization folded into predicates: closed by default, settled for callers without a token."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from strongback.model.access import Access
from strongback.model.load import load
from strongback.model.model import Model
from strongback.plan.permission import branches, may_read, may_see, resolve
from strongback.predicate.tree import FALSE, TRUE, Or, RoleCall
from strongback.predicate.walk import walk
from tests.services.clinic import clinic
from tests.services.guild import guild
from tests.services.workshop import workshop

MODELS = {service.name: load(service) for service in (workshop, guild, clinic)}
ENTITIES = [(name, entity.name) for name, model in MODELS.items() for entity in model.entities]


@pytest.mark.parametrize(("name", "entity"), ENTITIES)
@pytest.mark.parametrize("anonymous", [True, False])
def test_what_is_folded_calls_no_role(name: str, entity: str, anonymous: bool) -> None:
    model = MODELS[name]
    declared = model.entity(entity)
    access = declared.access
    for expr in (access.read, access.create, access.update, access.delete, *(f.allow for f in access.fields)):
        folded = resolve(model, declared, expr, anonymous)
        assert not any(isinstance(node, RoleCall) for node in walk(folded))


@pytest.mark.parametrize(("name", "entity"), ENTITIES)
def test_for_a_caller_without_a_token_nothing_speaks_of_me(name: str, entity: str) -> None:
    model = MODELS[name]
    folded = may_read(model, model.entity(entity), anonymous=True)
    assert not any(getattr(node, "var", "") == "me" for node in walk(folded))


def test_what_is_not_said_is_denied() -> None:
    model: Model = MODELS["workshop"]
    silent = replace(model.entity("Order"), access=Access())
    for anonymous in (True, False):
        for expr in (silent.access.read, silent.access.create, silent.access.update, silent.access.delete):
            assert resolve(model, silent, expr, anonymous) == FALSE


def test_roles_for_signed_in_callers_are_false_without_a_token() -> None:
    model = MODELS["workshop"]
    assert may_read(model, model.entity("Person"), anonymous=True) == FALSE
    assert may_read(model, model.entity("Person"), anonymous=False) not in (TRUE, FALSE)


def test_a_field_without_a_rule_is_seen_with_its_row() -> None:
    model = MODELS["guild"]
    person = model.entity("Person")
    assert may_see(model, person, "nick", anonymous=True) == TRUE
    assert may_see(model, person, "salary", anonymous=True) == FALSE
    assert may_see(model, person, "salary", anonymous=False) not in (TRUE, FALSE)


def test_each_way_to_be_allowed_is_a_branch() -> None:
    model = MODELS["workshop"]
    read = may_read(model, model.entity("Order"), anonymous=False)
    assert isinstance(read, Or) and branches(read) == read.parts and len(read.parts) == 2
    assert branches(TRUE) == (TRUE,)
