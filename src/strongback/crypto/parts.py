"""Several byte strings as one, so that no two different lists look the same."""

from __future__ import annotations


def join_parts(*parts: str | bytes) -> bytes:
    """
    Join *parts*, each behind its length (4 bytes, big-endian). Text is taken as UTF-8.

    Without the lengths ("ab", "c") and ("a", "bc") would be one and the same key or associated data.

    >>> join_parts("ab", b"c").hex()
    '0000000261620000000163'
    """
    whole = bytearray()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        whole += len(raw).to_bytes(4, "big") + raw
    return bytes(whole)
