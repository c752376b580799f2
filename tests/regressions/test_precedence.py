"""A permission is told before anything that the store would refuse."""

from typing import Literal

import strongback as sb
from tests.scenarios.jobs import stage


class Clerk(sb.Entity):
    subject: str = sb.field(max=80, unique=True, read_only=True)

    @sb.role
    def oneself(self, me: "Clerk") -> bool:
        return self == me

    access = sb.Access(read=oneself)


class Paper(sb.Entity):
    """Nobody may file one away by an update."""

    code: str = sb.field(max=20, unique=True)
    state: Literal["open", "filed"] = "open"

    @sb.role
    def editable(self, me: Clerk | None) -> bool:
        return self.state == "open"

    access = sb.Access(read=sb.EVERYONE, create=sb.EVERYONE, update=editable)


office = sb.Service(
    "office",
    version="1.0.0",
    rest="/v1",
    entities=[Clerk, Paper],
    actor=sb.Actor(Clerk, claims={"sub": Clerk.subject}),
)


async def test_whether_a_value_is_taken_is_not_told_to_who_may_not_write_the_row(store_url: str) -> None:
    async with stage(store_url, service=office) as running:
        await running.stranger("Paper.create", body={"code": "taken"})
        paper = (await running.stranger("Paper.create", body={"code": "own"})).item["id"]
        for code in ("taken", "free"):
            filed = await running.stranger("Paper.update", paper, body={"code": code, "state": "filed"})
            assert filed.code == "SB211"
        assert (await running.stranger("Paper.update", paper, body={"code": "taken"})).code == "SB231"
        assert (await running.stranger("Paper.get", paper)).item["code"] == "own"
