"""
Code blocks of a document, and a session that runs them as a reader would: in order, in one empty folder, with one shell for each block.

What a block is stands after its language, where it is not rendered:

    ```python file=service.py         written to that file of the folder; a later block of the name replaces it
    ```python                         run; names live on in the document's next block
    ```sh                             run by bash, which stops at the first failure
    ```sh fails=1                     as above, and ends with that exit code
    ```sh server                      `strongback run` or `scripts/demo`: stays until the next one, or the end
    ```text output                    what the block before it wrote: the lines stand in that order, `...` is anything
    ```json output                    the same, as JSON: members shown are there, `"..."` is anything
    ```python in=examples/x.py        an excerpt: each of its lines stands in that file of the project, in that order
    ```sh skip="needs a cluster"      not run, for that reason

A port 8000 becomes a free one, and `postgresql://postgres@127.0.0.1:5432/notes` a new database.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

PROJECT = Path(__file__).parents[2]
DATABASE = "postgresql://postgres@127.0.0.1:5432/notes"
FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
LANGUAGES = {"python", "sh", "json", "text", "toml", "yaml", "sql", "ini", "http", "dockerfile", "mermaid"}
READY_LIMIT_S = 60  # a machine that does much else takes its time
SHELL_LIMIT_S = 300
SHOWN = 3_000  # of what a failed command wrote: the end
# What a reader's shell has and tests set, or developers have set for themselves.
FOREIGN = re.compile(r"STRONGBACK_.*|PYTEST_.*|COV_.*")


@dataclass(frozen=True)
class Block:
    """
    One fenced block.

    Attributes:
        line: Of its first fence, from 1.
        options: What stands after the language: a flag is its own value.
    """

    language: str
    options: Mapping[str, str]
    text: str
    line: int


def blocks_of(document: Path) -> list[Block]:
    """
    Read the fenced blocks of *document*.

    Raises:
        AssertionError: One has no language, or a flag nobody knows.
    """
    source = document.read_text("utf-8")
    return [_block(found, source.count("\n", 0, found.start()) + 1) for found in FENCE.finditer(source)]


def _block(found: re.Match[str], line: int) -> Block:
    language, *words = shlex.split(found["info"]) or [""]
    options = {word.partition("=")[0]: word.partition("=")[2] or word for word in words}
    unknown = options.keys() - {"file", "in", "fails", "server", "output", "skip"}
    assert language in LANGUAGES and not unknown, f"line {line}: a block says what it is, see tests/docs/blocks.py"
    return Block(language, options, found["text"], line)


class Session:
    """The folder, the names and the server of one document."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self.database = database
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.written = ""
        self.server: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        self.environment = _environment(folder)
        _furnish(folder)

    def take(self, block: Block) -> None:
        """Run, write or compare *block*."""
        options, text = block.options, self._here(block.text)
        if "skip" in options:
            assert len(options["skip"]) > 10, "a block that is not run says why"
        elif "in" in options:
            _compare_excerpt(text, PROJECT / options["in"])
        elif "output" in options:
            _compare(block.language, text, self.written)
        elif "file" in options:
            self._write(options["file"], text)
        elif "server" in options:
            self._serve(text)
        elif block.language == "sh":
            self._shell(text, int(options.get("fails", 0)))
        elif block.language == "python":
            self._python(text, block.line)
        else:
            raise AssertionError(f"a block of {block.language} is a file, an output, or skipped with a reason")

    def _here(self, text: str) -> str:
        text = text.replace("127.0.0.1:8000", f"127.0.0.1:{self.port}")
        return text.replace(DATABASE, self.database) if DATABASE in text else text

    def _write(self, name: str, text: str) -> None:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        # Two texts in one second and of one size would be one to Python's cache.
        shutil.rmtree(file.parent / "__pycache__", ignore_errors=True)

    def _shell(self, text: str, expected: int) -> None:
        # Variables of one block are there in the next, as in a reader's terminal.
        state = self.folder.parent / "shell"
        before = f". {state}; " if state.exists() else ""
        after = f"trap 'set +eo pipefail; declare -p | grep \"^declare -- [a-z]\" > {state}' EXIT"
        script = f"{before}set -eo pipefail; {after}\n{text}"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SHELL_LIMIT_S,
            check=False,
        )
        self.written = done.stdout + done.stderr
        assert done.returncode == expected, f"exit code {done.returncode}:\n{self.written[-SHOWN:]}"

    def _python(self, text: str, line: int) -> None:
        heard = io.StringIO()
        before = Path.cwd()
        os.chdir(self.folder)
        sys.path.insert(0, str(self.folder))
        try:
            with _own_modules(self.folder), contextlib.redirect_stdout(heard):
                exec(compile(text, f"block at line {line}", "exec"), self.names)
        except Exception as broken:
            steps = [step.tb_lineno for step in _steps(broken.__traceback__) if step.tb_frame.f_globals is self.names]
            raise AssertionError(f"{text.splitlines()[steps[-1] - 1] if steps else ''}\n{broken!r}") from broken
        finally:
            sys.path.remove(str(self.folder))
            os.chdir(before)
        self.written = heard.getvalue()

    def _serve(self, text: str) -> None:
        self.close()
        command = re.sub(r"(strongback run|scripts/demo)", rf"exec \1 --port {self.port}", text, count=1)
        with (self.folder.parent / "server.log").open("wb") as log:
            self.server = subprocess.Popen(
                ["bash", "-c", command],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._await_ready(self.server)
        self.written = (self.folder.parent / "server.log").read_text()

    def _await_ready(self, server: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + READY_LIMIT_S
        while time.monotonic() < end and server.poll() is None:
            with contextlib.suppress(URLError, OSError), urlopen(f"http://127.0.0.1:{self.port}/ready", timeout=1):
                return
            time.sleep(0.05)
        self.close()
        raise AssertionError("the server did not start:\n" + (self.folder.parent / "server.log").read_text())

    def close(self) -> None:
        """End the server."""
        if self.server is None:
            return
        if self.server.poll() is None:
            self.server.send_signal(signal.SIGTERM)
            try:
                self.server.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.server.pid, signal.SIGKILL)
                self.server.wait(5)
        self.server = None


@contextlib.contextmanager
def _own_modules(folder: Path) -> Iterator[None]:
    """
    Inside, what is imported by a name that stands in *folder* is read from there, as it is now; afterwards all is as it was.

    By name and not by file: whoever else imported a `service`, from wherever, is neither seen by the document nor disturbed by it.
    """
    own = {path.stem for path in folder.iterdir()}
    before = _modules_named(own)
    for name in before:
        del sys.modules[name]
    importlib.invalidate_caches()
    try:
        yield
    finally:
        for name in _modules_named(own):
            del sys.modules[name]
        sys.modules.update(before)


def _modules_named(names: set[str]) -> dict[str, ModuleType]:
    return {name: module for name, module in sys.modules.items() if name.partition(".")[0] in names}


def _steps(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not FOREIGN.fullmatch(name)}
    programs = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
    # A file is read as it stands, also when it is saved twice in a second.
    plain = {"PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1", "HOME": str(folder.parent)}
    few = {"JOBS_PER_COMPANY": "15"}  # the sample data of the example are many, and its pages need a few
    # A reader's pytest has none of this project's plugins, which take longer to load than the tests of a page to run.
    return {**kept, **plain, **few, "PATH": programs, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def _furnish(folder: Path) -> None:
    """Give *folder* what a clone has: the example, the demo, and an environment that is set up already."""
    folder.mkdir(parents=True)
    ignored = shutil.ignore_patterns("__pycache__", ".strongback", "*.db*")
    shutil.copytree(PROJECT / "examples", folder / "examples", ignore=ignored)
    (folder / "scripts").mkdir()
    shutil.copy(PROJECT / "scripts" / "demo", folder / "scripts" / "demo")
    (folder / "scripts" / "venv").write_text("#!/bin/sh\n")
    (folder / "scripts" / "venv").chmod(0o755)
    (folder / ".venv").symlink_to(sys.prefix)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _compare(language: str, shown: str, written: str) -> None:
    if language == "json":
        found = json.loads(written[min(at for at in map(written.find, "{[") if at >= 0) :])
        assert _matches(json.loads(shown), found), f"shown:\n{shown}\nwritten:\n{written}"
        return
    pattern = ".*?".join(r"\s+".join(map(re.escape, part.split())) for part in shown.split("..."))
    assert re.search(pattern, written, re.DOTALL), f"shown:\n{shown}\nwritten:\n{written}"


def _matches(shown: Any, found: Any) -> bool:
    if shown == "...":
        return True
    if isinstance(shown, dict):
        return isinstance(found, dict) and all(
            name in found and _matches(value, found[name]) for name, value in shown.items() if name != "..."
        )
    if isinstance(shown, list):
        return (
            isinstance(found, list)
            and (len(found) == len(shown) or shown[-1:] == ["..."])
            and all(_matches(one, other) for one, other in zip(shown, found, strict=False))
        )
    return bool(shown == found)


def _compare_excerpt(text: str, file: Path) -> None:
    lines = iter([_bare(line) for line in file.read_text("utf-8").splitlines()])
    for line in filter(None, map(_bare, text.splitlines())):
        assert line in lines, f"not in {file.name}, or not in this order: {line}"


def _bare(line: str) -> str:
    """A line without its comment and without space around it."""
    return re.sub(r"\s*#\s.*$", "", line).strip()


def sessions_under(root: Path) -> Iterator[Path]:
    """The documents whose blocks are run."""
    yield root / "README.md"
    yield from sorted((root / "docs").rglob("*.md"))
