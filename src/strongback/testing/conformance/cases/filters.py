"""Rows are found by what they hold; a missing value is never found by a comparison."""

from __future__ import annotations

import json
from collections.abc import Mapping

from strongback.testing.conformance.case import Body, Cases
from strongback.testing.conformance.stage import Stage, same
from strongback.testing.conformance.values import VALUES, Values

CASES = Cases("filters")
PAGE = 50


def url_text(json_text: str) -> str:
    """A scalar as it stands in a URL: `"a"` is a."""
    return str(json.loads(json_text)) if json_text.startswith('"') else json_text


def _by(field: str) -> Body:
    async def body(on: Stage) -> None:
        values = VALUES[field]
        await keep(on, field)
        for query, places in _asked(field, values):
            found = (await on.stranger.get("things", {**query, "sort": "id", "page_size": str(PAGE)})).expect(200)
            same(found.names(), [str(place) for place in places], f"rows with {query}")

    return body


async def keep(on: Stage, field: str) -> None:
    """Things that hold nothing and then each value, named by their place; made in no order of theirs."""
    texts = [*VALUES[field].held, "null"]
    for place in sorted(range(len(texts)), key=lambda i: (i % 3, i)):
        body = f'{{"name":"{place}","{field}":{texts[place]}}}'
        (await on.stranger.post("things", body.encode())).expect(201)


def _asked(field: str, values: Values) -> list[tuple[Mapping[str, str], list[int]]]:
    """Filters, and the places of the values each finds, in the order in which they were made."""
    held = [url_text(text) for text in values.held]
    every, last = range(len(held)), len(held) - 1
    asked: list[tuple[Mapping[str, str], list[int]]] = [({field: text}, [place]) for place, text in enumerate(held)]
    asked += [({f"{field}[null]": "true"}, [last + 1]), ({f"{field}[null]": "false"}, list(every))]
    few = [place for place in (0, last) if "," not in held[place]]
    asked.append(({f"{field}[in]": ",".join(held[place] for place in few)}, few))
    if field != "secret":
        asked += [({f"{field}[ne]": held[place]}, [i for i in every if i != place]) for place in (0, last)]
    if values.compared:
        for place in (0, last // 2, last):
            asked += _compared(field, held[place], place, every)
    return [(query, sorted(set(places), key=lambda i: (i % 3, i))) for query, places in asked]


def _compared(field: str, text: str, place: int, every: range) -> list[tuple[Mapping[str, str], list[int]]]:
    return [
        ({f"{field}[lt]": text}, [i for i in every if i < place]),
        ({f"{field}[lte]": text}, [i for i in every if i <= place]),
        ({f"{field}[gt]": text}, [i for i in every if i > place]),
        ({f"{field}[gte]": text}, [i for i in every if i >= place]),
    ]


for _field, _values in VALUES.items():
    if _values.filtered:
        _said = f"Rows are found by {_values.called}, by each operator it has, and those without one by none of them."
        CASES.put(f"by_{_field}", _said, _by(_field))


@CASES.add()
async def all_must_hold(on: Stage) -> None:
    """Of several filters all must hold."""
    await on.things([{"whole": i, "flag": i % 2 == 0, "word": "a" if i < 4 else "b"} for i in range(8)])
    query = {"flag": "true", "word": "b", "whole[lt]": "6", "sort": "id"}
    same((await on.stranger.get("things", query)).expect(200).names(), ["4"], "rows that fulfil all")
    none = {"whole[gt]": "3", "whole[lt]": "3"}
    same((await on.stranger.get("things", none)).expect(200).names(), [], "rows that fulfil a contradiction")


@CASES.add()
async def by_a_relation(on: Stage) -> None:
    """Rows are found by the row they refer to, and by referring to none."""
    shelf = (await on.stranger.make("shelves", name="one")).id
    await on.things([{"shelf_id": shelf}, {}, {"shelf_id": shelf}])
    here = (await on.stranger.get("things", {"shelf_id": shelf, "sort": "id"})).expect(200)
    same(here.names(), ["0", "2"], "rows that refer to it")
    none = (await on.stranger.get("things", {"shelf_id[null]": "true"})).expect(200)
    same(none.names(), ["1"], "rows that refer to none")
    absent = (await on.stranger.get("things", {"shelf_id": "00000000-0000-4000-8000-000000000000"})).expect(200)
    same(absent.names(), [], "rows that refer to what is not there")


@CASES.add()
async def by_the_time_made(on: Stage) -> None:
    """Rows are found by when they were made, to the microsecond."""
    made = [(await on.stranger.make("things", name=str(i))).json["created_at"] for i in range(3)]
    since = (await on.stranger.get("things", {"created_at[gte]": made[1], "sort": "id"})).expect(200)
    same(since.names(), ["1", "2"], "rows made at or after the second")
    after = (await on.stranger.get("things", {"created_at[gt]": made[1]})).expect(200)
    same(after.names(), ["2"], "rows made after the second")


@CASES.add()
async def counted(on: Stage) -> None:
    """The number of rows that fulfil the filters is counted, beyond the page."""
    await on.things([{"flag": i % 2 == 0} for i in range(9)])
    page = (await on.stranger.get("things", {"flag": "true", "page_size": "2", "count": "true"})).expect(200)
    same((len(page.items), page.json["count"]), (2, 5), "rows of the page, and of all")


@CASES.add()
async def text_is_never_sql(on: Stage) -> None:
    """Text that looks like SQL, or like a placeholder, is text."""
    texts = ["'; DROP TABLE thing; --", "$1", "?", ":name", "%s", "%", "_", "\\", "' OR '1'='1", '"', "/* */", "{}"]
    await on.things([{"text": text} for text in texts])
    for text in texts:
        found = (await on.stranger.get("things", {"text": text})).expect(200)
        same(found.names("text"), [text], f"rows whose text is {text!r}")
