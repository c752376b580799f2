"""Files at rest: what the folder, the bucket and the database hold tells nothing, and what was done to them there is never answered."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import pytest

import strongback as sb
from strongback.app import App, Team
from strongback.crypto.file_key import sealed_size
from strongback.crypto.keyring import Keyring
from strongback.engine.sweep import find_orphans
from strongback.errors import KeyringGone
from strongback.host.project import Project
from strongback.model.load import load
from strongback.store.store import Statement
from strongback.testing.client import AsyncClient
from strongback.testing.in_process import Bearers, InProcess
from tests.services.archive import archive

# What breaks is logged with all that stands around it, unless messages are configured.
pytestmark = pytest.mark.usefixtures("lines")

OLD, NEW = bytes(range(32)), bytes(range(1, 33))
RING = Keyring({1: OLD}, primary=1)
SECRET = b"Canary 4711, " * 12_000  # three segments
NAME = "Canary of Ann.pdf"


@dataclass
class Archive:
    client: AsyncClient

    async def made(self, path: str, **values: str) -> str:
        return str((await self.client.post(path, json=values)).expect(200, 201).json["id"])

    async def letter(self, office: str) -> str:
        """The path of a new letter in a new office."""
        folder = await self.made("/v1/folders", office_id=await self.made("/v1/offices/start", name=office))
        return f"/v1/letters/{await self.made('/v1/letters', folder_id=folder)}"

    async def put(self, letter: str, field: str, content: bytes = SECRET) -> None:
        (await self.client.put(f"{letter}/{field}?name={quote(NAME)}", content=content)).expect(200)


@asynccontextmanager
async def opened(store: str, files: str, ring: Keyring = RING) -> AsyncIterator[Archive]:
    model = load(archive, archive.folder)
    bearers = Bearers(model)
    served = InProcess(App(model, Team.of(archive), store, ring, verify=bearers, files_url=files), bearers)
    async with AsyncClient(served) as stranger:
        yield Archive(stranger.as_user("ann"))


def objects(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


async def cells(at: Archive) -> bytes:
    """All that the tables of letters hold."""
    held = b""
    for table in ("letter", "letter_history"):
        for row in await at.client.app.store.fetch(Statement(f"SELECT * FROM {table}"), ()):
            held += b"\n".join(cell if isinstance(cell, bytes) else str(cell).encode() for cell in row)
    return held


async def test_neither_the_folder_nor_the_database_tells_of_a_personal_file(store_url: str, tmp_path: Path) -> None:
    """Not its bytes, nor its name, size and digest; of another file the bytes alone are hidden."""
    async with opened(store_url, (tmp_path / "files").as_uri()) as at:
        letter = await at.letter("a")
        await at.put(letter, "scan")
        held = (await at.client.get(letter)).expect(200).json["scan"]
        assert (held["name"], held["size"], held["sha256"]) == (NAME, len(SECRET), sha256(SECRET).hexdigest())
        kept = objects(tmp_path / "files")
        rest = b"".join(path.read_bytes() for path in kept) + await cells(at)
        assert len(kept) == 1 and kept[0].stat().st_size == sealed_size(len(SECRET))
        for told in (b"Canary", b"4711", sha256(SECRET).hexdigest().encode(), b"sha256", b"octet-stream"):
            assert told not in rest
        await at.put(letter, "cover")
        assert b"Canary" in await cells(at), "what the row says of a file that is not personal is not hidden"
        assert not any(b"anary 47" in path.read_bytes() for path in objects(tmp_path / "files"))


async def test_a_sealed_file_is_read_ranged_linked_and_taken_away_as_any(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, (tmp_path / "files").as_uri()) as at:
        letter = await at.letter("a")
        assert (await at.client.delete(letter)).status == 403, "a role asks whether the file is there"
        await at.put(letter, "scan")
        scan = f"{letter}/scan"
        read = (await at.client.get(scan)).expect(200)
        assert read.body == SECRET and read.headers["content-length"] == str(len(SECRET))
        assert read.headers["etag"] == f'"{sha256(SECRET).hexdigest()}"'
        part = (await at.client.get(scan, headers={"range": "bytes=65530-65545"})).expect(206)
        assert part.body == SECRET[65530:65546]
        assert part.headers["content-range"] == f"bytes 65530-65545/{len(SECRET)}"
        link = (await at.client.post(f"{scan}/link", json={})).expect(200).json["url"]
        assert (await at.client.get(link)).expect(200).body == SECRET
        assert (await at.client.delete(scan)).status == 204
        assert (await at.client.get(link)).status == 410


async def test_a_file_does_not_open_in_another_field_row_or_tenant(store_url: str, tmp_path: Path) -> None:
    """Whoever can write to the folder cannot make one file show as another; the others are still read."""
    folder = tmp_path / "files"
    async with opened(store_url, folder.as_uri()) as at:
        letters = [await at.letter(name) for name in ("a", "b")]
        places = [(letter, field) for letter in letters for field in ("scan", "cover")]
        kept: dict[str, Path] = {}
        for number, (letter, field) in enumerate(places):
            before = set(objects(folder))
            await at.put(letter, field, b"%d" % number * 1000)
            (kept[f"{letter}/{field}"],) = set(objects(folder)) - before
        sealed = {path: kept[path].read_bytes() for path in kept}
        for path, other in [(path, other) for path in kept for other in kept if path != other]:
            kept[path].write_bytes(sealed[other])
            answer = await at.client.get(path)
            assert answer.status == 500 and answer.json["code"] == "SB900"
            assert (await at.client.get(other)).expect(200).body == b"%d" % list(kept).index(other) * 1000
            kept[path].write_bytes(sealed[path])
            (await at.client.get(path)).expect(200)


async def test_what_the_database_says_of_a_file_cannot_be_another_rows(store_url: str, tmp_path: Path) -> None:
    async with opened(store_url, (tmp_path / "files").as_uri()) as at:
        one, other = [await at.letter(name) for name in ("a", "b")]
        for letter in (one, other):
            await at.put(letter, "scan")
        sql = "UPDATE letter SET scan = (SELECT scan FROM letter AS o ORDER BY id DESC LIMIT 1)"
        await at.client.app.store.fetch(Statement(sql, writes=True), ())
        assert (await at.client.get(f"{one}/scan")).status == 500
        assert (await at.client.get(f"{other}/scan")).expect(200).body == SECRET


async def test_a_file_opens_as_long_as_its_key_is_there(sqlite_url: str, tmp_path: Path) -> None:
    files = (tmp_path / "files").as_uri()
    async with opened(sqlite_url, files) as at:
        letter = await at.letter("a")
        await at.put(letter, "cover")
    async with opened(sqlite_url, files, Keyring({1: OLD, 2: NEW}, primary=2)) as at:
        assert (await at.client.get(f"{letter}/cover")).expect(200).body == SECRET
        later = await at.letter("b")
        await at.put(later, "cover")
    for ring in (Keyring({2: NEW}, primary=2), Keyring({1: NEW[::-1], 2: NEW}, primary=2)):
        async with opened(sqlite_url, files, ring) as at:
            assert (await at.client.get(f"{later}/cover")).expect(200).body == SECRET
            answer = await at.client.get(f"{letter}/cover")
            assert answer.status == 500 and b"anary" not in answer.body
            assert (await at.client.get(letter)).expect(200).json["cover"]["size"] == len(SECRET)


async def test_a_file_that_was_cut_or_is_in_the_clear_is_no_answer(sqlite_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    async with opened(sqlite_url, folder.as_uri()) as at:
        letter = await at.letter("a")
        await at.put(letter, "cover", b"short")
        (kept,) = objects(folder)
        sealed = kept.read_bytes()
        for wrong in (sealed[:-1], sealed[:10], b"", b"short", sealed[:-1] + b"\0", b"x" * len(sealed)):
            kept.write_bytes(wrong)
            answer = await at.client.get(f"{letter}/cover")
            assert answer.status in (500, 503) and answer.headers["content-type"] == "application/problem+json"
            (await at.client.get(letter)).expect(200)


async def test_sweeping_reads_what_is_sealed_in_rows_and_in_history(store_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    async with opened(store_url, folder.as_uri()) as at:
        letter = await at.letter("a")
        for content in (b"one", b"two"):
            await at.put(letter, "scan", content)
        (await at.client.delete(letter)).expect(204)
        assert len(objects(folder)) == 2
        later = datetime.now(UTC) + timedelta(hours=2)
        assert [each async for each in find_orphans(at.client.app.runtime, later)] == []


async def test_a_bucket_tells_nothing_and_its_files_go_through_the_service(sqlite_url: str, s3_url: str) -> None:
    """A link of the bucket's own would give ciphertext: the service's leads to the service."""
    async with opened(sqlite_url, s3_url) as at:
        letter = await at.letter("a")
        await at.put(letter, "scan")
        store = at.client.app.files
        (held,) = [each async for each in store.listed()]
        rest = b"".join([chunk async for chunk in await store.open(held.key, 0, held.size_bytes)])
        assert b"anary" not in rest and len(rest) == sealed_size(len(SECRET))
        assert (await at.client.get(f"{letter}/scan")).expect(200).body == SECRET
        part = (await at.client.get(f"{letter}/scan", headers={"range": "bytes=-5"})).expect(206)
        assert part.body == SECRET[-5:]
        link = (await at.client.post(f"{letter}/scan/link", json={})).expect(200).json["url"]
        assert link.startswith(f"{letter}/scan?link=") and (await at.client.get(link)).expect(200).body == SECRET
        async with store.writing(held.key) as writing:
            await writing.write(rest[:-1] + bytes((rest[-1] ^ 1,)))
        assert (await at.client.get(f"{letter}/scan", headers={"range": "bytes=-5"})).status == 500


class Keepsake(sb.Entity):
    """A row with a file, and nothing personal."""

    image: sb.Blob | None = sb.blob()

    access = sb.Access(read=sb.EVERYONE)


keepsake = sb.Service("keepsake", rest="/v1", entities=[Keepsake])


def test_no_new_keyring_is_made_where_files_need_the_old_one(tmp_path: Path) -> None:
    """Bytes of any file are sealed: a service with files and no personal field needs its keyring as well."""
    database = tmp_path / "keepsake.db"
    database.write_bytes(bytes(10_000))
    project = Project(keepsake, load(keepsake, keepsake.folder), tmp_path)
    with pytest.raises(KeyringGone):
        project.keyring(f"sqlite:///{database}", {})


async def test_a_broken_file_is_told_to_the_operator(sqlite_url: str, tmp_path: Path, lines: io.BytesIO) -> None:
    folder = tmp_path / "files"
    async with opened(sqlite_url, folder.as_uri()) as at:
        letter = await at.letter("a")
        await at.put(letter, "cover", b"short")
        (kept,) = objects(folder)
        kept.write_bytes(bytes(len(kept.read_bytes())))
        await at.client.get(f"{letter}/cover")
    (told,) = [line for line in lines.getvalue().splitlines() if b"a file is not what was put there" in line]
    assert kept.relative_to(folder).as_posix().encode() in told and b"Canary" not in told
