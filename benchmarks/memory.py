"""
`python -m benchmarks.memory`: the memory of a server over 200,000 requests, on SQLite and on PostgreSQL.

The requests are mixed, and as various as callers can make them: reads, pages, includes, creates and updates with ever other fields,
filters, orders and page sizes, by 2,000 callers; one in six is wrong. First every cache is filled to its bound with 6,000 requests of
which no two have one form; what then still grows shows as a slope.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import asyncpg

from benchmarks.data import OWN_COMPANIES, SMALL, fill
from benchmarks.service import bench
from benchmarks.targets.strongback_rest import KEY, token
from strongback.app import App, Team
from strongback.crypto.keyring import Keyring
from strongback.model.load import load
from strongback.serve.authn.development import issue

CALLERS, CONNECTIONS, SLICES, FORMS = 2_000, 32, 20, 6_000
DATABASE = "strongback_memory"
FIELDS = ("id", "title", "body", "city", "status", "company_id", "created_at", "updated_at")
AT = "2026-01-01T00:00:00.000000Z"


@dataclass(frozen=True, slots=True)
class Sample:
    """What the server's process holds after *requests*: resident megabytes, file descriptors."""

    requests: int
    rss_mb: float
    descriptors: int


class Requests:
    """An endless mix of requests."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.tokens = [token(), *(issue(KEY, f"caller-{number}", "bench") for number in range(CALLERS))]

    def next(self) -> bytes:
        """One of the mix, whole."""
        make = self.random.choices((self.get, self.list, self.create, self.update, self.wrong), (30, 30, 12, 12, 16))[0]
        return self.whole(*make())

    def new_form(self) -> bytes:
        """One of a form that hardly another one has."""
        path = f"/v1/jobs?page_size={self.random.randint(1, 50)}&company_id={self.row('company', OWN_COMPANIES)}"
        more = "&status=open" if self.random.random() < 0.5 else ""
        return self.whole("GET", f"{path}{more}&{self.fields()}", None)

    def whole(self, method: str, path: str, body: object) -> bytes:
        caller = self.tokens[0] if self.random.random() < 0.7 else self.random.choice(self.tokens)
        sent = json.dumps(body).encode() if body is not None else b""
        content = f"content-type: application/json\r\ncontent-length: {len(sent)}\r\n" if body is not None else ""
        return f"{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {caller}\r\n{content}\r\n".encode() + sent

    def get(self) -> tuple[str, str, object]:
        return (
            "GET",
            f"/v1/jobs/{self.row('job', SMALL.jobs)}{'?' + self.fields() if self.random.random() < 0.1 else ''}",
            None,
        )

    def list(self) -> tuple[str, str, object]:
        asked = [f"page_size={self.random.randint(1, 50)}"] if self.random.random() < 0.2 else ["page_size=5"]
        asked += [f"company_id={self.row('company', OWN_COMPANIES)}"] if self.random.random() < 0.7 else []
        asked += ["status=" + self.random.choice(("open", "draft", "closed"))] if self.random.random() < 0.5 else []
        asked += [self.fields()] if self.random.random() < 0.1 else []
        if self.random.random() < 0.3:
            asked += ["include=company,applications", f"applications.page_size={self.random.choice((1, 2, 5))}"]
        return "GET", "/v1/jobs?" + "&".join(asked), None

    def create(self) -> tuple[str, str, object]:
        job, candidate = self.row("job", SMALL.jobs), self.row("candidate", SMALL.candidates)
        return (
            "POST",
            "/v1/applications",
            {"job_id": job, "candidate_id": candidate, "letter": "I would like this job."},
        )

    def update(self) -> tuple[str, str, object]:
        names = self.random.sample(("title", "body", "city", "status"), self.random.randint(1, 4))
        values = {"title": "Other", "body": "Something else", "city": "Oslo", "status": "open"}
        return "PATCH", f"/v1/jobs/{self.row('job', SMALL.jobs)}", {name: values[name] for name in names}

    def wrong(self) -> tuple[str, str, object]:
        word = quote(self.random.randbytes(self.random.randint(3, 30)).hex())
        path = f"/v1/jobs/{self.row('job', SMALL.jobs)}"
        return self.random.choice((
            ("GET", f"/v1/{word}", None), ("GET", f"/v1/jobs/{word}", None), ("GET", f"/v1/jobs?{word}=1", None),
            ("GET", f"/v1/jobs?sort={word}", None), ("GET", f"/v1/jobs?page_token={word}", None),
            ("GET", f"/v1/jobs?include={word}", None), ("PATCH", path, {word: 1}), ("PATCH", path, {"title": 7}),
            ("POST", "/v1/applications", {"letter": word}), ("DELETE", path, None), ("GET", f"/v1/jobs?fields={word}", None),
            ("GET", f"/v1/jobs/{row('absent', self.random.randrange(10**9))}", None),
        ))  # fmt: skip

    def fields(self) -> str:
        """Some of the fields, in any order."""
        return "fields=" + ",".join(self.random.sample(FIELDS, self.random.randint(1, len(FIELDS))))

    def row(self, kind: str, count: int) -> str:
        return row(kind, self.random.randrange(count))


def row(kind: str, number: int) -> str:
    """The id of a row, as benchmarks/data.py numbers them."""
    return str(UUID(md5(f"{kind}{number}".encode(), usedforsecurity=False).hexdigest()))


async def load_slice(port: int, make: Callable[[], bytes], count: int) -> Counter[int]:
    """Send *count* requests over connections of their own, and count the answers by status."""
    found: Counter[int] = Counter()
    left = (make() for _ in range(count))
    await asyncio.gather(*(converse(port, left, found) for _ in range(CONNECTIONS)))
    await asyncio.sleep(0.5)  # until the server has closed them as well
    return found


async def converse(port: int, left: Iterator[bytes], found: Counter[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in left:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        status, has_length = int(head[9:12]), b"content-length: " in head
        await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]) if has_length else 0)
        found[status] += 1
        if b"connection: close" in head:
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


def look(pid: int, requests: int) -> Sample:
    """What the process holds now (proc(5))."""
    status = Path(f"/proc/{pid}/status").read_text()
    rss_kb = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return Sample(requests, rss_kb / 1024, len(list(Path(f"/proc/{pid}/fd").iterdir())))


async def make_schema(store: str) -> None:
    app = App(load(bench), Team.of(bench), store, Keyring({1: bytes(32)}, 1))
    await app.start(create=True)
    await app.close()


def fill_sqlite(path: Path) -> None:
    """The rows of benchmarks/data.py, on SQLite."""
    companies, jobs = range(SMALL.companies), range(SMALL.jobs)
    rows = {
        "user": [{"id": row("user", 0), "subject": "bench-caller"}],
        "company": [{"id": row("company", i), "name": f"Company {i}"} for i in companies],
        "membership": [
            {"id": row("membership", i), "company_id": row("company", i), "user_id": row("user", 0), "role": "recruiter"}
            for i in range(OWN_COMPANIES)
        ],
        "candidate": [{"id": row("candidate", i), "name": f"Candidate {i}"} for i in range(SMALL.candidates)],
        "job": [
            {"id": row("job", i), "company_id": row("company", i % SMALL.companies), "title": f"Job number {i}",
             "body": "What you do. " * 20, "city": "Oslo", "status": ("open", "draft")[i // SMALL.companies % 2]}
            for i in jobs
        ],
    }  # fmt: skip
    with sqlite3.connect(path) as db:
        for table, made in rows.items():
            names = [*made[0], "created_at", "updated_at", "_version"]
            sql = f'INSERT INTO "{table}" ({", ".join(names)}) VALUES ({", ".join("?" * len(names))})'
            db.executemany(sql, [(*each.values(), AT, AT, 1) for each in made])
    db.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def wait_until_up(port: int) -> None:
    for _ in range(400):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise SystemExit("the server does not start")


async def measure(store: str, count: int) -> tuple[list[Sample], Counter[int]]:
    """Serve *store* and look at the server between slices of requests."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.targets.strongback_rest", str(port)]
    log = subprocess.DEVNULL
    server = subprocess.Popen(command, env={**os.environ, "STORE": store}, stdout=log)  # noqa: ASYNC220 - nothing else runs yet
    try:
        await wait_until_up(port)
        requests, found, samples = Requests(1), Counter[int](), [look(server.pid, 0)]
        await load_slice(port, requests.new_form, FORMS)
        samples.append(look(server.pid, 0))
        for done in range(1, SLICES + 1):
            found += await load_slice(port, requests.next, count // SLICES)
            samples.append(look(server.pid, done * count // SLICES))
            print(samples[-1], file=sys.stderr)
        return samples, found
    finally:
        server.terminate()
        server.wait(15)


def slope_mb(samples: Sequence[Sample]) -> float:
    """Megabytes per million requests, by least squares."""
    x, y = [each.requests / 1e6 for each in samples], [each.rss_mb for each in samples]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / sum((a - mean_x) ** 2 for a in x)


def line(store: str, samples: list[Sample], found: Counter[int]) -> str:
    """A row of the report, in Markdown."""
    start, full, *rest = samples
    tenth, half = rest[SLICES // 10 - 1], rest[SLICES // 2 - 1]
    rss = " | ".join(f"{each.rss_mb:.1f}" for each in (start, full, tenth, half, samples[-1]))
    slope = f"{slope_mb(rest[SLICES // 10 - 1 :]):+.0f} | {slope_mb(rest[SLICES // 2 - 1 :]):+.0f}"
    held = " / ".join(str(each.descriptors) for each in (start, full, tenth, samples[-1]))
    answers = ", ".join(f"{status}: {number:,}" for status, number in sorted(found.items()))
    return f"| {store} | {samples[-1].requests:,} | {rss} | {slope} | {held} | {answers} |"


HEAD = """| store | requests | MB first | full | at 10 % | half | end | MB a million, 10 % on | half on | descriptors | answers |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---|---|"""


async def on_sqlite(folder: Path, count: int) -> str:
    store = f"sqlite:///{folder}/store.db"
    await make_schema(store)
    fill_sqlite(folder / "store.db")
    return line("SQLite", *await measure(store, count))


async def on_postgresql(admin: str, count: int) -> str:
    connection = await asyncpg.connect(admin)
    await connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    await connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8'")
    try:
        store = f"{admin.rpartition('/')[0]}/{DATABASE}"
        await make_schema(store)
        await fill(store, SMALL)
        return line("PostgreSQL", *await measure(store, count))
    finally:
        await connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
        await connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    default = os.environ.get("STRONGBACK_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
    parser.add_argument("--postgres", default=default)
    parser.add_argument("--requests", type=int, default=200_000)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    asked = parser.parse_args()
    lines = [HEAD]
    with tempfile.TemporaryDirectory() as folder:
        if asked.only != "postgresql":
            lines.append(asyncio.run(on_sqlite(Path(folder), asked.requests)))
    if asked.only != "sqlite":
        lines.append(asyncio.run(on_postgresql(asked.postgres, asked.requests)))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
