"""How one entity refers to another."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from strongback.model.origin import Origin
from strongback.predicate.types import UUID, Type

OnDelete = Literal["restrict", "cascade", "set_null"]


class Relation(Struct, frozen=True, omit_defaults=True):
    """
    A relation from an entity to *target*.

    Attributes:
        kind: `to_one` has the column `<name>_id`; `to_many` is the other side of one.
        inverse: Of `to_many`: the name of the to-one relation on *target*.
        nested: Of `to_many`: a create or update of this row may bring these rows along.
        on_delete: Of `to_one`: what becomes of this row when the target row is deleted.
        stored_as: What its column is called, where not `column`.
        id_type: Of the ids of *target*.
    """

    name: str
    kind: Literal["to_one", "to_many"]
    target: str
    number: int = 0
    doc: str = ""
    inverse: str = ""
    optional: bool = False
    unique: bool = False
    read_only: bool = False
    immutable: bool = False
    on_delete: OnDelete = "restrict"
    nested: bool = False
    was: str = ""
    stored_as: str = ""
    id_type: Type = UUID
    origin: Origin = Origin()

    @property
    def column(self) -> str:
        """The wire and column name of a to-one relation."""
        return f"{self.name}_id"

    @property
    def held(self) -> Type:
        """The type of what the column of a to-one relation holds."""
        return replace(self.id_type, optional=self.optional)

    @property
    def reference(self) -> Type:
        """The same on the wire, where it says whose id it is."""
        item = None if self.id_type == UUID else self.id_type
        return Type("ref", optional=self.optional, target=self.target, item=item)
