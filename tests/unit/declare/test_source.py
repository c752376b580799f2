"""From a function to the tree that runs, or a fault."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from strongback.declare.source import NoSource, SourceChanged, find_function, read_source, relative, same_code

from .conftest import Write

TEXT = """
def plain(x):
    return x


class Outer:
    class Inner:
        @staticmethod
        def method(x):
            return x + 1


def around():
    def within(x):
        return [y for y in x]

    return within
"""


def change(module, old: str, new: str) -> None:
    file = Path(module.__file__)
    file.write_text(file.read_text().replace(old, new))
    later = file.stat().st_mtime + 5
    os.utime(file, (later, later))


def test_a_function_is_found_by_line_and_name_wherever_it_stands(write: Write) -> None:
    module = write(TEXT)
    for function, name in ((module.plain, "plain"), (module.Outer.Inner.method, "method"), (module.around(), "within")):
        node = find_function(function)
        assert isinstance(node, ast.FunctionDef)
        assert node.name == name


def test_an_edit_after_the_import_is_never_taken_for_the_code_that_runs(write: Write) -> None:
    module = write(TEXT)
    change(module, "return x\n", "return not x\n")
    with pytest.raises(SourceChanged) as caught:
        find_function(module.plain)
    assert caught.value.code == "SB107"
    assert "changed since it was imported" in caught.value.message


def test_an_edit_that_moves_a_function_is_an_edit(write: Write) -> None:
    module = write(TEXT)
    change(module, "def plain", "# a comment\n\ndef plain")
    with pytest.raises(SourceChanged):
        find_function(module.plain)


@pytest.mark.parametrize("broken", ["def plain(:", "\0"])
def test_text_that_is_no_python_any_more_is_a_change(write: Write, broken: str) -> None:
    module = write(TEXT)
    change(module, "def plain", broken)
    with pytest.raises(SourceChanged):
        find_function(module.plain)


def test_an_edit_elsewhere_in_the_file_that_keeps_the_lines_does_not_matter(write: Write) -> None:
    module = write(TEXT)
    change(module, "x + 1", "x + 2")
    assert find_function(module.plain).name == "plain"
    with pytest.raises(SourceChanged):
        find_function(module.Outer.Inner.method)


def test_code_without_text_has_no_source() -> None:
    space: dict[str, object] = {}
    exec(compile("def made():\n    return 1\n", "<made>", "exec"), space)
    with pytest.raises(NoSource) as caught:
        find_function(space["made"])  # type: ignore[arg-type]
    assert caught.value.code == "SB106"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", "True"),
        ("1", "1.0"),
        ("0.0", "-0.0"),
        ("'a'", "b'a'"),
        ("x", "y"),
        ("(1, 2)", "(1, True)"),
        ("x == 1", "x != 1"),
    ],
)
def test_code_differs_where_what_it_does_differs(one: str, other: str) -> None:
    first, second = (compile(f"def f(x, y):\n    return {body}", "<f>", "exec") for body in (one, other))
    assert same_code(first, first)
    assert not same_code(first, second)


def test_inner_functions_are_compared_too() -> None:
    first, second = (compile(f"def f(x):\n    return any(y == {n} for y in x)", "<f>", "exec") for n in (1, 2))
    assert not same_code(first, second)


def test_a_file_is_read_once_until_it_changes(write: Write) -> None:
    module = write(TEXT)
    first = read_source(module.__file__)
    assert read_source(module.__file__) is first
    change(module, "return x\n", "return 12345\n")
    assert read_source(module.__file__) is not first


def test_places_are_spelt_from_the_root_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    assert relative(str(tmp_path / "src" / "jobs.py")) == "src/jobs.py"
    assert relative("<stdin>") == "<stdin>"
