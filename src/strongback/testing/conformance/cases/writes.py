"""A write is done whole or not at all, by who names the right version, and never breaks what the model declares."""

from __future__ import annotations

import asyncio

from strongback.testing.conformance.case import Cases
from strongback.testing.conformance.stage import Stage, same

CASES = Cases("writes")
NOWHERE = "00000000-0000-4000-8000-000000000000"


@CASES.add()
async def only_what_is_given(on: Stage) -> None:
    """A change leaves alone what it does not name, and null takes a value away."""
    made = await on.stranger.make("things", name="a", whole=1, text="t", price="1.50", words=["x"])
    changed = (await on.stranger.patch(f"things/{made.id}", {"text": None, "whole": 2})).expect(200)
    wanted = {**made.json, "text": None, "whole": 2, "updated_at": changed.json["updated_at"]}
    same(changed.json, wanted, "the row after the change")
    same((await on.stranger.get(f"things/{made.id}")).expect(200).json, wanted, "the row as it is stored")


@CASES.add()
async def an_empty_change(on: Stage) -> None:
    """A change that names nothing answers the row."""
    made = await on.stranger.make("things", name="a", whole=1)
    changed = (await on.stranger.patch(f"things/{made.id}", {})).expect(200)
    same((changed.json["name"], changed.json["whole"]), ("a", 1), "the row")


@CASES.add()
async def gone(on: Stage) -> None:
    """A deleted row is not there for any operation, nor in any list."""
    made = (await on.stranger.make("things", name="a")).id
    (await on.stranger.delete(f"things/{made}")).expect(204)
    (await on.stranger.get(f"things/{made}")).refused(404, "SB212")
    (await on.stranger.patch(f"things/{made}", {"name": "b"})).refused(404, "SB212")
    (await on.stranger.delete(f"things/{made}")).refused(404, "SB212")
    same((await on.stranger.get("things")).expect(200).items, [], "the list")


@CASES.add()
async def never_there(on: Stage) -> None:
    """An id of no row, and text that is no id, are answered alike."""
    for row in (NOWHERE, "1", "%20", "\u00e4"):
        (await on.stranger.get(f"things/{row}")).refused(404, "SB212")
        (await on.stranger.patch(f"things/{row}", {"name": "b"})).refused(404, "SB212")
        (await on.stranger.delete(f"things/{row}")).refused(404, "SB212")


@CASES.add()
async def the_version_named(on: Stage) -> None:
    """A change is made when its `If-Match` names the row's version, and refused when it names an older one."""
    made = await on.stranger.make("things", name="a")
    first = (await on.stranger.get(f"things/{made.id}")).expect(200).etag
    second = (await on.stranger.patch(f"things/{made.id}", {"name": "b"}, if_match=first)).expect(200).etag
    same(first == second, False, "whether a change leaves the tag as it was")
    (await on.stranger.patch(f"things/{made.id}", {"name": "c"}, if_match=first)).refused(412, "SB220")
    (await on.stranger.delete(f"things/{made.id}", if_match=first)).refused(412, "SB220")
    several = f'"nothing", {second}'
    third = (await on.stranger.patch(f"things/{made.id}", {"name": "d"}, if_match=several)).expect(200).etag
    same((await on.stranger.get(f"things/{made.id}")).json["name"], "d", "the name")
    (await on.stranger.delete(f"things/{made.id}", if_match=third)).expect(204)


@CASES.add()
async def a_dry_run(on: Stage) -> None:
    """A write that is only tried is answered as it would be, or refused as it would be, and leaves nothing, in histories neither."""
    dry = {"prefer": "tx=rollback"}
    note = await on.stranger.make("notes", slug="a", text="x")
    made = (await on.stranger.ask("POST", "notes", {"slug": "b", "text": "y"}, None, dry)).expect(201)
    same(made.response.headers["preference-applied"], "tx=rollback", "what was applied")
    changed = (await on.stranger.patch(f"notes/{note.id}", {"text": "z"}, **dry)).expect(200)
    same(changed.json["text"], "z", "the row as it would be")
    (await on.stranger.delete(f"notes/{note.id}", **dry)).expect(204)
    (await on.stranger.ask("POST", "notes", {"slug": "a", "text": "y"}, None, dry)).refused(
        409, "SB231", "note_slug_taken"
    )
    same((await on.stranger.get("notes")).expect(200).items, [note.json], "the notes")
    again = (await on.stranger.patch(f"notes/{note.id}", {"text": "z"}, if_match=note.etag)).expect(200)
    same(again.etag, changed.etag, "the version that the next real write makes")


@CASES.add()
async def a_dry_run_of_an_action(on: Stage) -> None:
    """An action that is only tried leaves nothing, and of a caller who is new not even an account."""
    ada = on.member("ada")
    dry, furnished = {"prefer": "tx=rollback"}, {"name": "s", "cups": ["a", "b"]}
    (await ada.ask("POST", "shelves/furnish", furnished, None, dry)).expect(200)
    same((await on.stranger.get("shelves")).expect(200).items, [], "the shelves")
    few = {"prefer": "handling=strict, max-affected=2"}
    (await ada.ask("POST", "shelves/furnish", furnished, None, few)).refused(409, "SB225")
    same((await on.stranger.get("shelves")).expect(200).items, [], "the shelves")
    (await ada.ask("POST", "shelves/furnish", furnished, None, {"prefer": "handling=strict, max-affected=3"})).expect(
        200
    )


@CASES.add()
async def several_at_once(on: Stage) -> None:
    """A batch does its operations one after another, each on the rows as those before it left them."""
    first, second = await on.stranger.make("shelves", name="a"), await on.stranger.make("shelves", name="b")
    operations = [
        {"update": {"id": first.id, "if_match": first.etag, "set": {"name": "c"}}},
        {"create": {"name": "a"}},
        {"delete": {"id": second.id}},
        {"create": {"name": "b", "low": 1}},
    ]
    done = (await on.stranger.post("shelves/batch", {"operations": operations})).expect(200).json["results"]
    same([each["status"] for each in done], [200, 201, 204, 201], "the statuses")
    same(done[0]["etag"] == first.etag.strip('"'), False, "whether a change leaves the tag as it was")
    rows = (await on.stranger.get("shelves")).expect(200).items
    same(rows, [done[1]["row"], done[3]["row"], done[0]["row"]], "the shelves by name")


@CASES.add()
async def all_or_none(on: Stage) -> None:
    """A batch of which one operation is refused does none of them, and tells of each that would be refused."""
    first = await on.stranger.make("shelves", name="a")
    operations = [
        {"update": {"id": first.id, "set": {"low": 200}}},
        {"create": {"name": "b"}},
        {"create": {"name": "a"}},
        {"delete": {"id": NOWHERE}},
        {"create": {"name": "b"}},
    ]
    refused = (await on.stranger.post("shelves/batch", {"operations": operations})).refused(404, "SB212")
    told = [(each["pointer"], each["status"], each.get("reason", "")) for each in refused.json["errors"]]
    wanted = [
        ("/operations/0", 422, "upside_down"),
        ("/operations/2", 409, "shelf_name_taken"),
        ("/operations/3", 404, ""),
        ("/operations/4", 409, "shelf_name_taken"),
    ]
    same(told, wanted, "the refusals")
    same((await on.stranger.get("shelves")).expect(200).items, [first.json], "the shelves")


@CASES.add()
async def with_its_children(on: Stage) -> None:
    """A row is written with its children: they are made, changed and deleted as the list says, in an order that every constraint allows."""
    made = await on.stranger.make("shelves", name="s", cups=[{"name": "a"}, {"name": "b"}, {"name": "c"}])
    first, second, third = made.json["cups"]
    same([cup["name"] for cup in made.json["cups"]], ["a", "b", "c"], "the cups it was made with")
    cups = [{"id": first["id"], "name": "b"}, {"id": second["id"], "name": "d"}, {"name": "c"}, {"name": "a"}]
    changed = (await on.stranger.patch(f"shelves/{made.id}", {"cups": cups}, if_match=made.etag)).expect(200)
    same([cup["name"] for cup in changed.json["cups"]], ["b", "d", "c", "a"], "the cups there are to be")
    same(changed.json["cups"][0]["id"], first["id"], "which cup it is")
    (await on.stranger.get(f"cups/{third['id']}")).refused(404, "SB212")
    (await on.stranger.patch(f"shelves/{made.id}", {"cups": []}, if_match=made.etag)).refused(412, "SB220")


@CASES.add()
async def with_a_child_that_is_refused(on: Stage) -> None:
    """A row is not written when one of its children cannot be, and the answer says which."""
    refused = await on.stranger.post("shelves", {"name": "s", "cups": [{"name": "a"}, {"name": "b"}, {"name": "a"}]})
    refused.refused(409, "SB231", "cup_is_there")
    same(refused.json["errors"][0]["pointer"], "/cups/2", "the place")
    same((await on.stranger.get("shelves")).expect(200).items, [], "shelves")
    same((await on.stranger.get("cups")).expect(200).items, [], "cups")


@CASES.add()
async def what_is_unchanged(on: Stage) -> None:
    """A get that names the row's version is answered 304 until the row changes; what is included has no version."""
    made = (await on.stranger.make("things", name="a")).id
    tag = (await on.stranger.get(f"things/{made}")).expect(200).etag
    (await on.stranger.get(f"things/{made}", None, if_none_match=tag)).expect(304)
    (await on.stranger.patch(f"things/{made}", {"name": "b"})).expect(200)
    again = (await on.stranger.get(f"things/{made}", None, if_none_match=tag)).expect(200)
    same(again.json["name"], "b", "the name")
    included = (await on.stranger.get(f"things/{made}", {"include": "shelf"})).expect(200)
    same("etag" in included.response.headers, False, "whether an answer with relations has a tag")


@CASES.add()
async def a_version_is_demanded(on: Stage) -> None:
    """Where the model demands it, a write that names no version is refused, and the row stays as it is."""
    made = await on.stranger.make("records", text="a")
    (await on.stranger.patch(f"records/{made.id}", {"text": "b"})).refused(428, "SB221")
    (await on.stranger.delete(f"records/{made.id}")).refused(428, "SB221")
    row = (await on.stranger.get(f"records/{made.id}")).expect(200)
    same(row.json["text"], "a", "the text")
    (await on.stranger.patch(f"records/{made.id}", {"text": "b"}, if_match=row.etag)).expect(200)
    (await on.stranger.patch(f"records/{made.id}", {"text": "c"}, if_match="*")).expect(200)
    (await on.stranger.delete(f"records/{made.id}", if_match="*")).expect(204)


@CASES.add()
async def unique(on: Stage) -> None:
    """A value that is unique is refused a second time, in a create and in a change, and names its field."""
    one = (await on.stranger.make("shelves", name="\u00e4")).id
    two = (await on.stranger.make("shelves", name="a\u0308")).id
    taken = (await on.stranger.post("shelves", {"name": "\u00e4"})).refused(409, "SB231", "shelf_name_taken")
    same("`name`" in taken.json["detail"], True, "whether the refusal names the field")
    (await on.stranger.patch(f"shelves/{two}", {"name": "\u00e4"})).refused(409, "SB231", "shelf_name_taken")
    (await on.stranger.patch(f"shelves/{one}", {"name": "\u00e4"})).expect(200)
    same((await on.stranger.get(f"shelves/{two}")).json["name"], "a\u0308", "the name that was to change")
    (await on.stranger.delete(f"shelves/{one}")).expect(204)
    (await on.stranger.patch(f"shelves/{two}", {"name": "\u00e4"})).expect(200)


@CASES.add()
async def unique_together(on: Stage) -> None:
    """Members that are unique together are refused together only, under the declared reason."""
    one = (await on.stranger.make("shelves", name="one")).id
    two = (await on.stranger.make("shelves", name="two")).id
    await on.stranger.make("cups", shelf_id=one, name="a")
    await on.stranger.make("cups", shelf_id=two, name="a")
    other = (await on.stranger.make("cups", shelf_id=one, name="b")).id
    (await on.stranger.post("cups", {"shelf_id": one, "name": "a"})).refused(409, "SB231", "cup_is_there")
    (await on.stranger.patch(f"cups/{other}", {"name": "a"})).refused(409, "SB231", "cup_is_there")
    (await on.stranger.patch(f"cups/{other}", {"name": "A"})).expect(200)


@CASES.add()
async def unique_among_some(on: Stage) -> None:
    """A rule for some rows binds those alone: a row that comes among them is refused, one that leaves makes room."""
    one = (await on.stranger.make("shelves", name="one")).id
    first = (await on.stranger.make("cups", shelf_id=one, name="a", favourite=True)).id
    await on.stranger.make("cups", shelf_id=one, name="b", favourite=True, broken=True)
    taken = (await on.stranger.post("cups", {"shelf_id": one, "name": "c", "favourite": True})).refused(
        409, "SB231", "favourite_is_there"
    )
    same("`shelf_id`" in taken.json["detail"], True, "whether the refusal names the field")
    other = (await on.stranger.make("cups", shelf_id=one, name="c")).id
    (await on.stranger.patch(f"cups/{other}", {"favourite": True})).refused(409, "SB231", "favourite_is_there")
    (await on.stranger.patch(f"cups/{first}", {"broken": True})).expect(200)
    (await on.stranger.patch(f"cups/{other}", {"favourite": True})).expect(200)
    (await on.stranger.patch(f"cups/{first}", {"broken": False})).refused(409, "SB231", "favourite_is_there")


@CASES.add()
async def checked(on: Stage) -> None:
    """A row that would break a check is refused, in a create and in a change, whatever part of it is given."""
    (await on.stranger.post("shelves", {"name": "x", "low": 5, "high": 4})).refused(422, "SB233", "upside_down")
    (await on.stranger.post("shelves", {"name": "x", "low": 101})).refused(422, "SB233", "upside_down")
    made = (await on.stranger.make("shelves", name="x", low=4, high=4)).id
    (await on.stranger.patch(f"shelves/{made}", {"low": 5})).refused(422, "SB233", "upside_down")
    (await on.stranger.patch(f"shelves/{made}", {"low": 5, "high": 5})).expect(200)


@CASES.add(compared=False)
async def two_writers(on: Stage) -> None:
    """Of writers that name the same version at once, one changes the row; the others are refused."""
    made = (await on.stranger.make("things", name="a")).id
    tag = (await on.stranger.get(f"things/{made}")).expect(200).etag
    racing = [on.stranger.patch(f"things/{made}", {"name": f"w{i}", "whole": i}, if_match=tag) for i in range(6)]
    answers = await asyncio.gather(*racing)
    same(sorted(a.response.status for a in answers), [200] + [412] * 5, "statuses")
    winner = next(a for a in answers if a.response.status == 200)
    row = (await on.stranger.get(f"things/{made}")).expect(200)
    same((row.json["name"], row.etag), (winner.json["name"], winner.etag), "the row, which is the winner's")


@CASES.add(compared=False)
async def two_of_a_kind(on: Stage) -> None:
    """Of creates of the same unique value at once, one makes a row; the others are refused."""
    answers = await asyncio.gather(*(on.stranger.post("shelves", {"name": "same"}) for _ in range(6)))
    same(sorted(a.response.status for a in answers), [201] + [409] * 5, "statuses")
    same((await on.stranger.get("shelves")).expect(200).names(), ["same"], "shelves")


@CASES.add(compared=False)
async def no_change_is_lost(on: Stage) -> None:
    """Changes of one number at once all count: an action locks the row it is on."""
    ada = on.member("ada")
    made = (await on.stranger.make("shelves", name="x", high=0)).id
    answers = await asyncio.gather(*(ada.post(f"shelves/{made}/widen", {"by": 2**i}) for i in range(6)))
    same([a.response.status for a in answers], [204] * 6, "statuses")
    same((await on.stranger.get(f"shelves/{made}")).expect(200).json["high"], 63, "the sum")


@CASES.add(compared=False)
async def readers_see_whole_writes(on: Stage) -> None:
    """Who reads while an action writes sees all of it or nothing."""
    ada = on.member("ada")
    made = (await ada.post("shelves/furnish", {"name": "s", "cups": ["a", "b", "c"]})).expect(200).id
    query = {"include": "cups", "cups.fields": "name", "fields": "name"}

    async def read() -> int:
        row = (await on.stranger.get(f"shelves/{made}", query)).expect(200).json
        depths = {str(each["name"]).count("x") for each in (row, *row["cups"])}
        same(len(depths), 1, f"how many states one answer shows ({row})")
        return depths.pop()

    for _ in range(4):
        await asyncio.gather(ada.post(f"shelves/{made}/paint", {"prefix": "x"}), *(read() for _ in range(4)))
    same(await read(), 4, "how often it was painted")


@CASES.add()
async def the_longest_text_in_an_index(on: Stage) -> None:
    """A text in several indexes may be as long as is declared, whatever its characters; a longer one is refused by name."""
    longest = "".join(chr(0x1F300 + i * 7 % 640) for i in range(600))  # of four bytes each, and nothing to compress
    made = await on.stranger.make("things", name="n" * 60, text=longest, whole=1)
    same((await on.stranger.get(f"things/{made.id}")).expect(200).json["text"], longest, "the text")
    (await on.stranger.patch(f"things/{made.id}", {"text": longest[::-1]})).expect(200)
    refusal = (await on.stranger.patch(f"things/{made.id}", {"text": longest + "x"})).refused(422, "SB201")
    same([fault["pointer"] for fault in refusal.json["errors"]], ["/text"], "what the refusal names")
