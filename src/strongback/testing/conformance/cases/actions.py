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
