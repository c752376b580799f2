"""Personal data are answered as any other, whatever their type."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated

import strongback as sb
from tests.scenarios.jobs import stage

VALUES = {
    "born": "1990-01-02T03:04:05.000000Z",
    "rest": "PT90S",
    "debt": "12.50",
    "facts": {"b": [1, {"d": None, "c": True}], "a": "x"},
    "visits": ["2020-01-01T00:00:00.000000Z"],
}


class Patient(sb.Entity):
    """Every kind of value twice: as it is, and encrypted."""

    born: datetime
    rest: timedelta
    debt: Annotated[Decimal, sb.decimal(10, 2)]
    facts: sb.JSON
    visits: list[datetime]
    secret_born: datetime = sb.pii()
    secret_rest: timedelta = sb.pii()
    secret_debt: Annotated[Decimal, sb.decimal(10, 2)] = sb.pii()
    secret_facts: sb.JSON = sb.pii()
    secret_visits: list[datetime] = sb.pii()

    access = sb.Access(read=sb.EVERYONE, create=sb.EVERYONE)

    @sb.action(allow=sb.EVERYONE)
    def touch(self) -> "Patient":
        """Write one of them anew, as it is."""
        self.secret_born, self.born = self.born, self.secret_born
        self.secret_debt, self.debt = self.debt + 1, self.secret_debt + 1
        return self


clinic = sb.Service("clinic", version="1.0.0", rest="/v1", entities=[Patient])


def both(values: dict[str, object]) -> dict[str, object]:
    return values | {f"secret_{name}": value for name, value in values.items()}


async def test_an_encrypted_value_is_answered_with_the_text_of_a_plain_one(store_url: str) -> None:
    async with stage(store_url, service=clinic) as running:
        given = both({**VALUES, "born": "1990-01-02T04:04:05+01:00"})
        made = (await running.stranger("Patient.create", body=given)).item
        assert {name: made[name] for name in given} == both(VALUES)
        assert [str(made["facts"]), str(made["secret_facts"])] == [
            str({"a": "x", "b": [1, {"c": True, "d": None}]})
        ] * 2
        touched = (await running.stranger("Patient.touch", made["id"], body={})).item
        assert {name: touched[name] for name in given} == both({**VALUES, "debt": "13.50"})
