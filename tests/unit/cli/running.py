"""A service started by `strongback run`, as its operator sees it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.unit.cli.conftest import environment

WITHIN_S = 30.0
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


class Running:
    """
    A process of `strongback run`.

    Attributes:
        base: Where it listens.
        told: What it has written to standard error so far, by line.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.told: list[str] = []
        self.logged: list[str] = []
        assert process.stderr is not None and process.stdout is not None
        self._readers = [
            threading.Thread(target=_read, args=(stream, lines), daemon=True)
            for stream, lines in ((process.stderr, self.told), (process.stdout, self.logged))
        ]
        for reader in self._readers:
            reader.start()

    @property
    def base(self) -> str:
        found = ADDRESS.search(self.wait_for("REST"))
        assert found is not None
        return found[0]

    def wait_for(self, text: str) -> str:
        """The first line with *text* in it."""
        until = time.monotonic() + WITHIN_S
        while time.monotonic() < until:
            for line in list(self.told):
                if text in line:
                    return line
            if self.process.poll() is not None and not any(text in line for line in self.told):
                break
            time.sleep(0.02)
        raise AssertionError(f"no line with {text!r} in {''.join(self.told)!r} {''.join(self.logged)!r}")

    def signal(self, name: signal.Signals) -> None:
        self.process.send_signal(name)

    def end(self, within_s: float = WITHIN_S) -> int:
        """Wait for its end and all it wrote; the exit code."""
        code = self.process.wait(WITHIN_S)
        for reader in self._readers:
            reader.join(WITHIN_S)
        return code


def _read(stream: IO[str], lines: list[str]) -> None:
    with stream:
        lines.extend(stream)


@contextmanager
def running(folder: Path, *arguments: str, **variables: str) -> Iterator[Running]:
    """Run the service in *folder* on a free port, until the block ends."""
    command = [sys.executable, "-m", "strongback.cli", "run", "--port", "0", *arguments]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment(PYTHONUNBUFFERED="1", **variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    run = Running(process)
    try:
        yield run
    finally:
        process.terminate()
        try:
            run.end()
        except subprocess.TimeoutExpired:
            process.kill()
            run.end()
