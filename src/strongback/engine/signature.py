"""
What the first bytes of a file say of its type, for the types whose mistaking does harm or whose signature is sure.

A browser that is told "image/png" and finds something else may guess; whoever opens a file trusts its type. So a file whose first bytes
speak against its declared type is refused. No type is ever guessed for a sender who did not say it.
"""

from __future__ import annotations

from typing import Final

# Bytes, and where they stand. Source: PNG 3, section 5.2; JFIF 1.02; GIF89a, section 17; WebP, RFC 9649; ISO 32000-1, section 7.5.2.
SIGNATURES: Final[dict[str, tuple[tuple[bytes, int], ...]]] = {
    "image/png": ((b"\x89PNG\r\n\x1a\n", 0),),
    "image/jpeg": ((b"\xff\xd8\xff", 0),),
    "image/gif": ((b"GIF87a", 0), (b"GIF89a", 0)),
    "image/webp": ((b"WEBP", 8),),
    "application/pdf": ((b"%PDF-", 0),),
}
# As much of a file as has to be seen.
HEAD_BYTES: Final = 16


def speaks_against(media_type: str, head: bytes) -> str:
    """
    Say why a file that begins with *head* is not of *media_type*; empty when nothing speaks against it.

    >>> speaks_against("image/png", b"GIF89a..........")
    'these are the first bytes of image/gif'
    >>> speaks_against("image/png", b"<html>"), speaks_against("application/octet-stream", b"GIF89a")
    ('these are not the first bytes of image/png', '')
    """
    found = next((known for known in SIGNATURES if _is(known, head)), "")
    if media_type in (found, "application/octet-stream"):
        return ""
    if found and (media_type in SIGNATURES or media_type.startswith(("text/", "image/"))):
        return f"these are the first bytes of {found}"
    return f"these are not the first bytes of {media_type}" if media_type in SIGNATURES else ""


def _is(media_type: str, head: bytes) -> bool:
    return any(head[at : at + len(sign)] == sign for sign, at in SIGNATURES[media_type])
