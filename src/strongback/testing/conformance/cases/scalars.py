"""Values come back as they were written, with one text on the wire, whoever writes the answer: the store or Python."""

from __future__ import annotations

import json

from strongback.testing.conformance.case import Body, Cases
from strongback.testing.conformance.stage import Answer, Stage, same
from strongback.testing.conformance.values import VALUES

CASES = Cases("scalars")
PAGE = 50


def _put(field: str) -> None:
    values = VALUES[field]
    sentence = f"{values.called.capitalize()} comes back as it was written, with the same text in every answer."
    CASES.put(f"{field}_comes_back", sentence, _comes_back(field))
    CASES.put(
        f"{field}_changes", f"A change to {values.called}, and to none, answers what is then stored.", _changes(field)
    )


def _comes_back(field: str) -> Body:
    async def body(on: Stage) -> None:
        values = VALUES[field]
        sent = [*((text, text) for text in ("null", *values.held)), *values.spelt]
        shelf = (await on.stranger.make("shelves", name="all")).id
        wanted: list[str] = []
        for text, answered in sent:
            made = await _make(on, field, text, shelf)
            same(made.texts()[field], answered, f"what a create of {text} answers")
            await _read_again(on, made.id, field, answered)
            wanted.append(answered)
        await _listed(on, field, wanted, shelf)

    return body


async def _make(on: Stage, field: str, text: str, shelf: str) -> Answer:
    body = f'{{"{field}":{text},"name":"a","shelf_id":"{shelf}"}}'
    return (await on.stranger.post("things", body.encode())).expect(201)


async def _read_again(on: Stage, thing: str, field: str, wanted: str) -> None:
    """A whole row holds floats, so Python writes it; a selection may be the store's own JSON."""
    for query in ({}, {"fields": f"id,{field}"}, {"fields": field, "include": "shelf"}):
        answer = (await on.stranger.get(f"things/{thing}", query)).expect(200)
        same(answer.texts()[field], wanted, f"a get with {query}")


async def _listed(on: Stage, field: str, wanted: list[str], shelf: str) -> None:
    size = str(PAGE)
    for query in ({"sort": "id"}, {"sort": "id", "fields": f"id,{field}"}):
        page = (await on.stranger.get("things", {**query, "page_size": size})).expect(200)
        same([each[field] for each in page.item_texts()], wanted, f"a list with {query}")
    query = {"include": "things", "things.sort": "id", "things.page_size": size, "fields": "id"}
    for more in ({}, {"things.fields": f"id,{field}"}):
        whole = (await on.stranger.get(f"shelves/{shelf}", {**query, **more})).expect(200)
        things = [json.dumps(each[field], sort_keys=False) for each in whole.json["things"]]
        same(things, [json.dumps(json.loads(text)) for text in wanted], f"an included list with {more}")


def _changes(field: str) -> Body:
    async def body(on: Stage) -> None:
        values = VALUES[field]
        shelf = (await on.stranger.make("shelves", name="all")).id
        thing = (await _make(on, field, values.held[0], shelf)).id
        for text in (values.held[-1], "null", values.held[0]):
            changed = (await on.stranger.patch(f"things/{thing}", f'{{"{field}":{text}}}'.encode())).expect(200)
            same(changed.texts()[field], text, f"what a change to {text} answers")
            again = (await on.stranger.get(f"things/{thing}", {"fields": field})).expect(200)
            same(again.texts()[field], text, f"what is stored after a change to {text}")

    return body


for _field in VALUES:
    _put(_field)


@CASES.add()
async def members_in_order(on: Stage) -> None:
    """The members of a row stand in the order of their declaration, whatever was asked or sent first."""
    declared = ["id", "name", *VALUES, "shelf_id", "created_at", "updated_at"]
    thing = (await on.stranger.make("things", price="1.00", whole=1, name="a")).id
    for query in ({}, {"fields": ",".join(reversed(declared))}):
        answer = (await on.stranger.get(f"things/{thing}", query)).expect(200)
        same(list(answer.json), declared, f"members with {query}")
    some = (await on.stranger.get(f"things/{thing}", {"fields": "updated_at,text,id"})).expect(200)
    same(list(some.json), ["id", "text", "updated_at"], "members of a selection")


@CASES.add()
async def defaults(on: Stage) -> None:
    """A field that is not given holds its default, of whatever type."""
    made = await on.stranger.make("filled")
    wanted = {
        "flag": "true",
        "whole": str(-(2**63)),
        "ratio": "0.1",
        "price": '"12.50"',
        "text": '"it\'s 100% \u00e4 \U0001f600"',
        "word": '"b"',
        "color": '"it\'s: 100%"',
        "span": '"-PT86399.999999S"',
        "words": '["b","a"]',
        "data": '{"a":[true,null],"b":1}',
    }
    for query in ({}, {"fields": ",".join(name for name in wanted if name != "ratio")}):
        again = (await on.stranger.get(f"filled/{made.id}", query)).expect(200).texts()
        for name in wanted.keys() & again.keys():
            same(again[name], wanted[name], f"the default of {name}")


@CASES.add()
async def times_of_a_row(on: Stage) -> None:
    """A row says when it was made and when it was last changed, to the microsecond, in UTC."""
    made = await on.stranger.make("things", name="a")
    first = made.json["created_at"]
    same(made.json["updated_at"], first, "`updated_at` of a new row")
    same((len(first), first[-1]), (27, "Z"), "the form of a time")
    changed = (await on.stranger.patch(f"things/{made.id}", {"name": "b"})).expect(200)
    same(changed.json["created_at"], first, "`created_at` after a change")
    same(changed.json["updated_at"], on.clock.now().isoformat().replace("+00:00", "Z"), "`updated_at` after a change")


@CASES.add(needs=("wide-decimals",))
async def wide_decimals(on: Stage) -> None:
    """A decimal of 38 digits comes back whole, is found by its value, and is ordered by it."""
    amounts = ["-9999999999999999999999999999.9999999999", "-10.0000000000", "-9.0000000000", "0.0000000000"]
    amounts += ["0.0000000001", "9.0000000000", "10.0000000000", "9999999999999999999999999999.9999999999"]
    for amount in reversed(amounts):
        made = await on.stranger.make("wides", name=amount, amount=amount)
        same(made.json["amount"], amount, "the amount")
        found = (await on.stranger.get("wides", {"amount": amount})).expect(200)
        same(found.names(), [amount], f"rows with the amount {amount}")
    listed = await on.stranger.walk("wides", {"sort": "amount"}, 3)
    same([each["amount"] for each in listed], amounts, "amounts in order")


@CASES.add()
async def two_texts_that_look_alike(on: Stage) -> None:
    """Text is stored as given: composed and decomposed forms, and cases, stay apart, also in a filter."""
    alike = ["\u00e4", "a\u0308", "\u00c4", "\u212b", "\u00c5", "A", "a"]
    await on.things([{"text": each} for each in alike])
    for each in alike:
        found = (await on.stranger.get("things", {"text": each})).expect(200)
        same(found.names("text"), [each], f"rows whose text is {each!r}")


@CASES.add()
async def long_values(on: Stage) -> None:
    """Long values come back whole: 15,000 characters beyond the basic plane, sealed and not, and a thousand items of a list."""
    long = "".join(chr(0x1F300 + i % 700) for i in range(15_000))
    values = {"sealed": long, "data": [long], "place": {"street": long}, "words": [str(i) for i in range(1_000)]}
    made = (await on.stranger.make("things", name="long", **values)).json
    for query in ({}, {"fields": ",".join(values)}):
        row = (await on.stranger.get(f"things/{made['id']}", query)).expect(200).json
        held = {name: row[name] for name in values}
        same(
            {**held, "place": {"street": held["place"]["street"]}} == values,
            True,
            f"whether all is there, with {query}",
        )
