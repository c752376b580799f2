"""Rows are found by the words of their texts, alike on every store."""

from __future__ import annotations

from strongback.testing.conformance.case import Cases
from strongback.testing.conformance.stage import Stage, same

CASES = Cases("searches")

# Texts, what is asked, and whether it finds them.
WORDS = (
    ("Senior Python-Entwickler", "senior pyth", True),
    ("Senior Python-Entwickler", "python sen", True),
    ("Senior Python-Entwickler", "pyth senior", False),
    ("Senior Python-Entwickler", "sen python", False),
    ("Senior Python-Entwickler", "entwickler", True),
    ("Senior Python-Entwickler", "wickler", False),
    ("Stra\u00dfe", "STRASSE", True),
    ("cafe\u0301", "caf\u00e9", True),
    ("caf\u00e9", "cafe", False),
    ("\ufb01le", "file", True),
    ("\u0130stanbul", "i\u0307stanbul", True),
    ("\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2", "\u03c3\u03af\u03c3\u03c5\u03c6\u03bf\u03c3", True),
    ("\u0939\u093f\u0928\u094d\u0926\u0940", "\u0939\u093f\u0928", True),
    ("\u0939 \u0928", "\u0939\u093f\u0928", False),
    ("\uff11\uff12\uff13 \u2460", "123 1", True),
    ("a_b.c/d@e", "c a e", True),
    ("don't", "don", True),
    ("\U0001f600 smile \u2764\ufe0f", "\U0001f600", False),
    ("soft\u00adhyphen", "softhyphen", True),
    ("x" * 64 + "y", "x" * 64 + "z", True),
    ("'quoted' \"twice\" \\back | & ! :* <->", "quoted back", True),
    ("NEAR AND OR NOT", "near and or not", True),
    ("", "a", False),
)


@CASES.add()
async def by_words(on: Stage) -> None:
    """A text is found that has all the words, the last one as the beginning of a word, however it is written."""
    for i, (text, _, _) in enumerate(WORDS):
        await on.stranger.make("essays", name=str(i), text=text)
    for i, (text, asked, found) in enumerate(WORDS):
        page = (await on.stranger.get("essays", {"q": asked, "page_size": "100"})).expect(200)
        same(str(i) in page.names(), found, f"whether {text!r} is found by {asked!r}")


@CASES.add()
async def over_several_fields(on: Stage) -> None:
    """The words may stand in several fields together, and one that holds nothing has none."""
    await on.stranger.make("essays", name="one", text="red apple", more="green")
    await on.stranger.make("essays", name="two", text="red pear")
    same((await on.stranger.get("essays", {"q": "red green"})).expect(200).names(), ["one"], "words of both fields")
    same((await on.stranger.get("essays", {"q": "red"})).expect(200).names(), ["one", "two"], "a word of both rows")
    same((await on.stranger.get("essays/short", {"q": "green"})).expect(200).names(), [], "words of the other field")


@CASES.add()
async def as_they_are_now(on: Stage) -> None:
    """Words follow every change: by an update, by an action, with a row that goes, and not those of a deleted one."""
    made = await on.stranger.make("essays", name="one", text="first", more="kept")
    (await on.stranger.patch(f"essays/{made.id}", {"text": "second"})).expect(200)
    await _found(on, {"first": [], "second kept": ["one"]})
    (await on.stranger.patch(f"essays/{made.id}", {"more": None})).expect(200)
    await _found(on, {"kept": [], "second": ["one"]})
    someone = on.member("ann")
    (await someone.post(f"essays/{made.id}/rewrite", {"text": "third"})).expect(204)
    await _found(on, {"second": [], "third": ["one"]})
    (await on.stranger.delete(f"essays/{made.id}")).expect(204)
    await _found(on, {"third": []})


async def _found(on: Stage, wanted: dict[str, list[str]]) -> None:
    for asked, names in wanted.items():
        same((await on.stranger.get("essays", {"q": asked})).expect(200).names(), names, f"rows found by {asked!r}")


@CASES.add()
async def page_by_page(on: Stage) -> None:
    """What is found comes in the order of the list, is counted, and goes on page by page."""
    for i in range(7):
        await on.stranger.make("essays", name=str(i), text="odd one" if i % 2 else "even one")
    items = await on.stranger.walk("essays", {"q": "odd", "sort": "-name"}, 2)
    same([item["name"] for item in items], ["5", "3", "1"], "the rows of all pages")
    page = (await on.stranger.get("essays", {"q": "on", "count": "true", "page_size": "2"})).expect(200)
    same((page.json["count"], page.names()), (7, ["0", "1"]), "the count, and the first page")
    token = page.json["next_page_token"]
    other = {"q": "even", "page_size": "2", "page_token": token}
    (await on.stranger.get("essays", other)).refused(422, "SB201")


@CASES.add()
async def nothing_asked(on: Stage) -> None:
    """An empty search is the list, one without a word finds nothing, and one that is too long is refused."""
    await on.stranger.make("essays", name="one", text="a")
    same((await on.stranger.get("essays", {"q": " "})).expect(200).names(), ["one"], "rows of an empty search")
    same((await on.stranger.get("essays", {"q": "?!"})).expect(200).names(), [], "rows of a search without a word")
    (await on.stranger.get("essays", {"q": "a" * 201})).refused(422, "SB201")
    (await on.stranger.get("shelves", {"q": "a"})).refused(422, "SB201")
