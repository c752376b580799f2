"""An action is one transaction: all it changes, or nothing."""

from __future__ import annotations

from strongback.testing.conformance.case import Cases
from strongback.testing.conformance.stage import Stage, same
from strongback.testing.conformance.values import VALUES

CASES = Cases("actions")
CUPS = {"include": "cups", "cups.sort": "name", "cups.fields": "name", "fields": "name"}


@CASES.add()
async def makes_rows(on: Stage) -> None:
    """What an action makes is stored in one go, rows and those that refer to them, and the row it returns is answered."""
    made = (await on.member("ada").post("shelves/furnish", {"name": "s", "cups": ["b", "a"]})).expect(200)
    same((made.json["name"], made.json["low"], made.json["high"]), ("s", 0, 100), "the row it returns")
    row = (await on.stranger.get(f"shelves/{made.id}", CUPS)).expect(200)
    same(row.json, {"name": "s", "cups": [{"name": "a"}, {"name": "b"}]}, "the rows it made")


@CASES.add()
async def makes_nothing(on: Stage) -> None:
    """An action whose last row is refused by a constraint leaves none behind, and says which constraint."""
    refusal = await on.member("ada").post("shelves/furnish", {"name": "s", "cups": ["a", "b", "a"]})
    refusal.refused(409, "SB231", "cup_is_there")
    same((await on.stranger.get("shelves")).expect(200).items, [], "shelves")
    same((await on.stranger.get("cups")).expect(200).items, [], "cups")


@CASES.add()
async def changes_rows(on: Stage) -> None:
    """An action changes its row and others together, each to its next version."""
    ada = on.member("ada")
    made = (await ada.post("shelves/furnish", {"name": "s", "cups": ["a", "b"]})).expect(200)
    painted = (await ada.post(f"shelves/{made.id}/paint", {"prefix": "red"})).expect(200)
    same(painted.json, {"value": 2}, "what it returns")
    row = (await on.stranger.get(f"shelves/{made.id}", CUPS)).expect(200)
    same(row.json, {"name": "red s", "cups": [{"name": "red a"}, {"name": "red b"}]}, "the rows it changed")
    (await on.stranger.patch(f"shelves/{made.id}", {"low": 1}, if_match=made.etag)).refused(412, "SB220")


@CASES.add()
async def changes_nothing(on: Stage) -> None:
    """An action that a guard stops half way leaves everything as it was, versions too."""
    ada = on.member("ada")
    made = (await ada.post("shelves/furnish", {"name": "s", "cups": ["a", "b"]})).expect(200)
    refusal = await ada.post(f"shelves/{made.id}/paint", {"prefix": "red", "fail": True})
    refusal.refused(409, "SB230", "changed_my_mind")
    row = (await on.stranger.get(f"shelves/{made.id}", CUPS)).expect(200)
    same(row.json, {"name": "s", "cups": [{"name": "a"}, {"name": "b"}]}, "the rows")
    (await on.stranger.patch(f"shelves/{made.id}", {"low": 1}, if_match=made.etag)).expect(200)


@CASES.add()
async def meets_a_check(on: Stage) -> None:
    """An action's row is checked as any other, and the check named."""
    made = (await on.stranger.make("shelves", name="s")).id
    refusal = await on.member("ada").post(f"shelves/{made}/widen", {"by": -101})
    refusal.refused(422, "SB233", "upside_down")
    same((await on.stranger.get(f"shelves/{made}")).expect(200).json["high"], 100, "the value")


@CASES.add()
async def deletes_rows(on: Stage) -> None:
    """An action finds rows, deletes some, and then finds the others only."""
    shelf = (await on.stranger.make("shelves", name="s")).id
    for name, broken in (("a", True), ("b", False), ("c", True), ("d", False)):
        await on.stranger.make("cups", shelf_id=shelf, name=name, broken=broken)
    swept = (await on.member("ada").post(f"shelves/{shelf}/sweep")).expect(200)
    same(swept.names(), ["b", "d"], "rows it returns")
    same((await on.stranger.get("cups", {"sort": "name"})).expect(200).names(), ["b", "d"], "rows that are left")


@CASES.add()
async def rows_that_refer_to_each_other(on: Stage) -> None:
    """New rows of one action may refer to each other in a circle, and one to itself; each is stored once, in its first version."""
    for count in (1, 2, 3):
        slugs = [f"{count}{i}" for i in range(count)]
        made = (await on.member("ada").post("notes/converse", {"slugs": slugs})).expect(200)
        ids = [row["id"] for row in made.items]
        same([row["answers_id"] for row in made.items], [ids[-1], *ids[:-1]], "whom each note answers")
        tag = (await on.stranger.get(f"notes/{ids[0]}")).expect(200).etag
        (await on.stranger.patch(f"notes/{ids[0]}", {"text": "t"}, if_match=tag)).expect(200)


@CASES.add()
async def one_in_place_of_another(on: Stage) -> None:
    """A new row may have the unique value of one that the same action deletes."""
    shelf = (await on.member("ada").post("shelves/furnish", {"name": "s", "cups": ["a", "b"]})).expect(200).id
    old = (await on.stranger.get("cups")).expect(200).items
    new = (await on.member("ada").post(f"shelves/{shelf}/renew")).expect(200).items
    same(sorted(cup["name"] for cup in new), ["a", "b"], "names")
    same({cup["id"] for cup in old} & {cup["id"] for cup in new}, set(), "cups that are still the old ones")
    left = (await on.stranger.get("cups")).expect(200).items
    same({cup["id"] for cup in left}, {cup["id"] for cup in new}, "cups that are there")


@CASES.add()
async def values_passed_on(on: Stage) -> None:
    """A unique value may pass from row to row within an action; rows that swap theirs are refused, and stay as they are."""
    ada = on.member("ada")
    shelf = (await ada.post("shelves/furnish", {"name": "s", "cups": ["a", "b", "c"]})).expect(200).id
    renamed = (await ada.post(f"shelves/{shelf}/rename", {"names": ["b", "c", "d"]})).expect(200)
    same(renamed.names(), ["b", "c", "d"], "names")
    (await ada.post(f"shelves/{shelf}/rename", {"names": ["a", "d", "c"]})).refused(409, "SB216")
    (await ada.post(f"shelves/{shelf}/rename", {"names": ["b", "b", "d"]})).refused(409, "SB231", "cup_is_there")
    same((await on.stranger.get("cups", {"sort": "name"})).expect(200).names(), ["b", "c", "d"], "names after all")


@CASES.add()
async def who_refers_to_what_is_replaced(on: Stage) -> None:
    """A row that is replaced gives its unique value up first, and its references are emptied; what would break a rule is refused."""
    ada = on.member("ada")
    shelf = (await on.stranger.make("shelves", name="s")).id
    new = (await ada.post(f"shelves/{shelf}/replace")).expect(200).id
    label = (await on.stranger.make("labels", shelf_id=new, text="l")).id
    newer = (await ada.post(f"shelves/{new}/replace")).expect(200).id
    same((await on.stranger.get(f"labels/{label}")).expect(200).json["shelf_id"], newer, "where the label hangs")
    await on.stranger.make("bolts", shelf_id=newer)
    (await ada.post(f"shelves/{newer}/replace")).refused(409, "SB232")


@CASES.add()
async def needs_a_row(on: Stage) -> None:
    """An action on a row that is not there is answered as a get of it."""
    (await on.member("ada").post("shelves/00000000-0000-4000-8000-000000000000/widen", {"by": 1})).refused(404, "SB212")


@CASES.add()
async def through_python(on: Stage) -> None:
    """Values that an action copies from one row to another pass through Python unchanged, of each type."""
    ada = on.member("ada")
    for i in range(max(len(values.held) for values in VALUES.values())):
        held = {name: values.held[i % len(values.held)] for name, values in VALUES.items()}
        body = ",".join(f'"{name}":{text}' for name, text in {"name": f'"{i}"', **held}.items())
        made = (await ada.post("things", f"{{{body}}}".encode())).expect(201)
        copied = (await ada.post(f"things/{made.id}/copy")).expect(200).texts()
        same({name: copied[name] for name in VALUES}, held, f"the copy of thing {i}")
    bare = (await ada.make("things", name="bare")).id
    empty = (await ada.post(f"things/{bare}/copy")).expect(200).texts()
    same({empty[name] for name in VALUES}, {"null"}, "the values of a copy of nothing")


@CASES.add()
async def python_types(on: Stage) -> None:
    """The team's own code gets the types it declared, whatever the store keeps them as."""
    ada = on.member("ada")
    body = ",".join(f'"{name}":{values.held[-1]}' for name, values in VALUES.items())
    made = (await ada.post("things", f'{{"name":"t",{body}}}'.encode())).expect(201)
    found = (await ada.post(f"things/{made.id}/kinds")).expect(200).json["value"]
    wanted = [
        "bool",
        "int",
        "float",
        "Decimal",
        "str",
        "Color",
        "datetime",
        "date",
        "timedelta",
        "UUID",
        "bytes",
        "str",
    ]
    same(found, [*wanted, "list", "list", "Place", "str"], "types, field by field")
