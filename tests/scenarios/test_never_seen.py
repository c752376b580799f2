"""
What a kind of caller never sees, and the contract lists for all: no request for it is wrong, and none finds anything.

A stranger may read every house, none of its prices (each shown by a role on the row, or by what the caller is), no owner, no viewing.
"""

from __future__ import annotations

import base64
from typing import Annotated

import pytest

import strongback as sb
from strongback.testing.client import AsyncClient, async_client


class Agent(sb.Entity):
    """Who calls."""

    subject: str = sb.field(max=80, unique=True, read_only=True)
    senior: bool = True

    @sb.role
    def oneself(self, me: Agent) -> bool:
        return self == me

    access = sb.Access(read=oneself, update=oneself)


class House(sb.Entity):
    """For sale."""

    street: str = sb.field(max=40, index=True)
    owner: Agent = sb.to_one()
    viewings: list[Viewing] = sb.inverse("house")
    least: int | None = sb.field(default=None, index=True)
    fee: int | None = sb.field(default=None, index=True)
    vault: str | None = sb.pii(default=None, max=20, lookup="exact")

    @sb.role
    def owned(self, me: Agent) -> bool:
        return self.owner == me

    @sb.role
    def by_a_senior(self, me: Agent) -> bool:
        return me.senior

    access = sb.Access(read=sb.EVERYONE, update=owned, fields={least: owned, vault: owned, fee: by_a_senior})
    search = sb.Query(where=(street, least, fee, vault), sort=("street", "-fee", "street,fee"))

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    def offer(
        cls,
        me: Agent,
        street: Annotated[str, sb.field(max=40)],
        price: int | None = None,
        vault: Annotated[str, sb.pii(max=20)] | None = None,
    ) -> House:
        """Sell a house of one's own."""
        return cls(street=street, owner=me, least=price, fee=price, vault=vault)


class Viewing(sb.Entity):
    """Somebody comes to look."""

    house: House = sb.to_one(immutable=True)
    at: int = sb.field(index=True)

    @sb.role
    def of_mine(self, me: Agent) -> bool:
        return self.house.owned(me)

    access = sb.Access(read=of_mine, create=of_mine)
    search = sb.Query(where=(house,), sort=("at",))


houses = sb.Service(
    "houses",
    rest="/v1",
    entities=[Agent, House, Viewing],
    actor=sb.Actor(Agent, claims={"sub": Agent.subject}, provision=True),
)

EVERY_FILTER = [
    *(f"{name}{op}=5" for name in ("least", "fee") for op in ("", "[ne]", "[lt]", "[lte]", "[gt]", "[gte]")),
    *(f"{name}[in]=5,6" for name in ("least", "fee")),
    *(f"{name}[null]={truth}" for name in ("least", "fee", "vault") for truth in ("true", "false")),
    "vault=under%20the%20stairs",
]


async def fill(stranger: AsyncClient) -> AsyncClient:
    """Two houses of Ann's, one without prices; gives Ann."""
    ann = stranger.as_user("ann")
    for body in ({"street": "Elm", "price": 5, "vault": "under the stairs"}, {"street": "Oak"}):
        house = (await ann.post("/v1/houses/offer", json=body)).expect(200).json["id"]
        (await ann.post("/v1/viewings", json={"house_id": house, "at": 9})).expect(201)
    return ann


async def streets(caller: AsyncClient, query: str) -> list[str]:
    answer = (await caller.get(f"/v1/houses?{query}")).expect(200).json
    assert "next_page_token" not in answer or answer["items"]
    return [item["street"] for item in answer["items"]]


async def test_a_filter_by_what_a_stranger_never_sees_finds_no_row(store_url: str) -> None:
    """Whatever the operator: `ne` and `null` would tell as much as `eq`. Who does see it gets the rows."""
    async with async_client(houses, store_url) as stranger:
        ann = await fill(stranger)
        for each in EVERY_FILTER:
            assert await streets(stranger, each) == [], each
            assert await streets(stranger, f"{each}&street=Elm&sort=street&page_size=1&include=viewings") == [], each
            counted = (await stranger.get(f"/v1/houses?{each}&count=true")).expect(200).json
            assert counted["count"] == 0, each
        assert await streets(ann, "least=5&fee[gte]=5&vault=under%20the%20stairs") == ["Elm"]
        assert await streets(ann, "fee[null]=true") == ["Oak"]
        assert await streets(stranger.as_user("bob"), "least=5") == []


async def test_values_of_such_a_filter_are_read_as_any(store_url: str) -> None:
    """A wrong value, an operator or a name that is not there, and a page token of elsewhere stay faults of the request."""
    async with async_client(houses, store_url) as stranger:
        ann = await fill(stranger)
        token = (await ann.get("/v1/houses?least[null]=true&page_size=1")).json.get("next_page_token")
        made_up = base64.urlsafe_b64encode(bytes(40)).decode().rstrip("=")
        for query, code in {
            "least=five": "SB201",
            "least[in]=5,five": "SB201",
            "fee[null]=perhaps": "SB201",
            "vault[lt]=a": "SB207",
            f"least=5&page_token={token or made_up}": "SB205",
            f"least=5&page_token={made_up}": "SB205",
            "sort=least": "SB206",
        }.items():
            refused = (await stranger.get(f"/v1/houses?{query}")).expect(422).json
            assert [fault["code"] for fault in refused["errors"]] == [code], query


async def test_an_unknown_name_is_refused_with_a_hint(store_url: str) -> None:
    """Names are the contract's, the same for everybody."""
    async with async_client(houses, store_url) as stranger:
        ann = await fill(stranger)
        for query, code, hint in (
            ("stret=Elm", "SB204", "did you mean `street`?"),
            ("leest[ne]=5", "SB204", "did you mean `least`?"),
            ("srot=street", "SB209", "did you mean `sort`?"),
            ("fields=vaultt", "SB204", "did you mean `vault`?"),
        ):
            for caller in (stranger, ann):
                refused = (await caller.get(f"/v1/houses?{query}")).expect(422).json
                assert [(fault["code"], fault.get("hint")) for fault in refused["errors"]] == [(code, hint)], query


async def test_an_order_by_what_a_stranger_never_sees_finds_no_row(store_url: str) -> None:
    """An order tells of its values, so it finds the rows on which the caller sees them: for a stranger none, and no 401."""
    async with async_client(houses, store_url) as stranger:
        ann = await fill(stranger)
        for order in ("-fee", "street,fee"):
            assert await streets(stranger, f"sort={order}") == []
            assert (await stranger.get(f"/v1/houses?sort={order}&count=true")).expect(200).json["count"] == 0
            assert len(await streets(ann, f"sort={order}")) == 2
        assert await streets(stranger, "sort=street") == ["Elm", "Oak"]


async def test_what_a_stranger_never_sees_with_a_row_is_absent(store_url: str) -> None:
    """A to-one relation is not there, a to-many one is empty, members are absent: in every combination a good request."""
    async with async_client(houses, store_url) as stranger:
        ann = await fill(stranger)
        query = "include=owner,viewings.house.owner&viewings.sort=at&fields=street,least&owner.fields=subject"
        found = (await stranger.get(f"/v1/houses?{query}&page_size=1")).expect(200).json["items"][0]
        assert found == {"street": "Elm", "viewings": []}
        seen = (await ann.get(f"/v1/houses?{query}&page_size=1")).expect(200).json["items"][0]
        assert seen["owner"] == {"subject": "ann"} and seen["least"] == 5 and len(seen["viewings"]) == 1


@pytest.mark.parametrize("query", ["", "?at=1", "?house_id[null]=true", "?sort=at", "?include=house", "?nothing=1"])
async def test_who_may_list_nothing_is_asked_for_a_token_whatever_the_query(query: str) -> None:
    """A list that no stranger may have tells nothing of its filters."""
    async with async_client(houses) as stranger:
        assert (await stranger.get(f"/v1/viewings{query}")).status == 401
