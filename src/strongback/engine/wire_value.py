"""A Python value that an action returns, in wire form."""

from __future__ import annotations

from typing import Any

from strongback.errors import InternalError
from strongback.plan.typed import check_typed
from strongback.plan.value_fault import ValueFault
from strongback.predicate.types import Type
from strongback.store.sql import wire


def wire_value(type_: Type, value: object) -> Any:
    """
    Give *value*, of *type_*, as it stands in JSON.

    Raises:
        InternalError: The action returned something else than it declares.
    """
    try:
        return wire.to_wire(type_, check_typed(type_, value))
    except ValueFault as wrong:
        raise InternalError(f"the action returned a value that {wrong}") from None
