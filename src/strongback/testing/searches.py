"""
What a search by words finds, said a second time: in plain Python over the rows' own text, away from what the service does.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from random import Random
from unicodedata import category, normalize

from strongback.model.query import Query
from strongback.testing.oracle import Caller, Instance, Oracle

LONGEST = 64


@dataclass(frozen=True, slots=True)
class Searching:
    """
    A search.

    Attributes:
        fields: Whose words are searched together.
        text: As a caller writes it.
    """

    fields: tuple[str, ...]
    text: str

    def matches(self, oracle: Oracle, row: Instance, caller: Caller) -> bool:
        """Whether *row* has every word, and the caller sees each of the fields: words of a hidden one find nothing."""
        if not all(oracle.sees(row, name, caller) for name in self.fields):
            return False
        held = [word for name in self.fields for word in words(oracle.stored_value(row, name) or "")]
        asked = words(self.text)
        if not asked:
            return False
        return all(word in held for word in asked[:-1]) and any(word.startswith(asked[-1]) for word in held)

    def __str__(self) -> str:
        return f"q={self.text}"


def words(text: str) -> list[str]:
    """The words of *text*: runs of letters and digits with the marks on them, folded."""
    found = [""]
    seen = [c for c in text if not "\ufe00" <= c <= "\ufe0f" and (category(c) != "Cf" or c == "\u200b")]
    for character in normalize("NFKC", normalize("NFKC", "".join(seen)).casefold()):
        kind = category(character)[0]
        if kind in "LN" or (kind == "M" and found[-1]):
            found[-1] += character
        else:
            found.append("")
    return [word[:LONGEST] for word in found if word]


def make_search(query: Query, rows: list[Instance], oracle: Oracle, random: Random) -> Searching | None:
    """A search of *query*, mostly for words that some row has; None where words are not searched, or not this time."""
    if not query.text or random.random() < 0.5:
        return None
    held = [word for row in rows for name in query.text for word in words(oracle.stored_value(row, name) or "")]
    if held and random.random() < 0.4:  # what many rows have, so that there are pages
        return Searching(query.text, Counter(word[0] for word in held).most_common(1)[0][0])
    asked = [random.choice(held or ["nothing"]) for _ in range(random.choice((1, 1, 2)))]
    last = asked[-1]
    asked[-1] = last[: random.randint(1, len(last))]
    return Searching(query.text, random.choice((" ", "-", " & ")).join(asked) if random.random() < 0.95 else "!?")
