"""Fill a PostgreSQL database with the data set of performance.md, through the tables that `strongback migrate` makes."""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg

CALLER = "bench-caller"
OWN_COMPANIES = 5


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows there are."""

    companies: int = 500
    jobs: int = 100_000
    applications: int = 500_000
    candidates: int = 50_000


FULL, SMALL = Size(), Size(50, 2_000, 10_000, 1_000)

_STEPS = (
    """INSERT INTO "user" (id, subject, created_at, updated_at, _version)
       VALUES (md5('user')::uuid, '{caller}', now(), now(), 1)""",
    """INSERT INTO company (id, name, created_at, updated_at, _version)
       SELECT md5('company' || i)::uuid, 'Company ' || i, now(), now(), 1 FROM generate_series(0, {companies} - 1) i""",
    """INSERT INTO membership (id, company_id, user_id, role, created_at, updated_at, _version)
       SELECT md5('membership' || i)::uuid, md5('company' || i)::uuid, md5('user')::uuid, 'recruiter', now(), now(), 1
       FROM generate_series(0, {own} - 1) i""",
    """INSERT INTO candidate (id, name, created_at, updated_at, _version)
       SELECT md5('candidate' || i)::uuid, 'Candidate ' || i, now(), now(), 1 FROM generate_series(0, {candidates} - 1) i""",
    """INSERT INTO job (id, company_id, title, body, city, status, created_at, updated_at, _version)
       SELECT md5('job' || i)::uuid, md5('company' || (i % {companies}))::uuid, 'Job number ' || i, repeat('What you do. ', 20),
              (ARRAY['Oslo', 'Bergen', 'Trondheim', 'Malmo'])[1 + i % 4],
              (ARRAY['open', 'open', 'open', 'draft', 'closed'])[1 + (i / {companies}) % 5],
              timestamptz '2026-01-01Z' + i * interval '1 second 7 microseconds', now(), 1
       FROM generate_series(0, {jobs} - 1) i""",
    """INSERT INTO application (id, job_id, candidate_id, letter, status, created_at, updated_at, _tenant, _version)
       SELECT md5('application' || i)::uuid, md5('job' || (i % {jobs}))::uuid, md5('candidate' || (i % {candidates}))::uuid,
              repeat('Dear all. ', 10), 'submitted', timestamptz '2026-02-01Z' + i * interval '1 second 3 microseconds', now(),
              md5('company' || ((i % {jobs}) % {companies}))::uuid, 1
       FROM generate_series(0, {applications} - 1) i""",
)


async def fill(url: str, size: Size) -> None:
    """Insert all rows; the tables are there and empty."""
    connection = await asyncpg.connect(url)
    try:
        for step in _STEPS:
            await connection.execute(
                step.format(
                    caller=CALLER,
                    own=OWN_COMPANIES,
                    companies=size.companies,
                    jobs=size.jobs,
                    applications=size.applications,
                    candidates=size.candidates,
                ),
                timeout=600,
            )
        await connection.execute("VACUUM ANALYZE", timeout=600)
    finally:
        await connection.close()
