"""Files rest encrypted in any place, and what was done to one there is never answered as its bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from strongback.crypto.envelope import Context
from strongback.crypto.file_key import FILE_HEAD_BYTES, SEALED_SEGMENT_BYTES, SEGMENT_BYTES, sealed_size
from strongback.crypto.keyring import Keyring
from strongback.errors import FileMissing, FilesUnavailable, SealBroken, UnknownKey
from strongback.store.blobs.blob_store import CHUNK_BYTES, BlobStore
from strongback.store.blobs.memory import MemoryBlobs
from strongback.store.blobs.sealed import Place, SealedBlobs
from tests.places import started

RING = Keyring({1: bytes(range(32))}, primary=1)
PLACE = Place("1.2/ab/x", Context("t", "1", UUID(int=1), "2"), UUID(int=5))
PATTERN = bytes(range(251)) * 1100  # no segment is like another
BORDERS = [1, 2, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 2 * SEGMENT_BYTES, 3 * SEGMENT_BYTES + 17]
BROKEN = (SealBroken, FilesUnavailable)


async def put(store: BlobStore, place: Place, content: bytes, step: int = CHUNK_BYTES, ring: Keyring = RING) -> None:
    async with SealedBlobs(store, ring).writing(place) as writing:
        for at in range(0, len(content), step):
            await writing.write(content[at : at + step])


async def read(store: BlobStore, place: Place, size: int, start: int, length: int, ring: Keyring = RING) -> bytes:
    opened = await SealedBlobs(store, ring).open(place, size, start, length)
    return b"".join([chunk async for chunk in opened])


async def raw(store: BlobStore, key: str) -> bytes:
    size = {each.key: each.size_bytes async for each in store.listed()}[key]
    return b"".join([chunk async for chunk in await store.open(key, 0, size)])


async def overwrite(store: BlobStore, key: str, content: bytes) -> None:
    async with store.writing(key) as writing:
        await writing.write(content)


sizes = st.sampled_from(BORDERS) | st.integers(1, 4 * SEGMENT_BYTES)


@settings(max_examples=60)
@given(sizes, st.integers(1, 3 * CHUNK_BYTES), st.data())
def test_any_range_of_any_size_is_what_was_put(size: int, step: int, data: st.DataObject) -> None:
    near = st.integers(0, size - 1) | st.sampled_from([s for s in (0, *BORDERS) if s < size])
    start = data.draw(near)
    length = data.draw(st.integers(1, size - start) | st.just(size - start) | st.just(1))

    async def go() -> None:
        store = MemoryBlobs()
        await put(store, PLACE, PATTERN[:size], max(step, 1000))
        assert len(store.kept[PLACE.key][0]) == sealed_size(size)
        assert await read(store, PLACE, size, start, length) == PATTERN[start : start + length]

    asyncio.run(go())


@pytest.mark.parametrize("size", BORDERS)
async def test_a_file_is_read_back_whole_and_in_parts_from_any_place(url: str, size: int) -> None:
    async with started(url) as store:
        await put(store, PLACE, PATTERN[:size])
        assert await read(store, PLACE, size, 0, size) == PATTERN[:size]
        for start in {0, size // 2, size - 1, min(size - 1, SEGMENT_BYTES)}:
            assert await read(store, PLACE, size, start, min(3, size - start)) == PATTERN[start : min(start + 3, size)]


async def test_nothing_of_a_file_rests_in_the_clear(url: str) -> None:
    secret = b"Canary 4711 " * 20_000
    async with started(url) as store:
        await put(store, PLACE, secret)
        rest = await raw(store, PLACE.key)
        assert len(rest) == sealed_size(len(secret))
        assert b"Canary" not in rest and b"anary 47" not in rest


def flip(at: int) -> Callable[[bytes], bytes]:
    return lambda sealed: sealed[:at] + bytes((sealed[at] ^ 0x40,)) + sealed[at + 1 :]


def segment(sealed: bytes, number: int) -> bytes:
    begin = FILE_HEAD_BYTES + number * SEALED_SEGMENT_BYTES
    return sealed[begin : begin + SEALED_SEGMENT_BYTES]


def arranged(*numbers: int) -> Callable[[bytes], bytes]:
    return lambda sealed: sealed[:FILE_HEAD_BYTES] + b"".join(segment(sealed, n) for n in numbers)


SIZE = 3 * SEGMENT_BYTES + 17
TAMPERED: dict[str, Callable[[bytes], bytes]] = {
    "format": flip(0),
    "salt": flip(9),
    "start of nonces": flip(FILE_HEAD_BYTES - 1),
    "first segment": flip(FILE_HEAD_BYTES),
    "tag of the first": flip(FILE_HEAD_BYTES + SEALED_SEGMENT_BYTES - 1),
    "last byte": flip(sealed_size(SIZE) - 1),
    "last segment gone": arranged(0, 1, 2),
    "a segment gone": arranged(0, 2, 3),
    "exchanged": arranged(1, 0, 2, 3),
    "repeated": arranged(0, 1, 1, 3),
    "the last one early": arranged(0, 3, 2, 3),
    "cut in the head": lambda sealed: sealed[:20],
    "cut in a segment": lambda sealed: sealed[: FILE_HEAD_BYTES + SEGMENT_BYTES + 500],
    "a byte short": lambda sealed: sealed[:-1],
    "empty": lambda sealed: b"",
    "one byte": lambda sealed: b"\x01",
    "in the clear": lambda sealed: PATTERN[: len(sealed)],
    "the head of nobody": lambda sealed: bytes(FILE_HEAD_BYTES) + sealed[FILE_HEAD_BYTES:],
}


@pytest.mark.parametrize("change", TAMPERED.values(), ids=TAMPERED)
async def test_a_changed_object_gives_an_error_and_no_wrong_byte(url: str, change: Callable[[bytes], bytes]) -> None:
    """Whole and in each part: what is given before the error is what was put."""
    async with started(url) as store:
        await put(store, PLACE, PATTERN[:SIZE])
        await overwrite(store, PLACE.key, change(await raw(store, PLACE.key)))
        broken = 0
        for start, length in ((0, SIZE), (SEGMENT_BYTES + 5, 10), (SIZE - 20, 20), (2 * SEGMENT_BYTES - 1, 2)):
            received = b""
            try:
                async for chunk in await SealedBlobs(store, RING).open(PLACE, SIZE, start, length):
                    received += chunk
            except BROKEN:
                broken += 1
            assert PATTERN[start : start + length].startswith(received)
            assert len(received) == length or broken
        assert broken, "whatever was changed, reading all of it breaks"


@settings(max_examples=80)
@given(sizes, st.data())
@example(SEGMENT_BYTES, None)
def test_any_flipped_bit_breaks_what_reads_it_and_nothing_else(size: int, data: st.DataObject | None) -> None:
    at = FILE_HEAD_BYTES if data is None else data.draw(st.integers(FILE_HEAD_BYTES, sealed_size(size) - 1))
    bit = 1 if data is None else 1 << data.draw(st.integers(0, 7))
    hit = (at - FILE_HEAD_BYTES) // SEALED_SEGMENT_BYTES

    async def go() -> None:
        store = MemoryBlobs()
        await put(store, PLACE, PATTERN[:size])
        sealed = await raw(store, PLACE.key)
        await overwrite(store, PLACE.key, sealed[:at] + bytes((sealed[at] ^ bit,)) + sealed[at + 1 :])
        for number in range(-(-size // SEGMENT_BYTES)):
            start = number * SEGMENT_BYTES
            length = min(SEGMENT_BYTES, size - start)
            if number == hit:
                with pytest.raises(SealBroken):
                    await read(store, PLACE, size, start, length)
            else:
                assert await read(store, PLACE, size, start, length) == PATTERN[start : start + length]

    asyncio.run(go())


ELSEWHERE = [
    replace(PLACE, file=UUID(int=6)),
    replace(PLACE, context=Context("u", "1", UUID(int=1), "2")),
    replace(PLACE, context=Context("t", "2", UUID(int=1), "2")),
    replace(PLACE, context=Context("t", "1", UUID(int=2), "2")),
    replace(PLACE, context=Context("t", "1", UUID(int=1), "3")),
]


@pytest.mark.parametrize("other", ELSEWHERE)
async def test_an_object_moved_to_another_place_does_not_open(other: Place) -> None:
    store = MemoryBlobs()
    await put(store, PLACE, PATTERN[:100])
    with pytest.raises(SealBroken):
        await read(store, other, 100, 0, 100)


@pytest.mark.parametrize("claimed", [1, 99, 101, SEGMENT_BYTES, SEGMENT_BYTES + 1, 10 * SEGMENT_BYTES])
async def test_a_size_that_is_not_the_files_opens_nothing(claimed: int) -> None:
    """Whoever can write to the database cannot have a file read shorter or longer than it is."""
    store = MemoryBlobs()
    await put(store, PLACE, PATTERN[:100])
    with pytest.raises(SealBroken):
        await read(store, PLACE, claimed, 0, claimed)


async def test_a_new_primary_key_seals_and_the_old_one_opens_what_it_sealed() -> None:
    store, new = MemoryBlobs(), replace(PLACE, key="1.2/ab/y", file=UUID(int=6))
    await put(store, PLACE, b"old")
    both = Keyring({1: bytes(range(32)), 2: bytes(range(1, 33))}, primary=2)
    await put(store, new, b"new", ring=both)
    assert await read(store, PLACE, 3, 0, 3, both) == b"old"
    assert await read(store, new, 3, 0, 3, both) == b"new"
    only = Keyring({2: bytes(range(1, 33))}, primary=2)
    assert await read(store, new, 3, 0, 3, only) == b"new"
    with pytest.raises(UnknownKey):
        await read(store, PLACE, 3, 0, 3, only)


async def test_another_key_under_the_same_id_opens_nothing() -> None:
    store = MemoryBlobs()
    await put(store, PLACE, b"bytes")
    with pytest.raises(SealBroken):
        await read(store, PLACE, 5, 0, 5, Keyring({1: bytes(range(1, 33))}, primary=1))


async def test_a_range_reads_the_segments_it_touches_and_the_head() -> None:
    asked: list[tuple[int, int]] = []

    class Watched(MemoryBlobs):
        async def open(self, key: str, start: int, length: int):  # type: ignore[no-untyped-def]
            asked.append((start, length))
            return await super().open(key, start, length)

    store = Watched()
    await put(store, PLACE, PATTERN[:SIZE])
    assert await read(store, PLACE, SIZE, 10, 5) == PATTERN[10:15]
    assert asked == [(0, FILE_HEAD_BYTES + SEALED_SEGMENT_BYTES)]
    asked.clear()
    assert await read(store, PLACE, SIZE, 2 * SEGMENT_BYTES, 5) == PATTERN[2 * SEGMENT_BYTES : 2 * SEGMENT_BYTES + 5]
    assert asked == [(0, FILE_HEAD_BYTES), (FILE_HEAD_BYTES + 2 * SEALED_SEGMENT_BYTES, SEALED_SEGMENT_BYTES)]


async def test_what_is_read_comes_in_chunks_that_are_bounded(url: str) -> None:
    content = PATTERN * 8
    async with started(url) as store:
        await put(store, PLACE, content)
        chunks = [chunk async for chunk in await SealedBlobs(store, RING).open(PLACE, len(content), 0, len(content))]
        assert max(map(len, chunks)) <= CHUNK_BYTES and b"".join(chunks) == content


async def test_a_reader_that_stops_lets_go_of_what_it_reads_from() -> None:
    closed: list[bool] = []

    class Watched(MemoryBlobs):
        async def open(self, key: str, start: int, length: int):  # type: ignore[no-untyped-def]
            inner = await super().open(key, start, length)

            async def chunks():  # type: ignore[no-untyped-def]
                try:
                    async for chunk in inner:
                        yield chunk
                finally:
                    closed.append(True)

            return chunks()

    store = Watched()
    await put(store, PLACE, PATTERN[:SIZE])
    opened = await SealedBlobs(store, RING).open(PLACE, SIZE, 0, SIZE)
    await opened.aclose()
    assert closed == [True]
    await overwrite(store, PLACE.key, PATTERN[:SIZE])
    with pytest.raises(SealBroken):
        await SealedBlobs(store, RING).open(PLACE, SIZE, 0, SIZE)
    assert closed == [True, True]


async def test_of_a_writing_that_fails_nothing_is_left(url: str) -> None:
    async with started(url) as store:
        with pytest.raises(ZeroDivisionError):
            async with SealedBlobs(store, RING).writing(PLACE) as writing:
                await writing.write(PATTERN)
                raise ZeroDivisionError
        with pytest.raises(FileMissing):
            await read(store, PLACE, len(PATTERN), 0, 1)
