"""Declarations written to files, as a team writes them: source, lines and imports are the real ones."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pytest

from strongback.errors import DeclarationError
from strongback.model.load import load

Write = Callable[..., ModuleType]
_numbers = count()


@pytest.fixture
def write(tmp_path: Path) -> Iterator[Write]:
    """Write a module and import it; `write("...", name="other")` gives it a name that another one can import."""
    made: list[str] = []

    def write_module(text: str, name: str = "") -> ModuleType:
        name = name or f"declared_{next(_numbers)}"
        file = tmp_path / f"{name}.py"
        file.write_text(dedent(text).lstrip("\n"))
        spec = importlib.util.spec_from_file_location(name, file)
        assert spec is not None and spec.loader is not None
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        made.append(name)
        spec.loader.exec_module(module)
        return module

    yield write_module
    for name in made:
        sys.modules.pop(name, None)


@pytest.fixture
def faults_of(write: Write) -> Callable[[str], list[tuple[str, int, str]]]:
    """All faults of a module with a service `svc`: code, line, and message with hint."""

    def find(text: str) -> list[tuple[str, int, str]]:
        module = write(text)
        with pytest.raises(DeclarationError) as caught:
            load(module.svc)
        return [
            (fault.code, int(fault.where.rpartition(":")[2]), f"{fault.message} | {fault.hint}")
            for fault in caught.value.faults
        ]

    return find
