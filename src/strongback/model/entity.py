"""An entity: what there is, how it relates, who may do what with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from msgspec import Struct
from msgspec import field as made

from strongback.model.access import Access, Role
from strongback.model.action import Action
from strongback.model.field import Field
from strongback.model.numbers import Numbers
from strongback.model.origin import Origin
from strongback.model.query import Query
from strongback.model.relation import Relation
from strongback.predicate.tree import Expr
from strongback.predicate.types import DATETIME, UUID, Type


class Unique(Struct, frozen=True, omit_defaults=True):
    """
    No two rows agree on all *members* (field or to-one relation names); *code* is what a refused caller reads.

    Attributes:
        where: Which rows it binds, over the row's own fields; None binds all.
    """

    name: str
    members: tuple[str, ...]
    code: str = ""
    where: Expr | None = None
    origin: Origin = Origin()


class Index(Struct, frozen=True, omit_defaults=True):
    """An index over *members* (field or to-one relation names, `-` for descending)."""

    name: str
    members: tuple[str, ...]
    origin: Origin = Origin()


class Check(Struct, frozen=True, omit_defaults=True):
    """A predicate that every stored row fulfils; over the row's own fields."""

    name: str
    body: Expr
    code: str = ""
    message: str = ""
    origin: Origin = Origin()


class Entity(Struct, frozen=True, omit_defaults=True, dict=True):
    """
    One kind of row.

    Attributes:
        number: Stable (from the lock).
        plural: The collection's name in paths.
        members: Names of fields and relations in the order of declaration: the order of members on the wire.
        tenant: The path of to-one relations that ends in the tenant (`("job", "company")`), empty for a global entity.
        soft_delete: A deleted row stays, and is not there for anyone.
        history: Every version of a row is kept.
        conditional_writes: An update or delete must say which version of the row it means (RFC 6585, section 3).
        table: What its table is called; empty for the class name in small letters.
        managed: Whether the table is ours to make and to change. One that is not has no version of a row, and no times.
        key: The id, where the rows have one of their own; None for a UUID that we make.
        parts: The numbers of what stands below members and actions (`model.parts`), of a service that speaks gRPC; *retired* which
            member a number once had.
    """

    name: str
    number: int = 0
    doc: str = ""
    plural: str = ""
    members: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    relations: tuple[Relation, ...] = ()
    roles: tuple[Role, ...] = ()
    access: Access = Access()
    queries: tuple[Query, ...] = ()
    actions: tuple[Action, ...] = ()
    uniques: tuple[Unique, ...] = ()
    indexes: tuple[Index, ...] = ()
    checks: tuple[Check, ...] = ()
    tenant: tuple[str, ...] = ()
    soft_delete: bool = False
    history: bool = False
    conditional_writes: bool = False
    table: str = ""
    managed: bool = True
    key: Field | None = None
    was: str = ""
    parts: dict[str, Numbers] = made(default_factory=dict)
    retired: dict[int, str] = made(default_factory=dict)
    origin: Origin = Origin()

    def __hash__(self) -> int:
        # Equal entities have equal names; a hash of all they hold would cost more than what is looked up by it.
        return hash(self.name)

    def field(self, name: str) -> Field | None:
        """The declared or system field *name*."""
        return self._fields_by_name.get(name)

    def relation(self, name: str) -> Relation | None:
        return self._relations_by_name.get(name)

    # Of two that have one name the first is found: that there are two is a fault which is told elsewhere.

    @cached_property
    def _fields_by_name(self) -> Mapping[str, Field]:
        return {field.name: field for field in reversed(tuple(self.all_fields()))}

    @cached_property
    def _relations_by_name(self) -> Mapping[str, Relation]:
        return {relation.name: relation for relation in reversed(self.relations)}

    def role(self, name: str) -> Role | None:
        return next((r for r in self.roles if r.name == name), None)

    def action(self, name: str) -> Action | None:
        return next((a for a in self.actions if a.name == name), None)

    def query(self, name: str) -> Query | None:
        return next((q for q in self.queries if q.name == name), None)

    def relation_of(self, column: str) -> Relation | None:
        """The to-one relation whose wire and column name is *column* (`company_id`)."""
        return next((r for r in self.to_one() if r.column == column), None)

    def all_fields(self) -> Iterator[Field]:
        """The id, the declared fields, then the times; computed fields come last."""
        yield self.id_field
        yield from (f for f in self.fields if f.stored)
        yield from TIMES if self.managed else ()
        yield from (f for f in self.fields if not f.stored)

    @property
    def id_field(self) -> Field:
        return self.key or ID

    @property
    def key_is_generated(self) -> bool:
        """Whether the store gives a new row its id, which nobody knows before it is there."""
        return self.key is not None and self.key.generated

    @property
    def id_type(self) -> Type:
        """The type of its ids."""
        return self.id_field.type

    def blobs(self) -> Iterator[Field]:
        """The fields that hold files."""
        return (f for f in self.fields if f.blob is not None)

    def to_one(self) -> Iterator[Relation]:
        return (r for r in self.relations if r.kind == "to_one")

    def to_many(self) -> Iterator[Relation]:
        return (r for r in self.relations if r.kind == "to_many")


ID = Field("id", UUID, unique=True, read_only=True, immutable=True, system=True, doc="UUID version 7.")
CREATED_AT = Field("created_at", DATETIME, read_only=True, immutable=True, system=True, doc="When the row was made.")
UPDATED_AT = Field("updated_at", DATETIME, read_only=True, system=True, doc="When the row was last changed.")
TIMES = (CREATED_AT, UPDATED_AT)
SYSTEM_FIELDS = (ID, *TIMES)
