"""Which text is text: the one place that says so, for every door and every store."""

from __future__ import annotations


def text_fault(text: str) -> str:
    r"""
    Say why *text* cannot be stored by every store, or nothing.

    NUL ends a string in PostgreSQL's protocol; a lone surrogate has no UTF-8 form (RFC 3629, section 3).

    >>> text_fault("Ada"), text_fault("a\x00b"), text_fault("\ud800")
    ('', 'holds a NUL character', 'holds a lone surrogate')
    """
    if text.isascii():
        return "holds a NUL character" if "\0" in text else ""
    if "\0" in text:
        return "holds a NUL character"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "holds a lone surrogate"
    return ""
