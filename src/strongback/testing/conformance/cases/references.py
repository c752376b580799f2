"""References lead to rows that are there, and end as the model says when those are deleted."""

from __future__ import annotations

from strongback.testing.conformance.case import Cases
from strongback.testing.conformance.stage import Stage, same

CASES = Cases("references")
NOWHERE = "00000000-0000-4000-8000-000000000000"


@CASES.add()
async def to_nothing(on: Stage) -> None:
    """A reference to a row that is not there is refused at its place, in a create and in a change."""
    made = (await on.stranger.make("things", name="a")).id
    refusals = (
        await on.stranger.post("things", {"name": "b", "shelf_id": NOWHERE}),
        await on.stranger.patch(f"things/{made}", {"shelf_id": NOWHERE}),
        await on.stranger.post("cups", {"name": "b", "shelf_id": NOWHERE}),
    )
    for refusal in refusals:
        same(refusal.refused(422, "SB201").json["errors"][0]["pointer"], "/shelf_id", "where the fault is")
    same((await on.stranger.get("things")).names(), ["a"], "things that were made")


@CASES.add()
async def to_a_deleted_row(on: Stage) -> None:
    """A row that is deleted, but kept, cannot be referred to any more."""
    note = (await on.stranger.make("notes", slug="a", text="t")).id
    (await on.stranger.delete(f"notes/{note}")).expect(204)
    refusal = await on.stranger.post("notes", {"slug": "b", "text": "t", "answers_id": note})
    same(refusal.refused(422, "SB201").json["errors"][0]["pointer"], "/answers_id", "where the fault is")


@CASES.add()
async def restrict(on: Stage) -> None:
    """A row that others hold on to is not deleted, until they let go."""
    shelf = (await on.stranger.make("shelves", name="s")).id
    bolt = (await on.stranger.make("bolts", shelf_id=shelf)).id
    cup = (await on.stranger.make("cups", shelf_id=shelf, name="c")).id
    (await on.stranger.delete(f"shelves/{shelf}")).refused(409, "SB232")
    (await on.stranger.get(f"shelves/{shelf}")).expect(200)
    (await on.stranger.get(f"cups/{cup}")).expect(200)
    (await on.stranger.delete(f"bolts/{bolt}")).expect(204)
    (await on.stranger.delete(f"shelves/{shelf}")).expect(204)
    (await on.stranger.get(f"shelves/{shelf}")).refused(404, "SB212")


@CASES.add()
async def cascade(on: Stage) -> None:
    """Rows that belong to a deleted row go with it; others stay."""
    one = (await on.stranger.make("shelves", name="one")).id
    two = (await on.stranger.make("shelves", name="two")).id
    for shelf in (one, two):
        for name in ("a", "b"):
            await on.stranger.make("cups", shelf_id=shelf, name=name)
    (await on.stranger.delete(f"shelves/{one}")).expect(204)
    left = (await on.stranger.get("cups", {"sort": "name"})).expect(200)
    same([(cup["name"], cup["shelf_id"]) for cup in left.items], [("a", two), ("b", two)], "cups that are left")


@CASES.add()
async def set_null(on: Stage) -> None:
    """Rows that outlive a deleted row refer to nothing afterwards."""
    shelf = (await on.stranger.make("shelves", name="s")).id
    label = (await on.stranger.make("labels", shelf_id=shelf, text="l")).id
    (await on.stranger.delete(f"shelves/{shelf}")).expect(204)
    row = (await on.stranger.get(f"labels/{label}")).expect(200)
    same((row.json["shelf_id"], row.json["text"]), (None, "l"), "the label")
    found = (await on.stranger.get("labels", {"shelf_id[null]": "true"})).expect(200)
    same(found.names("text"), ["l"], "labels without a shelf")


@CASES.add()
async def changed(on: Stage) -> None:
    """A reference can be turned to another row and taken away."""
    one = (await on.stranger.make("shelves", name="one")).id
    two = (await on.stranger.make("shelves", name="two")).id
    thing = (await on.stranger.make("things", name="t", shelf_id=one)).id
    for shelf in (two, None, one):
        row = (await on.stranger.patch(f"things/{thing}", {"shelf_id": shelf})).expect(200)
        same(row.json["shelf_id"], shelf, "the shelf")
    query = {"include": "things", "things.fields": "name", "fields": "name", "sort": "name"}
    listed = (await on.stranger.get("shelves", query)).expect(200).items
    same([len(shelf["things"]) for shelf in listed], [1, 0], "things of each shelf")
