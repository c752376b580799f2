"""Sweeping: what no row refers to is found, and nothing else, however it came there."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from strongback.engine.sweep import find_orphans
from tests.scenarios.test_files import JPEG, PNG, Album, opened


async def found(at: Album, later: timedelta = timedelta(hours=2)) -> list[str]:
    runtime = at.ann.app.runtime
    return sorted([orphan.key async for orphan in find_orphans(runtime, datetime.now(UTC) + later)])


def leave(at: Album, key: str, age: timedelta = timedelta()) -> str:
    """Put something where objects are, as a crash would leave it."""
    path = at.folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"left")
    then = (datetime.now(UTC) - age).timestamp()
    os.utime(path, (then, then))
    return key


async def test_what_rows_hold_is_never_found(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        await at.put()
        (await at.ann.put(f"{at.picture}/negative", content=b"n")).expect(200)
        paper = f"/v1/papers/{(await at.ann.post('/v1/papers/start')).json['id']}/scan"
        for content in (b"one", b"two"):  # history keeps the first
            (await at.ann.put(paper, content=content)).expect(200)
        (await at.ann.delete(paper)).expect(204)
        card = f"/v1/cards/{(await at.ann.post('/v1/cards/start')).json['id']}"
        (await at.ann.put(f"{card}/face", content=b"c", headers={"if-match": "*"})).expect(200)
        (await at.ann.delete(card, headers={"if-match": "*"})).expect(204)  # it stays, deleted
        assert len(at.kept()) == 5 and await found(at) == []


async def test_what_a_crash_left_is_found_when_it_is_old_enough(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        await at.put()
        (held,) = at.kept()
        folder, _, name = held.rpartition("/")
        row = name.partition(".")[0]
        other_file = leave(at, f"{folder}/{row}.{uuid4()}")
        other_row = leave(at, f"{folder}/{uuid4()}.{uuid4()}")
        unfinished = leave(at, f".incoming/{uuid4()}")
        assert await found(at) == sorted([other_file, other_row, unfinished])
        assert await found(at, timedelta(minutes=59)) == []


async def test_what_is_not_of_this_service_is_never_found(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        for key in ("notes.txt", f"99.99/ab/{uuid4()}.{uuid4()}", f"2.999/ab/{uuid4()}.{uuid4()}", "2.8/ab/x.y"):
            leave(at, key)
        assert await found(at) == []


async def test_a_file_of_a_version_before_is_found_where_no_history_keeps_it(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        await at.put()
        (before,) = at.kept()
        await at.put(JPEG, "image/jpeg")
        leave(at, before)  # as if the process had died before it was dropped
        assert await found(at) == [before]
        assert (await at.ann.get(at.image)).body == JPEG != PNG
