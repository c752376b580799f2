"""
`python -m benchmarks.timing`: can a caller tell a hidden row from an absent one by the time of the answer?

Runs the example on a real socket, asks for hidden and for absent ids in random order, and compares the two sets of times by the two-sample
Kolmogorov-Smirnov test. The goal is p > 0.01: no difference to be seen in so many probes.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from strongback.model.uuid7 import uuid7

HERE = Path(__file__).parent.parent
SERVICE = "examples/jobs/service.py:jobs"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def strongback(*words: str, store: str) -> str:
    """Run a command of the example's and give what it prints."""
    command = [sys.executable, "-m", "strongback.cli", *words]
    environment = {**os.environ, "STRONGBACK_STORE": store}
    return subprocess.run(command, cwd=HERE, env=environment, capture_output=True, text=True, check=True).stdout.strip()


async def ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, token: str
) -> tuple[int, float, bytes]:
    """One request on an open connection: status, seconds, body."""
    started = time.perf_counter()
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    body = await reader.readexactly(length)
    return int(head[9:12]), time.perf_counter() - started, body


async def probe(port: int, token: str, asked: list[tuple[bool, str]], found: dict[bool, list[float]]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while asked:
        hidden, id_ = asked.pop()
        status, seconds, _ = await ask(reader, writer, f"/v1/jobs/{id_}", token)
        assert status == 404, status
        found[hidden].append(seconds)
    writer.close()


def kolmogorov_smirnov(left: list[float], right: list[float]) -> tuple[float, float]:
    """
    The largest distance of two samples' distribution functions, and how likely one as large is for samples of one distribution.

    Source: the asymptotic distribution of Kolmogorov, with Stephens' correction for finite samples.
    """
    merged = sorted([(value, 0) for value in left] + [(value, 1) for value in right])
    seen, distance = [0, 0], 0.0
    for at, (value, side) in enumerate(merged):
        seen[side] += 1
        if at + 1 == len(merged) or merged[at + 1][0] != value:
            distance = max(distance, abs(seen[0] / len(left) - seen[1] / len(right)))
    size = math.sqrt(len(left) * len(right) / (len(left) + len(right)))
    argument = (size + 0.12 + 0.11 / size) * distance
    likely = 2 * sum((-1) ** (k - 1) * math.exp(-2 * k * k * argument * argument) for k in range(1, 101))
    return distance, min(1.0, max(0.0, likely))


def hidden_ids(store: str) -> list[str]:
    """Drafts of companies the caller does not work for."""
    import sqlite3

    with sqlite3.connect(store.removeprefix("sqlite:///")) as database:
        return [row[0] for row in database.execute("SELECT id FROM job WHERE status = 'draft'")]


async def measure(port: int, token: str, ids: list[str], probes: int, connections: int) -> dict[bool, list[float]]:
    asked = [(True, random.choice(ids)) for _ in range(probes)] + [(False, str(uuid7())) for _ in range(probes)]
    random.shuffle(asked)
    found: dict[bool, list[float]] = {True: [], False: []}
    await asyncio.gather(*(probe(port, token, asked, found) for _ in range(connections)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.timing", description=__doc__)
    parser.add_argument("--probes", type=int, default=10_000, help="of each kind")
    parser.add_argument("--connections", type=int, default=4)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store, port = f"sqlite:///{folder}/jobs.db", free_port()
        strongback("seed", SERVICE, "--store", store, store=store)
        token = strongback("token", SERVICE, "--sub", "nobody-in-particular", store=store)
        run = ["run", SERVICE, "--store", store, "--port", str(port), "--no-reload"]
        server = subprocess.Popen(
            [sys.executable, "-m", "strongback.cli", *run],
            cwd=HERE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            for _ in range(200):
                with socket.socket() as knock:
                    if knock.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            found = asyncio.run(measure(port, token, hidden_ids(store), asked.probes, asked.connections))
        finally:
            server.terminate()
            server.wait(15)
    distance, likely = kolmogorov_smirnov(found[True], found[False])
    for name, times in (("hidden", found[True]), ("absent", found[False])):
        ordered = sorted(times)
        median_ms, p99_ms = ordered[len(times) // 2] * 1e3, ordered[len(times) * 99 // 100] * 1e3
        print(f"{name}: {len(times):,} probes, median {median_ms:.3f} ms, p99 {p99_ms:.3f} ms")
    verdict = "no difference to be seen" if likely > 0.01 else "THEY DIFFER"
    print(f"Kolmogorov-Smirnov: D = {distance:.4f}, p = {likely:.3f} ({verdict})")


if __name__ == "__main__":
    main()
