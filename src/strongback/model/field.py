"""A scalar of an entity."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from strongback.model.blob import Blob
from strongback.model.origin import Origin
from strongback.predicate.tree import Expr
from strongback.predicate.types import Type


class Pii(Struct, frozen=True, omit_defaults=True):
    """
    The field holds personal data: encrypted at rest, in history and in every copy.

    Attributes:
        lookup: `exact` keeps a blind index beside the ciphertext, so that `==` works (and equality leaks).
        erase: When the value is to be erased, as declared (`365d after created_at`).
    """

    lookup: Literal["exact"] | None = None
    erase: str | None = None


class Default(Struct, frozen=True, omit_defaults=True):
    """What a create without the field stores: a constant in wire form (JSON text, so that lists and objects fit)."""

    json: str


class Field(Struct, frozen=True, omit_defaults=True):
    """
    A scalar of an entity.

    Attributes:
        number: Stable within the entity (from the lock); also the protobuf field number. Never reused.
        read_only: Derived operations never write it; actions do.
        immutable: Written at create, never after.
        column: What its column is called, where not as the field.
        was: The earlier name, so that a rename is a rename.
        computed: The expression that gives it; such a field is never stored or written.
        generated: The store gives the value when a row is made: of a key alone.
        blob: The field holds a file; its type is `blob.FILE`, which only uploads write.
    """

    name: str
    type: Type
    number: int = 0
    doc: str = ""
    unique: bool = False
    index: bool = False
    default: Default | None = None
    read_only: bool = False
    immutable: bool = False
    pii: Pii | None = None
    column: str = ""
    was: str = ""
    computed: Expr | None = None
    system: bool = False
    generated: bool = False
    blob: Blob | None = None
    origin: Origin = Origin()

    @property
    def stored(self) -> bool:
        """Whether the field has a column."""
        return self.computed is None
