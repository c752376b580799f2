"""Imports go one way: the contract in pyproject.toml holds, and it would notice."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
SOURCE = PROJECT / "src"
PACKAGE = SOURCE / "strongback"
LAYERS: list[str] = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0][
    "layers"
]


def check_layers(source: Path) -> subprocess.CompletedProcess[str]:
    """Judge the package in *source* by the project's contract."""
    return subprocess.run(
        [
            Path(sys.executable).with_name("lint-imports"),
            "--no-cache",
            "--no-logo",
            "--config",
            PROJECT / "pyproject.toml",
        ],
        cwd=source,
        env={**os.environ, "PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=False,
    )


def plant(tmp_path: Path, name: str, text: str) -> Path:
    """A copy of the source with one more file."""
    source = tmp_path / "src"
    shutil.copytree(SOURCE, source, ignore=shutil.ignore_patterns("__pycache__"))
    file = source / "strongback" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    return source


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "model/planted.py",
            "from strongback.engine import door",
            "strongback.model is not allowed to import strongback.engine",
        ),
        (
            "crypto/planted.py",
            "import strongback.tables.make",
            "strongback.crypto is not allowed to import strongback.tables",
        ),
        ("drawer/__init__.py", "", "drawer"),
    ],
    ids=["upwards", "sideways", "a package without a place"],
)
def test_an_import_against_the_layers_is_refused(tmp_path: Path, name: str, text: str, said: str) -> None:
    judged = check_layers(plant(tmp_path, name, text))
    assert judged.returncode == 1
    assert said in " ".join(judged.stdout.split())


def test_every_package_stands_in_one_layer() -> None:
    placed = [name.strip().strip("()") for layer in LAYERS for name in layer.split("|")]
    found = {path.stem for path in PACKAGE.iterdir() if (path / "__init__.py").exists() or path.suffix == ".py"}
    assert len(placed) == len(set(placed))
    assert found - {"__init__", "__main__"} <= set(placed)


def is_module(name: str) -> bool:
    return (PACKAGE / f"{name}.py").exists() or (PACKAGE / name).is_dir()


def imports_of_the_public_names(file: Path) -> list[str]:
    """Places that load a name of `strongback` itself; `from strongback import errors` loads the module of that name."""
    found = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            public = any(alias.name == "strongback" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "strongback" and not node.level:
            public = not all(is_module(alias.name) for alias in node.names)
        else:
            public = False
        if public:
            found.append(f"{file.relative_to(SOURCE)}:{node.lineno}")
    return found


def test_nothing_inside_imports_the_public_names() -> None:
    """`strongback/__init__.py` loads lazily for users; inside, siblings are imported directly, so that layers can be judged."""
    files = [file for file in PACKAGE.rglob("*.py") if file != PACKAGE / "__init__.py"]
    assert [place for file in files for place in imports_of_the_public_names(file)] == []


def test_importing_the_package_loads_nothing_else() -> None:
    code = "import sys, strongback; print(*sorted(name for name in sys.modules if name.startswith('strongback.')))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == []
