"""Related rows come with a row, to any depth that is allowed, each list in its own order and bounds."""

from __future__ import annotations

from strongback.testing.conformance.case import Cases
from strongback.testing.conformance.stage import Stage, same

CASES = Cases("includes")


@CASES.add()
async def one_row(on: Stage) -> None:
    """A row that is referred to comes as an object, and is absent where there is none."""
    shelf = (await on.stranger.make("shelves", name="s")).id
    held = (await on.stranger.make("things", name="held", shelf_id=shelf)).id
    loose = (await on.stranger.make("things", name="loose")).id
    for fields in ({}, {"fields": "id,name"}, {"fields": "id,ratio"}):
        with_shelf = (await on.stranger.get(f"things/{held}", {"include": "shelf", **fields})).expect(200)
        same((with_shelf.json["shelf"]["id"], with_shelf.json["shelf"]["name"]), (shelf, "s"), "the shelf")
        without = (await on.stranger.get(f"things/{loose}", {"include": "shelf", **fields})).expect(200)
        same("shelf" in without.json, False, "whether a thing without a shelf has one")
    same(list(with_shelf.json), ["id", "ratio", "shelf"], "members: relations stand last")


@CASES.add()
async def many_rows(on: Stage) -> None:
    """The rows that refer to a row come as a list: in the order asked for, no more than asked for, empty where there is none."""
    one = (await on.stranger.make("shelves", name="one")).id
    two = (await on.stranger.make("shelves", name="two")).id
    for name in ("b", "c", "a"):
        await on.stranger.make("cups", shelf_id=one, name=name)
    query = {"include": "cups", "cups.sort": "name", "cups.page_size": "2"}
    same([c["name"] for c in (await on.stranger.get(f"shelves/{one}", query)).json["cups"]], ["a", "b"], "two by name")
    same((await on.stranger.get(f"shelves/{two}", query)).expect(200).json["cups"], [], "the cups of an empty shelf")
    down = {"include": "cups", "cups.sort": "-created_at", "cups.fields": "name"}
    listed = (await on.stranger.get("shelves", {**down, "sort": "name"})).expect(200)
    same(
        [shelf["cups"] for shelf in listed.items],
        [[{"name": "a"}, {"name": "c"}, {"name": "b"}], []],
        "the cups of each shelf of a list, latest first",
    )


@CASES.add()
async def deep(on: Stage) -> None:
    """Relations of relations come along, there and back, each with its own selection."""
    shelf = (await on.stranger.make("shelves", name="s")).id
    await on.stranger.make("cups", shelf_id=shelf, name="c")
    await on.stranger.make("things", name="t", shelf_id=shelf, ratio=0.5, price="1.50")
    query = {
        "include": "shelf.things.shelf,shelf.cups",
        "fields": "name",
        "shelf.fields": "name",
        "shelf.cups.fields": "name",
        "shelf.things.fields": "price,ratio",
        "shelf.things.shelf.fields": "low",
    }
    thing = {"ratio": 0.5, "price": "1.50", "shelf": {"low": 0}}
    wanted = {"name": "t", "shelf": {"name": "s", "things": [thing], "cups": [{"name": "c"}]}}
    same((await on.stranger.get("things", query)).expect(200).items, [wanted], "a tree of four levels")


@CASES.add()
async def itself(on: Stage) -> None:
    """Rows of one kind that refer to each other are included both ways, without those that are deleted."""
    first = (await on.stranger.make("notes", slug="first", text="?")).id
    second = (await on.stranger.make("notes", slug="second", text="!", answers_id=first)).id
    third = (await on.stranger.make("notes", slug="third", text="!", answers_id=first)).id
    query = {"include": "answered,answers", "answered.sort": "slug", "answered.fields": "slug"}
    one = (await on.stranger.get(f"notes/{first}", query)).expect(200)
    same(one.json["answered"], [{"slug": "second"}, {"slug": "third"}], "its answers")
    same("answers" in one.json, False, "whether it answers something")
    (await on.stranger.delete(f"notes/{second}")).expect(204)
    less = (await on.stranger.get(f"notes/{first}", query)).expect(200)
    same(less.json["answered"], [{"slug": "third"}], "its answers when one is deleted")
    up = (await on.stranger.get(f"notes/{third}", {"include": "answers", "answers.fields": "slug"})).expect(200)
    same(up.json["answers"], {"slug": "first"}, "what an answer answers")


@CASES.add()
async def of_a_write(on: Stage) -> None:
    """A row that was just changed is included as it is now."""
    shelf = (await on.stranger.make("shelves", name="before")).id
    await on.stranger.make("cups", shelf_id=shelf, name="c")
    (await on.stranger.patch(f"shelves/{shelf}", {"name": "after"})).expect(200)
    listed = (await on.stranger.get("cups", {"include": "shelf"})).expect(200)
    same(listed.items[0]["shelf"]["name"], "after", "the shelf's name")
