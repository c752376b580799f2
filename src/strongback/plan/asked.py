"""What a caller asked for, as a door read it: names and raw values, nothing believed yet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from msgspec import Struct

from strongback.errors import Fault
from strongback.plan.part import PartAsk

Kind = Literal[
    "get",
    "list",
    "aggregate",
    "create",
    "update",
    "delete",
    "restore",
    "action",
    "batch",
    "history",
    "as_of",
    "download",
    "upload",
    "remove",
    "link",
]


@dataclass(frozen=True)
class Target:
    """
    Which operation: `Job.get`, `Job.search`, `Job.publish`. A door makes each once; its hash, asked for several times a request, is kept.

    Attributes:
        name: Of a list the query's name, of an action the action's, of a file the field's and the kind (`photo.download`); otherwise the
            kind.
    """

    entity: str
    kind: Kind
    name: str

    @cached_property
    def _hash(self) -> int:
        return hash((self.entity, self.kind, self.name))

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _text(self) -> str:
        return f"{self.entity}.{self.name}{'.aggregate' * (self.kind == 'aggregate')}"

    @property
    def field(self) -> str:
        """Of a file: the field that holds it."""
        return self.name.partition(".")[0]

    def __str__(self) -> str:
        return self._text


class FilterAsk(Struct, frozen=True, gc=False):
    """
    One filter, `city=Oslo` or `created_at[gte]=…`.

    Attributes:
        member: Wire name of a field or reference (`company_id`).
        op: `eq`, `ne`, `lt`, `lte`, `gt`, `gte`, `in`, `null`.
        values: Raw values; one, except for `in`.
        where: How the door names this place in an error (`query parameter city`).
        text: Whether the values are text to be read (`5`), or already JSON values (5).
    """

    member: str
    op: str
    values: tuple[object, ...]
    where: str
    text: bool = True


@dataclass(frozen=True)
class SelectAsk:
    """
    Which members of a row to answer, and which relations with it.

    Attributes:
        fields: Wire names; None for all.
        include: What to answer of relations, by the names under which they are answered.
        relation: Of an include: the relation, where it is answered under another name.
        sort: Of an included list: the asked order; empty for the default.
        page_size: Of an included list: rows; None for the default.
        page_token: Of an included list: the row after which it goes on.
        backward: Of an included list: from its end to its beginning.
        more: Of an included list: one row beyond the page, when there is one, so that whoever reads knows of it.
        version: Whether the version of the row is answered as well, as `_version`.
        where: How the door names this place in an error.
    """

    fields: tuple[str, ...] | None = None
    include: Mapping[str, SelectAsk] = field(default_factory=dict)
    sort: str = ""
    page_size: object = None
    where: str = "include"
    relation: str = ""
    page_token: str = ""
    backward: bool = False
    more: bool = False
    version: bool = False

    @cached_property
    def goes_on(self) -> bool:
        """Whether a list in it begins after a row: what is bound then is in no form."""
        return bool(self.page_token) or any(below.goes_on for below in self.include.values())

    @property
    def relation_count(self) -> int:
        """How many relations are asked for, at any depth."""
        return sum(1 + below.relation_count for below in self.include.values())

    @cached_property
    def key(self) -> Hashable:
        """What selections of one form agree on. Doors keep what they read of a form, so this is made once for many requests."""
        include = tuple((name, sub.key) for name, sub in self.include.items()) if self.include else ()
        plain = (self.fields, include, self.sort, type(self.page_size), self.page_size)
        return *plain, self.relation, self.backward, self.more, self.version


NO_SELECTION = SelectAsk()


class Terms(Struct, frozen=True, gc=False):
    """
    On which terms a caller wants a write to be done.

    Attributes:
        dry_run: It is judged, done and answered, and then undone: nothing of it stays.
        rows_max: It is refused when it would write more rows than this; None for any number.
    """

    dry_run: bool = False
    rows_max: int | None = None


USUAL = Terms()


@dataclass(frozen=True, slots=True)
class FileAsk:
    """
    What a request says of a file.

    Attributes:
        media_type: Of an upload: as its sender says; empty when not said.
        name: Of an upload: as its sender calls it; None when not said.
        size: Of an upload: bytes announced; None when not said.
        content: Of an upload: its bytes, which arrive while they are read.
        is_coded: Of an upload: whether the content is compressed.
        part: Of a download: the bytes wanted; None for all.
        part_if: Of a download: the tag under which *part* holds, else all is wanted; None when not said.
        inline: Of a download: whether the file is to be shown, not saved.
        link: Of a download: the token of a link, which stands for a permission; empty when there is none.
        unread: Of a download: whether only what is known of the file is wanted, and no byte.
    """

    media_type: str = ""
    name: str | None = None
    size: int | None = None
    content: AsyncIterator[bytes] | None = None
    is_coded: bool = False
    part: PartAsk | None = None
    part_if: str | None = None
    inline: bool = False
    unread: bool = False
    link: str = ""


NO_FILE = FileAsk()


class Asked(Struct, frozen=True, gc=False):
    """
    A request, door-neutral. A struct and no dataclass: one is made per request, in a tenth of the time.

    Attributes:
        id: The row's id as text, for operations on a row.
        body: A JSON object: the values of a create or update, or the parameters of an action.
        if_match: Versions the caller accepts, `("*",)` for any; None when not given. Same for *if_none_match*, whole tags.
        group_by: Of an aggregate: wire names of the keys; *measures* what of each group (`count`, `sum.salary`).
        text: What is searched by words; None when nothing is.
        count: Whether the number of all matching rows is wanted too.
        backward: Of a list: from its end to its beginning; its rows are answered in that order.
        marked: Of a list: what a page token of any of its rows is bound to is wanted too.
        as_of: The time at which a row is wanted as it was, as text.
        deleted: Of a get or a list: whether deleted rows are wanted, and no others.
        terms: Of a write; `USUAL` when the caller said nothing.
        items: Of a batch: its operations, in order.
        file: Of operations on a file.
        faults: What the door found wrong (an unknown parameter, a body that is no object). Told once the permission is known, as any fault.
    """

    target: Target
    id: str | None = None
    select: SelectAsk = NO_SELECTION
    filters: tuple[FilterAsk, ...] = ()
    sort: str = ""
    page_size: object = None
    page_token: str = ""
    count: bool = False
    text: str | None = None
    group_by: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    as_of: str = ""
    deleted: bool = False
    backward: bool = False
    marked: bool = False
    body: Mapping[str, object] | None = None
    if_match: tuple[str, ...] | None = None
    if_none_match: tuple[str, ...] | None = None
    terms: Terms = USUAL
    faults: tuple[Fault, ...] = ()
    items: tuple[Item, ...] = ()
    file: FileAsk = NO_FILE


class Item(Struct, frozen=True, gc=False):
    """
    One operation of a batch.

    Attributes:
        place: How the door names it in an error (`/operations/3`).
        values: The same of its values (`/operations/3/update/set`): the places of faults are below.
        asked: What it asks; None when it cannot be read as an operation.
        faults: Why it cannot be read.
    """

    place: str
    values: str
    asked: Asked | None = None
    faults: tuple[Fault, ...] = ()
