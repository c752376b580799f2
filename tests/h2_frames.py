"""Frames of HTTP/2 written by hand (RFC 9113): what no client library would send."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterable

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, GOAWAY = 0, 1, 3, 4, 7
END_STREAM, END_HEADERS = 1, 4


def frame(kind: int, flags: int, stream: int, content: bytes = b"") -> bytes:
    return struct.pack(">I", len(content))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + content


def fields(pairs: Iterable[tuple[str, str]]) -> bytes:
    """Header fields, each a literal without an index (RFC 7541, section 6.2.2)."""
    return b"".join(b"\x00" + _text(name) + _text(value) for name, value in pairs)


def _text(text: str) -> bytes:
    assert len(text) < 127
    return bytes((len(text),)) + text.encode()


def call(path: str, **more: str) -> bytes:
    """The header fields of a call."""
    named = {name.replace("_", "-"): value for name, value in more.items()}
    usual = {":method": "POST", ":scheme": "http", ":path": path, ":authority": "a", "content-type": "application/grpc"}
    return fields({**usual, "te": "trailers", **named}.items())


def message(content: bytes, *, compressed: bool = False, length: int | None = None) -> bytes:
    return bytes((compressed,)) + struct.pack(">I", len(content) if length is None else length) + content


async def send(port: int, *frames: bytes, preface: bytes = PREFACE, within_s: float = 10.0) -> bytes:
    """Send *frames*, and return all that comes back until the peer closes, or has said nothing for a while."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    got = b""
    try:
        writer.write(preface + frame(SETTINGS, 0, 0) + b"".join(frames))
        await writer.drain()
        async with asyncio.timeout(within_s):
            while content := await asyncio.wait_for(reader.read(65_536), 0.3):
                got += content
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()
    return got


def kinds(answer: bytes) -> list[tuple[int, int]]:
    """The kind and the stream of each frame in *answer*."""
    found = []
    while len(answer) >= 9:
        length = int.from_bytes(answer[:3], "big")
        found.append((answer[3], int.from_bytes(answer[5:9], "big")))
        answer = answer[9 + length :]
    return found
