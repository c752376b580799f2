"""Files in a declaration: what stands in the model, and each way to get it wrong."""

from __future__ import annotations

from typing import Annotated

import pytest

import strongback as sb
from strongback.errors import DeclarationError
from strongback.model.blob import FILE, Blob
from strongback.model.codec import from_json, to_json
from strongback.model.field import Pii
from strongback.model.load import load


def service_of(entity: type[sb.Entity]) -> sb.Service:
    return sb.Service("files", entities=[entity])


def codes(entity: type[sb.Entity]) -> set[str]:
    with pytest.raises(DeclarationError) as refused:
        load(service_of(entity))
    return {fault.code for fault in refused.value.faults}


def test_a_file_is_a_field_of_its_own_kind_and_travels_through_json() -> None:
    class Note(sb.Entity):
        photo: sb.Blob | None = sb.blob(max="5 MB", types=("image/png",), doc="Of it.")
        scan: sb.Blob | None
        access = sb.Access(read=sb.EVERYONE, update=sb.EVERYONE)

    model = load(service_of(Note))
    photo, scan = model.entity("Note").blobs()
    assert (photo.type, photo.blob, photo.doc) == (FILE, Blob(5_000_000, ("image/png",)), "Of it.")
    assert scan.blob == Blob()
    assert from_json(to_json(model)) == model and model.holds_files


def test_the_class_of_a_file_is_the_type_that_rows_hold() -> None:
    assert [member.name for member in FILE.fields] == list(sb.Blob.__given__)
    assert [member.type.optional for member in FILE.fields] == [False, False, False, False, True]


def test_a_row_is_made_without_its_file() -> None:
    class Note(sb.Entity):
        photo: sb.Blob | None = sb.blob()
        access = sb.Access(read=sb.EVERYONE)

    assert Note().photo is None


def test_a_file_beside_the_specifier_of_something_else_is_refused() -> None:
    class Field(sb.Entity):
        photo: sb.Blob | None = sb.field(max=5)
        access = sb.Access(read=sb.EVERYONE)

    class Text(sb.Entity):
        photo: str = sb.blob()
        access = sb.Access(read=sb.EVERYONE)

    class Inside(sb.Entity):
        photo: Annotated[str, sb.blob()]
        access = sb.Access(read=sb.EVERYONE)

    assert codes(Field) == codes(Text) == codes(Inside) == {"SB130"}


def test_a_file_that_must_be_there_from_the_start_is_refused() -> None:
    class Note(sb.Entity):
        photo: sb.Blob = sb.blob()
        access = sb.Access(read=sb.EVERYONE)

    assert "SB131" in codes(Note)


@pytest.mark.parametrize("size", ["5 megs", "", 0, -1, "51 GB", True, 1.5, None])
def test_a_bound_that_is_no_size_is_refused(size: object) -> None:
    class Note(sb.Entity):
        photo: sb.Blob | None = sb.blob(max=size)  # type: ignore[arg-type]
        access = sb.Access(read=sb.EVERYONE)

    assert codes(Note) == {"SB132"}


@pytest.mark.parametrize("types", [("image/*",), ("Image/PNG",), ("png",), ("image/png; q=1",), "image/png", (1,)])
def test_what_is_no_media_type_is_refused(types: object) -> None:
    class Note(sb.Entity):
        photo: sb.Blob | None = sb.blob(types=types)  # type: ignore[arg-type]
        access = sb.Access(read=sb.EVERYONE)

    assert codes(Note) == {"SB133"}


def test_a_file_where_there_can_be_none_is_refused() -> None:
    class Many(sb.Entity):
        photos: list[sb.Blob]
        access = sb.Access(read=sb.EVERYONE)

    class Action(sb.Entity):
        title: str = sb.field(max=5)
        access = sb.Access(read=sb.EVERYONE)

        @sb.action(allow=sb.EVERYONE)
        def replace(self, photo: sb.Blob) -> None: ...

    assert "SB134" in codes(Many) and "SB134" in codes(Action)


def test_a_personal_file_is_said_with_its_own_word() -> None:
    class Note(sb.Entity):
        scan: sb.Blob | None = sb.blob(pii=True)
        photo: sb.Blob | None = sb.blob(pii=False)
        access = sb.Access(read=sb.EVERYONE)

    class Wrong(sb.Entity):
        scan: sb.Blob | None = sb.blob(pii="yes")  # type: ignore[arg-type]
        access = sb.Access(read=sb.EVERYONE)

    class Other(sb.Entity):
        scan: sb.Blob | None = sb.pii(max=5)
        access = sb.Access(read=sb.EVERYONE)

    scan, photo = load(service_of(Note)).entity("Note").blobs()
    assert scan.pii == Pii() and photo.pii is None
    assert codes(Wrong) == {"SB123"} and codes(Other) == {"SB130"}


def test_an_option_that_a_file_has_not_is_refused() -> None:
    class Note(sb.Entity):
        photo: sb.Blob | None = sb.blob(unique=True)  # type: ignore[call-arg]
        access = sb.Access(read=sb.EVERYONE)

    assert codes(Note) == {"SB123"}


def test_lists_are_neither_filtered_nor_ordered_by_a_file() -> None:
    class Where(sb.Entity):
        photo: sb.Blob | None = sb.blob()
        access = sb.Access(read=sb.EVERYONE)
        search = sb.Query(where=(photo,))

    class Sort(sb.Entity):
        photo: sb.Blob | None = sb.blob()
        access = sb.Access(read=sb.EVERYONE)
        search = sb.Query(sort=("photo",))

    assert codes(Where) and codes(Sort)
