"""
The words of a text: the one place that says what search finds, for every door, every store and every way to write.

Engines disagree on words (FTS5 and `to_tsvector('simple', …)` on 10 of 18 probes, values.md section 1), so none of them is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final
from unicodedata import category, normalize

# What is kept of one text: more than any prose of its size has, and less than the indexes of all stores take (PostgreSQL: 2,046 bytes a
# word, 1 MB a row; at most `FIELDS_MAX` fields share one index).
WORD_MAX: Final = 64
WORDS_MAX: Final = 10_000
WORDS_MAX_BYTES: Final = 100_000
FIELDS_MAX: Final = 8
# What one search may ask.
ASKED_MAX: Final = 200
ASKED_WORDS_MAX: Final = 100

# What nobody sees: it is no part of a word, and parts none.
_UNSEEN: Final = frozenset(range(0xFE00, 0xFE10))
_PLAIN: Final = re.compile("[a-z0-9]+")
_ZERO_WIDTH_SPACE: Final = 0x200B
_KEPT_MAX: Final = 10_000


class _Signs(dict[int, str]):
    """What becomes of a character, for `str.translate`; those met are kept, as far as there are not too many."""

    def __init__(self, make: Callable[[int], str]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, code: int) -> str:
        made = self._make(code)
        if len(self) < _KEPT_MAX:
            self[code] = made
        return made


def _seen(code: int) -> str:
    unseen = code in _UNSEEN or (category(chr(code)) == "Cf" and code != _ZERO_WIDTH_SPACE)
    return "" if unseen else chr(code)


def _parted(code: int) -> str:
    """Letters, marks and digits stay, anything else parts words."""
    return chr(code) if category(chr(code))[0] in "LMN" else " "


_SEEN: Final = _Signs(_seen)
_PARTED: Final = _Signs(_parted)


def words_of(text: str) -> list[str]:
    """
    The words of *text*, in its order.

    Format characters and variation selectors are taken out, then the text is normalized (NFKC), folded (Unicode, full case folding) and
    normalized again. A word is a run of letters and digits with the marks on them, of which the first 64 characters count.

    Source: Unicode Standard Annex #15 (NFKC), The Unicode Standard, section 3.13 (default case folding).

    >>> words_of("Senior PYTHON-Entwickler, Straße 7"), words_of("\u0939\u093f\u0928\u094d\u0926\u0940 ﬁle"), words_of("!!!")
    (['senior', 'python', 'entwickler', 'strasse', '7'], ['हिन्दी', 'file'], [])
    """
    if text.isascii():
        found: Iterable[str] = _PLAIN.findall(text.lower())
    else:
        folded = normalize("NFKC", normalize("NFKC", text.translate(_SEEN)).casefold())
        found = map(_without_loose_marks, folded.translate(_PARTED).split())
    return [word[:WORD_MAX] for word in found if word]


def _without_loose_marks(word: str) -> str:
    """A mark that stands on no letter belongs to what parts words."""
    while word and category(word[0])[0] == "M":
        word = word[1:]
    return word


def kept_words(text: str) -> list[str]:
    """The words of *text* that a store keeps: the first 10,000 different ones, of 100,000 bytes together."""
    words = list(dict.fromkeys(words_of(text)))[:WORDS_MAX]
    if len(text) <= 3_000:  # a character becomes 33 bytes at most
        return words
    kept, size = [], 0
    for word in words:
        size += len(word.encode())
        if size > WORDS_MAX_BYTES:
            break
        kept.append(word)
    return kept


def matches(asked: tuple[str, ...], words: Iterable[str]) -> bool:
    """
    Whether a text of *words* is found by the words that are *asked*: it has them all, the last one at least as the beginning of a word.

    >>> matches(("senior", "pyth"), ["senior", "python"]), matches(("pyth", "senior"), ["senior", "python"]), matches((), ["a"])
    (True, False, False)
    """
    held = set(words)
    return bool(asked) and held.issuperset(asked[:-1]) and any(word.startswith(asked[-1]) for word in held)
