"""What a client would like, and a server may leave undone: the field `Prefer`."""

from __future__ import annotations

import re

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]++"
# Commas stand between preferences, except inside quotes. A quote that never ends takes the rest with it.
_PIECES = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*"?)+')
# White space is taken once and for all (`*+`): given back piece by piece, a long run of it would cost its square.
_NAMED = re.compile(rf'[ \t]*+({_WORD})(?:[ \t]*+=[ \t]*+({_WORD}|"(?:[^"\\]|\\.)*+"))?[ \t]*+(?:;|$)')


def read_preferences(field: str) -> dict[str, str]:
    """
    Read *field* into names, in lower case, and values.

    Args:
        field: One field, or several joined by commas.
    Returns:
        "" for a preference without a value. Of one that stands twice, the first. What is no preference is left out, and so are
        parameters of preferences: a server does not have to understand what it may ignore.
    Source: RFC 7240, section 2.

    >>> read_preferences('return=minimal, Handling="strict"; a=b, respond-async, return=representation')
    {'return': 'minimal', 'handling': 'strict', 'respond-async': ''}
    """
    preferences: dict[str, str] = {}
    for piece in _PIECES.findall(field):
        named = _NAMED.match(piece)
        if named is not None:
            preferences.setdefault(named[1].lower(), _unquoted(named[2] or ""))
    return preferences


def _unquoted(word: str) -> str:
    return re.sub(r"\\(.)", r"\1", word[1:-1]) if word.startswith('"') else word
