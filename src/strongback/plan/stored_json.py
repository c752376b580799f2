"""JSON text that a store holds, read back into typed Python values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.structs import replace

from strongback.plan.values import reader_for
from strongback.predicate.types import Type


def typed_json(type_: Type) -> Callable[[str], Any]:
    """What reads the stored text of a list, object or JSON value of *type_*. Bounds are not asked again: they may have changed since."""
    read = reader_for(_unbounded(type_))
    return lambda text: read(msgspec.json.decode(text))


def _unbounded(type_: Type) -> Type:
    fields = tuple(replace(m, type=_unbounded(m.type)) for m in type_.fields)
    item = None if type_.item is None else _unbounded(type_.item)
    high = 10**9 if type_.kind in ("list", "json") else None
    return replace(type_, min=None, max=high, pattern=None, item=item, fields=fields)
