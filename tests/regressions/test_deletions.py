"""What an action deletes."""

from itertools import pairwise

import strongback as sb
from tests.scenarios.jobs import Stage, stage


class Box(sb.Entity):
    """It may stand in another."""

    name: str = sb.field(max=40)
    within: "Box | None" = sb.to_one(default=None)
    inside: list["Box"] = sb.inverse("within")

    access = sb.Access(read=sb.EVERYONE, create=sb.EVERYONE, delete=sb.EVERYONE)
    search = sb.Query(sort=("id",))

    @sb.action(allow=sb.EVERYONE)
    @classmethod
    def nest(cls, count: int) -> "Box":
        """Make boxes that stand in one another, the innermost first."""
        boxes = [cls(name=str(i)) for i in range(count)]
        for inner, outer in pairwise(boxes):
            inner.within = outer
        return boxes[0]

    @sb.action(allow=sb.EVERYONE)
    def remove(self, db: sb.Db) -> None:
        """Remove this one alone."""
        db.delete(self)

    @sb.action(allow=sb.EVERYONE)
    def empty(self, db: sb.Db) -> None:
        """Remove this one and what is inside."""
        db.delete(self)
        for box in list(self.inside):
            db.delete(box)

    @sb.action(allow=sb.EVERYONE)
    async def insist(self, db: sb.Db) -> None:
        """Remove this one, again and again, and give it a name."""
        db.delete(self)
        db.delete(self)
        await db.find(Box, name="none")
        db.delete(self)
        self.name = "gone"


boxes = sb.Service("boxes", version="1.0.0", rest="/v1", entities=[Box])


async def made(running: Stage, **more: object) -> str:
    found: str = (await running.stranger("Box.create", body={"name": "box", **more})).item["id"]
    return found


async def test_an_action_that_deletes_what_others_refer_to_is_told_so(store_url: str) -> None:
    async with stage(store_url, service=boxes) as running:
        outer = await made(running)
        await made(running, within_id=outer)
        derived = await running.stranger("Box.delete", outer)
        assert (await running.stranger("Box.remove", outer, body={})).code == derived.code == "SB232"


async def test_rows_are_deleted_before_those_they_refer_to(store_url: str) -> None:
    async with stage(store_url, service=boxes) as running:
        outer = await made(running)
        await made(running, within_id=outer)
        assert (await running.stranger("Box.empty", outer, body={})).error is None
        assert (await running.stranger("Box.search")).items == []


async def test_a_row_is_deleted_once_however_often_an_action_says_it(store_url: str) -> None:
    async with stage(store_url, service=boxes) as running:
        box = await made(running)
        assert (await running.stranger("Box.insist", box, body={})).error is None
        assert (await running.stranger("Box.get", box)).code == "SB212"


async def test_a_chain_of_rows_may_be_longer_than_the_stack_of_python(sqlite_url: str) -> None:
    async with stage(sqlite_url, service=boxes) as running:
        first = await running.stranger("Box.nest", body={"count": 1500})
        assert first.error is None and first.item["within_id"] is not None
