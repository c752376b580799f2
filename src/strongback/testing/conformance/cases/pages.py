"""Lists have one order, and pages that neither leave out nor repeat a row."""

from __future__ import annotations

from strongback.testing.conformance.case import Body, Cases
from strongback.testing.conformance.cases.filters import keep
from strongback.testing.conformance.stage import Stage, same
from strongback.testing.conformance.values import VALUES

CASES = Cases("pages")


def _by(field: str) -> Body:
    async def body(on: Stage) -> None:
        await keep(on, field)
        held = [str(place) for place in range(len(VALUES[field].held))]
        ascending = [str(len(held)), *held]
        for size in (1, 2, 50):
            up = await on.stranger.walk("things", {"sort": field, "fields": "name"}, size)
            same([each["name"] for each in up], ascending, f"ascending, in pages of {size}")
            down = await on.stranger.walk("things", {"sort": f"-{field}", "fields": "name"}, size)
            same([each["name"] for each in down], ascending[::-1], f"descending, in pages of {size}")

    return body


for _field, _values in VALUES.items():
    if _values.ordered:
        _said = f"Rows are listed by {_values.called}, page by page, both ways; what is missing is least."
        CASES.put(f"by_{_field}", _said, _by(_field))


@CASES.add()
async def equal_keys(on: Stage) -> None:
    """Rows with equal keys, and rows without, are listed once each, by id, over the ends of pages."""
    await on.things([{"whole": value} for value in (1, None, 1, None, 2, 1, None)])
    for size in (1, 2, 3):
        up = await on.stranger.walk("things", {"sort": "whole"}, size)
        same([each["name"] for each in up], ["1", "3", "6", "0", "2", "5", "4"], f"ascending, in pages of {size}")
        down = await on.stranger.walk("things", {"sort": "-whole"}, size)
        same([each["name"] for each in down], ["4", "5", "2", "0", "6", "3", "1"], f"descending, in pages of {size}")


@CASES.add()
async def several_keys(on: Stage) -> None:
    """An order of several keys, one up and one down, holds over the ends of pages, with values missing in each."""
    rows = [(whole, text) for whole in (None, 1, 2) for text in (None, "", "a")]
    await on.things([{"whole": whole, "text": text} for whole, text in rows])
    wanted = [(whole, text) for whole in (None, 1, 2) for text in ("a", "", None)]
    for size in (1, 2, 4):
        up = await on.stranger.walk("things", {"sort": "whole,-text"}, size)
        same([(each["whole"], each["text"]) for each in up], wanted, f"`whole,-text` in pages of {size}")
        down = await on.stranger.walk("things", {"sort": "-whole,text"}, size)
        same([(each["whole"], each["text"]) for each in down], wanted[::-1], f"`-whole,text` in pages of {size}")


@CASES.add()
async def rows_come_and_go(on: Stage) -> None:
    """Rows that are made or deleted between pages neither repeat nor hide the others."""
    ids = await on.things([{"whole": i * 10} for i in range(6)])
    query = {"sort": "whole", "page_size": "2"}
    first = (await on.stranger.get("things", query)).expect(200)
    same(first.names(), ["0", "1"], "the first page")
    (await on.stranger.delete(f"things/{ids[0]}")).expect(204)
    (await on.stranger.delete(f"things/{ids[1]}")).expect(204)
    (await on.stranger.delete(f"things/{ids[3]}")).expect(204)
    await on.stranger.make("things", name="before", whole=-1)
    await on.stranger.make("things", name="between", whole=15)
    token = {"page_token": first.json["next_page_token"]}
    second = (await on.stranger.get("things", {**query, **token})).expect(200)
    same(second.names(), ["between", "2"], "the second page")


@CASES.add()
async def a_token_is_for_its_list(on: Stage) -> None:
    """The token of a page is good for the same list, order and filters only."""
    await on.things([{"whole": i, "flag": True} for i in range(3)])
    query = {"sort": "whole", "flag": "true", "page_size": "1"}
    token = (await on.stranger.get("things", query)).expect(200).json["next_page_token"]
    (await on.stranger.get("things", {**query, "page_token": token})).expect(200)
    for other in ({**query, "sort": "-whole"}, {**query, "flag": "false"}, {"sort": "whole"}):
        answer = await on.stranger.get("things", {**other, "page_token": token})
        answer.refused(422, "SB201")


@CASES.add()
async def the_last_page(on: Stage) -> None:
    """The last page has no token, also when it is full; a list without rows is one empty page."""
    empty = (await on.stranger.get("things", {"page_size": "2"})).expect(200)
    same(empty.json, {"items": []}, "a list without rows")
    await on.things([{}, {}, {}, {}])
    same(len(await on.stranger.walk("things", {"sort": "id"}, 2)), 4, "rows in pages that come out even")
    whole = (await on.stranger.get("things", {"page_size": "4"})).expect(200)
    same("next_page_token" in whole.json, False, "whether a full last page has a token")
