"""
From a function to its syntax tree, safely: the tree that is read is the one that runs.

`inspect.getsource` alone is not safe: after an edit it gives the new text for the old code, and a permission in SQL would differ from
the one in Python. So the text is kept when a class is created, the whole file is compiled once more, and the code found there must be
the function's own.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from types import CodeType, FunctionType

from strongback.errors import StrongbackError
from strongback.model.origin import Origin

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
# Statements that hold other statements.
COMPOUND = (
    *(ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith),
    *(ast.Try, ast.TryStar, ast.ExceptHandler, ast.Match, ast.match_case),
)
ROOT_MARKS = ("pyproject.toml", ".git", "strongback.lock.json")


class NoSource(StrongbackError):
    """There is no text to read a function from."""

    code = "SB106"


class SourceChanged(StrongbackError):
    """The text on disk is not the code that runs."""

    code = "SB107"


@dataclass(frozen=True, eq=False)
class SourceFile:
    """The text of a file as it was when a class in it was created."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def _definitions(self) -> dict[tuple[str, int], Definition]:
        return {(name, _first_line(node)): node for name, node in _definitions(self.tree.body, "")}

    @cached_property
    def _lines(self) -> dict[str, list[int]]:
        """The first lines of all definitions of a name."""
        lines: dict[str, list[int]] = {}
        for name, line in self._definitions:
            lines.setdefault(name, []).append(line)
        return lines

    @cached_property
    def _codes(self) -> dict[tuple[str, int], CodeType]:
        code = compile(self.tree, self.path, "exec", dont_inherit=True)
        return {(each.co_qualname, each.co_firstlineno): each for each in _codes(code)}

    def function(self, function: FunctionType) -> ast.FunctionDef | ast.AsyncFunctionDef:
        """
        The definition of *function*.

        Raises:
            SourceChanged: The text at its line is not what runs.
        """
        code = function.__code__
        key = (code.co_qualname, code.co_firstlineno)
        try:
            node, compiled = self._definitions.get(key), self._codes.get(key)
        except (SyntaxError, ValueError):
            node = compiled = None
        if (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and compiled is not None
            and same_code(compiled, code)
        ):
            return node
        raise SourceChanged(
            f"the source of `{code.co_qualname}` changed since it was imported",
            hint="import it again: restart the process",
        )

    def class_(self, qualname: str, line: int) -> ast.ClassDef | None:
        """The definition of the class *qualname* that holds or follows *line* most closely; None when there is none."""
        try:
            nearest = min(self._lines.get(qualname, ()), key=lambda at: abs(at - line), default=0)
        except (SyntaxError, ValueError):
            return None
        found = self._definitions.get((qualname, nearest))
        return found if isinstance(found, ast.ClassDef) else None

    def origin(self, node: ast.AST | int) -> Origin:
        """Where *node*, or a line, stands."""
        line = node if isinstance(node, int) else getattr(node, "lineno", 0)
        return Origin(relative(self.path), line)


def same_code(one: object, other: object) -> bool:
    """
    Whether two code objects do the same: instructions, names and constants, those of inner functions too. Lines do not matter.

    >>> first, second = compile("x = 1", "a", "exec"), compile("x = True", "a", "exec")
    >>> same_code(first, first), same_code(first, second)
    (True, False)
    """
    if isinstance(one, CodeType) and isinstance(other, CodeType):
        return (
            _signature(one) == _signature(other)
            and len(one.co_consts) == len(other.co_consts)
            and all(same_code(a, b) for a, b in zip(one.co_consts, other.co_consts, strict=True))
        )
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(same_code(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return one == other and {type(a) for a in one} == {type(b) for b in other}
    # repr tells 0.0 from -0.0, which == does not
    return type(one) is type(other) and (one == other or one is other) and repr(one) == repr(other)


def _signature(code: CodeType) -> tuple[object, ...]:
    return (
        code.co_name,
        code.co_code,
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        code.co_flags,
    )


def find_function(function: FunctionType) -> ast.FunctionDef | ast.AsyncFunctionDef:
    """
    The definition of *function*, in the text kept for its file, else in the text as it is now.

    Raises:
        NoSource: There is no text of its file.
        SourceChanged: The text at its line is not what runs.
    """
    path = function.__code__.co_filename
    source = _kept.get(path) or read_source(path, function.__globals__)
    if source is None:
        raise NoSource(f"there is no source of `{function.__qualname__}`")
    return source.function(function)


def keep_source(path: str, module: dict[str, object]) -> SourceFile | None:
    """
    Keep the text of a file as it is now: a class in it is being created.

    Args:
        module: The globals of its module, so that an importer which holds the text (a zip file) is asked.
    """
    source = read_source(path, module)
    if source is not None:
        _kept[path] = source
    return source


def read_source(path: str, module: dict[str, object] | None = None) -> SourceFile | None:
    """The text of a file, as Python's own tracebacks would find it; None when there is none."""
    linecache.checkcache(path)
    lines = linecache.getlines(path, module)
    if not lines:
        return None
    known = _read.get(path)
    # linecache gives the same list until the file changes
    if known is None or known[0] is not lines:
        known = _read[path] = (lines, SourceFile(path, "".join(lines)))
    return known[1]


_kept: dict[str, SourceFile] = {}
_read: dict[str, tuple[list[str], SourceFile]] = {}


def _first_line(node: Definition) -> int:
    """The line Python calls a definition's first: that of its first decorator."""
    return min([node.lineno, *(each.lineno for each in node.decorator_list)])


def _definitions(body: Iterable[ast.AST], prefix: str) -> Iterator[tuple[str, Definition]]:
    """Every definition in *body*, also behind an `if` and the like, with its qualified name."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = prefix + node.name
            yield name, node
            yield from _definitions(node.body, f"{name}." if isinstance(node, ast.ClassDef) else f"{name}.<locals>.")
        elif isinstance(node, COMPOUND):
            yield from _definitions(ast.iter_child_nodes(node), prefix)


def _codes(code: CodeType) -> Iterator[CodeType]:
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield const
            yield from _codes(const)


@lru_cache(maxsize=1024)
def relative(path: str) -> str:
    """Spell *path* from the root of its project, so that it says the same on every machine."""
    if path.startswith("<"):
        return path
    file = Path(path).absolute()
    root = next((up for up in file.parents if any((up / mark).exists() for mark in ROOT_MARKS)), None)
    return file.relative_to(root).as_posix() if root is not None else _from_here(file)


def _from_here(file: Path) -> str:
    here = Path.cwd()
    return file.relative_to(here).as_posix() if file.is_relative_to(here) else file.name
