"""
`scripts/bench`: W1 to W5 of performance.md, all targets in one interleaved run.

    W1 get one job by id · W2 list 20 jobs by status and company, newest first · W3 the same, each with its company and its 5 latest
    applications · W4 create an application · W5 update one row with a version check

Needs `wrk` and a PostgreSQL that STORE names (a database of its own is made there and dropped). Bodies are compared between the
targets before anything is timed. Absolute figures do not carry over to another machine; the ratios do.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from benchmarks.cores import bind_database, bind_self, layout, on_server_core
from benchmarks.data import FULL, OWN_COMPANIES, SMALL, Size, fill
from benchmarks.service import bench
from benchmarks.targets.strongback_rest import token
from strongback.app import App, Team
from strongback.crypto.keyring import Keyring
from strongback.model.load import load

HERE = Path(__file__).parent
TARGETS = {"limit": 9101, "floor": 9105, "strongback_rest": 9102, "fastapi_asyncpg": 9103, "fastapi_sqlalchemy": 9104}
WORKLOADS = ("W1", "W2", "W3", "W4", "W5")
CONNECTIONS = 32
# As many connections to the database as the peers have.
STORE_SETTINGS = {"strongback_rest": "?pool_size=8", "floor": "?pool_size=8"}


@dataclass(frozen=True, slots=True)
class Round:
    """One workload on one target: requests per second, server CPU microseconds a request, p99 in milliseconds."""

    per_s: float
    cpu_us: float
    p99_ms: float


@contextlib.contextmanager
def server(target: str, store: str) -> Iterator[int]:
    """Run *target* on its port, its log lines in a file that nobody reads, and give its process id."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            on_server_core([sys.executable, "-m", f"benchmarks.targets.{target}", str(TARGETS[target])]),
            env={**os.environ, "STORE": store + STORE_SETTINGS.get(target, ""), "PYTHONPATH": str(HERE.parent)},
            stdout=log,
        )
        try:
            await_port(TARGETS[target])
            yield process.pid
        finally:
            process.terminate()
            process.wait(15)


def await_port(port: int) -> None:
    """Wait until somebody listens."""
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise SystemExit(f"nobody listens on {port}")


def ask(port: int, path: str, **more: Any) -> tuple[int, Any]:
    """One request; the status and the JSON that came."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", **more)
    request.add_header("Authorization", f"Bearer {token()}")
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.status, json.loads(reply.read())
    except urllib.error.HTTPError as refused:
        return refused.code, None


def cpu_s(pid: int) -> float:
    """User and system time of a process, in seconds (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run_round(target: str, pid: int, workload: str, ids: Path, seconds: float) -> Round:
    """Load *target* with *workload* and read what it cost."""
    before = cpu_s(pid)
    out = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "-s", str(HERE / "load.lua"),
         f"http://127.0.0.1:{TARGETS[target]}", "--", workload, token(), str(ids)],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    spent = cpu_s(pid) - before
    line = next(line for line in out.splitlines() if line.startswith("RESULT"))
    requests, duration_us, refused, broken, p99_us = (int(part) for part in line.split()[1:])
    # A stall of one connection can let a later pass over the rows of W5 overtake an earlier one: a stale version, rightly refused.
    if broken or refused > (requests // 100 if workload == "W5" else 0):
        raise SystemExit(f"{target} {workload}: {refused} refused, {broken} broken")
    return Round(requests / duration_us * 1e6, spent / requests * 1e6, p99_us / 1000)


def compare_bodies(company: str, job: str) -> None:
    """See that every target answers the same rows and fields: one that answers something else fast is not fast."""
    more = "&include=company,applications&applications.page_size=5&applications.sort=-created_at"
    paths = [f"/v1/jobs/{job}", f"/v1/jobs?status=open&company_id={company}"]
    for path in [*paths, paths[1] + more]:
        answers = {target: essence(ask(port, path)[1]) for target, port in TARGETS.items()}
        for target, answer in answers.items():
            if answer != answers["limit"]:
                raise SystemExit(f"{target} answers {path} differently:\n{answer}\n{answers['limit']}"[:4000])


def essence(answer: Any) -> Any:
    """An answer without times (targets spell them differently) and without page tokens."""
    if isinstance(answer, dict):
        times = ("created_at", "updated_at", "next_page_token")
        return {k: essence(v) for k, v in sorted(answer.items()) if k not in times}
    return [essence(each) for each in answer] if isinstance(answer, list) else answer


async def prepare(admin: str, name: str, size: Size) -> str:
    """Make the database and fill it."""
    connection = await asyncpg.connect(admin)
    await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    await connection.close()
    store = f"{admin.rpartition('/')[0]}/{name}"
    app = App(load(bench), Team.of(bench), store, Keyring({1: bytes(32)}, 1))
    await app.start(create=True)
    await app.close()
    await fill(store, size)
    return store


async def ids_of(store: str, folder: Path, size: Size) -> dict[str, Path]:
    """Write the ids each workload asks for."""
    own = f"(SELECT md5('company' || i)::uuid FROM generate_series(0, {OWN_COMPANIES} - 1) i)"
    queries = {
        "W1": f"SELECT id::text FROM job WHERE company_id IN {own}",
        "W2": f"SELECT id::text FROM company WHERE id IN {own}",
        "W4": f"""SELECT j.id || ' ' || md5('candidate' || (row_number() OVER () % {size.candidates}))::uuid
                  FROM job j WHERE company_id IN {own}""",
        "W5": f"SELECT id::text FROM job WHERE company_id IN {own}",
    }
    connection = await asyncpg.connect(store)
    files = {}
    for workload, query in queries.items():
        files[workload] = folder / workload
        files[workload].write_text("\n".join(row[0] for row in await connection.fetch(query)) + "\n")
    await connection.close()
    return {**files, "W3": files["W2"]}


async def clean(store: str) -> None:
    """Undo what W4 and W5 wrote, so that every target and round meets the same rows."""
    connection = await asyncpg.connect(store)
    await connection.execute("DELETE FROM application WHERE letter = 'I would like this job.'")
    await connection.execute("UPDATE job SET _version = 1 WHERE _version <> 1")
    await connection.close()


def table(rounds: dict[tuple[str, str], list[Round]], targets: list[str], workloads: list[str]) -> str:
    """The report, in Markdown: medians over the rounds, and ratios to the limit in the same run."""
    lines = ["| target | " + " | ".join(workloads) + " |", "|---" * (len(workloads) + 1) + "|"]
    for target in targets:
        cells = []
        for workload in workloads:
            ours, limit = median(rounds[target, workload]), median(rounds["limit", workload])
            cells.append(
                f"{ours.per_s:,.0f}/s · {ours.cpu_us:.0f} us · p99 {ours.p99_ms:.1f} ms · "
                f"x{ours.per_s / limit.per_s:.2f} (CPU x{limit.cpu_us / ours.cpu_us:.2f})"
            )
        lines.append(f"| {target} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, *goals(rounds, workloads)])


def goals(rounds: dict[tuple[str, str], list[Round]], workloads: list[str]) -> list[str]:
    """Our ratios beside what they are to be: requests a second to the limit's and to FastAPI's with SQLAlchemy, and processor time."""
    lines = []
    for name, other, of, wanted in (
        ("requests/s x limit", "limit", lambda ours, its: ours.per_s / its.per_s, (0.75, 0.86, 0.9, 0.86, 0.8)),
        ("CPU of limit / ours", "limit", lambda ours, its: its.cpu_us / ours.cpu_us, (0.7,) * 5),
        ("requests/s x SQLAlchemy", "fastapi_sqlalchemy", lambda ours, its: ours.per_s / its.per_s, (10, 7, 7, 7, 7)),
    ):
        if all((target, w) in rounds for target in ("strongback_rest", other) for w in workloads):
            goal = dict(zip(WORKLOADS, wanted, strict=True))
            found = {w: of(median(rounds["strongback_rest", w]), median(rounds[other, w])) for w in workloads}
            lines.append(f"| {name} | " + " | ".join(f"{found[w]:.2f} (goal {goal[w]:g})" for w in workloads) + " |")
    return lines


def median(rounds: list[Round]) -> Round:
    return Round(
        statistics.median(r.per_s for r in rounds),
        statistics.median(r.cpu_us for r in rounds),
        statistics.median(r.p99_ms for r in rounds),
    )


def main() -> None:
    """Prepare, compare bodies, run the rounds, print the table."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--postgres",
        default=os.environ.get("STRONGBACK_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres"),
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--small", action="store_true", help="a fiftieth of the data")
    parser.add_argument("--only", help="workloads, comma separated")
    parser.add_argument("--targets", help="targets besides the limit, comma separated")
    asked = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("this needs the load generator `wrk`")
    workloads = asked.only.split(",") if asked.only else list(WORKLOADS)
    targets = ["limit", *asked.targets.split(",")] if asked.targets else list(TARGETS)
    for name in set(TARGETS) - set(targets):
        del TARGETS[name]
    size = SMALL if asked.small else FULL
    store = asyncio.run(prepare(asked.postgres, "strongback_bench", size))
    rounds: dict[tuple[str, str], list[Round]] = {}
    bound = 0
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as servers:
        ids = asyncio.run(ids_of(store, Path(folder), size))
        pids = {target: servers.enter_context(server(target, store)) for target in targets}
        bind_self()
        compare_bodies(ids["W2"].read_text().split()[0], ids["W1"].read_text().split()[0])
        for number in range(asked.rounds):
            for workload in workloads:
                for target in targets:
                    bound = asyncio.run(bind_database(store))
                    asyncio.run(clean(store)) if workload in ("W4", "W5") else None
                    done = run_round(target, pids[target], workload, ids[workload], asked.seconds)
                    rounds.setdefault((target, workload), []).append(done)
                    print(f"round {number + 1} {workload} {target}: {done.per_s:,.0f}/s", file=sys.stderr)
    print(f"{layout(bound)}\n\n{table(rounds, targets, workloads)}")


if __name__ == "__main__":
    main()
