"""The code map has one sentence for each folder that is there."""

from __future__ import annotations

import re

from tests.docs.blocks import PROJECT

PACKAGE = PROJECT / "src" / "strongback"


def test_every_folder_has_its_sentence() -> None:
    page = (PROJECT / "docs" / "explanation" / "architecture.md").read_text("utf-8")
    told = re.findall(r"^\| `([a-z_]+)/?(?:\.py)?` \| (.+) \|$", page, re.MULTILINE)
    folders = {each.name for each in PACKAGE.iterdir() if each.is_dir() and not each.name.startswith("_")}
    assert {name for name, _ in told} == folders | {"app", "errors"}
    assert all(sentence.endswith(".") for _, sentence in told)
