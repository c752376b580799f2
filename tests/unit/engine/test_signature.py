"""What the first bytes of a file say."""

import pytest

from strongback.engine.signature import SIGNATURES, speaks_against

HEADS = {
    "image/png": b"\x89PNG\r\n\x1a\n0000",
    "image/jpeg": b"\xff\xd8\xff\xe0rest",
    "image/gif": b"GIF89a......",
    "image/webp": b"RIFF1234WEBPVP8 ",
    "application/pdf": b"%PDF-1.7",
}


def test_every_type_that_is_known_has_a_head_here() -> None:
    assert HEADS.keys() == SIGNATURES.keys()


@pytest.mark.parametrize("said", HEADS)
@pytest.mark.parametrize("found", HEADS)
def test_a_known_type_has_its_own_first_bytes_and_no_others(said: str, found: str) -> None:
    assert bool(speaks_against(said, HEADS[found])) is (said != found)


@pytest.mark.parametrize("head", [b"", b"<html>", b"\x89PN", b"RIFF1234WAVE"])
@pytest.mark.parametrize("said", HEADS)
def test_what_is_cut_short_or_something_else_is_none_of_them(said: str, head: bytes) -> None:
    assert speaks_against(said, head)


@pytest.mark.parametrize("said", ["text/html", "text/plain", "image/svg+xml"])
def test_a_picture_is_no_text(said: str) -> None:
    assert speaks_against(said, HEADS["image/png"]) == "these are the first bytes of image/png"


@pytest.mark.parametrize("said", ["application/octet-stream", "application/zip", "video/mp4"])
def test_types_that_nothing_is_known_of_may_begin_as_they_like(said: str) -> None:
    assert not speaks_against(said, b"anything at all")
