"""
Type checkers accept what is meant, and find what is not.

Each checker runs once over all files: the declaration of product.md section 3 word for word, the example, a file with everything the
house style offers, and one with seeded mistakes.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MISTAKES = HERE / "mistakes" / "seeded.py"
ACCEPTED = (HERE / "target.py", HERE / "clean.py", ROOT / "examples" / "jobs" / "service.py")
FILES = (*ACCEPTED, MISTAKES)

Lines = Mapping[Path, Mapping[int, str]]


def seeded() -> dict[int, str]:
    """What is wrong, by line."""
    lines = MISTAKES.read_text().splitlines()
    return {n: line.split("# wrong: ")[1] for n, line in enumerate(lines, 1) if "# wrong: " in line}


def by_file(found: list[tuple[str, int, str]]) -> Lines:
    lines: dict[Path, dict[int, str]] = {file: {} for file in FILES}
    for file, line, message in found:
        lines.setdefault(Path(file).resolve(), {})[line] = message
    return lines


@pytest.fixture(scope="module")
def mypy(tmp_path_factory: pytest.TempPathFactory) -> Lines:
    """The errors of `mypy --strict`, by file and line."""
    config = tmp_path_factory.mktemp("mypy") / "mypy.ini"
    config.write_text(
        f"[mypy]\nstrict = True\nmypy_path = {ROOT / 'src'}\nscripts_are_modules = True\n[mypy-re2.*]\nignore_missing_imports = True\n"
    )
    command = [sys.executable, "-m", "mypy", "--config-file", str(config), "--no-error-summary", "--no-pretty"]
    run = subprocess.run([*command, *map(str, FILES)], capture_output=True, text=True, check=False, cwd=config.parent)
    assert not run.stderr, run.stderr
    found = re.findall(r"^(.+?):(\d+): error: (.+)$", run.stdout, re.MULTILINE)
    return by_file([(str(config.parent / file), int(line), message) for file, line, message in found])


@pytest.fixture(scope="module")
def pyright(tmp_path_factory: pytest.TempPathFactory) -> Lines:
    """The errors of pyright as it comes, by file and line."""
    config = tmp_path_factory.mktemp("pyright") / "pyrightconfig.json"
    config.write_text(
        json.dumps(
            {"include": [os.path.relpath(file, config.parent) for file in FILES], "extraPaths": [str(ROOT / "src")]}
        )
    )
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson", "-p", str(config)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    found = json.loads(run.stdout)["generalDiagnostics"]
    return by_file(
        [(f["file"], f["range"]["start"]["line"] + 1, f["message"]) for f in found if f["severity"] == "error"]
    )


def test_there_are_mistakes_enough() -> None:
    assert len(seeded()) >= 12


@pytest.mark.parametrize("file", ACCEPTED, ids=lambda file: file.stem)
def test_mypy_accepts_what_is_meant(mypy: Lines, file: Path) -> None:
    assert mypy[file] == {}


@pytest.mark.parametrize("file", ACCEPTED, ids=lambda file: file.stem)
def test_pyright_accepts_what_is_meant(pyright: Lines, file: Path) -> None:
    assert pyright[file] == {}


@pytest.mark.parametrize("line", seeded(), ids=lambda line: seeded()[line])
def test_mypy_finds_a_mistake(mypy: Lines, line: int) -> None:
    assert line in mypy[MISTAKES]


@pytest.mark.parametrize("line", seeded(), ids=lambda line: seeded()[line])
def test_pyright_finds_a_mistake(pyright: Lines, line: int) -> None:
    assert line in pyright[MISTAKES]


def test_nothing_else_is_found_in_the_seeded_file(mypy: Lines, pyright: Lines) -> None:
    """A mistake must be found where it is, not somewhere after it."""
    for found in (mypy, pyright):
        assert {line: message for line, message in found[MISTAKES].items() if line not in seeded()} == {}


def test_nothing_is_found_in_the_package(mypy: Lines, pyright: Lines) -> None:
    for found in (mypy, pyright):
        assert {str(file): lines for file, lines in found.items() if file not in FILES} == {}
