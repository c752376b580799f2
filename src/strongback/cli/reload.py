"""
Serve the new source when it is saved, in a new process.

The parent holds the listening socket and never imports the team's code. A child takes the socket over; the old one serves until the
new one has started, then finishes what it has begun. When the edit is broken, the new child says so and ends, and the old one goes on.
No child outlives its parent, however that ends: each holds the reading end of a pipe that only the parent can keep open.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from strongback.cli.main import ENVIRONMENT
from strongback.errors import MissingExtra

READY_WITHIN_S = 30.0
STOP_WITHIN_S = 15.0


@dataclass
class Spawn:
    """
    How a child is started.

    Attributes:
        children: Those started and not yet stopped.
        refused: The exit code of the last one that did not start.
    """

    service: str | None
    store: str | None
    profile: str
    listener: socket.socket
    quiet: bool = False
    files: str | None = None
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)
    lifeline: tuple[int, int] = field(default_factory=os.pipe)
    refused: int = 0

    def start(self, *, first: bool) -> subprocess.Popen[bytes] | None:
        """Start a child and wait until it takes requests; None when it could not start."""
        child, said = self.begin(first=first)
        return child if self.is_ready(child, said) else None

    def begin(
        self, *, first: bool, options: Sequence[str] = (), fds: Sequence[int] = ()
    ) -> tuple[subprocess.Popen[bytes], int]:
        """
        Start a child.

        Args:
            first: Whether nobody serves yet: this one makes what is missing, and welcomes.
            options: What it is told beside what every child is; *fds* is what it takes over beside.
        Returns:
            The child, and where it will say that it is ready.
        """
        said, write_end = os.pipe()
        child = subprocess.Popen(  # noqa: S603 - this interpreter, our own module
            [*self._command(write_end), *options],
            pass_fds=(self.listener.fileno(), write_end, self.lifeline[0], *fds),
            env={**os.environ, "STRONGBACK_FIRST_RUN": "1" if first else ""},
        )
        self.children.append(child)
        os.close(write_end)
        return child, said

    def is_ready(self, child: subprocess.Popen[bytes], said: int) -> bool:
        """Wait for the child's word; one that does not give it is stopped."""
        try:
            if _said_ready(said):
                return True
        finally:
            os.close(said)
        self.stop(child)
        self.refused = child.returncode
        return False

    def stop(self, child: subprocess.Popen[bytes]) -> None:
        """Let *child* finish what it has begun, within bounds."""
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        try:
            child.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        self.children.remove(child)

    def stop_all(self) -> None:
        for child in list(self.children):
            self.stop(child)

    def _command(self, ready_fd: int) -> list[str]:
        options = ["--profile", self.profile, "--listen-fd", str(self.listener.fileno()), "--ready-fd", str(ready_fd)]
        options += ["--lifeline-fd", str(self.lifeline[0])]
        options += ["--store", self.store] if self.store else []
        options += ["--files", self.files] if self.files else []
        options += ["--quiet"] if self.quiet else []
        named = [self.service] if self.service else []
        return [sys.executable, "-m", "strongback.cli", "run", *named, *options]


def _said_ready(read_end: int) -> bool:
    """Wait for the child's word; its end of the pipe closes without one when it fails."""
    ready, _, _ = select.select([read_end], [], [], READY_WITHIN_S)
    return bool(ready) and os.read(read_end, 1) == b"1"


def end_with(lifeline: int) -> None:
    """In a child: end when nobody holds the other end of *lifeline* any more."""

    def watch() -> None:
        os.read(lifeline, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()


def run_reloading(
    service: str | None,
    store: str | None,
    profile: str,
    listener: socket.socket,
    *,
    quiet: bool = False,
    files: str | None = None,
) -> int:
    """
    Serve until SIGINT or SIGTERM.

    Returns:
        The exit code.
    """
    try:
        from watchfiles import PythonFilter, watch
    except ImportError as missing:
        raise MissingExtra("watchfiles", "server") from missing
    spawn = Spawn(service, store, profile, listener, quiet, files)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        child = spawn.start(first=True)
        if child is None and spawn.refused == ENVIRONMENT:
            return ENVIRONMENT  # no edit of the source brings a database back
        if child is None:
            click.echo("waiting for the source to be saved ...", err=True)
        for saved in watch(*watched(service), watch_filter=PythonFilter(), raise_interrupt=True):
            child = _replace(spawn, child, ", ".join(sorted({Path(path).name for _, path in saved})))
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        spawn.stop_all()
    return 0


def watched(service: str | None) -> tuple[Path, ...]:
    """The folders whose Python files make the service."""
    spelt = (service or "service.py").partition(":")[0]
    folder = Path(spelt).resolve().parent if spelt.endswith(".py") else Path.cwd()
    return (folder,)


def _replace(spawn: Spawn, old: subprocess.Popen[bytes] | None, saved: str) -> subprocess.Popen[bytes] | None:
    new = spawn.start(first=old is None)
    if new is None:
        then = "the old version goes on serving" if old else "still nothing to serve"
        click.echo(f"{saved} saved: broken, as said above; {then}", err=True)
        return old
    if old is not None:
        click.echo(f"{saved} saved: serving the new version", err=True)
        spawn.stop(old)
    return new


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
