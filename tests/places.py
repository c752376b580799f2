"""Places for files: a bucket behind a real server of the protocol, and any place opened for a test."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from uuid import uuid4

from strongback.store.blobs.blob_store import BlobStore
from strongback.store.blobs.open import open_blobs

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@contextmanager
def s3_server() -> Iterator[str]:
    """The endpoint of a server of S3's protocol that runs meanwhile."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        give_up = time.monotonic() + 60
        while True:
            assert process.poll() is None and time.monotonic() < give_up
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def make_bucket(endpoint: str) -> str:
    """The URL of a new bucket, for whoever has `CREDENTIALS` in the environment."""
    import boto3

    bucket = f"files-{uuid4().hex[:8]}"
    made = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    made.create_bucket(Bucket=bucket)
    made.close()
    return f"s3://{bucket}/of/service?endpoint={endpoint}&region=us-east-1"


@asynccontextmanager
async def started(url: str) -> AsyncIterator[BlobStore]:
    store = open_blobs(url)
    await store.start()
    try:
        yield store
    finally:
        await store.close()
