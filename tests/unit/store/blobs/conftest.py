"""Every kind of place for files."""

from __future__ import annotations

from pathlib import Path

import pytest

PLACES = ("memory", "folder", "s3")


@pytest.fixture(params=PLACES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "memory":
        return "memory://"
    if request.param == "folder":
        return (tmp_path / "files").as_uri()
    return str(request.getfixturevalue("s3_url"))
