"""Every case of the suite, one module an area."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from strongback.testing.conformance.case import Case
from strongback.testing.conformance.cases import (
    actions,
    aggregates,
    existing,
    filters,
    includes,
    kept,
    pages,
    permissions,
    references,
    scalars,
    searches,
    writes,
)

AREAS = (
    scalars,
    filters,
    pages,
    searches,
    aggregates,
    includes,
    writes,
    references,
    kept,
    actions,
    permissions,
    existing,
)


@lru_cache(maxsize=1)
def cases() -> Sequence[Case]:
    """Every promise that a store keeps, in the order in which they build on each other."""
    return tuple(case for area in AREAS for case in area.CASES)
