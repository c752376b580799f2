"""A hidden field is hidden on every way to it."""

import pytest

import strongback as sb
from strongback.errors import DeclarationError
from strongback.model.load import load


class Person(sb.Entity):
    subject: str = sb.field(max=80, unique=True, read_only=True)
    chief: bool = sb.field(default=False, read_only=True)

    @sb.role
    def oneself(self, me: "Person") -> bool:
        return self == me

    access = sb.Access(read=oneself)


class Firm(sb.Entity):
    owner: Person = sb.to_one()
    debt: int = sb.field(default=0)
    grade: int = sb.field(default=0)
    parts: list["Part"] = sb.inverse("firm")

    @sb.role
    def owned(self, me: Person) -> bool:
        return self.owner == me

    @sb.role
    def by_chief(self, me: Person) -> bool:
        return me.chief

    @sb.computed
    def poor(self) -> bool:
        return self.debt > 100

    access = sb.Access(read=sb.EVERYONE, fields={debt: owned, grade: by_chief, "poor": owned})


class Part(sb.Entity):
    firm: Firm = sb.to_one()
    debt: bool = False

    access = sb.Access(read=sb.EVERYONE)

    @sb.computed
    def owes(self) -> bool:
        return self.firm.debt > 100

    @sb.computed
    def good(self) -> bool:
        return self.firm.grade > 3

    @sb.computed
    def among_poor(self) -> bool:
        return any(p.firm.debt > 100 for p in self.firm.parts)


class Free(sb.Entity):
    """Its own field of that name is not hidden."""

    debt: int = 0

    @sb.computed
    def owes(self) -> bool:
        return self.debt > 100

    access = sb.Access(read=sb.EVERYONE)


class Offer(sb.Entity):
    """What is asked shows what is the least."""

    owner: Person | None = sb.to_one(default=None)
    least: int = sb.field(default=50)
    bonus: int = sb.field(default=0)
    asked: int = sb.field(default=100)

    @sb.role
    def owned(self, me: Person) -> bool:
        return self.owner is not None and self.owner == me

    @sb.check(code="too_little")
    def enough(self) -> bool:
        return self.asked >= self.least

    @sb.check(code="too_much")
    def modest(self) -> bool:
        return self.bonus <= self.least

    access = sb.Access(read=sb.EVERYONE, update=sb.EVERYONE, fields={least: owned, bonus: owned})


@pytest.fixture(scope="module")
def told() -> list[str]:
    service = sb.Service(
        "firms",
        version="1.0.0",
        rest="/v1",
        entities=[Person, Firm, Part, Free, Offer],
        actor=sb.Actor(Person, claims={"sub": Person.subject}),
    )
    with pytest.raises(DeclarationError) as refused:
        load(service)
    assert {fault.code for fault in refused.value.faults} == {"SB163"}
    return [fault.message for fault in refused.value.faults]


def test_what_another_entity_computes_from_a_hidden_field_is_refused(told: list[str]) -> None:
    computed = [message.partition(" is computed from ")[0] for message in told if " is computed from " in message]
    assert computed == ["`owes`", "`good`", "`among_poor`"]


def test_a_check_that_would_tell_a_hidden_value_is_refused(told: list[str]) -> None:
    assert [message.partition(" checks ")[0] for message in told if " checks " in message] == ["`enough`"]
