"""Text constants inside SQL: only names and values of the model are ever written so; what callers send is bound."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement


def quoted(text: str) -> str:
    """
    Write *text* as an SQL string literal (ISO 9075: a quote is doubled).

    >>> print(quoted("it's"))
    'it''s'
    """
    return "'" + text.replace("'", "''") + "'"


def word(text: str) -> ColumnElement[Any]:
    """*text* as a constant in a statement, never a parameter."""
    return sa.literal_column(quoted(text))


def number(value: int) -> ColumnElement[Any]:
    """*value* as a constant in a statement, never a parameter."""
    return sa.literal_column(str(value))
