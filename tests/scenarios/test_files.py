"""Files of rows, through the whole path: who may read and put them, what is refused and when, and which bytes are kept afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from strongback.errors import FilesUnavailable
from strongback.testing.client import AsyncClient, async_client
from strongback.testing.in_process import Response
from tests.services.album import album

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
JPEG = b"\xff\xd8\xff\xe0" + b"j" * 5000
ABSENT = "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"


@dataclass
class Album:
    stranger: AsyncClient
    ann: AsyncClient
    eve: AsyncClient
    folder: Path
    picture: str

    @property
    def image(self) -> str:
        return f"{self.picture}/image"

    def kept(self) -> list[str]:
        """The objects there are, and what is left of unfinished ones."""
        return sorted(p.relative_to(self.folder).as_posix() for p in self.folder.rglob("*") if p.is_file())

    async def put(self, content: bytes = PNG, media_type: str = "image/png", **headers: str) -> Response:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.ann.put(self.image, content=content, content_type=media_type, headers=said)

    async def row(self, client: AsyncClient | None = None) -> dict[str, Any]:
        found: dict[str, Any] = (await (client or self.ann).get(self.picture)).expect(200).json
        return found


@asynccontextmanager
async def opened(store: str, folder: Path) -> AsyncIterator[Album]:
    folder /= "files"
    async with async_client(album, store, files=folder.as_uri()) as stranger:
        ann, eve = stranger.as_user("ann"), stranger.as_user("eve")
        made = (await ann.post("/v1/pictures/start", json={"title": "me"})).expect(200).json
        yield Album(stranger, ann, eve, folder, f"/v1/pictures/{made['id']}")


async def test_a_file_is_put_described_in_its_row_and_read_back(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        answer = (await at.ann.put(f"{at.image}?name=me.png", content=PNG, content_type="image/png")).expect(200)
        file = answer.json["image"]
        assert {**file, "id": ""} == {
            "id": "",
            "size": len(PNG),
            "media_type": "image/png",
            "sha256": sha256(PNG).hexdigest(),
            "name": "me.png",
        }
        assert answer.headers["etag"] == '"2.1"' and answer.headers["content-location"] == at.picture
        assert (await at.row())["image"] == file
        read = (await at.ann.get(at.image)).expect(200)
        assert read.body == PNG
        assert {
            name: read.headers[name] for name in ("etag", "content-type", "content-length", "content-disposition")
        } == {
            "etag": f'"{file["sha256"]}"',
            "content-type": "image/png",
            "content-length": str(len(PNG)),
            "content-disposition": 'attachment; filename="me.png"',
        }
        assert read.headers["cache-control"] == "private, no-cache"
        assert read.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in read.headers["content-security-policy"]


async def test_a_list_tells_of_files_what_the_row_does(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        await at.put()
        listed = (await at.ann.get("/v1/pictures?fields=image")).expect(200).json["items"]
        assert listed == [{"image": (await at.row())["image"]}]


async def test_a_caller_who_may_not_read_the_row_finds_no_file(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        await at.put()
        for client in (at.eve, at.stranger):
            for method in ("GET", "HEAD"):
                assert (await client.request(method, at.image)).status == 404
            absent = (await client.get(f"/v1/pictures/{ABSENT}/image")).expect(404).json
            hidden = (await client.get(at.image)).expect(404).json
            assert {**absent, "request_id": ""} == {**hidden, "request_id": ""}
        assert (await at.eve.put(at.image, content=JPEG, content_type="image/jpeg")).status == 404
        assert (await at.stranger.put(at.image, content=JPEG, content_type="image/jpeg")).status == 401
        assert (await at.eve.delete(at.image)).status == 404
        assert (await at.ann.get(at.image)).body == PNG


async def test_a_reader_of_the_row_reads_its_file_and_does_not_put_one(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        await at.put()
        (await at.ann.patch(at.picture, json={"shared": True})).expect(200)
        assert (await at.stranger.get(at.image)).expect(200).body == PNG
        # The permission is told before anything that is wrong with the request.
        assert (await at.eve.put(at.image, content=b"x" * 400_000, content_type="text/html")).status == 403
        assert (await at.eve.delete(at.image)).status == 403
        assert (await at.ann.get(at.image)).body == PNG


async def test_a_file_in_a_hidden_field_is_not_there_for_those_it_is_hidden_from(
    store_url: str, tmp_path: Path
) -> None:
    async with opened(store_url, tmp_path) as at:
        negative = f"{at.picture}/negative"
        (await at.ann.put(negative, content=b"secret")).expect(200)
        (await at.ann.patch(at.picture, json={"shared": True})).expect(200)
        assert (await at.ann.get(negative)).expect(200).body == b"secret"
        assert (await at.eve.get(negative)).status == 404
        assert (await at.stranger.get(negative)).status == 401
        assert "negative" not in await at.row(at.eve)
        # Nobody writes blindly: what the caller does not see is none they change.
        assert (await at.eve.put(negative, content=b"other")).status == 403
        assert (await at.ann.get(negative)).body == b"secret"


async def test_no_file_and_a_file_taken_away_are_not_there(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        assert (await at.ann.get(at.image)).status == 404
        assert (await at.ann.delete(at.image)).status == 404
        await at.put()
        assert (await at.ann.delete(at.image)).status == 204
        assert (await at.ann.get(at.image)).status == 404
        assert (await at.row())["image"] is None and at.kept() == []


async def test_a_file_put_anew_takes_the_place_of_the_one_before(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        before = (await at.put()).json["image"]
        after = (await at.put(JPEG, "image/jpeg")).expect(200).json["image"]
        assert before["id"] != after["id"] and (await at.ann.get(at.image)).body == JPEG
        assert [name.rpartition(".")[2] for name in at.kept()] == [after["id"]]


REFUSED = [
    (b"GIF89a" + b"g" * 100, "image/gif", 415, "SB235"),
    (PNG, "", 415, "SB235"),
    (PNG, "image/*", 415, "SB235"),
    (PNG, "image/jpeg", 415, "SB236"),
    (b"<html><script>", "image/png", 415, "SB236"),
    (b"", "image/png", 422, "SB239"),
    (PNG + bytes(300_001 - len(PNG)), "image/png", 413, "SB243"),
]


@pytest.mark.parametrize(("content", "media_type", "status", "code"), REFUSED)
async def test_what_is_no_file_for_the_field_is_refused_and_leaves_nothing(
    sqlite_url: str, tmp_path: Path, content: bytes, media_type: str, status: int, code: str
) -> None:
    async with opened(sqlite_url, tmp_path) as at:
        answer = await at.put(content, media_type, content_type=media_type)
        assert (answer.status, answer.json["code"]) == (status, code)
        assert at.kept() == [] and (await at.row())["image"] is None


async def test_the_largest_file_is_taken_and_one_byte_more_is_not(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url, tmp_path) as at:
        largest = PNG + bytes(300_000 - len(PNG))
        (await at.put(largest)).expect(200)
        assert (await at.put(largest + b"x")).status == 413
        # A length that lies does not help: the bytes are counted.
        assert (await at.put(largest + b"x", content_length="10")).status == 413
        assert (await at.ann.get(at.image)).body == largest


NAMES = ["../../etc/passwd", "a/b.png", "a\\b.png", "..", ".", "a\x00b", "a\r\nb", "n" * 256, "", "trailing. "]


@pytest.mark.parametrize("name", NAMES)
async def test_a_name_that_could_leave_its_folder_or_its_line_is_refused(
    sqlite_url: str, tmp_path: Path, name: str
) -> None:
    from urllib.parse import quote

    async with opened(sqlite_url, tmp_path) as at:
        answer = await at.ann.put(f"{at.image}?name={quote(name, safe='')}", content=PNG, content_type="image/png")
        assert answer.status in (400, 422) and at.kept() == []


async def test_a_name_of_any_script_comes_back_whole(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        answer = await at.ann.put(f"{at.image}?name=%E7%8C%AB%20%22x%22.png", content=PNG, content_type="image/png")
        assert answer.expect(200).json["image"]["name"] == '\u732b "x".png'
        said = (await at.ann.get(at.image)).headers["content-disposition"]
        assert said == "attachment; filename=\"_ _x_.png\"; filename*=UTF-8''%E7%8C%AB%20%22x%22.png"


async def test_what_can_hold_scripts_is_never_shown_inline(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url, tmp_path) as at:
        negative = f"{at.picture}/negative"
        for media_type in ("text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "text/javascript"):
            (await at.ann.put(negative, content=b"<script>", content_type=media_type)).expect(200)
            read = (await at.ann.get(f"{negative}?disposition=inline")).expect(200)
            assert read.headers["content-disposition"] == "attachment"
        await at.put()
        assert (await at.ann.get(f"{at.image}?disposition=inline")).headers["content-disposition"] == "inline"
        assert (await at.ann.get(f"{at.image}?disposition=other")).status == 422


RANGES = [
    ("bytes=0-0", 206, slice(0, 1)),
    ("bytes=8-15", 206, slice(8, 16)),
    ("bytes=1000-", 206, slice(1000, None)),
    ("bytes=-7", 206, slice(-7, None)),
    ("bytes=-99999", 206, slice(0, None)),
    ("bytes=5-99999", 206, slice(5, None)),
    ("bytes=9-3", 200, slice(0, None)),
    ("bytes=0-1,3-4", 200, slice(0, None)),
    ("bytes=" + ",".join(f"{i}-{i}" for i in range(1000)), 200, slice(0, None)),
    ("lines=1-2", 200, slice(0, None)),
    ("bytes=0x1-5", 200, slice(0, None)),
    ("bytes=" + "9" * 400 + "-", 200, slice(0, None)),
]


@pytest.mark.parametrize(("asked", "status", "part"), RANGES)
async def test_a_range_is_answered_and_what_is_none_is_answered_with_all(
    sqlite_url: str, tmp_path: Path, asked: str, status: int, part: slice
) -> None:
    async with opened(sqlite_url, tmp_path) as at:
        await at.put()
        read = (await at.ann.get(at.image, headers={"range": asked})).expect(status)
        assert read.body == PNG[part] and read.headers["content-length"] == str(len(read.body))
        if status == 206:
            start = range(len(PNG))[part].start
            assert read.headers["content-range"] == f"bytes {start}-{start + len(read.body) - 1}/{len(PNG)}"
        head = await at.ann.request("HEAD", at.image, headers={"range": asked})
        assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(PNG)))


@pytest.mark.parametrize("asked", [f"bytes={len(PNG)}-", "bytes=999999-", "bytes=-0"])
async def test_a_range_beyond_the_end_is_told_with_the_size(sqlite_url: str, tmp_path: Path, asked: str) -> None:
    async with opened(sqlite_url, tmp_path) as at:
        await at.put()
        answer = (await at.ann.get(at.image, headers={"range": asked})).expect(416)
        assert answer.headers["content-range"] == f"bytes */{len(PNG)}"


async def test_a_range_is_behind_the_permission_as_all_of_it_is(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        await at.put()
        for asked in ("bytes=0-0", "bytes=999999-"):
            assert (await at.eve.get(at.image, headers={"range": asked})).status == 404


async def test_conditions_are_judged_by_the_content(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        await at.put()
        tag = (await at.ann.get(at.image)).headers["etag"]
        unchanged = (await at.ann.get(at.image, headers={"if-none-match": f'"x", W/{tag}'})).expect(304)
        assert unchanged.headers["etag"] == tag and unchanged.body == b""
        assert (await at.ann.get(at.image, headers={"if-match": '"other"'})).status == 412
        assert (await at.ann.get(at.image, headers={"if-match": tag})).status == 200
        part = {"range": "bytes=0-3"}
        assert (await at.ann.get(at.image, headers={**part, "if-range": tag})).status == 206
        for other in ('"other"', f"W/{tag}", "Sat, 28 Nov 2026 10:00:00 GMT"):
            assert (await at.ann.get(at.image, headers={**part, "if-range": other})).status == 200
        # The row changes, the file does not: who holds it keeps it.
        (await at.ann.patch(at.picture, json={"title": "new"})).expect(200)
        assert (await at.ann.get(at.image, headers={"if-none-match": tag})).status == 304


async def test_a_put_meets_the_version_of_the_row_or_of_the_file(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        assert (await at.put(if_match='"9"')).status == 412
        row = (await at.put(if_match='"1"')).expect(200).headers["etag"]
        file = (await at.ann.get(at.image)).headers["etag"]
        assert (await at.put(JPEG, "image/jpeg", if_match=file)).status == 200
        assert (await at.put(if_match=file)).status == 412
        assert (await at.put(if_match=row)).status == 412
        assert len(at.kept()) == 1 and (await at.ann.get(at.image)).body == JPEG


async def test_of_many_puts_with_one_tag_one_wins(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        contents = [PNG + bytes([i]) for i in range(6)]
        answers = await asyncio.gather(*(at.put(content, if_match='"1"') for content in contents))
        assert sorted(answer.status for answer in answers) == [200, *[412] * 5]
        won = next(content for content, answer in zip(contents, answers, strict=True) if answer.status == 200)
        assert (await at.ann.get(at.image)).body == won and len(at.kept()) == 1


async def test_of_many_puts_without_a_tag_the_row_names_one_that_is_there(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        contents = [PNG + bytes([i]) for i in range(6)]
        answers = await asyncio.gather(*(at.put(content) for content in contents))
        assert {answer.status for answer in answers} == {200}
        assert (await at.ann.get(at.image)).expect(200).body in contents


async def test_a_file_put_for_good_is_neither_replaced_nor_taken_away(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        scan = f"{at.picture}/contract-scan"
        answers = await asyncio.gather(*(at.ann.put(scan, content=bytes([65 + i])) for i in range(4)))
        assert min(a.status for a in answers) == 200 and sum(a.status == 200 for a in answers) == 1
        assert {a.status for a in answers} <= {200, 409, 422}
        assert (await at.ann.put(scan, content=b"z")).status == 422
        assert (await at.ann.delete(scan)).status == 405
        assert len(at.kept()) == 1


async def test_a_careful_row_asks_for_the_version(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        card = (await at.ann.post("/v1/cards/start")).json["id"]
        face = f"/v1/cards/{card}/face"
        assert (await at.ann.put(face, content=b"x")).status == 428
        assert (await at.ann.put(face, content=b"x", headers={"if-match": '"1"'})).status == 200
        assert (await at.ann.delete(face)).status == 428


async def test_a_body_of_json_does_not_write_a_file(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        answer = (await at.ann.patch(at.picture, json={"image": None})).expect(422)
        [fault] = answer.json["errors"]
        assert (fault["code"], fault["pointer"]) == ("SB202", "/image") and "PUT" in fault["hint"]


async def test_the_file_of_a_deleted_row_goes_with_it(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        await at.put()
        (await at.ann.put(f"{at.picture}/negative", content=b"n")).expect(200)
        assert len(at.kept()) == 2
        assert (await at.ann.delete(at.picture)).status == 204
        assert at.kept() == []


async def test_a_row_that_stays_keeps_its_file(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        card = (await at.ann.post("/v1/cards/start")).json["id"]
        await at.ann.put(f"/v1/cards/{card}/face", content=b"x", headers={"if-match": "*"})
        assert (await at.ann.delete(f"/v1/cards/{card}", headers={"if-match": "*"})).status == 204
        assert (await at.ann.get(f"/v1/cards/{card}/face")).status == 404 and len(at.kept()) == 1


async def test_history_keeps_the_files_of_its_versions(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        paper = (await at.ann.post("/v1/papers/start")).json["id"]
        for content in (b"one", b"two"):
            (await at.ann.put(f"/v1/papers/{paper}/scan", content=content)).expect(200)
        assert (await at.ann.delete(f"/v1/papers/{paper}/scan")).status == 204
        assert len(at.kept()) == 2


async def test_an_action_takes_a_file_away_and_gives_none(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        assert (await at.ann.post(f"{at.picture}/wipe")).status == 409
        await at.put()
        (await at.ann.patch(at.picture, json={"title": "swap"})).expect(200)
        assert (await at.ann.post(f"{at.picture}/swap")).status == 500
        assert len(at.kept()) == 1
        assert (await at.ann.post(f"{at.picture}/wipe")).status == 204
        assert (await at.row())["image"] is None and at.kept() == []
        await at.put()
        assert (await at.ann.post(f"{at.picture}/throw")).status == 204
        assert at.kept() == []


async def test_a_place_for_files_that_fails_changes_nothing(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(store_url, tmp_path) as at:
        await at.put()

        def full(*_: Any) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(at.ann.app.files, "_keep", full)
        answer = await at.put(JPEG, "image/jpeg")
        assert (answer.status, answer.json["code"]) == (503, FilesUnavailable.code)
        assert (await at.ann.get(at.image)).body == PNG and len(at.kept()) == 1


async def test_a_file_that_is_lost_is_a_fault_of_ours(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, tmp_path) as at:
        await at.put()
        (at.folder / at.kept()[0]).unlink()
        answer = await at.ann.get(at.image)
        assert answer.status == 500 and b"file" not in answer.json["detail"].encode().replace(b"files", b"")


async def test_a_service_with_files_does_not_start_where_they_cannot_be_kept(sqlite_url: str, tmp_path: Path) -> None:
    from strongback.errors import FilesRefused

    (tmp_path / "taken").write_text("a file, where a folder should be")
    with pytest.raises(FilesRefused, match="taken"):
        async with async_client(album, sqlite_url, files=(tmp_path / "taken").as_uri()):
            pass
