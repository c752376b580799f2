"""Rows are plain Python objects: made, changed and asked without any store."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from functools import partial
from typing import Literal

import pytest

import strongback as sb
from strongback.declare.member import Member


class Author(sb.Entity):
    name: str = sb.field(max=20)
    books: list[Book] = sb.inverse("author")
    edited: list[Book] = sb.inverse("editor")


class Book(sb.Entity):
    author: Author = sb.to_one(immutable=True)
    editor: Author | None = sb.to_one(default=None)
    title: str = sb.field(default="untitled")
    tags: list[str] = sb.field(default=["new"])
    kind: Literal["novel", "poem"] = "novel"
    pages: int | None

    @sb.role
    def written_by(self, me: Author) -> bool:
        return self.author == me

    @sb.computed
    def is_poem(self) -> bool:
        return self.kind == "poem"

    @sb.check(code="has_pages")
    def has_pages(self) -> bool:
        return self.pages is None or self.pages > 0

    @sb.action(allow=written_by)
    def rename(self, title: str) -> None:
        self.title = title

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    def begin(cls, me: Author) -> Book:
        return cls(author=me, pages=None)


@pytest.fixture
def author() -> Author:
    return Author(name="Ada")


def test_a_new_row_has_an_id_its_times_and_its_defaults(author: Author) -> None:
    moment = datetime(2028, 2, 29, tzinfo=UTC)
    with sb.use_clock(moment):
        book = Book(author=author, pages=3)
    assert book.id.version == 7
    assert (book.created_at, book.updated_at) == (moment, moment)
    assert (book.title, book.tags, book.kind, book.editor) == ("untitled", ["new"], "novel", None)


def test_defaults_are_each_rows_own(author: Author) -> None:
    one, other = Book(author=author, pages=1), Book(author=author, pages=1)
    one.tags.append("old")
    assert other.tags == ["new"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"pages": 1}, "Book needs `author`"),
        ({"author": None}, "Book needs `pages`"),
        ({"author": None, "pages": 1, "titel": "x"}, "Book has no `titel` to be made with: did you mean `title`?"),
        ({"id": 1}, "Book has no `id`"),
    ],
)
def test_a_constructor_takes_what_type_checkers_say_it_takes(values: dict[str, object], said: str) -> None:
    with pytest.raises(TypeError) as caught:
        Book(**values)  # type: ignore[arg-type]
    assert said in str(caught.value)


def test_the_other_side_follows_a_relation(author: Author) -> None:
    other = Author(name="Bo")
    book = Book(author=author, pages=1, editor=other)
    assert (author.books, author.edited, other.edited) == ([book], [], [book])
    book.editor = author
    assert (other.edited, author.edited) == ([], [book])
    book.editor = None
    assert author.edited == []


def test_the_other_side_is_changed_in_no_other_way(author: Author) -> None:
    book = Book(author=author, pages=1)
    for attempt in (partial(author.books.append, book), author.books.clear, author.books.sort):
        with pytest.raises(TypeError, match="follow their other side"):
            attempt()
    with pytest.raises(AttributeError, match="assign that one instead"):
        author.books = []


def test_system_values_are_never_assigned(author: Author) -> None:
    for name in ("id", "created_at", "updated_at"):
        with pytest.raises(AttributeError, match="set by Strongback alone"):
            setattr(author, name, None)
    with pytest.raises(AttributeError):
        del author.name


def test_roles_checks_computed_fields_and_actions_are_ordinary_methods(author: Author) -> None:
    book = Book(author=author, pages=0, kind="poem")
    assert book.written_by(author)
    assert not book.written_by(Author(name="Bo"))
    assert book.is_poem
    assert not book.has_pages()
    book.rename(title="On machines")
    assert book.title == "On machines"
    assert Book.begin(author).author is author
    with pytest.raises(AttributeError, match="computed"):
        book.is_poem = False  # type: ignore[misc]


def test_rows_are_equal_when_they_are_the_same_row(author: Author) -> None:
    book = Book(author=author, pages=1)
    again = copy.copy(book)
    assert again == book
    assert len({book, again}) == 1
    assert book != Book(author=author, pages=1)
    assert author != book
    assert book != book.id


def test_a_row_shows_no_value(author: Author) -> None:
    assert repr(author) == f"<Author {author.id}>"


def test_a_member_of_the_class_is_a_name() -> None:
    assert isinstance(Book.title, Member)
    assert [repr(each) for each in (Book.title, Book.author, Author.books, Book.id)] == [
        "Book.title",
        "Book.author",
        "Author.books",
        "Entity.id",
    ]


def test_a_mixin_is_no_row() -> None:
    class Named(sb.Entity, abstract=True):
        name: str

    class Pet(Named):
        age: int

    assert Pet(name="Rex", age=3).name == "Rex"
    for abstract in (Named, sb.Entity):
        with pytest.raises(TypeError, match="is abstract"):
            abstract()


def test_a_guard_refuses_with_the_teams_own_code() -> None:
    sb.require(True, "fine")
    with pytest.raises(sb.GuardRefused) as caught:
        sb.require(False, "not_a_draft", "Only drafts can be published.")
    assert (caught.value.reason, caught.value.message) == ("not_a_draft", "Only drafts can be published.")


def test_events_are_not_emitted_silently(author: Author) -> None:
    class Written(sb.Event, topic="books.written", version=1):
        title: str

    with pytest.raises(NotImplementedError):
        author.emit(Written(title="x"))


class Address(sb.Value):
    street: str = sb.field(max=80)
    floor: int = 0


def test_a_value_is_equal_by_its_members_and_never_changes() -> None:
    home = Address(street="Main")
    assert home == Address(street="Main", floor=0)
    assert len({home, Address(street="Main")}) == 1
    assert home != Address(street="Main", floor=1)
    with pytest.raises(AttributeError):
        home.floor = 2  # type: ignore[misc]
    with pytest.raises(TypeError, match="needs `street`"):
        Address()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="did you mean `street`"):
        Address(stret="x")  # type: ignore[call-arg]
    assert repr(home) == "<Address>"


def test_every_public_name_is_there() -> None:
    for name in sb.__all__:
        assert getattr(sb, name) is not None
    assert sorted(sb.__all__) == dir(sb)
    with pytest.raises(AttributeError):
        sb.entiti  # type: ignore[attr-defined]
