"""
`python -m benchmarks.workers`: requests a second at 1, 2 and 4 processes, served as users do: `strongback run --workers N`.

W1, W2 and W4 of `scripts/bench`, on a PostgreSQL database of its own; needs `wrk`. The server's processes, the database and the load
generator share the cores of this machine, so what it shows on a small one is where more processes stop to help. With `--keep N` it
serves with N processes until it is interrupted, and prints what to ask: for a load that others judge.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.__main__ import await_port, clean, ids_of, prepare
from benchmarks.data import FULL, SMALL

ROOT = Path(__file__).parent.parent
PORT, CONNECTIONS = 9110, 32
COUNTS, WORKLOADS = (1, 2, 4), ("W1", "W2", "W4")
DATABASE = "strongback_workers"


@contextlib.contextmanager
def served(folder: Path, store: str, workers: int) -> Iterator[subprocess.Popen[bytes]]:
    """The benchmark's service, run from *folder* by the command line."""
    with (folder / "log").open("wb") as log:
        command = [
            "run",
            "service.py:bench",
            "--no-reload",
            "--workers",
            str(workers),
            "--port",
            str(PORT),
            "--store",
            store,
        ]
        process = subprocess.Popen(
            [sys.executable, "-m", "strongback.cli", *command], cwd=folder, stdout=log, stderr=log
        )
        try:
            await_port(PORT)
            time.sleep(2)  # the others come after the first
            yield process
        finally:
            process.terminate()
            process.wait(30)


def token(folder: Path) -> str:
    """Of a caller who may do what the workloads do."""
    command = [sys.executable, "-m", "strongback.cli", "token", "service.py:bench", "--sub", "bench-caller"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def per_s(workload: str, ids: Path, bearer: str, seconds: float) -> float:
    """Load the server for a while; every answer has to be a success."""
    script = ["-s", str(ROOT / "benchmarks" / "load.lua"), f"http://127.0.0.1:{PORT}", "--", workload, bearer, str(ids)]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", *script]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    line = next(line for line in out.splitlines() if line.startswith("RESULT"))
    requests, duration_us, refused, broken, _ = (int(part) for part in line.split()[1:])
    if refused or broken:
        raise SystemExit(f"{workload}: {refused} refused, {broken} broken")
    return requests / duration_us * 1e6


def measure(folder: Path, store: str, ids: dict[str, Path], rounds: int, seconds: float) -> str:
    """The report, in Markdown: medians over rounds in which the numbers of processes take turns."""
    found: dict[tuple[int, str], list[float]] = {}
    bearer = token(folder)
    for _ in range(rounds):
        for count in COUNTS:
            with served(folder, store, count):
                for workload in WORKLOADS:
                    asyncio.run(clean(store))
                    found.setdefault((count, workload), []).append(per_s(workload, ids[workload], bearer, seconds))
    lines = ["| processes | " + " | ".join(WORKLOADS) + " |", "|---" + "|---:" * len(WORKLOADS) + "|"]
    for count in COUNTS:
        cells = (f"{statistics.median(found[count, workload]):,.0f}/s" for workload in WORKLOADS)
        lines.append(f"| {count} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def keep(folder: Path, store: str, ids: dict[str, Path], workers: int) -> None:
    """Serve until interrupted, and say what can be asked."""
    with served(folder, store, workers) as process:
        company, job = ids["W2"].read_text().split()[0], ids["W1"].read_text().split()[0]
        more = "&include=company,applications&applications.page_size=5&applications.sort=-created_at"
        print(f"pid {process.pid}\ntoken {token(folder)}")
        for path in (
            f"/{job}",
            "?page_size=5",
            f"?status=open&company_id={company}",
            f"?status=open&company_id={company}{more}",
        ):
            print(f"http://127.0.0.1:{PORT}/v1/jobs{path}")
        print(f"http://127.0.0.1:{PORT}/v1/companies/{company}\nhttp://127.0.0.1:{PORT}/v1/jobs/{company}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            process.wait()


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.workers", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--postgres",
        default=os.environ.get("STRONGBACK_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres"),
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--small", action="store_true", help="a fiftieth of the data")
    parser.add_argument("--keep", type=int, metavar="N", help="serve with N processes until interrupted")
    asked = parser.parse_args(arguments)
    if shutil.which("wrk") is None:
        raise SystemExit("this needs the load generator `wrk`")
    size = SMALL if asked.small else FULL
    store = asyncio.run(prepare(asked.postgres, DATABASE, size))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "service.py").write_text((ROOT / "benchmarks" / "service.py").read_text())
        ids = asyncio.run(ids_of(store, folder, size))
        if asked.keep:
            keep(folder, store, ids, asked.keep)
        else:
            print(measure(folder, store, ids, asked.rounds, asked.seconds))


if __name__ == "__main__":
    main(sys.argv[1:])
