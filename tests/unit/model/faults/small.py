"""A small faultless model, and ways to spoil it."""

from __future__ import annotations

from msgspec.structs import replace

from strongback.model.access import Access, Role
from strongback.model.entity import Entity
from strongback.model.faults.find import find_faults
from strongback.model.field import Field
from strongback.model.model import Actor, Claim, Model
from strongback.model.relation import Relation
from strongback.predicate.tree import Expr
from strongback.predicate.types import Type
from tests.jobs_model import call, inverse, same, text

DECIMAL = Type("decimal", precision=12, scale=2)
AGE = Type("int", optional=True)
STATUS = Type("enum", members=("draft", "open"))


def person() -> Entity:
    return Entity(
        "Person",
        plural="persons",
        members=("subject", "boss", "reports", "age", "price", "weight", "active", "status"),
        fields=(
            Field("subject", text(200), unique=True),
            Field("age", AGE),
            Field("price", DECIMAL),
            Field("weight", Type("float")),
            Field("active", Type("bool")),
            Field("status", STATUS),
        ),
        relations=(
            Relation("boss", "to_one", "Person", optional=True),
            inverse("reports", "Person", "boss"),
        ),
        roles=(Role("oneself", same("self", "me")),),
        access=Access(read=call("self.oneself")),
    )


def model_of(*entities: Entity) -> Model:
    return Model("people", entities=entities, actor=Actor("Person", (Claim("sub", "subject"),)))


def with_role(body: Expr, *, anonymous: bool = False) -> Model:
    """The small model with one more role."""
    base = person()
    return model_of(replace(base, roles=(*base.roles, Role("asked", body, anonymous=anonymous))))


def with_field(*fields: Field, **changes: object) -> Model:
    """The small model with more fields, and other changes of its entity."""
    base = person()
    return model_of(replace(base, fields=(*base.fields, *fields), **changes))


def changed(**changes: object) -> Model:
    return model_of(replace(person(), **changes))


def told(model: Model) -> list[str]:
    """The codes found, in order."""
    return [fault.code for fault in find_faults(model)]


def messages(model: Model) -> list[str]:
    return [fault.message for fault in find_faults(model)]


def hints(model: Model) -> list[str]:
    return [fault.hint for fault in find_faults(model)]
