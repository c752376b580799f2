"""What every place for files keeps to: memory, a folder, and a bucket behind a real server of the protocol."""

from __future__ import annotations

import pytest

from strongback.errors import FileMissing, FilesRefused, FilesUnknown
from strongback.store.blobs.blob_store import CHUNK_BYTES, BlobStore
from strongback.store.blobs.open import open_blobs
from tests.places import started


async def put(store: BlobStore, key: str, *chunks: bytes) -> None:
    async with store.writing(key) as writing:
        for chunk in chunks:
            await writing.write(chunk)


async def read(store: BlobStore, key: str, start: int, length: int) -> bytes:
    return b"".join([chunk async for chunk in await store.open(key, start, length)])


async def keys(store: BlobStore) -> dict[str, int]:
    return {each.key: each.size_bytes async for each in store.listed() if not each.unfinished}


async def test_what_is_written_is_read_back_whole_and_in_parts(url: str) -> None:
    async with started(url) as store:
        await put(store, "1.2/ab/x", b"hello ", b"", b"world")
        assert await read(store, "1.2/ab/x", 0, 11) == b"hello world"
        assert await read(store, "1.2/ab/x", 4, 3) == b"o w"
        assert await keys(store) == {"1.2/ab/x": 11}


async def test_a_large_object_comes_in_chunks_that_are_bounded(url: str) -> None:
    piece = bytes(range(256)) * 4096
    async with started(url) as store:
        await put(store, "large", *[piece] * 18)  # more than two parts of S3
        sizes, content = [], []
        async for chunk in await store.open("large", 0, 18 * len(piece)):
            sizes.append(len(chunk))
            content.append(chunk)
        assert max(sizes) <= CHUNK_BYTES and b"".join(content) == piece * 18
        assert await read(store, "large", 8_388_600, 20) == (piece * 18)[8_388_600:8_388_620]


@pytest.mark.parametrize("size", [10, 9_000_000])
async def test_of_a_writing_that_fails_nothing_is_left(url: str, size: int) -> None:
    async with started(url) as store:
        with pytest.raises(ZeroDivisionError):
            async with store.writing("broken") as writing:
                await writing.write(bytes(size))
                raise ZeroDivisionError
        assert [each async for each in store.listed()] == []
        with pytest.raises(FileMissing):
            await store.open("broken", 0, 1)


async def test_what_is_deleted_is_not_there_and_may_be_deleted_again(url: str) -> None:
    async with started(url) as store:
        await put(store, "a", b"1")
        await put(store, "b", b"2")
        await store.delete("a")
        await store.delete("a")
        assert await keys(store) == {"b": 1}
        with pytest.raises(FileMissing):
            await store.open("a", 0, 1)


async def test_a_reader_reads_on_when_the_object_is_deleted_meanwhile(url: str) -> None:
    content = bytes(range(256)) * 4096
    async with started(url) as store:
        await put(store, "a", content)
        reading = await store.open("a", 0, len(content))
        first = await anext(reading)
        await store.delete("a")
        assert first + b"".join([chunk async for chunk in reading]) == content


async def test_an_object_is_there_when_its_place_is_opened_again(url: str) -> None:
    if url.startswith("memory"):
        pytest.skip("memory is gone with its process")
    async with started(url) as store:
        await put(store, "a", b"1")
    async with started(url) as store:
        assert await read(store, "a", 0, 1) == b"1"


WRONG = [
    "ftp://host/x",
    "file://host/x",
    "file:relative",
    "s3:///prefix",
    "s3://key:secret@bucket/x",
    "s3://bucket?acl=public",
]


@pytest.mark.parametrize("wrong", WRONG)
def test_what_names_no_place_is_refused_without_repeating_secrets(wrong: str) -> None:
    with pytest.raises(FilesUnknown) as refused:
        open_blobs(wrong)
    assert "secret" not in str(refused.value).replace("AWS_SECRET_ACCESS_KEY", "")


async def test_a_bucket_that_is_not_there_is_told_at_the_start(s3_server: str) -> None:
    store = open_blobs(f"s3://nowhere?endpoint={s3_server}&region=us-east-1")
    with pytest.raises(FilesRefused, match="nowhere"):
        await store.start()
    await store.close()
