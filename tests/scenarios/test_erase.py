"""Personal values are erased when they are due: in the row, its blind index, every kept version, and what is left of rows that are gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from strongback.app import App
from strongback.crypto.envelope import EXTRA_BYTES
from strongback.engine.erase import Due, clean_up, erase_due, find_due
from strongback.engine.erasure_report import read_report
from strongback.errors import RemainsLeft
from strongback.model.load import load
from strongback.serve.metrics import count_overdue, make_metrics
from strongback.store.store import Statement
from strongback.testing.client import AsyncClient, async_client
from strongback.testing.clock import SetClock
from tests.services.bazaar import bazaar
from tests.services.retention import retention

SECRET = "Ada Lovelace wrote this letter"
TABLES = ("user", "guest", "post", "post_history", "memo", "memo_history", "_erasures")
ORDERED = {"user": "id", "guest": "id", "post": "id", "memo": "id"}


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[tuple[AsyncClient, SetClock]]:
    clock = SetClock()
    async with async_client(retention, url, clock=clock) as stranger:
        yield stranger, clock


async def cells(app: App) -> list[Any]:
    """Every cell of every table."""
    found: list[Any] = []
    for table in TABLES:
        quoted = f'"{table}"'
        found += [cell for row in await app.store.fetch(Statement(f"SELECT * FROM {quoted}")) for cell in row]
    return found


async def envelopes(app: App, table: str, column: str) -> list[bytes]:
    """The envelopes in a column that hold anything."""
    rows = await app.store.fetch(Statement(f'SELECT {column} FROM "{table}"'))
    return [bytes(row[0]) for row in rows if row[0] and len(row[0]) > EXTRA_BYTES]


async def sent(stranger: AsyncClient, letter: str = SECRET) -> str:
    return str((await stranger.post("/v1/posts", json={"letter": letter, "remark": None, "city": "Oslo"})).json["id"])


async def due(app: App) -> list[Due]:
    return await find_due(app.store, app.runtime.programs.target, app.clock.now())


def rows_of(done: list[Due]) -> dict[str, int]:
    return {f"{each.entity}.{each.fields[0]}": each.rows for each in done}


async def test_a_value_goes_when_it_is_due_from_the_row_and_every_version(store_url: str) -> None:
    async with opened(store_url) as (stranger, clock):
        app, ada = stranger.app, stranger.as_user("ada")
        post = await sent(stranger)
        (await stranger.patch(f"/v1/posts/{post}", json={"city": "Rome"})).expect(200)
        (await stranger.patch(f"/v1/posts/{post}", json={"letter": f"{SECRET} twice"})).expect(200)
        before = (await stranger.get(f"/v1/posts/{post}")).expect(200)
        sealed = await envelopes(app, "post", "letter") + await envelopes(app, "post_history", "letter")
        assert len(sealed) == 4
        clock.move(timedelta(days=364, hours=23))
        assert rows_of(await erase_due(app.runtime))["Post.letter"] == 0
        clock.move(timedelta(hours=1))
        young = await sent(stranger, "young")
        assert rows_of(await due(app))["Post.letter"] == 1
        assert rows_of(await erase_due(app.runtime)) == {
            "Guest.email": 0,
            "Post.letter": 1,
            "Post.remark": 0,
            "Memo.text": 0,
        }
        after = (await stranger.get(f"/v1/posts/{post}")).expect(200)
        assert (after.json["letter"], after.json["city"], after.headers["etag"] != before.headers["etag"]) == (
            "",
            "Rome",
            True,
        )
        versions = (await ada.get(f"/v1/posts/{post}/history")).expect(200).json["items"]
        assert [(v["change"], v["by"], v["row"]["letter"]) for v in versions] == [
            ("erase", None, ""),
            ("update", None, ""),
            ("update", None, ""),
            ("create", None, ""),
        ]
        assert (await stranger.get(f"/v1/posts/{young}")).json["letter"] == "young"
        held = await cells(app)
        assert not [cell for cell in held if isinstance(cell, bytes) and bytes(cell) in sealed]
        (line,) = await read_report(app.store)
        assert (line.entity, line.row_id, line.fields, line.rule) == ("Post", post, "letter", "365d after created_at")
        assert line.versions == 3
        assert SECRET not in repr(await cells(app))


async def test_a_second_run_finds_nothing_and_a_new_value_is_due_again(store_url: str) -> None:
    async with opened(store_url) as (stranger, clock):
        app, post = stranger.app, await sent(stranger)
        clock.move(timedelta(days=366))
        assert rows_of(await erase_due(app.runtime))["Post.letter"] == 1
        etag = (await stranger.get(f"/v1/posts/{post}")).headers["etag"]
        assert rows_of(await due(app))["Post.letter"] == 0
        assert rows_of(await erase_due(app.runtime))["Post.letter"] == 0
        assert (await stranger.get(f"/v1/posts/{post}")).headers["etag"] == etag
        assert len(await read_report(app.store)) == 1
        (await stranger.patch(f"/v1/posts/{post}", json={"letter": "written late"})).expect(200)
        assert rows_of(await erase_due(app.runtime))["Post.letter"] == 1
        assert (await stranger.get(f"/v1/posts/{post}")).json["letter"] == ""


async def test_a_deleted_row_is_erased_by_its_deletion(store_url: str) -> None:
    async with opened(store_url) as (stranger, clock):
        app, ada = stranger.app, stranger.as_user("ada")
        there, gone = [
            (await stranger.post("/v1/posts", json={"letter": "", "remark": SECRET, "city": "Oslo"})).json["id"]
            for _ in range(2)
        ]
        clock.move(timedelta(days=100))
        (await stranger.delete(f"/v1/posts/{gone}")).expect(204)
        clock.move(timedelta(days=7))
        assert rows_of(await erase_due(app.runtime))["Post.remark"] == 1
        restored = (await ada.post(f"/v1/posts/{gone}/restore")).expect(200)
        assert restored.json["remark"] is None
        assert (await stranger.get(f"/v1/posts/{there}")).json["remark"] == SECRET
        versions = (await ada.get(f"/v1/posts/{gone}/history")).json["items"]
        assert [v["row"]["remark"] for v in versions] == [None] * 4


async def test_a_blind_index_goes_with_its_value(store_url: str) -> None:
    async with opened(store_url) as (stranger, clock):
        app, ada = stranger.app, stranger.as_user("ada")
        (await ada.get("/v1/posts/x")).expect(404)
        (me,) = [str(row[0]) for row in await app.store.fetch(Statement('SELECT id FROM "user"'))]
        left = clock.now().isoformat()
        guests = [
            {"host_id": me, "name": "Ada", "email": f"{n}@example.org", "phone": "+4712345678", "left_at": left}
            for n in range(3)
        ]
        stays = {**guests[0], "email": "stays@example.org", "left_at": None}
        for guest in (*guests, stays):
            (await ada.post("/v1/guests", json=guest)).expect(201)
        query = Statement("SELECT email, _email_bidx, phone, _phone_bidx FROM guest WHERE left_at IS NOT NULL")
        before = {bytes(cell) for row in await app.store.fetch(query) for cell in row}
        assert len(before) == 10  # the blind index of one phone number is one
        clock.move(timedelta(days=14))
        assert rows_of(await erase_due(app.runtime, batch=2))["Guest.email"] == 3
        after = await app.store.fetch(query)
        assert [row[:2] for row in map(tuple, after)] == [(None, None)] * 3
        assert not before & {bytes(cell) for row in after for cell in row if cell}
        found = (await ada.get("/v1/guests?phone=%2B4712345678")).expect(200).json["items"]
        assert [row["email"] for row in found] == ["stays@example.org"]
        assert (await ada.get("/v1/guests?email=1%40example.org")).json["items"] == []
        everyone = (await ada.get("/v1/guests")).json["items"]
        assert [(row["name"], row["email"], row["phone"]) for row in everyone][:3] == [("Ada", None, "")] * 3
        assert {line.fields for line in await read_report(app.store)} == {"email,phone"}


async def test_versions_of_rows_that_are_gone_are_erased(store_url: str) -> None:
    async with opened(store_url) as (stranger, clock):
        app = stranger.app
        memos = [(await stranger.post("/v1/memos", json={"text": SECRET})).json["id"] for _ in range(3)]
        (await stranger.patch(f"/v1/memos/{memos[0]}", json={"text": f"{SECRET}!"})).expect(200)
        for memo in memos[:2]:
            (await stranger.delete(f"/v1/memos/{memo}")).expect(204)
        assert len(await envelopes(app, "memo_history", "text")) == 4
        clock.move(timedelta(days=1))
        assert rows_of(await due(app))["Memo.text"] == 3
        assert rows_of(await erase_due(app.runtime, batch=1))["Memo.text"] == 3
        assert await envelopes(app, "memo_history", "text") == []
        assert await envelopes(app, "memo", "text") == []
        lines = {line.row_id: line.versions for line in await read_report(app.store)}
        assert lines == {memos[0]: 2, memos[1]: 1, memos[2]: 1}


async def test_a_file_goes_with_its_bytes_now_and_in_versions(store_url: str) -> None:
    async with opened(store_url) as (stranger, clock):
        app, ada, post = stranger.app, stranger.as_user("ada"), await sent(stranger, "")
        for field, content in (("scan", b"first"), ("stamp", b"stays"), ("scan", b"second")):
            done = await stranger.put(f"/v1/posts/{post}/{field}", content=content, content_type="text/plain")
            assert done.status in (200, 201)
        assert len(await kept(app)) == 3
        clock.move(timedelta(days=365))
        assert rows_of(await due(app))["Post.letter"] == 1
        assert rows_of(await erase_due(app.runtime))["Post.letter"] == 1
        row = (await stranger.get(f"/v1/posts/{post}")).expect(200).json
        assert row["scan"] is None and row["stamp"]["size"] == 5
        assert len(await kept(app)) == 1
        (await stranger.get(f"/v1/posts/{post}/scan")).expect(404)
        (await stranger.get(f"/v1/posts/{post}/stamp")).expect(200)
        versions = (await ada.get(f"/v1/posts/{post}/history")).expect(200).json["items"]
        assert [v["row"]["scan"] for v in versions] == [None] * 5
        (line,) = await read_report(app.store)
        assert (line.fields, line.versions) == ("scan", 3)


async def kept(app: App) -> list[str]:
    """The keys of all files that are kept."""
    return [each.key async for each in app.files.listed()]


async def test_a_run_that_is_stopped_goes_on_where_it_was(store_url: str) -> None:
    async with opened(store_url) as (stranger, clock):
        app = stranger.app
        for _ in range(5):
            await sent(stranger)
        clock.move(timedelta(days=365))

        def stop(due: Due) -> None:
            if due.rows == 4:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            await erase_due(app.runtime, batch=2, progress=stop)
        assert len(await read_report(app.store)) == 4
        assert rows_of(await erase_due(app.runtime, batch=2))["Post.letter"] == 1
        assert len({line.row_id for line in await read_report(app.store)}) == 5


async def test_writes_meanwhile_are_kept(store_url: str) -> None:
    """Whoever writes a row while it is erased writes before or after: what they wrote stands, and nothing of what was due is left."""
    async with opened(store_url) as (stranger, clock):
        app, posts = stranger.app, [await sent(stranger) for _ in range(12)]
        clock.move(timedelta(days=365))
        writes = [stranger.patch(f"/v1/posts/{post}", json={"city": f"Rome {at}"}) for at, post in enumerate(posts)]
        _, *answers = await asyncio.gather(erase_due(app.runtime, batch=3), *writes)
        assert {answer.status for answer in answers} == {200}
        await erase_due(app.runtime)
        rows = [(await stranger.get(f"/v1/posts/{post}")).expect(200).json for post in posts]
        assert [(row["city"], row["letter"]) for row in rows] == [(f"Rome {at}", "") for at in range(12)]
        assert await envelopes(app, "post_history", "letter") == []


async def test_nothing_of_it_is_left_in_the_file(tmp_path: Path) -> None:
    """Of a database file and its log: no envelope, no blind index, and no byte of what an update left behind."""
    path = tmp_path / "archive.db"
    async with opened(f"sqlite:///{path}") as (stranger, clock):
        app, post = stranger.app, await sent(stranger, "x" * 1_500)
        seen = await envelopes(app, "post", "letter")
        (await stranger.patch(f"/v1/posts/{post}", json={"letter": "y" * 1_900})).expect(200)
        seen += await envelopes(app, "post", "letter")
        clock.move(timedelta(days=365))
        assert any(held(tmp_path, envelope) for envelope in seen)
        await erase_due(app.runtime)
        await clean_up(app.store)
        assert not [envelope for envelope in seen if held(tmp_path, envelope)]


async def test_a_reader_that_keeps_the_log_is_told_of(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "archive.db"
    async with opened(f"sqlite:///{path}") as (stranger, clock):
        await sent(stranger)
        other = sqlite3.connect(path)
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM post").fetchall()
        clock.move(timedelta(days=365))
        await erase_due(stranger.app.runtime)
        with pytest.raises(RemainsLeft):
            await clean_up(stranger.app.store)
        other.close()
        await clean_up(stranger.app.store)


def held(folder: Path, envelope: bytes) -> bool:
    """Whether a file of *folder* holds a part of *envelope*."""
    part = envelope[40:200]
    return any(part in file.read_bytes() for file in folder.iterdir() if file.is_file())


async def test_what_is_overdue_is_a_figure_counted_beside_the_scrape(store_url: str) -> None:
    async with opened(store_url) as (stranger, clock):
        app, metrics = stranger.app, make_metrics(load(retention))
        count_overdue(metrics, app.model, app.find_overdue, app.health.is_open)
        await sent(stranger)
        await sent(stranger)
        clock.move(timedelta(days=366))
        assert 'strongback_overdue_erasures{entity="Post"}' not in metrics.render().decode()
        async with asyncio.timeout(30):
            while 'strongback_overdue_erasures{entity="Post"} 2' not in metrics.render().decode():
                await asyncio.sleep(0.01)
        assert 'strongback_overdue_erasures{entity="Guest"} 0' in metrics.render().decode()


def test_a_service_that_erases_nothing_has_no_such_figure() -> None:
    app, metrics = async_client(bazaar).app, make_metrics(load(bazaar))
    count_overdue(metrics, app.model, app.find_overdue, app.health.is_open)
    assert b"overdue" not in metrics.render()
