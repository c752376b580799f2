"""
Serve the new source when it is saved, in a new process.

The parent holds the listening socket and never imports the team's code. A child takes the socket over; the old one serves until the
new one has started, then finishes what it has begun. When the edit is broken, the new child says so and ends, and the old one goes on.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from strongback.errors import MissingExtra

READY_WITHIN_S = 30.0
STOP_WITHIN_S = 15.0


@dataclass(frozen=True, slots=True)
class Spawn:
    """How a child is started."""

    service: str | None
    store: str | None
    profile: str
    listener: socket.socket

    def start(self, *, first: bool) -> subprocess.Popen[bytes] | None:
        """Start a child and wait until it takes requests; None when it could not start."""
        read_end, write_end = os.pipe()
        os.set_inheritable(write_end, True)
        child = subprocess.Popen(  # noqa: S603 - this interpreter, our own module
            self._command(write_end),
            pass_fds=(self.listener.fileno(), write_end),
            env={**os.environ, "STRONGBACK_FIRST_RUN": "1" if first else ""},
        )
        os.close(write_end)
        try:
            if _said_ready(read_end):
                return child
            stop(child)
            return None
        finally:
            os.close(read_end)

    def _command(self, ready_fd: int) -> list[str]:
        options = ["--profile", self.profile, "--listen-fd", str(self.listener.fileno()), "--ready-fd", str(ready_fd)]
        options += ["--store", self.store] if self.store else []
        named = [self.service] if self.service else []
        return [sys.executable, "-m", "strongback.cli", "run", *named, *options]


def _said_ready(read_end: int) -> bool:
    """Wait for the child's word; its end of the pipe closes without one when it fails."""
    ready, _, _ = select.select([read_end], [], [], READY_WITHIN_S)
    return bool(ready) and os.read(read_end, 1) == b"1"


def stop(child: subprocess.Popen[bytes]) -> None:
    """Let *child* finish what it has begun, within bounds."""
    with contextlib.suppress(ProcessLookupError):
        child.terminate()
    try:
        child.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def run_reloading(service: str | None, store: str | None, profile: str, listener: socket.socket) -> int:
    """
    Serve until SIGINT or SIGTERM.

    Returns:
        The exit code.
    """
    try:
        from watchfiles import PythonFilter, watch
    except ImportError as missing:
        raise MissingExtra("watchfiles", "server") from missing
    spawn = Spawn(service, store, profile, listener)
    signal.signal(signal.SIGTERM, _interrupt)
    child: subprocess.Popen[bytes] | None = None
    try:
        child = spawn.start(first=True)
        if child is None:
            click.echo("waiting for the source to be saved ...", err=True)
        for _ in watch(*watched(service), watch_filter=PythonFilter(), raise_interrupt=True):
            child = _replace(spawn, child)
    except KeyboardInterrupt:
        pass
    finally:
        if child is not None:
            stop(child)
    return 0


def watched(service: str | None) -> tuple[Path, ...]:
    """The folders whose Python files make the service."""
    spelt = (service or "service.py").partition(":")[0]
    folder = Path(spelt).resolve().parent if spelt.endswith(".py") else Path.cwd()
    return (folder,)


def _replace(spawn: Spawn, old: subprocess.Popen[bytes] | None) -> subprocess.Popen[bytes] | None:
    new = spawn.start(first=old is None)
    if new is None:
        click.echo("the edit is broken (above); the old version goes on serving" if old else "still broken", err=True)
        return old
    if old is not None:
        click.echo("serving the new version", err=True)
        stop(old)
    return new


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
