"""A reference that a deletion empties is a change of its row."""

import strongback as sb
from strongback.store.store import Statement
from tests.scenarios.jobs import Stage, stage


class Shelf(sb.Entity):
    name: str = sb.field(max=40)
    books: list["Book"] = sb.inverse("shelf")

    access = sb.Access(read=sb.EVERYONE, create=sb.EVERYONE, delete=sb.EVERYONE)

    @sb.action(allow=sb.EVERYONE)
    async def burn(self, db: sb.Db) -> int:
        """Delete the shelf, then name what stood there."""
        books = list(self.books)
        db.delete(self)
        await db.find(Shelf, name="none")
        for book in books:
            book.title = f"{book.title}, on the floor"
        return len([book for book in books if book.shelf is None])


class Book(sb.Entity, history=True):
    shelf: Shelf | None = sb.to_one(default=None, on_delete="set_null")
    title: str = sb.field(max=80)

    access = sb.Access(read=sb.EVERYONE, create=sb.EVERYONE, update=sb.EVERYONE)


library = sb.Service("library", version="1.0.0", rest="/v1", entities=[Shelf, Book])


async def made(running: Stage) -> tuple[str, str]:
    shelf = (await running.stranger("Shelf.create", body={"name": "shelf"})).item["id"]
    book = (await running.stranger("Book.create", body={"shelf_id": shelf, "title": "book"})).item["id"]
    return shelf, book


async def versions(running: Stage) -> list[tuple[int, bool]]:
    rows = await running.app.store.fetch(Statement("SELECT _version, shelf_id FROM book_history ORDER BY _version"))
    return [(row[0], row[1] is None) for row in rows]


async def test_a_row_whose_reference_was_emptied_has_another_tag(store_url: str) -> None:
    async with stage(store_url, service=library) as running:
        shelf, book = await made(running)
        assert (await running.stranger("Shelf.delete", shelf)).error is None
        found = await running.stranger("Book.get", book, if_none_match=("1",))
        assert found.item["shelf_id"] is None and found.outcome is not None and found.outcome.etag == "2"
        late = await running.stranger("Book.update", book, body={"title": "other"}, if_match=("1",))
        assert late.code == "SB220"
        assert await versions(running) == [(1, False), (2, True)]


async def test_an_action_goes_on_with_a_row_whose_reference_was_emptied(store_url: str) -> None:
    async with stage(store_url, service=library) as running:
        shelf, book = await made(running)
        burnt = await running.stranger("Shelf.burn", shelf, body={})
        assert burnt.outcome is not None and burnt.outcome.value == 1
        assert (await running.stranger("Book.get", book)).item["title"] == "book, on the floor"
        assert await versions(running) == [(1, False), (2, True), (3, True)]
