"""Links to files: who gets one, what it is good for, and when it is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from strongback.testing.client import async_client
from strongback.testing.clock import SetClock
from strongback.testing.in_process import Response
from tests.scenarios.test_files import JPEG, PNG, Album, opened
from tests.services.album import album


async def link_of(at: Album, **body: str) -> str:
    made = (await at.ann.post(f"{at.image}/link", json=body)).expect(200).json
    return str(made["url"])


async def told(at: Album, url: str) -> Response:
    return await at.stranger.get(url)


async def test_whoever_holds_a_link_reads_the_file_and_its_ranges(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        await at.put()
        url = await link_of(at)
        assert (await told(at, url)).expect(200).body == PNG
        assert (await at.stranger.get(url, headers={"range": "bytes=0-3"})).expect(206).body == PNG[:4]
        assert (await at.stranger.request("HEAD", url)).headers["content-length"] == str(len(PNG))
        assert (await at.stranger.get(at.image)).status == 404  # and nothing without it


async def test_only_who_reads_the_file_gets_a_link(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        assert (await at.ann.post(f"{at.image}/link")).status == 404
        await at.put()
        (await at.ann.put(f"{at.picture}/negative", content=b"n")).expect(200)
        assert (await at.eve.post(f"{at.image}/link")).status == 404
        (await at.ann.patch(at.picture, json={"shared": True})).expect(200)
        assert (await at.eve.post(f"{at.image}/link")).status == 200
        assert (await at.eve.post(f"{at.picture}/negative/link")).status == 404
        assert (await at.stranger.post(f"{at.picture}/negative/link")).status == 401


async def test_a_link_is_good_for_one_file_of_one_row(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url, tmp_path) as at:
        await at.put()
        (await at.ann.put(f"{at.picture}/negative", content=b"n")).expect(200)
        other = (await at.ann.post("/v1/pictures/start", json={"title": "two"})).json["id"]
        (await at.ann.put(f"/v1/pictures/{other}/image", content=PNG, content_type="image/png")).expect(200)
        token = (await link_of(at)).partition("=")[2]
        for place in (f"{at.picture}/negative", f"/v1/pictures/{other}/image", f"/v1/cards/{other}/face"):
            assert (await told(at, f"{place}?link={token}")).status == 404
        assert (await told(at, f"{at.picture}?link={token}")).status == 404  # the row has no links
        assert (await at.stranger.put(f"{at.image}?link={token}", content=PNG, content_type="image/png")).status == 401
        assert (await at.stranger.delete(f"{at.image}?link={token}")).status == 401


@pytest.mark.parametrize("change", ["cut", "longer", "flipped", "empty", "junk"])
async def test_a_link_that_was_not_made_here_leads_nowhere(sqlite_url: str, tmp_path: Path, change: str) -> None:
    async with opened(sqlite_url, tmp_path) as at:
        await at.put()
        token = (await link_of(at)).partition("=")[2]
        flipped = token[:-5] + ("A" if token[-5] != "A" else "B") + token[-4:]
        forged = {"cut": token[:-3], "longer": token + "AAAA", "flipped": flipped, "empty": "", "junk": "%00%ff!"}[
            change
        ]
        assert (await told(at, f"{at.image}?link={forged}")).status in (400, 404)


async def test_a_link_is_over_with_its_time(store_url: str, tmp_path: Path) -> None:
    clock = SetClock(datetime(2026, 3, 1, tzinfo=UTC))
    folder = (tmp_path / "files").as_uri()
    async with async_client(album, store_url, clock, files=folder) as stranger:
        ann = stranger.as_user("ann")
        row = (await ann.post("/v1/pictures/start", json={"title": "a"})).json["id"]
        image = f"/v1/pictures/{row}/image"
        (await ann.put(image, content=PNG, content_type="image/png")).expect(200)
        link = (await ann.post(f"{image}/link", json={"expires_in": "PT1M"})).json
        assert link["expires_at"] == "2026-03-01T00:01:00.000000Z"
        clock.move(timedelta(seconds=59))
        assert (await stranger.get(link["url"])).status == 200
        clock.move(timedelta(seconds=1))
        answer = (await stranger.get(link["url"])).expect(410)
        assert answer.json["code"] == "SB238"


async def test_a_link_is_over_with_its_file(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        await at.put()
        replaced = await link_of(at)
        await at.put(JPEG, "image/jpeg")
        assert (await told(at, replaced)).status == 410
        taken = await link_of(at)
        await at.ann.delete(at.image)
        assert (await told(at, taken)).status == 410
        await at.put()
        gone = await link_of(at)
        await at.ann.delete(at.picture)
        assert (await told(at, gone)).status == 410


async def test_a_deleted_row_that_stays_ends_its_links(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        card = f"/v1/cards/{(await at.ann.post('/v1/cards/start')).json['id']}"
        (await at.ann.put(f"{card}/face", content=b"x", headers={"if-match": "*"})).expect(200)
        url = (await at.ann.post(f"{card}/face/link")).expect(200).json["url"]
        assert (await told(at, url)).status == 200
        await at.ann.delete(card, headers={"if-match": "*"})
        assert (await told(at, url)).status == 410


@pytest.mark.parametrize("life", ["PT0S", "-PT1M", "PT1H0.000001S", "P1D", "soon", 5, None])
async def test_a_link_lives_some_time_and_not_for_ever(sqlite_url: str, tmp_path: Path, life: object) -> None:
    async with opened(sqlite_url, tmp_path) as at:
        await at.put()
        answer = (await at.ann.post(f"{at.image}/link", json={"expires_in": life})).expect(422)
        assert answer.json["errors"][0]["pointer"] == "/expires_in"
        assert (await at.ann.post(f"{at.image}/link", json={"expires": "PT1M"})).status == 422
        assert (await at.eve.post(f"{at.image}/link", json={"expires_in": life})).status == 404
