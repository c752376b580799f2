"""
`python -m benchmarks.startup`: what it takes from the start of a process to its first answer, by the number of entities.

Each figure is the median of fresh processes that serve a generated declaration (benchmarks/generated.py) with its lock, from a
SQLite store that is migrated already; Python's own bytecode is written by a run that does not count. Milliseconds of wall clock by
stage and in `all`; `CPU` is the process's own time, which tells more on a busy machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from benchmarks.generated import PACKAGE, write_declaration

ROOT = Path(__file__).parent.parent
SIZES = (10, 100, 300, 1000)
STAGES = (
    "interpreter",
    "libraries",
    "declaration",
    "draft",
    "load",
    "tables",
    "routes",
    "schema check",
    "first answer",
)


def prepare(folder: Path) -> None:
    """Write the lock and make the schema."""
    from strongback.app import App, Team
    from strongback.cli.service import find_service
    from strongback.crypto.keyring import Keyring
    from strongback.model.load import load
    from strongback.model.lock import LOCK_FILE, make_lock
    from strongback.model.lock_file import lock_to_json

    service, place = find_service(str(folder / "service.py"))
    (place / LOCK_FILE).write_bytes(lock_to_json(make_lock(load(service), None)))
    app = App(load(service, place), Team.of(service), f"sqlite:///{place}/store.db", Keyring({1: bytes(32)}, 1))

    async def create() -> None:
        await app.start(create=True)
        await app.close()

    asyncio.run(create())


def run(folder: Path, began: float) -> None:
    """Serve until the first answer, and print when each stage was done."""
    marks = [("interpreter", perf_counter())]

    def done(stage: str) -> None:
        marks.append((stage, perf_counter()))

    from strongback.model.collector import begin_start

    begin_start()  # as `strongback run` does
    from strongback.app import App, Team
    from strongback.cli.service import find_service
    from strongback.crypto.keyring import Keyring
    from strongback.model.load import load
    from strongback.serve.authn.development import DevelopmentKey, development_keys, development_settings, issue
    from strongback.serve.authn.verifier import TokenVerifier
    from strongback.serve.run import listen, serve

    done("libraries")
    service, place = find_service(str(folder / "service.py"))
    done("declaration")
    draft = service.draft()
    done("draft")
    model = load(draft, place)
    done("load")
    key = DevelopmentKey(PACKAGE, bytes(32))
    verifier = TokenVerifier(development_settings(PACKAGE), development_keys(key, "development"))
    app = App(
        model, Team.of(service), f"sqlite:///{place}/store.db", Keyring({1: bytes(32)}, 1), verify=verifier.verify
    )
    done("tables")
    application = app.application()
    done("routes")
    listener = listen("127.0.0.1", 0)
    cpu = 0.0

    def ask() -> None:
        nonlocal cpu
        with socket.create_connection(listener.getsockname()) as client:
            head = (
                f"GET /v1/thing7s?status=open HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {issue(key, 'a', PACKAGE)}"
            )
            client.sendall(f"{head}\r\n\r\n".encode())
            answer = client.recv(65536)
        done("first answer")
        cpu = process_time()
        assert answer.startswith(b"HTTP/1.1 200 "), answer
        os.kill(os.getpid(), signal.SIGTERM)

    def ready() -> None:
        done("schema check")
        threading.Thread(target=ask).start()

    serve(application, listener, ready=ready)
    times = [began, *(at for _, at in marks)]
    spent = {stage: after - before for (stage, after), before in zip(marks, times, strict=False)}
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"stages": spent, "all": marks[-1][1] - began, "cpu": cpu, "peak_mb": peak_mb}))


def child(bytecode: Path, *arguments: str) -> str:
    """Run this module in a fresh process that keeps its bytecode in a folder of ours, whatever the environment says of that."""
    command = [sys.executable, "-m", "benchmarks.startup", *arguments]
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(bytecode), "PYTHONDONTWRITEBYTECODE": ""}
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=environment).stdout


def measure(count: int, runs: int, folder: Path) -> list[dict[str, Any]]:
    """Serve *count* entities *runs* times, after a time that does not count. The clock is one for all processes of a machine."""
    bytecode, package = folder / "bytecode", write_declaration(folder / str(count), count)
    child(bytecode, "--prepare", str(package))
    served = (child(bytecode, "--run", str(package), "--began", str(perf_counter())) for _ in range(runs + 1))
    return [json.loads(answer) for answer in served][1:]


def table(measured: dict[int, list[dict[str, Any]]]) -> str:
    """The report, in Markdown."""
    lines = ["| entities | " + " | ".join((*STAGES, "all", "CPU", "peak MB")) + " |", "|---:" * (len(STAGES) + 4) + "|"]
    for count, runs in measured.items():
        cells = [1000 * statistics.median(each["stages"][stage] for each in runs) for stage in STAGES]
        cells.append(1000 * statistics.median(each["all"] for each in runs))
        cells.append(1000 * statistics.median(each["cpu"] for each in runs))
        cells.append(statistics.median(each["peak_mb"] for each in runs))
        lines.append(f"| {count:,} | " + " | ".join(f"{cell:,.0f}" for cell in cells) + " |")
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of entities, comma separated")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--prepare", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--began", type=float, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.prepare:
        prepare(asked.prepare)
    elif asked.run:
        run(asked.run, asked.began)
    else:
        with tempfile.TemporaryDirectory() as folder:
            print(table({int(size): measure(int(size), asked.runs, Path(folder)) for size in asked.sizes.split(",")}))


if __name__ == "__main__":
    main(sys.argv[1:])
