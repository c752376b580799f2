"""What stays of a row: deleted rows that are kept, each version of a row, sealed values, and all of it when the store is opened again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from strongback.engine.erase import erase_due
from strongback.engine.erasure_report import read_report
from strongback.store.sql.metadata import quote
from strongback.store.sql.wire import utc_text
from strongback.store.store import Statement
from strongback.testing.conformance.case import Cases
from strongback.testing.conformance.cases.references import NOWHERE
from strongback.testing.conformance.stage import Stage, same

CASES = Cases("kept")
PERSONAL = "ada@example.org"


async def stored(on: Stage, table: str, columns: str, order: str = "id") -> list[tuple[Any, ...]]:
    """Rows as the store itself holds them."""
    sql = f"SELECT {columns} FROM {quote(table, on.app.store.dialect)} ORDER BY {order}"  # noqa: S608 - names of ours
    return [tuple(row) for row in await on.app.store.fetch(Statement(sql))]


@CASES.add()
async def deleted(on: Stage) -> None:
    """A deleted row that is kept is not there for anybody, and its unique values are free again."""
    first = (await on.stranger.make("notes", slug="a", text="first")).id
    (await on.stranger.delete(f"notes/{first}")).expect(204)
    (await on.stranger.get(f"notes/{first}")).refused(404, "SB212")
    (await on.stranger.patch(f"notes/{first}", {"text": "x"})).refused(404, "SB212")
    (await on.stranger.delete(f"notes/{first}")).refused(404, "SB212")
    same((await on.stranger.get("notes")).expect(200).items, [], "the list")
    second = (await on.stranger.make("notes", slug="a", text="second")).id
    (await on.stranger.post("notes", {"slug": "a", "text": "third"})).refused(409, "SB231", "note_slug_taken")
    found = (await on.stranger.get("notes", {"slug": "a"})).expect(200)
    same([row["id"] for row in found.items], [second], "rows with the value")
    texts = await stored(on, "note", "text, _version")
    same(texts, [("first", 2), ("second", 1)], "rows in the store, with their versions")


@CASES.add()
async def history(on: Stage) -> None:
    """Each version of a row is kept, with the number it had, also of changes by actions and of its end."""
    note = (await on.stranger.make("notes", slug="a", text="1")).id
    (await on.stranger.patch(f"notes/{note}", {"text": "2"})).expect(200)
    (await on.member("ada").post(f"notes/{note}/reword", {"text": "3"})).expect(200)
    (await on.stranger.patch(f"notes/{note}", {"slug": "b" * 41})).expect(422)
    (await on.stranger.delete(f"notes/{note}")).expect(204)
    versions = await stored(on, "note_history", "_version, text, _deleted_at IS NOT NULL", "_version")
    told = [(version, text, bool(ended)) for version, text, ended in versions]
    same(told, [(1, "1", False), (2, "2", False), (3, "3", False), (4, "3", True)], "versions")


@CASES.add()
async def history_read(on: Stage) -> None:
    """Versions are read by who may, the newest first, page by page, each with what made it and whose row did."""
    ada = on.member("ada")
    note = (await on.stranger.make("notes", slug="a", text="1", secret=PERSONAL)).id
    (await ada.patch(f"notes/{note}", {"text": "2", "secret": None})).expect(200)
    (await ada.post(f"notes/{note}/reword", {"text": "3"})).expect(200)
    (await on.stranger.get(f"notes/{note}/history")).refused(401, "SB210")
    (await ada.get(f"notes/{NOWHERE}/history")).refused(404, "SB212")
    versions = await ada.walk(f"notes/{note}/history", {}, 2)
    told = [(v["version"], v["change"], v["row"]["text"], v["row"]["secret"]) for v in versions]
    same(told, [(3, "update", "3", None), (2, "update", "2", None), (1, "create", "1", PERSONAL)], "versions")
    (me,) = await stored(on, "member", "id")
    same([v["by"] for v in versions], [str(me[0]), str(me[0]), None], "who made them")
    same([v["at"] for v in versions], [v["row"]["updated_at"] for v in versions], "when")


@CASES.add()
async def as_of(on: Stage) -> None:
    """A row is read as it was at a time: not before it was made, nor with what it is related to today."""
    ada = on.member("ada")
    note = (await on.stranger.make("notes", slug="a", text="1", secret=PERSONAL)).json
    later = (await on.stranger.patch(f"notes/{note['id']}", {"text": "2"})).expect(200).json
    path = f"notes/{note['id']}"
    first = (await ada.get(path, {"as_of": note["updated_at"]})).expect(200)
    same((first.json, first.response.headers.get("etag")), (note, None), "the first version, without a tag")
    same((await ada.get(path, {"as_of": later["updated_at"]})).expect(200).json, later, "the second")
    same((await ada.get(path, {"as_of": note["updated_at"]})).expect(200).json, note, "the first, asked again")
    chosen = (await ada.get(path, {"as_of": "2999-01-01T00:00:00Z", "fields": "text"})).expect(200)
    same(chosen.json, {"text": "2"}, "the members that were chosen")
    (await ada.get(path, {"as_of": "2000-01-01T00:00:00Z"})).refused(404, "SB212")
    (await ada.get(path, {"as_of": "yesterday"})).refused(422, "SB201")
    (await ada.get(path, {"as_of": note["updated_at"], "include": "answers"})).refused(422, "SB201")
    (await on.stranger.get(path, {"as_of": note["updated_at"]})).refused(401, "SB210")


@CASES.add()
async def history_of_what_is_deleted(on: Stage) -> None:
    """A deleted row is not there: neither is its history."""
    ada, note = on.member("ada"), (await on.stranger.make("notes", slug="a", text="1")).json
    (await on.stranger.delete(f"notes/{note['id']}")).expect(204)
    (await ada.get(f"notes/{note['id']}/history")).refused(404, "SB212")
    (await ada.get(f"notes/{note['id']}", {"as_of": note["updated_at"]})).refused(404, "SB212")


@CASES.add()
async def restored(on: Stage) -> None:
    """A deleted row is brought back by who may, its history going on; not twice, and not where its unique value is taken by now."""
    ada, made = on.member("ada"), (await on.stranger.make("notes", slug="a", text="1", secret=PERSONAL)).json
    path = f"notes/{made['id']}"
    (await ada.post(f"{path}/restore")).refused(409, "SB248")
    (await on.stranger.delete(path)).expect(204)
    (await on.stranger.post(f"{path}/restore")).refused(401, "SB210")
    (await ada.post(f"notes/{NOWHERE}/restore")).refused(404, "SB212")
    other = (await on.stranger.make("notes", slug="a", text="2")).id
    (await ada.post(f"{path}/restore")).refused(409, "SB231", "note_slug_taken")
    (await on.stranger.delete(f"notes/{other}")).expect(204)
    back = (await ada.post(f"{path}/restore")).expect(200)
    same(back.json, {**made, "updated_at": back.json["updated_at"]}, "the row")
    again = (await on.stranger.get(path)).expect(200)
    same((again.json, again.etag), (back.json, back.etag), "the row, read")
    versions = (await ada.get(f"{path}/history")).expect(200).items
    same([(v["version"], v["change"]) for v in versions], [(3, "restore"), (2, "delete"), (1, "create")], "versions")
    (await ada.get(path, {"as_of": versions[1]["at"]})).refused(404, "SB212")


@CASES.add()
async def deleted_read(on: Stage) -> None:
    """Deleted rows are listed, counted and read by who may restore them, page by page; rows that are there are not among them."""
    ada = on.member("ada")
    made = [
        (await on.stranger.make("notes", slug=slug, text="1", secret=PERSONAL)).json for slug in ("a", "b", "c", "d")
    ]
    for each in made[:3]:
        (await on.stranger.delete(f"notes/{each['id']}")).expect(204)
    listed = await ada.walk("notes", {"deleted": "true", "sort": "slug"}, 2)
    same([row["id"] for row in listed], [each["id"] for each in made[:3]], "the deleted rows")
    same(listed[0]["secret"], PERSONAL, "a sealed value")
    counted = (await ada.get("notes", {"deleted": "true", "count": "true", "slug": "b"})).expect(200)
    same((counted.json["count"], len(counted.items)), (1, 1), "those with a value, counted")
    path = f"notes/{made[0]['id']}"
    same((await ada.get(path, {"deleted": "true"})).expect(200).json["slug"], "a", "one row")
    (await ada.get(f"notes/{made[3]['id']}", {"deleted": "true"})).refused(404, "SB212")
    (await ada.get(path)).refused(404, "SB212")
    same((await on.stranger.get("notes", {"deleted": "true"})).expect(200).items, [], "those of who may restore none")
    (await on.stranger.get(path, {"deleted": "true"})).refused(404, "SB212")
    (await ada.get("notes", {"deleted": "yes"})).refused(422, "SB201")
    there = {"deleted": "true", "as_of": made[3]["updated_at"]}
    (await ada.get(f"notes/{made[3]['id']}", there)).refused(422, "SB201")
    operations = [{"restore": {"id": each["id"]}} for each in made[:2]]
    done = (await ada.post("notes/batch", {"operations": operations})).expect(200)
    same([each["status"] for each in done.json["results"]], [200, 200], "restored together")
    (await ada.post("notes/batch", {"operations": operations[:1]})).refused(409, "SB248")
    left = (await ada.get("notes", {"deleted": "true"})).expect(200).items
    same([row["id"] for row in left], [made[2]["id"]], "what is still deleted")


@CASES.add()
async def erased(on: Stage) -> None:
    """What is due is erased in the row, its blind index and every version, once, and told without the value; the rest stays."""
    ada = on.member("ada")
    one, two = [
        (await on.stranger.make("notes", slug=slug, text=slug, secret=PERSONAL, draft=PERSONAL, hint=PERSONAL)).json
        for slug in ("a", "b")
    ]
    sealed = await _cells(on)
    (await on.stranger.delete(f"notes/{two['id']}")).expect(204)
    same(await _erase(on), {}, "what is due at once")
    on.clock.move(timedelta(hours=1))
    same(await _erase(on), {two["id"]: "hint"}, "what is due an hour after a deletion")
    back = (await ada.post(f"notes/{two['id']}/restore")).expect(200).json
    same([back[name] for name in ("hint", "draft", "secret")], [None, PERSONAL, PERSONAL], "what is left of it")
    on.clock.move(timedelta(days=30))
    same(await _erase(on), {one["id"]: "draft", two["id"]: "draft"}, "what is due after thirty days")
    same(await _erase(on), {}, "what is due again")
    left = (await on.stranger.get(f"notes/{one['id']}")).expect(200).json
    same([left[name] for name in ("hint", "draft", "secret")], [PERSONAL, "", PERSONAL], "what is left of the other")
    versions = (await ada.get(f"notes/{one['id']}/history")).expect(200).items
    told = [(v["version"], v["change"], v["by"], v["row"]["draft"]) for v in versions]
    same(told, [(2, "erase", None, ""), (1, "create", None, "")], "its versions")
    same(sealed & await _cells(on), set(), "what the store holds of it")
    (await on.stranger.patch(f"notes/{one['id']}", {"draft": "new"})).expect(200)
    same((await on.stranger.get(f"notes/{one['id']}")).json["draft"], "new", "a new value")


async def _cells(on: Stage) -> set[bytes]:
    rows = await stored(on, "note", "draft, _draft_bidx") + await stored(on, "note_history", "draft, _draft_bidx")
    return {bytes(cell) for row in rows for cell in row}


async def _erase(on: Stage) -> dict[str, str]:
    """Erase what is due, and say which fields of which rows the report tells of since."""
    on.clock.move(timedelta(seconds=1))
    since = utc_text(on.clock.now())
    await erase_due(on.app.runtime, batch=1)
    return {line.row_id: line.fields for line in await read_report(on.app.store) if line.at == since}


@CASES.add()
async def history_of_what_was_refused(on: Stage) -> None:
    """A write that is refused leaves no version behind."""
    note = (await on.stranger.make("notes", slug="a", text="1")).id
    await on.stranger.make("notes", slug="b", text="1")
    (await on.stranger.patch(f"notes/{note}", {"slug": "b"})).refused(409, "SB231", "note_slug_taken")
    (await on.stranger.patch(f"notes/{note}", {"text": "2"}, if_match='"9.1"')).refused(412, "SB220")
    same(await stored(on, "note_history", "_version, slug", "slug"), [(1, "a"), (1, "b")], "versions")


@CASES.add()
async def sealed(on: Stage) -> None:
    """A sealed value is nowhere in the store as it is, and reads as it was written."""
    plain = "ada@example.org \u00e4 \U0001f600"
    thing = (await on.stranger.make("things", name="t", secret=plain, sealed=plain)).id
    note = (await on.stranger.make("notes", slug="a", text="t", secret=plain)).id
    rows = await stored(on, "thing", "*") + await stored(on, "note", "*") + await stored(on, "note_history", "*")
    for cell in (cell for row in rows for cell in row):
        held = cell if isinstance(cell, bytes) else str(cell).encode()
        same(plain.encode() in held or b"ada@example" in held, False, "whether a cell holds the value")
    for path in (f"things/{thing}", f"notes/{note}"):
        same((await on.stranger.get(path)).expect(200).json["secret"], plain, "the value")
    same((await on.stranger.get("things", {"secret": plain})).expect(200).names(), ["t"], "rows found by the value")


@CASES.add()
async def equal_sealed_values(on: Stage) -> None:
    """Equal values are sealed differently each time."""
    await on.things([{"sealed": "same"}, {"sealed": "same"}])
    seals = [bytes(row[0]) for row in await stored(on, "thing", "sealed")]
    same((len(seals), len(set(seals))), (2, 2), "seals, and how many differ")


@CASES.add(needs=("durable",))
async def reopened(on: Stage) -> None:
    """What was written is there, to the last digit, when the store is closed and opened again."""
    shelf = (await on.stranger.make("shelves", name="s")).id
    values = {"ratio": 0.1, "price": "-0.01", "text": "\u00e4", "moment": "2024-02-29T12:00:00.000006Z", "secret": "s"}
    thing = await on.stranger.make("things", name="t", shelf_id=shelf, **values)
    path = f"things/{thing.id}"
    before = (await on.stranger.get(path)).expect(200)
    await on.reopen()
    after = (await on.stranger.get(path)).expect(200)
    same((after.response.body, after.etag), (before.response.body, before.etag), "the row and its tag")


@CASES.add(needs=("own-sessions",))
async def schema_made_again(on: Stage) -> None:
    """A schema that is as the model needs it is left alone, and so are its rows."""
    await on.stranger.make("things", name="t")
    same(await on.app.migrate(), [], "statements of a second migration")
    same((await on.stranger.get("things")).expect(200).names(), ["t"], "rows afterwards")
