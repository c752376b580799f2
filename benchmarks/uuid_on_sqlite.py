"""
UUIDs on SQLite as text or as blobs: what each costs. Run: `.venv/bin/python benchmarks/uuid_on_sqlite.py`.

The decision it led to: docs/decisions/2026-11-24-uuid-on-sqlite.md.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from strongback.model.uuid7 import uuid7

JOBS, COMPANIES, ROUNDS = 100_000, 2_000, 7


class Kept:
    """A database of jobs and companies whose ids are kept as *kind*."""

    def __init__(self, kind: str, jobs: list[tuple[UUID, UUID]], companies: list[UUID], folder: Path) -> None:
        self.is_text = kind == "TEXT"
        self.path = folder / f"{kind}.db"
        self.db = sqlite3.connect(self.path, isolation_level=None)
        self.db.executescript(
            f"PRAGMA journal_mode = WAL; PRAGMA cache_size = -32768;"
            f"CREATE TABLE company (id {kind} NOT NULL PRIMARY KEY, name TEXT);"
            f"CREATE TABLE job (id {kind} NOT NULL PRIMARY KEY, title TEXT, company_id {kind} NOT NULL);"
        )
        self.db.execute("BEGIN")
        named = [(self.key(u), f"Company {i}") for i, u in enumerate(companies)]
        self.db.executemany("INSERT INTO company VALUES (?, ?)", named)
        rows = [(self.key(u), "Some title", self.key(of)) for u, of in jobs]
        self.db.executemany("INSERT INTO job VALUES (?, ?, ?)", rows)
        self.db.execute("COMMIT")
        self.db.executescript(
            "CREATE INDEX by_company ON job (company_id, id); ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)"
        )

    def key(self, value: UUID) -> object:
        return str(value) if self.is_text else value.bytes

    def wire(self, value: object) -> object:
        return value if self.is_text else str(UUID(bytes=value))

    def json(self, column: str) -> str:
        if self.is_text:
            return f"json_quote({column})"
        parts = "||'-'||".join(
            f"substr(hex({column}), {start}, {size})" for start, size in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
        )
        return f"json_quote(lower({parts}))"

    def all(self, sql: str, value: UUID) -> list[tuple[object, ...]]:
        return self.db.execute(sql, (self.key(value),)).fetchall()


def get_row(kept: Kept, job: UUID, _: UUID) -> None:
    for row in kept.all("SELECT id, title, company_id FROM job WHERE id = ?", job):
        kept.wire(row[0]), kept.wire(row[2])


def get_json(kept: Kept, job: UUID, _: UUID) -> None:
    cells = f"'{{\"id\":'||{kept.json('id')}||',\"company_id\":'||{kept.json('company_id')}||'}}'"
    kept.all(f"SELECT {cells} FROM job WHERE id = ?", job)


def get_and_join(kept: Kept, job: UUID, _: UUID) -> None:
    kept.all("SELECT j.title, c.name FROM job j JOIN company c ON c.id = j.company_id WHERE j.id = ?", job)


def list_20(kept: Kept, _: UUID, company: UUID) -> None:
    for row in kept.all("SELECT id, title, company_id FROM job WHERE company_id = ? ORDER BY id LIMIT 20", company):
        kept.wire(row[0]), kept.wire(row[2])


def join_50(kept: Kept, _: UUID, company: UUID) -> None:
    kept.all(
        "SELECT j.title, c.name FROM job j JOIN company c ON c.id = j.company_id WHERE j.company_id = ? ORDER BY j.id LIMIT 50",
        company,
    )


WORK = {
    "get, a row": get_row,
    "get, as JSON": get_json,
    "get and join": get_and_join,
    "list of 20 rows": list_20,
    "join of 50": join_50,
}


def cpu_us(work: Callable[[Kept, UUID, UUID], None], kept: Kept, jobs: list[UUID], companies: list[UUID]) -> float:
    started = time.process_time()
    for job, company in zip(jobs, companies, strict=True):
        work(kept, job, company)
    return (time.process_time() - started) / len(jobs) * 1e6


def main() -> None:
    dice = random.Random(1)
    companies = [uuid7() for _ in range(COMPANIES)]
    jobs = [(uuid7(), dice.choice(companies)) for _ in range(JOBS)]
    some_jobs = [job for job, _ in dice.sample(jobs, 2000)]
    some_companies = [dice.choice(companies) for _ in some_jobs]
    with tempfile.TemporaryDirectory() as folder:
        kept = {kind: Kept(kind, jobs, companies, Path(folder)) for kind in ("TEXT", "BLOB")}
        print(
            f"{'size in MB':18}" + "".join(f"{kind} {k.path.stat().st_size / 1e6:8.1f}   " for kind, k in kept.items())
        )
        for name, work in WORK.items():
            best = {kind: float("inf") for kind in kept}
            for _ in range(ROUNDS):
                for kind, k in kept.items():
                    best[kind] = min(best[kind], cpu_us(work, k, some_jobs, some_companies))
            ratio = best["BLOB"] / best["TEXT"]
            print(
                f"{name:18}"
                + "".join(f"{kind} {us:8.1f} us" for kind, us in best.items())
                + f"   BLOB/TEXT {ratio:.2f}"
            )


if __name__ == "__main__":
    main()
