"""
What a store must hold for a Model: tables, columns, keys, indexes, as plain values.

Names are fixed here once: table `job`, history `job_history`, column = field name, `<relation>_id` for a to-one relation, and hidden
columns with a leading underscore (`_version`, `_deleted_at`, `_tenant`, `_<field>_bidx` for a blind index, `_<field>_words` for the words
of a text that is searched).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from strongback.model.wire import ROW_VERSION
from strongback.predicate.tree import Expr
from strongback.predicate.types import TEXT, UUID, Type

VERSION = ROW_VERSION
DELETED_AT = "_deleted_at"
TENANT = "_tenant"
# Of a version in a history table: what made it, and whose row did.
CHANGE = "_change"
BY = "_by"

Role = Literal["id", "field", "reference", "version", "deleted", "tenant", "blind_index", "change", "by"]


@dataclass(frozen=True, slots=True)
class Column:
    """
    A column.

    Attributes:
        role: What it is for. `field` and `blind_index` belong to the field *source*, `reference` to the relation *source*.
        sealed: The store holds an envelope (bytes) instead of the type's own form.
        was: The earlier column name.
        default: The declared default as JSON text, for rows that are there before the column is; empty when there is none.
        stored_as: What it is called in a table that is there already; empty where that is *name*.
        generated: The database gives a new row its value.
    """

    name: str
    type: Type
    role: Role
    source: str = ""
    nullable: bool = False
    sealed: bool = False
    was: str = ""
    default: str = ""
    stored_as: str = ""
    generated: bool = False

    @property
    def real(self) -> str:
        """What it is called in the database."""
        return self.stored_as or self.name


# Both are empty for versions from before these were noted, the second also where nobody with a row did it.
def of_version(by: Type) -> tuple[Column, ...]:
    """The columns of a version beside those of its row; *by* is the type of callers' ids."""
    return Column(CHANGE, TEXT, "change", nullable=True), Column(BY, by, "by", nullable=True)


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """*columns* refer to *target_columns* of *target*."""

    name: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    on_delete: Literal["restrict", "cascade", "set_null"] = "restrict"


@dataclass(frozen=True, slots=True)
class TableIndex:
    """
    An index; *live_only* holds rows that are not soft-deleted, *deleted_only* those that are. A unique one names what a refused caller
    is told.

    Attributes:
        columns: Names, `-` for descending.
        where: Which rows it holds, besides; None holds all.
        code: Of a unique index: the declared code, or `<entity>_<fields>_taken`.
        members: Of a unique index: wire names of the fields that clash.
    """

    name: str
    columns: tuple[str, ...]
    unique: bool = False
    live_only: bool = False
    deleted_only: bool = False
    code: str = ""
    members: tuple[str, ...] = ()
    where: Expr | None = None


@dataclass(frozen=True, slots=True)
class WordsColumn:
    """
    The words of the field *source*, kept beside it by every write. NULL is a row whose words nobody has told yet: of before the column.

    It is no `Column`: no predicate speaks of it, no answer holds it, no history keeps it.
    """

    name: str
    source: str
    was: str = ""


def is_words(column: str) -> bool:
    """Whether a column is one of words: no field begins with an underscore."""
    return column.startswith("_") and column.endswith("_words")


@dataclass(frozen=True, slots=True)
class TableSearch:
    """What finds rows by the words in *columns*, together; *live_only* as of an index."""

    name: str
    columns: tuple[str, ...]
    live_only: bool = False


@dataclass(frozen=True, slots=True)
class TableCheck:
    """A declared check over the row's own columns."""

    name: str
    body: Expr
    code: str


@dataclass(frozen=True, slots=True)
class Table:
    """
    A table of one entity.

    Attributes:
        tenant: The column that holds the tenant's id, empty for a global entity.
        managed: Whether it is ours to make and to change.
        by: The type of callers' ids, in its history.
        words: Columns for the words of fields that are searched; *searches* what finds rows by them, by query.
        history: The name of the history table (same columns and `of_version`, key (id, _version)), empty when none is kept.
    """

    name: str
    entity: str
    columns: tuple[Column, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[TableIndex, ...] = ()
    checks: tuple[TableCheck, ...] = ()
    soft_delete: bool = False
    tenant: str = ""
    tenant_path: tuple[str, ...] = ()
    history: str = ""
    by: Type = UUID
    was: str = ""
    words: tuple[WordsColumn, ...] = ()
    managed: bool = True
    searches: Mapping[str, TableSearch] = field(default_factory=dict)

    def column(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.name == name), None)


@dataclass(frozen=True, slots=True)
class Schema:
    """All tables of a Model, by entity name, in an order in which they can be created."""

    tables: Mapping[str, Table]
