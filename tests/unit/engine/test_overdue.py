"""The figure of overdue erasures: counted rarely, beside the scrape that asks for it, and never told when it is not known."""

from __future__ import annotations

import asyncio

from strongback.engine.erase import Due
from strongback.engine.overdue import EVERY_S, Overdue
from strongback.errors import TimedOut

LETTER = (("entity", "Letter"),)


class Counting:
    """A count that takes as long as the test says, and a clock that the test moves."""

    def __init__(self, *found: list[Due] | Exception) -> None:
        self.found = list(found)
        self.begun = 0
        self.go = asyncio.Event()
        self.is_open = True
        self.now_s = 100.0
        self.overdue = Overdue(self.find, lambda: self.is_open, lambda: self.now_s)

    async def find(self) -> list[Due]:
        self.begun += 1
        await self.go.wait()
        found = self.found.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    async def look(self) -> dict[object, float]:
        """Look, and let a count that may end do so."""
        shown = dict(self.overdue.figures())
        for _ in range(3):
            await asyncio.sleep(0)
        return shown


def due(rows: int, entity: str = "Letter") -> Due:
    return Due(entity, ("text",), "1d after created_at", rows)


async def test_a_look_never_waits_and_shows_the_last_count() -> None:
    counting = Counting([due(2), due(3), due(0, "Note")])
    assert await counting.look() == {} == await counting.look() and counting.begun == 1
    counting.go.set()
    await counting.look()
    assert await counting.look() == {LETTER: 5, (("entity", "Note"),): 0}


async def test_it_counts_once_an_hour_however_often_it_is_looked_at() -> None:
    counting = Counting([due(2)], [due(0)])
    counting.go.set()
    for _ in range(5):
        await counting.look()
        counting.now_s += EVERY_S / 6
    assert counting.begun == 1
    counting.now_s += EVERY_S / 6
    assert await counting.look() == {LETTER: 2} and counting.begun == 2
    assert await counting.look() == {LETTER: 0}


async def test_no_two_counts_run_at_once() -> None:
    counting = Counting([due(2)], [due(2)])
    await counting.look()
    counting.now_s += 2 * EVERY_S
    await counting.look()
    assert counting.begun == 1


async def test_what_could_not_be_counted_is_not_told_and_not_tried_again_at_once() -> None:
    counting = Counting([due(2)], TimedOut("a statement ran too long and was stopped"), [due(1)])
    counting.go.set()
    await counting.look()
    counting.now_s += EVERY_S
    assert await counting.look() == {LETTER: 2}
    assert await counting.look() == {} and counting.begun == 2


async def test_a_store_that_is_not_open_is_not_asked() -> None:
    counting = Counting([due(2)])
    counting.go.set()
    counting.is_open = False
    await counting.look()
    assert counting.begun == 0
    counting.is_open = True
    await counting.look()
    assert counting.begun == 1
