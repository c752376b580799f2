"""What a search by words asks for."""

from __future__ import annotations

from strongback.model.text import text_fault
from strongback.model.words import ASKED_MAX, ASKED_WORDS_MAX, words_of
from strongback.plan.value_fault import fault


def read_search(raw: object) -> tuple[str, ...]:
    """
    Read the words of a search: a row is found that has them all, the last one at least as the beginning of a word.

    Returns:
        Each word once; none where the text holds no letter and no digit, which finds nothing.
    Raises:
        ValueFault: It is no text, or longer than a search may be.

    >>> read_search("Senior pyth"), read_search("!!!")
    (('senior', 'pyth'), ())
    """
    if not isinstance(raw, str):
        raise fault("expected text")
    wrong = text_fault(raw)
    if wrong:
        raise fault(wrong)
    if len(raw) > ASKED_MAX:
        raise fault(f"must have at most {ASKED_MAX} characters, got {len(raw)}", "search for fewer words")
    words = words_of(raw)
    if len(words) > ASKED_WORDS_MAX:
        raise fault(f"must have at most {ASKED_WORDS_MAX} words, got {len(words)}", "search for fewer words")
    *exact, last = words or ("",)
    return (*dict.fromkeys(exact), last) if words else ()
