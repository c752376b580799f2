"""What an operation came to. A door renders it; nothing here knows of statuses or bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Literal

from msgspec import Raw, Struct, json

from strongback.plan.part import Part

Did = Literal["read", "created", "updated", "deleted", "ran", "unchanged"]


class File(Struct, frozen=True, gc=False):
    """
    A file that is answered.

    Attributes:
        part: The bytes that *content* holds; None when they are all.
        content: The bytes, opened; None when only what is known of the file is wanted.
    """

    size: int
    media_type: str
    sha256: str
    name: str | None = None
    part: Part | None = None
    content: AsyncIterator[bytes] | None = None
    inline: bool = False


class WholeRows(Struct, frozen=True, gc=False):
    """Rows that the store has finished as one JSON array: passed on as they are; read again only by who wants to look at them."""

    text: Raw
    count: int

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Any]:
        return iter(json.decode(self.text))


class Outcome(Struct, frozen=True, gc=False):
    """
    A success; whatever failed is an error.

    Attributes:
        did: `unchanged` answers a read whose caller holds the current version already.
        item: The row, in wire form; None when there is nothing to show (deleted, or not readable by the caller).
        items: Of a list.
        id: Of the row made or changed, for a caller who may not read it.
        etag: The row's version as this caller sees it; empty when the answer has none.
        next_page_token: Empty on the last page.
        count: All rows that match, when asked.
        token_context: Of a list: what a page token of any of its rows is bound to, when asked.
        value: What an action returned, when that is no row.
        returned: Whether an action returns something at all.
        has_value: Whether that is a value, which may be None, and no row.
        parts: Of a batch: what each operation came to, in order.
        written: Rows made, changed or deleted by name; not those that a relation's `on_delete` takes along.
        file: Of a download.
        dropped: Keys of the files that no row holds once this is committed.
    """

    did: Did
    item: Any = None
    items: Sequence[Any] | WholeRows | None = None
    id: str | int = ""
    etag: str = ""
    next_page_token: str = ""
    count: int | None = None
    value: Any = None
    returned: bool = False
    has_value: bool = False
    parts: tuple[Outcome, ...] = ()
    written: int = 0
    file: File | None = None
    dropped: tuple[str, ...] = ()
    token_context: str = ""
