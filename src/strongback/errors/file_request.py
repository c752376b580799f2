"""Errors of the caller's that are about a file."""

from __future__ import annotations

from collections.abc import Sequence

from strongback.errors.request import RequestError


class FileTypeRefused(RequestError):
    """The file is of a media type the field does not take, or says none; `taken` names those it does (none: any)."""

    code = "SB235"

    def __init__(self, message: str, taken: Sequence[str] = ()) -> None:
        super().__init__(message, hint=f"it takes {', '.join(taken)}" if taken else "say its type in `Content-Type`")
        self.taken = tuple(taken)


class FileTypeWrong(RequestError):
    """The file's first bytes are not those of the media type it is said to be."""

    code = "SB236"


class RangeNotThere(RequestError):
    """The range asked for begins beyond the end of the file, which has *size* bytes (RFC 9110, section 15.5.17)."""

    code = "SB237"

    def __init__(self, size: int) -> None:
        super().__init__(f"the file has {size} bytes")
        self.size = size


class LinkExpired(RequestError):
    """The link was good once: its time is over, or the file is gone or another now."""

    code = "SB238"


class FileEmpty(RequestError):
    """The file has no byte."""

    code = "SB239"
