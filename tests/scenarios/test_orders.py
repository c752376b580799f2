"""Orders of several keys, both ways at once, with values that are missing."""

from __future__ import annotations

import strongback as sb
from strongback.app import App, Team
from strongback.engine.pipeline import perform
from strongback.model.load import load
from strongback.plan.actor import ANONYMOUS
from strongback.plan.asked import Asked, Target
from tests.scenarios.jobs import Said, keyring


class Note(sb.Entity):
    """A note."""

    place: str | None = sb.field(max=20, default=None)
    rank: int

    access = sb.Access(read=sb.EVERYONE, create=sb.EVERYONE)
    search = sb.Query(sort=("place,-rank", "-place,rank", "-place"), page_max=3)


notes = sb.Service("notes", rest="/v1", entities=[Note])
ROWS = [(place, rank) for place in (None, "", "a", "b") for rank in (1, 2, 3)]


async def walk(app: App, order: str) -> list[tuple[str | None, int]]:
    """Every row of the list, page by page."""
    found: list[tuple[str | None, int]] = []
    token = ""
    while True:
        asked = Asked(Target("Note", "list", "search"), sort=order, page_size=2, page_token=token)
        said = Said(await perform(asked, ANONYMOUS, app.runtime), None)
        found += [(item["place"], item["rank"]) for item in said.items]
        assert said.outcome is not None
        token = said.outcome.next_page_token
        if not token:
            return found


async def test_pages_follow_orders_of_several_keys(store_url: str) -> None:
    """Missing values come first ascending and last descending; no row is left out or repeated."""
    app = App(load(notes), Team.of(notes), store_url, keyring())
    await app.start(create=True)
    try:
        for place, rank in ROWS:
            body: dict[str, object] = {"rank": rank} if place is None else {"place": place, "rank": rank}
            await perform(Asked(Target("Note", "create", "create"), body=body), ANONYMOUS, app.runtime)
        assert await walk(app, "place,-rank") == [(place, rank) for place in (None, "", "a", "b") for rank in (3, 2, 1)]
        assert await walk(app, "-place,rank") == [(place, rank) for place in ("b", "a", "", None) for rank in (1, 2, 3)]
        assert [place for place, _ in await walk(app, "-place")] == [p for p in ("b", "a", "", None) for _ in range(3)]
    finally:
        await app.close()
