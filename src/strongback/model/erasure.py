"""When a value is to be erased, `365d after created_at`, and what is left in its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from strongback.model.entity import Entity
from strongback.model.field import Field

# When a row with `soft_delete=True` was deleted: an event beside the row's own times.
DELETION: Final = "deletion"
UNITS: Final = {"min": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_RULE: Final = re.compile(r"([1-9][0-9]{0,5})\s?(min|h|d|w) after ([A-Za-z_][A-Za-z0-9_]*)")


@dataclass(frozen=True, slots=True)
class Rule:
    """So long after *event*: a datetime of the row, or its deletion."""

    after: timedelta
    event: str


@dataclass(frozen=True, slots=True)
class Erasure:
    """Fields of an entity that one rule erases; *text* is the rule as it is declared."""

    text: str
    rule: Rule
    fields: tuple[Field, ...]


def read_rule(text: str) -> Rule | None:
    """
    Read a rule; None when *text* is none.

    >>> read_rule("365d after created_at")
    Rule(after=datetime.timedelta(days=365), event='created_at')
    >>> read_rule("some day"), read_rule("0d after created_at")
    (None, None)
    """
    found = _RULE.fullmatch(text.strip())
    return Rule(timedelta(seconds=int(found[1]) * UNITS[found[2]]), found[3]) if found is not None else None


def erasures_of(entity: Entity) -> Iterator[Erasure]:
    """What is erased of rows of *entity*, a rule at a time."""
    for text in dict.fromkeys(filter(None, map(rule_of, entity.fields))):
        rule = read_rule(text)
        if rule is not None:
            yield Erasure(text, rule, tuple(field for field in entity.fields if rule_of(field) == text))


def rule_of(field: Field) -> str | None:
    """The rule that erases *field*, as it is declared."""
    return field.blob.erase if field.blob is not None else field.pii.erase if field.pii is not None else None


def can_be_empty(field: Field) -> bool:
    """Whether something is left in place of an erased value that its type allows."""
    type_ = field.type
    return type_.optional or (type_.kind == "str" and not type_.min and type_.pattern is None)
