"""A declared list of an entity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from strongback.declare.permission import Permission


class SLO:
    """A service level objective. Not yet supported: a service that declares one does not load."""

    if TYPE_CHECKING:

        def __init__(self, *, p95_ms: int, success: float, window_days: int = 30) -> None: ...

    else:

        def __init__(self, *positional: object, **options: object) -> None:
            self.positional = positional
            self.options = options


class Query:
    """
    A list operation: `search = sb.Query(where=(city, company), sort=("-created_at",))`. Named `search` it is the collection itself.

    Args:
        where: Fields and to-one relations a caller may filter by.
        sort: Allowed orders, the first is the default; `-` is descending.
        page_default, page_max: Rows.
        rate: At most so many requests, per actor: `60/min`.
        allow: Needed in addition to `Access.read`.
        waive: Filters and sorts without an index, each with the reason why that is fine.
        text: Fields whose words a caller may search by `q=`: rows that have all the words, the last one by its beginning.
        group: Fields and to-one relations that rows can be counted by: `group_by=status`.
        measure: Numbers and times that can be measured of a group: `measures=count,sum.salary`.
        slo: Not yet supported.
    """

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            where: Sequence[object] = (),
            sort: Sequence[str] = (),
            page_default: int = 20,
            page_max: int = 100,
            rate: str | None = None,
            allow: Permission | None = None,
            waive: Mapping[Any, str] | None = None,
            text: Sequence[object] = (),
            group: Sequence[object] = (),
            measure: Sequence[object] = (),
            slo: SLO | None = None,
            doc: str = "",
        ) -> None: ...

    else:

        def __init__(self, *positional: object, **options: object) -> None:
            self.positional = positional
            self.options = options

    positional: tuple[object, ...]
    options: dict[str, object]
