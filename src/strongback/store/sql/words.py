"""Words that SQLite takes for its own and SQLAlchemy's dialect does not know of: a column of that name has to be quoted."""

from __future__ import annotations

from sqlalchemy.dialects.sqlite.base import SQLiteIdentifierPreparer

# From SQLite's list of keywords (lang_keywords.html): those that its parser takes for no name.
LACKING = frozenset(
    {"nothing", "returning", "materialized", "generated", "filter", "over", "window", "within", "always", "do"}
)


def know_reserved_words() -> None:
    """Tell SQLAlchemy's dialect of them. Quoting a word that needs none changes nothing."""
    SQLiteIdentifierPreparer.reserved_words.update(LACKING)
