"""A declared list of an entity."""

from __future__ import annotations

from msgspec import Struct

from strongback.model.origin import Origin
from strongback.predicate.tree import Expr


class Rate(Struct, frozen=True):
    """At most *count* requests per *per_s* seconds, per actor (per client address for anonymous callers)."""

    count: int
    per_s: int


class Waived(Struct, frozen=True):
    """A filter or sort on a field without an index, and why that is fine."""

    field: str
    reason: str


class Query(Struct, frozen=True, omit_defaults=True):
    """
    A list operation. Named `search` it is the collection itself, otherwise `<collection>/<name>`.

    Attributes:
        where: Field and relation names a caller may filter by.
        sort: Allowed orders, the first is the default; `-` is descending. Every order ends in the id.
        text: Fields whose words are searched by `q=`; none where nothing can be searched.
        group: What rows can be grouped by, fields and to-one relations; *measure* what can be measured of a group. With either, the list
            has aggregates.
        page_default, page_max: Rows.
        allow: Needed in addition to `Access.read`.
    """

    name: str
    number: int = 0
    doc: str = ""
    where: tuple[str, ...] = ()
    sort: tuple[str, ...] = ("id",)
    page_default: int = 20
    page_max: int = 100
    rate: Rate | None = None
    allow: Expr | None = None
    waived: tuple[Waived, ...] = ()
    text: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    measure: tuple[str, ...] = ()
    origin: Origin = Origin()

    @property
    def has_aggregates(self) -> bool:
        return bool(self.group or self.measure)
