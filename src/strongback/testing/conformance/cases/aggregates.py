"""Rows are counted and measured exactly, alike on every store."""

from __future__ import annotations

from strongback.testing.conformance.case import Cases
from strongback.testing.conformance.stage import Stage, same

CASES = Cases("aggregates")
MOST, LEAST = 2**63 - 1, -(2**63)


async def _keep(on: Stage) -> None:
    for kind, whole, price, ratio, moment in (
        ("a", MOST, "99.99", 1.5, "2026-01-01T00:00:00Z"),
        ("a", MOST, "-0.01", -2.25, "0001-01-01T00:00:00Z"),
        ("a", MOST, None, None, None),
        (None, LEAST, "1.00", 0.1, "9999-12-31T23:59:59.999999Z"),
        (None, LEAST, "1.00", None, None),
        ("b", None, None, None, None),
        ("b", 2, "0.05", None, None),
        ("b", 3, "0.10", None, None),
    ):
        given = {"kind": kind, "whole": whole, "price": price, "ratio": ratio, "moment": moment}
        await on.stranger.make("sales", **given)


@CASES.add()
async def counted_by_group(on: Stage) -> None:
    """Groups come in the order of their keys, those without one first; without groups all rows are one."""
    await _keep(on)
    page = (await on.stranger.get("sales/aggregate", {"group_by": "kind"})).expect(200)
    same(page.items, [{"kind": None, "count": 2}, {"kind": "a", "count": 3}, {"kind": "b", "count": 3}], "groups")
    same((await on.stranger.get("sales/aggregate")).expect(200).items, [{"count": 8}], "all rows")
    found = (await on.stranger.get("sales/aggregate", {"kind": "b", "whole[gt]": "2"})).expect(200)
    same(found.items, [{"count": 1}], "rows that a filter finds")
    nothing = (await on.stranger.get("sales/aggregate", {"kind": "c", "measures": "count,sum.whole,min.price"})).expect(
        200
    )
    same(nothing.items, [{"count": 0, "sum": {"whole": None}, "min": {"price": None}}], "no rows")


@CASES.add()
async def summed_exactly(on: Stage) -> None:
    """A sum goes beyond 64 bits, an average has six digits more than its field, and a row without a value counts for neither."""
    await _keep(on)
    asked = {"group_by": "kind", "measures": "sum.whole,avg.whole,sum.price,avg.price"}
    none, a, b = (await on.stranger.get("sales/aggregate", asked)).expect(200).items
    same(none["sum"], {"whole": str(2 * LEAST), "price": "2.00"}, "sums without a kind")
    same(none["avg"], {"whole": f"{LEAST}.000000", "price": "1.00000000"}, "averages without a kind")
    same(a["sum"], {"whole": str(3 * MOST), "price": "99.98"}, "sums of a")
    same(a["avg"], {"whole": f"{MOST}.000000", "price": "49.99000000"}, "averages of a")
    same(b["sum"], {"whole": "5", "price": "0.15"}, "sums of b")
    same(b["avg"], {"whole": "2.500000", "price": "0.07500000"}, "averages of b")


@CASES.add()
async def ends_found(on: Stage) -> None:
    """The least and the largest are of the field's own type."""
    await _keep(on)
    measures = "min.whole,max.whole,min.price,max.price,min.ratio,max.ratio,min.moment,max.moment"
    (found,) = (await on.stranger.get("sales/aggregate", {"measures": measures})).expect(200).items
    least = {"whole": LEAST, "price": "-0.01", "ratio": -2.25, "moment": "0001-01-01T00:00:00.000000Z"}
    most = {"whole": MOST, "price": "99.99", "ratio": 1.5, "moment": "9999-12-31T23:59:59.999999Z"}
    same((found["min"], found["max"]), (least, most), "least and largest")


@CASES.add()
async def groups_page_by_page(on: Stage) -> None:
    """Pages of groups go on where the last one ended, also after a group without a key."""
    await _keep(on)
    items = await on.stranger.walk("sales/aggregate", {"group_by": "kind,whole"}, 2)
    whole = await on.stranger.get("sales/aggregate", {"group_by": "kind,whole"})
    same(items, whole.expect(200).items, "the groups of all pages")
    same(len(items), 5, "groups")


@CASES.add()
async def only_what_is_declared(on: Stage) -> None:
    """What the query does not declare is no group and no measure; nobody sums floats."""
    for asked in (
        {"group_by": "price"},
        {"measures": "sum.ratio"},
        {"measures": "median.whole"},
        {"group_by": "kind,kind,"},
    ):
        (await on.stranger.get("sales/aggregate", asked)).refused(422, "SB201")
    (await on.stranger.get("essays/aggregate")).refused(404, "SB212")


@CASES.add()
async def of_readable_rows(on: Stage) -> None:
    """A row counts once for who may read it, and not at all for who may not."""
    ann, bob = on.member("ann"), on.member("bob")
    room = (await ann.post("rooms/build", {"name": "r"})).expect(200, 201).json["id"]
    await ann.make("boxes", room_id=room, name="one", cost=5)
    for who, counted in ((ann, [{"state": "shut", "count": 1}]), (bob, []), (on.stranger, [])):
        found = (await who.get("boxes/aggregate", {"group_by": "state"})).expect(200)
        same(found.items, counted, "boxes that are counted")
