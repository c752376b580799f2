"""
Files in a bucket of S3, or of anything that speaks its protocol.

boto3 is the reference client, kept by who made the protocol, and knows every way credentials are given; they are its business (environment,
instance, web identity) and never in the URL. It blocks, so each call runs in a thread. An object is sent in parts of a size that is in
memory once, and exists only when the last part is confirmed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import uuid4

from strongback.errors import FileMissing, FilesRefused, FilesUnavailable, FilesUnknown, MissingExtra
from strongback.store.blobs.blob_store import CHUNK_BYTES, Listed

T = TypeVar("T")
# The least that S3 takes for a part that is not the last is 5 MiB; 10,000 parts are the most.
PART_BYTES: Final = 8_388_608
OPTIONS: Final = ("endpoint", "region")
MISSING: Final = frozenset({"NoSuchKey", "404"})


@dataclass(frozen=True, slots=True)
class Place:
    """A bucket, what stands before each key in it, and how it is reached."""

    bucket: str
    prefix: str
    options: Mapping[str, str]


def read_place(url: str) -> Place:
    """
    Read `s3://bucket/prefix?endpoint=https://minio:9000&region=eu-north-1`.

    Raises:
        FilesUnknown: It names no bucket, or has an option that there is not; also credentials, which never stand in a URL.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    if not parts.hostname or "@" in parts.netloc:
        raise FilesUnknown(
            "the place for files names no bucket, or holds credentials",
            hint="write s3://bucket/prefix, and give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment",
        )
    unknown = next((name for name in options if name not in OPTIONS), None)
    if unknown is not None:
        raise FilesUnknown(f"s3:// has no option `{unknown[:40]}`", hint=f"it has {', '.join(OPTIONS)}")
    prefix = unquote(parts.path).strip("/")
    return Place(parts.netloc, f"{prefix}/" if prefix else "", options)


class S3Blobs:
    """Objects of a bucket."""

    def __init__(self, url: str) -> None:
        self.place = read_place(url)
        self._made: Any = None

    def _client(self) -> Any:
        """boto3's client, which may be used by many threads at once; made when it is first needed, since it is slow to import."""
        if self._made is None:
            try:
                import boto3  # noqa: PLC0415
                from botocore.config import Config  # noqa: PLC0415
            except ImportError as missing:
                raise MissingExtra("boto3", "s3") from missing
            options = self.place.options
            config = Config(connect_timeout=5, read_timeout=30, retries={"max_attempts": 3, "mode": "standard"})
            self._made = boto3.client(
                "s3", endpoint_url=options.get("endpoint"), region_name=options.get("region"), config=config
            )
        return self._made

    async def _call(self, name: str, key: str = "", **given: Any) -> Any:
        """Call an operation of the bucket, or of the object *key*."""
        of = {"Key": self.place.prefix + key} if key else {}
        call = getattr(self._client(), name)
        return await _in_thread(partial(call, Bucket=self.place.bucket, **of, **given), key)

    async def start(self) -> None:
        tried = f"try/{uuid4()}"
        try:
            await asyncio.to_thread(self._client)
            await self._call("put_object", tried, Body=b"x")
            await self._call("delete_object", tried)
        except (FilesUnavailable, FileMissing) as refused:
            raise FilesRefused(
                f"files cannot be kept in the bucket `{self.place.bucket}`: {refused.message}",
                hint="the bucket has to be there, and the credentials of the environment have to read, write and delete in it",
            ) from refused

    async def close(self) -> None:
        made, self._made = self._made, None
        if made is not None:
            await asyncio.to_thread(made.close)

    @asynccontextmanager
    async def writing(self, key: str) -> AsyncIterator[_Writing]:
        writing = _Writing(self, key)
        try:
            yield writing
            await writing.finish()
        except BaseException:
            await asyncio.shield(writing.abort())
            raise

    async def open(self, key: str, start: int, length: int) -> AsyncIterator[bytes]:
        found = await self._call("get_object", key, Range=f"bytes={start}-{start + length - 1}")
        return _read(found["Body"], length)

    async def delete(self, key: str) -> None:
        await self._call("delete_object", key)

    async def listed(self) -> AsyncIterator[Listed]:
        """Finished objects. Parts of unfinished ones are the bucket's to end: by a lifecycle rule that aborts multipart uploads."""
        more: dict[str, str] = {}
        while True:
            page = await self._call("list_objects_v2", Prefix=self.place.prefix, **more)
            for each in page.get("Contents", ()):
                yield Listed(each["Key"].removeprefix(self.place.prefix), each["Size"], each["LastModified"])
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}


class _Writing:
    """An object on its way: one request when it is small, in parts when it is not."""

    def __init__(self, store: S3Blobs, key: str) -> None:
        self._store, self._key = store, key
        self._held = bytearray()
        self._upload = ""
        self._parts: list[dict[str, Any]] = []

    async def write(self, chunk: bytes) -> None:
        self._held += chunk
        while len(self._held) >= PART_BYTES:
            part = bytes(self._held[:PART_BYTES])
            del self._held[:PART_BYTES]
            await self._send(part)

    async def _send(self, part: bytes) -> None:
        call = self._store._call  # noqa: SLF001 - of the same module
        if not self._upload:
            self._upload = (await call("create_multipart_upload", self._key))["UploadId"]
        number = len(self._parts) + 1
        sent = await call("upload_part", self._key, UploadId=self._upload, PartNumber=number, Body=part)
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})

    async def finish(self) -> None:
        call = self._store._call  # noqa: SLF001
        if not self._upload:
            await call("put_object", self._key, Body=bytes(self._held))
            return
        if self._held:
            await self._send(bytes(self._held))
        parts = {"Parts": self._parts}
        await call("complete_multipart_upload", self._key, UploadId=self._upload, MultipartUpload=parts)

    async def abort(self) -> None:
        if self._upload:
            try:
                await self._store._call("abort_multipart_upload", self._key, UploadId=self._upload)  # noqa: SLF001
            except FilesUnavailable:
                return  # what is left is the lifecycle rule's; the first error is the one to tell


async def _in_thread(call: Callable[[], T], key: str) -> T:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - loaded with the client

    try:
        return await asyncio.to_thread(call)
    except ClientError as refused:
        code = str(refused.response.get("Error", {}).get("Code", ""))
        if code in MISSING and key:
            raise FileMissing(key) from None
        raise FilesUnavailable(f"the bucket of files refused: {code}") from refused
    except BotoCoreError as failed:
        raise FilesUnavailable(f"the bucket of files does not answer: {type(failed).__name__}") from failed


async def _read(body: Any, length: int) -> AsyncIterator[bytes]:
    try:
        while length > 0:
            chunk: bytes = await _in_thread(partial(body.read, min(CHUNK_BYTES, length)), "")
            if not chunk:
                raise FilesUnavailable("a file is shorter than its row says")
            length -= len(chunk)
            yield chunk
    finally:
        body.close()
