"""Who may do what: roles, and the table of permissions over them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from strongback.model.origin import Origin
from strongback.predicate.tree import FALSE, Expr

OPERATIONS: Final = ("read", "create", "update", "delete", "restore", "history")


class Role(Struct, frozen=True, omit_defaults=True):
    """
    A relation between the caller and a record.

    Attributes:
        anonymous: `me: User | None`: callers without a token may hold it.
        spans_tenants: Declared: the role is not bound to one tenant.
        tenant_bound: Derived: every way to true goes through facts of the row's own tenant.
        body: The predicate, over `self` and `me`.
    """

    name: str
    body: Expr
    number: int = 0
    doc: str = ""
    anonymous: bool = False
    spans_tenants: bool = False
    tenant_bound: bool = False
    origin: Origin = Origin()


class FieldAccess(Struct, frozen=True):
    """Who may see one field, where not everyone who reads the row may."""

    field: str
    allow: Expr


class Access(Struct, frozen=True, omit_defaults=True):
    """
    The permissions of the derived operations. An expression over role calls on `self`; what is not granted, nobody may.

    Attributes:
        restore: Who may bring a deleted row back, of those who could read it.
        history: Who may read the earlier versions of a row, in addition to *read*.
        fields: Visibility of single fields, in addition to *read*.
    """

    read: Expr = FALSE
    create: Expr = FALSE
    update: Expr = FALSE
    delete: Expr = FALSE
    restore: Expr = FALSE
    history: Expr = FALSE
    fields: tuple[FieldAccess, ...] = ()
    origin: Origin = Origin()

    def granted(self) -> Iterator[tuple[str, Expr]]:
        """Each operation and who may do it."""
        for name in OPERATIONS:
            yield name, getattr(self, name)
