"""What is wrong in one place, and the root of every error."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """
    Word a suggestion for a misspelt *word*, or nothing when none of *known* is near.

    >>> did_you_mean("stauts", ["status", "city"])
    'did you mean `status`?'
    >>> did_you_mean("zzz", ["status"])
    ''
    """
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else ""


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One thing that is wrong, among possibly many.

    Attributes:
        code: `SBnnn`; has a page.
        message: What is wrong, in one sentence.
        where: For a declaration `file:line`; for a request a JSON pointer (RFC 6901) or the name of a query parameter.
        hint: What to write instead; may be empty.
    """

    code: str
    message: str
    where: str = ""
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        hint = f"\n    {self.hint}" if self.hint else ""
        return f"{place}{self.code} {self.message}{hint}"


class StrongbackError(Exception):
    """The root: what went wrong (`message`), `where`, and what to do (`hint`), under a `code` with a page."""

    code = "SB900"

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        return str(Fault(self.code, self.message, self.where, self.hint))
