"""What a caller may see and do is decided in the store, by the same rules on every path."""

from __future__ import annotations

from strongback.testing.conformance.case import Cases
from strongback.testing.conformance.stage import Caller, Stage, same

CASES = Cases("permissions")


async def furnished(on: Stage) -> tuple[Caller, Caller, str, str]:
    """Two members with a room each, and in each room a shut box with a toy and an open one."""
    ada, bob = on.member("ada"), on.member("bob")
    rooms = [(await who.post("rooms/build", {"name": name})).expect(200).id for who, name in ((ada, "A"), (bob, "B"))]
    for who, room, name in ((ada, rooms[0], "a"), (bob, rooms[1], "b")):
        shut = (await who.make("boxes", room_id=room, name=f"{name} shut", cost=1)).id
        await who.make("toys", box_id=shut, name=f"{name} toy")
        await who.make("boxes", room_id=room, name=f"{name} open", state="open", cost=2)
    return ada, bob, rooms[0], rooms[1]


@CASES.add()
async def lists(on: Stage) -> None:
    """A list holds each row that some role lets the caller read, once, in one order, over the ends of pages."""
    ada, bob, _, _ = await furnished(on)
    wanted = {
        ada: ["a open", "a shut", "b open"],
        bob: ["a open", "b open", "b shut"],
        on.stranger: ["a open", "b open"],
    }
    for who, names in wanted.items():
        for size in (1, 2, 20):
            up = [box["name"] for box in await who.walk("boxes", {"sort": "name"}, size)]
            same(up, names, f"boxes in pages of {size}")
            down = [box["name"] for box in await who.walk("boxes", {"sort": "-name"}, size)]
            same(down, names[::-1], f"boxes in pages of {size}, last first")
        same((await who.get("boxes", {"count": "true"})).expect(200).json["count"], len(names), "their number")


@CASES.add()
async def hidden_rows(on: Stage) -> None:
    """A row the caller may not read is answered as one that is not there, on each path."""
    ada, bob, _, _ = await furnished(on)
    shut = (await ada.get("boxes", {"name": "a shut"})).expect(200).items[0]["id"]
    nowhere = "00000000-0000-4000-8000-000000000000"
    for row in (shut, nowhere):
        for answer in (
            await bob.get(f"boxes/{row}"),
            await bob.patch(f"boxes/{row}", {"name": "mine"}),
            await bob.delete(f"boxes/{row}"),
        ):
            answer.refused(404, "SB212")
        (await bob.post("toys", {"box_id": row, "name": "t"})).refused(403, "SB211")
    same((await ada.get(f"boxes/{shut}")).expect(200).json["name"], "a shut", "the row")


@CASES.add()
async def readable_is_not_writable(on: Stage) -> None:
    """A row the caller may read, but not change, refuses the change and stays as it is."""
    ada, bob, _, _ = await furnished(on)
    shown = (await bob.get("boxes", {"name": "a open"})).expect(200).items[0]["id"]
    (await bob.patch(f"boxes/{shown}", {"name": "mine"})).refused(403, "SB211")
    (await bob.delete(f"boxes/{shown}")).refused(403, "SB211")
    (await on.stranger.patch(f"boxes/{shown}", {"name": "mine"})).expect(401, 403)
    same((await ada.get(f"boxes/{shown}")).expect(200).json["name"], "a open", "the row")


@CASES.add()
async def hidden_fields(on: Stage) -> None:
    """A field the caller may not see is absent row by row, and no filter tells what it holds."""
    ada, _, _, _ = await furnished(on)
    seen = (await ada.get("boxes", {"sort": "name", "fields": "name,cost"})).expect(200).items
    wanted = [{"name": "a open", "cost": 2}, {"name": "a shut", "cost": 1}, {"name": "b open"}]
    same(seen, wanted, "boxes with what they cost")
    for query, names in (
        ({"cost": "2"}, ["a open"]),
        ({"cost[ne]": "1"}, ["a open"]),
        ({"cost[gte]": "0"}, ["a open", "a shut"]),
        ({"cost[null]": "false"}, ["a open", "a shut"]),
        ({"cost[null]": "true"}, []),
        ({"cost[in]": "1,2,3"}, ["a open", "a shut"]),
    ):
        same((await ada.get("boxes", {**query, "sort": "name"})).expect(200).names(), names, f"boxes with {query}")


@CASES.add()
async def included_rows(on: Stage) -> None:
    """An included row is judged for itself: what the caller may not read is not there."""
    ada, bob, _, _ = await furnished(on)
    query = {"include": "room,inside", "fields": "name", "room.fields": "name", "inside.fields": "name", "sort": "name"}
    for who, wanted in (
        (
            ada,
            [
                {"name": "a open", "room": {"name": "A"}, "inside": []},
                {"name": "a shut", "room": {"name": "A"}, "inside": [{"name": "a toy"}]},
                {"name": "b open", "inside": []},
            ],
        ),
        (on.stranger, [{"name": "a open", "inside": []}, {"name": "b open", "inside": []}]),
    ):
        same((await who.get("boxes", query)).expect(200).items, wanted, "boxes with what belongs to them")
    same((await bob.get("toys")).expect(200).names(), ["b toy"], "toys")


@CASES.add()
async def the_row_to_be(on: Stage) -> None:
    """A create is judged by the row it would make: in a room of somebody else it makes none."""
    ada, bob, room, _ = await furnished(on)
    before = len((await ada.get("boxes")).expect(200).items)
    (await bob.post("boxes", {"room_id": room, "name": "mine"})).refused(403, "SB211")
    (await on.stranger.post("boxes", {"room_id": room, "name": "mine"})).expect(401)
    same(len((await ada.get("boxes")).expect(200).items), before, "boxes")


@CASES.add()
async def provisioning(on: Stage) -> None:
    """A caller becomes a row when first seen, and stays that row."""
    ada = on.member("ada")
    first = (await ada.post("rooms/build", {"name": "one"})).expect(200).id
    again = on.member("ada")
    (await again.post("rooms/build", {"name": "two"})).expect(200)
    same((await again.get(f"rooms/{first}")).expect(200).json["name"], "one", "a room built earlier")
    (await on.member("Ada").get(f"rooms/{first}")).refused(404, "SB212")


@CASES.add()
async def losing_a_role(on: Stage) -> None:
    """Who loses the role by which a row was readable loses the row at once."""
    ada, bob, _, _ = await furnished(on)
    shown = (await bob.get("boxes", {"name": "a open"})).expect(200).items[0]["id"]
    tag = (await bob.get(f"boxes/{shown}")).expect(200).etag
    (await ada.patch(f"boxes/{shown}", {"state": "shut"})).expect(200)
    (await bob.get(f"boxes/{shown}", None, if_none_match=tag)).refused(404, "SB212")
    same((await bob.get("boxes", {"name": "a open"})).expect(200).items, [], "the list")
