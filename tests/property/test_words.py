"""What words find: our own function, a second reading of the rule, and both stores agree on random text, 2,000 cases and more each."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random
from unicodedata import category, normalize

import pytest

from strongback.model.words import WORD_MAX, WORDS_MAX, WORDS_MAX_BYTES, kept_words, matches, words_of
from strongback.plan.search import read_search
from strongback.store.sql.postgresql import PostgresqlDialect
from strongback.store.sql.sqlite import SqliteDialect
from strongback.store.store import Statement, Store
from strongback.testing.searches import words as second_reading
from tests.stores import open_store

TEXTS, ASKED = 600, 4  # cases: their product
LETTERS = (
    "abcABC019 _-.'\"\\&|!:*()<>%\u00e9\u00df\u0130\u03c3\u03c2\u03a3\u0939\u093f\u0928\u094d\u0926\u0940\ufb01\u00ad\u200b\u200d\ufe0f"
    "\u0301\u0308\u4e2d\u6587\uac00\u1100\u1161\u2460\u00bd\ufdfa\U0001f600\U0001d400\u0e01\u0e34"
)


def random_text(random: Random, longest: int = 30) -> str:
    def character() -> str:
        if random.random() < 0.85:
            return random.choice(LETTERS)
        while True:
            code = random.randrange(1, 0x110000)
            if not 0xD800 <= code < 0xE000:
                return chr(code)

    return "".join(character() for _ in range(random.randrange(longest)))


def cases(random: Random) -> list[tuple[str, list[str]]]:
    """Texts, each with searches: mostly of its own words, cut, joined, in another case."""
    made = []
    for _ in range(TEXTS):
        text = random_text(random)
        asked = [random_text(random, 6)]
        for _ in range(ASKED - 1):
            words = words_of(text) or ["a"]
            parts = [random.choice(words) for _ in range(random.randint(1, 3))]
            parts[-1] = parts[-1][: random.randint(1, len(parts[-1]))]
            joined = random.choice(" -/").join(parts)
            asked.append(joined.upper() if random.random() < 0.3 else joined)
        made.append((text, asked))
    return made


def test_a_second_reading_of_the_rule_finds_the_same_words() -> None:
    random = Random("words")
    for _ in range(10_000):
        text = random_text(random)
        assert words_of(text) == second_reading(text), text


def test_a_word_is_its_own_only_word() -> None:
    """Or a word as it is kept could not be asked for."""
    random = Random("own")
    for _ in range(5_000):
        for word in words_of(random_text(random)):
            assert words_of(word) == [word]


def test_no_character_makes_a_word_that_an_engine_would_part_or_fold() -> None:
    for code in (*range(0xD800), *range(0xE000, 0x110000)):
        for word in words_of(chr(code)):
            assert not any(c.isascii() and not (c.isdigit() or "a" <= c <= "z") for c in word)
            assert word == normalize("NFKC", word)
            assert category(word[0])[0] in "LN"


def test_what_is_kept_of_a_text_is_bounded() -> None:
    wide = " ".join(f"\U0001f1e6x{i}\u0939" * 9 for i in range(20_000))
    kept = kept_words(wide)
    assert len(kept) <= WORDS_MAX
    assert sum(len(word.encode()) for word in kept) <= WORDS_MAX_BYTES
    assert max(map(len, kept)) <= WORD_MAX
    assert kept == list(dict.fromkeys(words_of(wide)))[: len(kept)]
    assert len(kept_words("\ufdfa" * 30_000)) <= 5
    assert sum(len(word.encode()) for word in kept_words(" ".join(map(chr, range(0x4E00, 0x9FFF))))) <= WORDS_MAX_BYTES


@pytest.mark.parametrize("kind", ["memory", "postgresql"])
def test_a_store_finds_what_python_finds(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    server = str(request.getfixturevalue("postgres_server")) if kind == "postgresql" else ""
    random = Random(f"stores {kind}")
    assert TEXTS * ASKED >= 2_000
    asyncio.run(_agree(kind, server, tmp_path, cases(random)))


async def _agree(kind: str, server: str, folder: Path, asked_of: list[tuple[str, list[str]]]) -> None:
    async with open_store(kind, server, folder) as store:
        found = _Postgresql(store) if kind == "postgresql" else _Sqlite(store)
        await found.prepare()
        for text, searches in asked_of:
            await found.keep(kept_words(text))
            for search in searches:
                asked = read_search(search)
                assert await found.has(asked) is matches(asked, words_of(text)), (text, search)


class _Postgresql:
    def __init__(self, store: Store) -> None:
        self.store, self.dialect = store, PostgresqlDialect()

    async def prepare(self) -> None:
        await self.store.fetch(Statement("CREATE TABLE kept (words tsvector)", writes=True))
        await self.store.fetch(Statement("CREATE INDEX ON kept USING gin (words)", writes=True))

    async def keep(self, words: list[str]) -> None:
        await self.store.fetch(Statement("TRUNCATE kept", writes=True))
        told = Statement("INSERT INTO kept VALUES (array_to_tsvector($1::text[]))", writes=True)
        await self.store.fetch(told, (self.dialect.encode_words(words),))

    async def has(self, asked: tuple[str, ...]) -> bool:
        sql = "SELECT count(*) FROM kept WHERE words @@ CAST($1::text AS tsquery)"
        return bool((await self.store.fetch(Statement(sql), (self.dialect.encode_asked(asked),)))[0][0])


class _Sqlite:
    def __init__(self, store: Store) -> None:
        self.store, self.dialect = store, SqliteDialect()

    async def prepare(self) -> None:
        fts = "CREATE VIRTUAL TABLE kept USING fts5(words, content='', columnsize=0, detail='none', tokenize='ascii')"
        await self.store.fetch(Statement(fts, writes=True))
        self.held: str | None = None

    async def keep(self, words: list[str]) -> None:
        if self.held is not None:
            forget = "INSERT INTO kept (kept, rowid, words) VALUES ('delete', 1, ?)"
            await self.store.fetch(Statement(forget, writes=True), (self.held,))
        self.held = self.dialect.encode_words(words)
        learn = Statement("INSERT INTO kept (rowid, words) VALUES (1, ?)", writes=True)
        await self.store.fetch(learn, (self.held,))

    async def has(self, asked: tuple[str, ...]) -> bool:
        sql = Statement("SELECT count(*) FROM kept WHERE kept MATCH ?")
        return bool((await self.store.fetch(sql, (self.dialect.encode_asked(asked),)))[0][0])
