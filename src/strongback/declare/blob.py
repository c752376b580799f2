"""`sb.Blob`: what a row knows of a file it holds."""

from __future__ import annotations

from uuid import UUID

from strongback.declare.value import Value


class Blob(Value):
    """
    A file of a row: what is known of it, never its bytes.

    Attributes:
        id: Of these bytes; a file that is put anew has another.
        size: Bytes.
        media_type: As its sender said, where the first bytes do not speak against it.
        sha256: Of the bytes, in hexadecimal.
        name: What its sender called it, if they said.
    """

    id: UUID
    size: int
    media_type: str
    sha256: str
    name: str | None = None
