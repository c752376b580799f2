"""Entity tags in `If-Match` and `If-None-Match`."""

from __future__ import annotations

from strongback.errors import MalformedRequest

ANY = ("*",)


def read_tags(field: str, *, weak: bool) -> tuple[str, ...]:
    """
    Read a list of entity tags.

    Args:
        weak: Compare weakly (`If-None-Match`): a weak tag counts as its strong one. Otherwise it can never match and is left out.
    Returns:
        The opaque parts without quotes; `("*",)` for any.
    Raises:
        MalformedRequest: It is no such list.
    Source: RFC 9110, sections 8.8.3, 13.1.1 and 13.1.2.

    >>> read_tags('"3.1", W/"2"', weak=True), read_tags('"3.1", W/"2"', weak=False), read_tags("*", weak=False)
    (('3.1', '2'), ('3.1',), ('*',))
    """
    if field == "*":
        return ANY
    if field[:1] == '"' == field[-1:] and field.count('"') == 2:
        return (field[1:-1],)
    return tuple(_each(field, weak=weak))


def _each(field: str, *, weak: bool) -> list[str]:
    tags: list[str] = []
    # An opaque tag holds no quote, so quotes split the field into what is between tags, and tags.
    between, *rest = field.split('"')
    if len(rest) % 2 or not rest:
        raise _refused(field)
    for at in range(0, len(rest), 2):
        is_weak = between.lstrip(" \t,").startswith("W/") and between.endswith("W/")
        if between.removesuffix("W/").strip(" \t,") or (at and "," not in between):
            raise _refused(field)
        if weak or not is_weak:
            tags.append(rest[at])
        between = rest[at + 1]
    if between.strip(" \t,"):
        raise _refused(field)
    return tags


def _refused(field: str) -> MalformedRequest:
    return MalformedRequest(
        f"`{field[:60]}` is no list of entity tags", hint='send the ETag as it came: `"3"`, with its quotes'
    )
