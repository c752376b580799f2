"""Text constants inside SQL: only names and values of the model are ever written so; what callers send is bound."""

from __future__ import annotations


def quoted(text: str) -> str:
    """
    Write *text* as an SQL string literal (ISO 9075: a quote is doubled).

    >>> print(quoted("it's"))
    'it''s'
    """
    return "'" + text.replace("'", "''") + "'"
