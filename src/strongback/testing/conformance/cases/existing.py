"""Rows of tables that are there already: read, written and referred to as any, with the keys that they have or that the database gives."""

from __future__ import annotations

from strongback.testing.conformance.case import Cases
from strongback.testing.conformance.cases.kept import stored
from strongback.testing.conformance.parcels import write_theirs
from strongback.testing.conformance.stage import Stage, same

CASES = Cases("existing")
THEIRS = (
    "INSERT INTO tbl_depots (depot_no, nm, remark) VALUES (7, 'Oslo', 'kept'), (9, '\u00c5s', 'kept')",
    "INSERT INTO tbl_parcels (parcel_no, depot_no, txt, kg) VALUES (70000000001, 7, 'b', 5), (70000000002, 7, 'a', NULL)",
    "INSERT INTO tbl_parcels (parcel_no, depot_no, txt, kg, after_no) VALUES (70000000003, 9, '\u00e4', 2, 70000000001)",
)
FIRST = 70_000_000_001
DEPOT = {"id": 7, "name": "Oslo"}


async def theirs(on: Stage) -> None:
    """Rows that another application wrote."""
    await write_theirs(on.app.store, *THEIRS)


@CASES.add()
async def read(on: Stage) -> None:
    """A row that another application wrote is read by its own key, under declared names, without a tag; what is no key is none."""
    await theirs(on)
    depot = (await on.stranger.get("depots/7")).expect(200)
    same((depot.json, depot.response.headers.get("etag")), (DEPOT, None), "the row and its tag")
    parcel = (await on.stranger.get(f"parcels/{FIRST + 2}", {"include": "depot,after"})).expect(200).json
    same(
        (parcel["text"], parcel["weight"], parcel["depot"]["name"]),
        ("\u00e4", 2, "\u00c5s"),
        "the row and one it refers to",
    )
    same(parcel["after"]["id"], FIRST, "another of its kind")
    for id_ in ("8", "no-id", "1.5", "-1", "99999999999999999999"):
        (await on.stranger.get(f"depots/{id_}")).refused(404, "SB212")


@CASES.add()
async def listed(on: Stage) -> None:
    """Rows that another application wrote are filtered, put in order and gone through page by page, with what belongs to them."""
    await theirs(on)
    walked = await on.stranger.walk("parcels", {"sort": "text"}, 1)
    same([row["id"] for row in walked], [FIRST + 1, FIRST, FIRST + 2], "by text")
    walked = await on.stranger.walk("parcels", {"sort": "-weight"}, 1)
    same([row["weight"] for row in walked], [5, 2, None], "by weight")
    found = (await on.stranger.get("parcels", {"depot_id": "7", "sort": "id", "count": "true"})).expect(200)
    same((found.names("id"), found.json["count"]), ([FIRST, FIRST + 1], 2), "of one depot")
    within = (await on.stranger.get("depots", {"name": "Oslo", "include": "parcels"})).expect(200).items
    same([row["id"] for row in within[0]["parcels"]], [FIRST + 1, FIRST], "of one depot, included")


@CASES.add()
async def given_keys(on: Stage) -> None:
    """A row is made with the key that it is given, once; a column that no member names is filled by the database."""
    await theirs(on)
    made = (await on.stranger.post("depots", {"id": 12, "name": "Bergen"})).expect(201)
    same((made.json, made.response.headers["location"]), ({"id": 12, "name": "Bergen"}, "/v1/depots/12"), "the row")
    same((await on.stranger.get("depots/12")).expect(200).json, made.json, "the row, read")
    (await on.stranger.post("depots", {"id": 12, "name": "Moss"})).refused(409, "SB231", "tbl_depots_id_taken")
    (await on.stranger.post("depots", {"id": 13, "name": "Oslo"})).refused(409, "SB231", "tbl_depots_name_taken")
    refused = (await on.stranger.post("depots", {"name": "Moss"})).refused(422, "SB201")
    same(refused.json["errors"][0]["pointer"], "/id", "where the fault is")
    held = await stored(on, "tbl_depots", "depot_no, nm, remark", "depot_no")
    same(held, [(7, "Oslo", "kept"), (9, "\u00c5s", "kept"), (12, "Bergen", "old")], "what is stored")


@CASES.add(compared=False)
async def generated_keys(on: Stage) -> None:
    """A row that is made has the key that the database gives: in the answer, in its place, and in the row itself; nobody else gives one."""
    await theirs(on)
    depot = {"depot_id": 7, "text": "n"}
    made = (await on.stranger.post("parcels", depot)).expect(201)
    same(made.json, {"id": made.json["id"], "after_id": None, "weight": None, **depot}, "the row")
    same(made.response.headers["location"], f"/v1/parcels/{made.id}", "its place")
    same((await on.stranger.get(f"parcels/{made.id}")).expect(200).json, made.json, "the row, read")
    following = await on.stranger.make("parcels", **depot, after_id=made.json["id"])
    operations = [{"create": depot}, {"create": depot}]
    batch = (await on.stranger.post("parcels/batch", {"operations": operations})).expect(200).json["results"]
    ids = [made.json["id"], following.json["id"], *(each["id"] for each in batch)]
    same(
        (len(set(ids)), {FIRST, FIRST + 1, FIRST + 2} & set(ids)),
        (4, set[int]()),
        "keys that were given, and given again",
    )
    refused = (await on.stranger.post("parcels", {"id": 5, **depot})).refused(422, "SB201")
    same(refused.json["errors"][0]["pointer"], "/id", "where the fault is")
    found = (await on.stranger.get("parcels", {"text": "n", "sort": "id"})).expect(200)
    same(found.names("id"), sorted(ids), "rows that were made")


@CASES.add(compared=False)
async def generated_by_an_action(on: Stage) -> None:
    """Rows that an action makes refer to each other by keys that they get only when they are saved."""
    await theirs(on)
    body = {"depot_id": 7, "texts": ["x", "y", "z"]}
    made = (await on.member("ada").post("parcels/send", body)).expect(200).items
    same([row["text"] for row in made], ["x", "y", "z"], "the rows")
    same([row["after_id"] for row in made], [made[1]["id"], made[2]["id"], None], "what they refer to")
    found = (await on.stranger.get("receipts", {"parcel_id": str(made[0]["id"])})).expect(200)
    same(found.names("text"), ["x"], "the row of ours that was made with them")


@CASES.add()
async def changed(on: Stage) -> None:
    """A row is changed, by a request and by an action, and nothing of it that no member names; under no condition on a version."""
    await theirs(on)
    path = f"parcels/{FIRST}"
    done = (await on.stranger.patch(path, {"weight": None, "after_id": FIRST + 1})).expect(200)
    wanted = {"id": FIRST, "depot_id": 7, "text": "b", "weight": None, "after_id": FIRST + 1}
    same((done.json, done.response.headers.get("etag")), (wanted, None), "the row and its tag")
    reworded = (await on.member("ada").post(f"{path}/reword", {"text": "w"})).expect(200)
    same(reworded.json, {**wanted, "text": "w"}, "the row")
    (await on.stranger.patch("depots/7", {"name": "x"}, if_match='"1"')).refused(412, "SB252")
    (await on.stranger.patch("depots/7", {"name": "\u00c5s"})).refused(409, "SB231", "tbl_depots_name_taken")
    (await on.stranger.patch("depots/7", {"id": 8})).expect(422)
    (await on.stranger.patch("depots/7", {"name": "Moss"}, if_match="*")).expect(200)
    held = await stored(on, "tbl_depots", "depot_no, nm, remark", "depot_no")
    same(held, [(7, "Moss", "kept"), (9, "\u00c5s", "kept")], "what is stored")


@CASES.add()
async def gone(on: Stage) -> None:
    """A row is deleted, unless rows of theirs or of ours refer to it."""
    await theirs(on)
    receipt = await on.stranger.make("receipts", parcel_id=FIRST + 1, text="r")
    for path in ("depots/9", f"parcels/{FIRST}", f"parcels/{FIRST + 1}"):
        (await on.stranger.delete(path)).refused(409, "SB232")
    (await on.stranger.delete(f"receipts/{receipt.id}")).expect(204)
    for path in (f"parcels/{FIRST + 2}", f"parcels/{FIRST + 1}", "depots/9"):
        (await on.stranger.delete(path)).expect(204)
        (await on.stranger.get(path)).refused(404, "SB212")
    same(await stored(on, "tbl_parcels", "parcel_no", "parcel_no"), [(FIRST,)], "what is left")


@CASES.add()
async def referred_to(on: Stage) -> None:
    """A row of ours refers to one of theirs by its key; to nothing it does not, and neither does one of theirs."""
    await theirs(on)
    made = (await on.stranger.make("receipts", parcel_id=FIRST, text="r")).id
    receipt = (await on.stranger.get(f"receipts/{made}", {"include": "parcel"})).expect(200).json
    same((receipt["parcel_id"], receipt["parcel"]["text"]), (FIRST, "b"), "what it refers to")
    refusals = (
        ("/parcel_id", await on.stranger.post("receipts", {"parcel_id": 5, "text": "r"})),
        ("/depot_id", await on.stranger.post("parcels", {"depot_id": 5, "text": "r"})),
        ("/after_id", await on.stranger.patch(f"parcels/{FIRST}", {"after_id": 5})),
    )
    for place, refusal in refusals:
        same(refusal.refused(422, "SB201").json["errors"][0]["pointer"], place, "where the fault is")
    same(len(await stored(on, "tbl_parcels", "parcel_no", "parcel_no")), 3, "rows of theirs")
