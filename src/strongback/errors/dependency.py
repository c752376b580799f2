"""Errors of a database's, a broker's, or of the place for files."""

from __future__ import annotations

from strongback.errors.fault import StrongbackError


class DependencyError(StrongbackError):
    """A store or broker failed; `retry_after_s` says when trying again makes sense."""

    code = "SB300"

    def __init__(self, message: str, *, retry_after_s: float = 1.0, where: str = "", hint: str = "") -> None:
        super().__init__(message, where=where, hint=hint)
        self.retry_after_s = retry_after_s


class Unavailable(DependencyError):
    """The store cannot take the request now; nothing was done, so trying again is safe."""

    code = "SB301"


class TimedOut(DependencyError):
    """The store did not answer in time."""

    code = "SB302"


class StoreMismatch(DependencyError):
    """The store's schema is not the one the model needs."""

    code = "SB303"


class FileMissing(DependencyError):
    """A row names a file that is not kept where files are."""

    code = "SB304"

    def __init__(self, key: str) -> None:
        super().__init__(f"the file `{key}` is not there", retry_after_s=60.0)
        self.key = key


class FilesUnavailable(DependencyError):
    """The place for files cannot be written or read now."""

    code = "SB305"
