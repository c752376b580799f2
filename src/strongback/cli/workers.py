"""
Serve one port with several processes, and keep them alive.

The parent holds the listening socket and never imports the team's code. All children accept from that one socket, so one that dies takes
only the requests it had begun with it: what waits for its turn is answered by another. The first child makes what development
makes (keys, schema), the others find it. None of them takes requests before all are ready.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import click

from strongback.cli.main import ENVIRONMENT
from strongback.cli.reload import Spawn
from strongback.host.settings import Settings

TEND_EVERY_S = 0.1
STEADY_S = 60.0  # one that lived this long had no fault at its start
BACK_OFF_S = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
DRAIN_WITHIN_S = 15.0  # after the stop delay; the server itself ends what is left after ten seconds


@dataclass
class Worker:
    """
    One of the processes, whichever it is at the time.

    Attributes:
        number: From 1; a process that takes another's place takes its number.
        said: Where the process says that it is ready.
        deaths: How often in a row it ended soon after its start.
        due_at: When to start it again, on the monotonic clock.
    """

    number: int
    process: subprocess.Popen[bytes] | None = None
    said: int = -1
    born_at: float = 0.0
    deaths: int = 0
    due_at: float = 0.0


@dataclass
class Workers:
    """
    The processes of one port.

    Attributes:
        folder: Where they find each other.
        go: Its writing end closes when all are ready; a child reads until then.
    """

    spawn: Spawn
    workers: list[Worker]
    folder: Path
    stop_within_s: float
    go: tuple[int, int] = field(default_factory=os.pipe)

    def start(self) -> int:
        """
        Start all; they take requests from the moment the last of them is ready.

        Returns:
            0, or the exit code of one that could not start.
        """
        first, *others = self.workers
        self._begin(first, first=True)
        if not self._is_ready(first):
            return self.spawn.refused or ENVIRONMENT
        for worker in others:
            self._begin(worker)
        if not all(self._is_ready(worker) for worker in others):
            return self.spawn.refused or ENVIRONMENT
        self._let_go()
        return 0

    def tend(self) -> None:
        """Start those again that have ended, the sooner the longer they lived."""
        now = time.monotonic()
        for worker in self.workers:
            if worker.process is not None and worker.process.poll() is not None:
                self._bury(worker, worker.process, now)
            if worker.process is None and now >= worker.due_at:
                self._begin(worker)

    def stop(self) -> None:
        """Let all finish what they have begun, at the same time and within bounds; a second signal makes them hurry."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: self._tell_to_stop())
        self._let_go()
        self._tell_to_stop()
        self.spawn.listener.close()  # or the port would stay open after the last child has closed it
        until = time.monotonic() + self.stop_within_s
        for child in self.spawn.children:
            try:
                child.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                click.echo(f"worker (pid {child.pid}) did not end within {self.stop_within_s:g} s: killed", err=True)
                child.kill()
                child.wait()

    def _begin(self, worker: Worker, *, first: bool = False) -> None:
        options = ["--worker", str(worker.number), "--go-fd", str(self.go[0]), "--siblings", str(self.folder)]
        worker.process, worker.said = self.spawn.begin(first=first, options=options, fds=(self.go[0],))
        worker.born_at = time.monotonic()

    def _is_ready(self, worker: Worker) -> bool:
        assert worker.process is not None
        said, worker.said = worker.said, -1
        return self.spawn.is_ready(worker.process, said)

    def _bury(self, worker: Worker, process: subprocess.Popen[bytes], now: float) -> None:
        self.spawn.children.remove(process)
        if worker.said >= 0:
            os.close(worker.said)
        worker.deaths = 0 if now - worker.born_at >= STEADY_S else worker.deaths + 1
        delay_s = BACK_OFF_S[min(worker.deaths, len(BACK_OFF_S) - 1)]
        worker.process, worker.said, worker.due_at = None, -1, now + delay_s
        told = f"worker {worker.number} (pid {process.pid}) {_ended(process.returncode)}"
        click.echo(f"{told}: starting it again in {delay_s:g} s", err=True)

    def _let_go(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self.go[1])

    def _tell_to_stop(self) -> None:
        for child in self.spawn.children:
            with contextlib.suppress(ProcessLookupError):
                child.terminate()


def run_workers(
    service: str | None, store: str | None, settings: Settings, listener: socket.socket, *, quiet: bool = False
) -> int:
    """
    Serve with `settings.workers` processes until SIGINT or SIGTERM.

    Returns:
        The exit code.
    """
    spawn = Spawn(service, store, settings.profile, listener, quiet, settings.files or None)
    signal.signal(signal.SIGTERM, _interrupt)
    with tempfile.TemporaryDirectory(prefix="strongback-") as folder:
        within_s = settings.stop_delay_s + DRAIN_WITHIN_S
        workers = Workers(spawn, [Worker(1 + at) for at in range(settings.workers)], Path(folder), within_s)
        try:
            refused = workers.start()
            while not refused:
                time.sleep(TEND_EVERY_S)
                workers.tend()
        except KeyboardInterrupt:
            refused = 0
        finally:
            workers.stop()
    return refused


def _ended(code: int) -> str:
    return f"ended with {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
