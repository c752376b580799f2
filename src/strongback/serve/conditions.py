"""Entity tags in `If-Match` and `If-None-Match`."""

from __future__ import annotations

from typing import Final

ANY: Final = ("*",)


def read_tags(field: str, *, weak: bool) -> tuple[str, ...]:
    """
    Read a list of entity tags.

    A tag without its quotes is taken for the same tag. What is no tag at all matches nothing: then a write is not done, and a read is
    answered in full, which is the safe way for both.

    Args:
        weak: Compare weakly (`If-None-Match`): a weak tag counts as its strong one. Otherwise it can never match and is left out.
    Returns:
        The opaque parts without quotes; `("*",)` for any.
    Source: RFC 9110, sections 8.8.3, 13.1.1 and 13.1.2.

    >>> read_tags('"3.1", W/"2"', weak=True), read_tags('"3.1", W/"2"', weak=False), read_tags("*", weak=False)
    (('3.1', '2'), ('3.1',), ('*',))
    """
    if field == "*":
        return ANY
    if field[:1] == '"' and field.find('"', 1) == len(field) - 1 > 0 and "," not in field:
        return (field[1:-1],)  # one strong tag, as nearly everybody writes it
    # Our own tags hold no comma, so one that does is none of ours and may fall apart.
    tags = (part.strip(" \t") for part in field.split(","))
    return tuple(_opaque(tag) for tag in tags if tag not in ("", "*") and (weak or not tag.startswith("W/")))


def _opaque(tag: str) -> str:
    tag = tag.removeprefix("W/")
    return tag[1:-1] if len(tag) > 1 and tag[0] == '"' == tag[-1] else tag
