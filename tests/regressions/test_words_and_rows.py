"""Names that SQL has a use for, and requests that multiply."""

from __future__ import annotations

import strongback as sb
from strongback.app import App, Team
from strongback.engine.pipeline import perform
from strongback.model.load import load
from strongback.plan.actor import ANONYMOUS
from strongback.plan.asked import Asked, SelectAsk, Target
from tests.scenarios.jobs import Said, keyring, stage


class Order(sb.Entity):
    """A row whose every member is a word of SQL."""

    nothing: int = sb.field(index=True)
    returning: str = sb.field(max=10)
    select: bool = sb.field(default=False)
    filter: str | None = sb.field(default=None, max=10)

    access = sb.Access(read=sb.EVERYONE, create=sb.EVERYONE, update=sb.EVERYONE)
    search = sb.Query(where=(nothing,), sort=("-nothing",))


words = sb.Service("words", rest="/v1", entities=[Order])


async def test_a_word_of_sql_is_a_name_like_any_other(store_url: str) -> None:
    app = App(load(words), Team.of(words), store_url, keyring())
    await app.start(create=True)
    try:
        body = {"nothing": 3, "returning": "x"}
        made = Said(await perform(Asked(Target("Order", "create", "create"), body=body), ANONYMOUS, app.runtime), None)
        changed = Asked(Target("Order", "update", "update"), made.item["id"], body={"returning": "y"})
        assert Said(await perform(changed, ANONYMOUS, app.runtime), None).item["returning"] == "y"
        found = Said(await perform(Asked(Target("Order", "list", "search")), ANONYMOUS, app.runtime), None)
        assert [item["nothing"] for item in found.items] == [3]
    finally:
        await app.close()


async def test_pages_inside_pages_are_bounded_together(store_url: str) -> None:
    inner = SelectAsk(include={"applications": SelectAsk(page_size=100)}, page_size=100)
    async with stage(store_url) as on:
        ann = await on.user("ann")
        company = (await ann("Company.found", body={"name": "Acme"})).item["id"]
        wide = await ann("Company.get", company, select=SelectAsk(include={"jobs": inner}))
        assert wide.code == "SB201"
        fit = SelectAsk(include={"jobs": SelectAsk(include={"applications": SelectAsk(page_size=20)}, page_size=100)})
        assert (await ann("Company.get", company, select=fit)).item["jobs"] == []
