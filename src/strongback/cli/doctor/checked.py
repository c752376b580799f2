"""One thing that was looked at, and how it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from strongback.errors import StrongbackError

State = Literal["ok", "warning", "wrong"]
About = Literal["environment", "source"]


@dataclass(frozen=True, slots=True)
class Checked:
    """
    What one check found.

    Attributes:
        check: What was looked at, in a few words that stay the same.
        told: What is there.
        fix: What to do; empty where nothing has to be done.
        about: Whose it is to repair: `source` is the team's declaration, all else stands around it.
    """

    check: str
    state: State
    told: str
    fix: str = ""
    about: About = "environment"


def ok(check: str, told: str) -> Checked:
    return Checked(check, "ok", told)


def warning(check: str, told: str, fix: str) -> Checked:
    return Checked(check, "warning", told, fix)


def wrong(check: str, told: str, fix: str, about: About = "environment") -> Checked:
    return Checked(check, "wrong", told, fix, about)


def refused(check: str, error: StrongbackError, about: About = "environment") -> Checked:
    """A check that ended with *error*: what it says is what was found."""
    place = f"{error.where}: " if error.where else ""
    fix = error.hint.replace("\n", " ") or f"strongback explain {error.code}"
    return wrong(check, f"{place}{error.code} {error.message}", fix, about)


def worst(found: Iterable[Checked]) -> State:
    """
    The worst state of *found*.

    >>> worst([ok("python", "3.13"), warning("clock", "2 s apart", "run NTP")])
    'warning'
    """
    states = {each.state for each in found}
    return "wrong" if "wrong" in states else "warning" if "warning" in states else "ok"
