"""On which terms a write is asked for: `Prefer: handling=strict, tx=rollback, max-affected=10`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from strongback.errors import PreferenceRefused, did_you_mean
from strongback.plan.asked import USUAL, Terms
from strongback.serve.guard.prefer import read_preferences

ROWS_DIGITS: Final = 9
SHOWN: Final = 40
# The values of each preference; None for any number.
KNOWN: Final[Mapping[str, tuple[str, ...] | None]] = {
    "return": ("minimal", "representation"),
    "handling": ("strict", "lenient"),
    "tx": ("commit", "rollback"),
    "max-affected": None,
}


def read_terms(field: str | None) -> Terms:
    """
    Read the field `Prefer` of a write.

    What is not understood is ignored, as RFC 7240 (section 2) has it, unless the caller says `handling=strict` (section 4.4): then it is
    refused. `max-affected` is a promise, so it only counts when it is strict.

    Raises:
        PreferenceRefused: Strict, and a preference is not known, or has no value there is.
    Source: RFC 7240; PostgREST, "Prefer Header", for `tx` and `max-affected`.

    >>> read_terms("handling=strict, tx=rollback, max-affected=10")
    Terms(dry_run=True, rows_max=10)
    >>> read_terms("max-affected=10, wait=5")
    Terms(dry_run=False, rows_max=None)
    """
    if field is None:
        return USUAL
    asked = read_preferences(field)
    strict = asked.get("handling") == "strict"
    if strict:
        _check_known(asked)
    dry_run, rows = asked.get("tx") == "rollback", asked.get("max-affected")
    if not dry_run and not (strict and rows):
        return USUAL
    return Terms(dry_run, int(rows) if strict and rows else None)


def applied(terms: Terms, *, minimal: bool) -> str:
    """
    The field `Preference-Applied` of an answer (RFC 7240, section 3); empty when there is nothing to say.

    >>> applied(Terms(dry_run=True, rows_max=3), minimal=True)
    'return=minimal, tx=rollback, handling=strict, max-affected=3'
    """
    return ", ".join(_applied(terms, minimal))


def _applied(terms: Terms, minimal: bool) -> Iterator[str]:
    if minimal:
        yield "return=minimal"
    if terms.dry_run:
        yield "tx=rollback"
    if terms.rows_max is not None:
        yield f"handling=strict, max-affected={terms.rows_max}"


def _check_known(asked: Mapping[str, str]) -> None:
    for name, value in asked.items():
        if name not in KNOWN:
            raise PreferenceRefused(
                f"the preference `{name[:SHOWN]}` is not known here", hint=did_you_mean(name[:SHOWN], KNOWN)
            )
        values = KNOWN[name]
        if values is None and not (value.isascii() and value.isdigit() and len(value) <= ROWS_DIGITS):
            raise PreferenceRefused(f"`{name}` needs a number of rows", hint=f"write `{name}=10`")
        if values is not None and value not in values:
            listed = " or ".join(f"`{name}={each}`" for each in values)
            raise PreferenceRefused(f"`{name}={value[:SHOWN]}` is not known here", hint=f"write {listed}")
