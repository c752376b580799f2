"""What the project says of itself holds: pins, extras, scripts, sizes of files."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
METADATA = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
PINS = sorted((PROJECT / "requirements").glob("*.txt"))
DRAWERS = {"utils", "util", "helpers", "common", "misc", "manager"}


def pinned(file: Path) -> dict[str, str]:
    """Package -> version."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", file.read_text(), re.MULTILINE))


@pytest.mark.parametrize("file", PINS, ids=lambda file: file.name)
def test_pins_have_hashes_and_name_no_place_to_download_from(file: Path) -> None:
    text = file.read_text()
    assert "://" not in text
    assert not re.search(r"^\s*--?(?!-hash)", text.replace("    --hash=sha256:", ""), re.MULTILINE)
    blocks = re.split(r"\n(?=\S)", text.strip())[1:]
    assert all("--hash=sha256:" in block for block in blocks)


def test_one_version_is_pinned_for_all() -> None:
    everything = pinned(PROJECT / "requirements" / "dev.txt")
    for file in PINS:
        assert pinned(file).items() <= everything.items(), file.name


def test_what_the_package_needs_is_pinned() -> None:
    needs = METADATA["dependencies"] + [need for extra in METADATA["optional-dependencies"].values() for need in extra]
    names = {re.match(r"[A-Za-z0-9-]+", need)[0].lower() for need in needs} - {"strongback"}
    assert names <= pinned(PROJECT / "requirements" / "runtime.txt").keys()


def test_the_extra_all_holds_every_other() -> None:
    extras = METADATA["optional-dependencies"]
    assert extras["all"] == [f"strongback[{','.join(sorted(extras.keys() - {'all'}))}]"]


@pytest.mark.parametrize(
    "script", [*sorted((PROJECT / "scripts").iterdir()), PROJECT / ".ci" / "run"], ids=lambda path: path.name
)
def test_scripts_can_be_run_and_are_sound(script: Path) -> None:
    assert script.stat().st_mode & 0o111
    assert script.read_text().startswith("#!/usr/bin/env bash\n")
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0


def test_no_file_is_a_drawer_without_a_noun() -> None:
    assert [
        path for path in (PROJECT / "src").rglob("*.py") if path.stem in DRAWERS or path.parent.name in DRAWERS
    ] == []
