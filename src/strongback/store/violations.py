"""
What a store refuses, in store terms. Inside only: the engine knows which field or relation a constraint stands for, and words the
error that a caller sees.
"""

from __future__ import annotations


class Violation(Exception):
    """A constraint refused a statement; *constraint* is its name in the schema, empty when the store does not tell."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class UniqueViolated(Violation):
    """A unique index already holds these values; `constraint` is the index's name."""


class ForeignKeyViolated(Violation):
    """A reference points to nothing, or something still points here. SQLite never names the constraint."""


class CheckViolated(Violation):
    """A check does not hold; `constraint` is the check's name."""


class NullViolated(Violation):
    """A column that must hold a value got none; `constraint` is the column's name. A fault of ours: values are checked before."""


class Conflicted(Exception):
    """A deadlock, a failed serialization or a plan gone stale inside a transaction: nothing was done, the whole may be tried again."""
