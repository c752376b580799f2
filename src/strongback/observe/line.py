"""
One message as one line: JSON for machines, or plain words for a terminal. Nothing in a value can break or fake a line.

Control characters are escaped, and so are the separators that only some readers take for line ends (U+0085, U+2028, U+2029) and the
C1 range, whose 0x9B starts a terminal command as ESC does.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

import msgspec

_encoder = msgspec.json.Encoder(enc_hook=lambda value: f"[{type(value).__name__}]")
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_UNSAFE_IN_WORDS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]")

_COLOURS = {"debug": "2", "info": "32", "warning": "33", "error": "31", "critical": "1;31"}
_APART = ("at", "level", "event", "frames")
_WORD = re.compile(r"[\w.:/@+-]+")


class Clock:
    """Writes the time of a line: RFC 3339, UTC, microseconds. The part down to the second is kept for the lines of that second."""

    __slots__ = ("_second", "_start")

    def __init__(self) -> None:
        self._second = -1
        self._start = ""

    def now(self) -> str:
        """
        Give the time now, 27 characters.

        >>> len(Clock().now())
        27
        """
        second, rest_ns = divmod(time.time_ns(), 1_000_000_000)
        if second != self._second:
            self._start = time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(second))
            self._second = second
        return f"{self._start}{rest_ns // 1000:06d}Z"


def json_line(values: Mapping[str, object]) -> bytes:
    r"""
    Write *values* as one line of JSON, with its line feed.

    >>> json_line({"event": "a\r\nb", "name": "\u2028"})
    b'{"event":"a\\r\\nb","name":"\\u2028"}\n'
    """
    return make_safe(_encode(values)) + b"\n"


def json_text(text: str) -> bytes:
    """Write one text as JSON, safe inside a line."""
    return make_safe(_encode(text))


def make_safe(encoded: bytes) -> bytes:
    """Escape in JSON what JSON itself leaves as it is but a reader of lines may not."""
    if encoded.isascii() and b"\x7f" not in encoded:
        return encoded
    return _UNSAFE.sub(_escape, encoded.decode()).encode()


def console_line(values: Mapping[str, object], *, colour: bool) -> bytes:
    r"""
    Write *values* as words: time of day, level, event, then `name=value` pairs; the frames of an error on lines of their own.

    >>> console_line({"at": "2026-01-02T03:04:05.000006Z", "level": "info", "event": "ready", "port": 80}, colour=False)
    b'03:04:05 info     ready  port=80\n'
    """
    level = str(values.get("level", "info"))
    shown_level = f"\x1b[{_COLOURS.get(level, '0')}m{level:<8}\x1b[0m" if colour else f"{level:<8}"
    start = f"{_plain(str(values.get('at', ''))[11:19])} {shown_level} {_plain(str(values.get('event', '')))}"
    pairs = " ".join(f"{_plain(name)}={_word(value)}" for name, value in values.items() if name not in _APART)
    frames = values.get("frames")
    below = [f"    {_plain(str(frame))}" for frame in frames] if isinstance(frames, list) else []
    text = "\n".join([f"{start}  {pairs}".rstrip(), *below, ""])
    return text.encode("utf-8", "backslashreplace")


def _word(value: object) -> str:
    """One value that ends where it seems to end: quoted when it is more than a word."""
    if isinstance(value, str) and _WORD.fullmatch(value):
        return value
    return _plain(_encode(value).decode())


def _plain(text: str) -> str:
    return _UNSAFE_IN_WORDS.sub(_escape, text)


def _encode(value: object) -> bytes:
    try:
        return _encoder.encode(value)
    except (ValueError, TypeError, OverflowError, RecursionError):  # lone surrogates, integers past 64 bits, cycles
        return _encoder.encode({"level": "error", "event": "a message that cannot be written"})


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
