"""FastAPI with asyncpg and hand-written SQL: records to dictionaries to JSON; no authentication and no permission."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel, Field

from benchmarks.targets.server import serve

COLUMNS = "id, company_id, title, body, city, status, created_at, updated_at"
APPLICATION = "id, job_id, candidate_id, letter, status, created_at, updated_at"
pools: list[asyncpg.Pool] = []


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["STORE"], min_size=8, max_size=8) as pool:
        pools.append(pool)
        yield


app = FastAPI(lifespan=lifespan)


class NewApplication(BaseModel):
    job_id: UUID
    candidate_id: UUID
    letter: Annotated[str, Field(max_length=20_000)]


class JobChange(BaseModel):
    title: Annotated[str, Field(max_length=140)]


@app.get("/v1/jobs/{job_id}")
async def get_job(job_id: UUID) -> dict[str, Any]:
    row = await pools[0].fetchrow(f"SELECT {COLUMNS} FROM job WHERE id = $1", job_id)
    if row is None:
        raise HTTPException(404)
    return dict(row)


@app.get("/v1/jobs")
async def list_jobs(status: str, company_id: UUID, include: str = "") -> dict[str, Any]:
    sql = f"SELECT {COLUMNS} FROM job WHERE status = $1 AND company_id = $2 ORDER BY created_at DESC, id DESC LIMIT 20"
    items = [dict(row) for row in await pools[0].fetch(sql, status, company_id)]
    if include and items:
        company = dict(
            await pools[0].fetchrow("SELECT id, name, created_at, updated_at FROM company WHERE id = $1", company_id)
        )
        rows = await pools[0].fetch(
            f"""SELECT a.* FROM unnest($1::uuid[]) j, LATERAL (SELECT {APPLICATION} FROM application WHERE job_id = j
                ORDER BY created_at DESC, id DESC LIMIT 5) a""",
            [item["id"] for item in items],
        )
        for item in items:
            item["company"] = company
            item["applications"] = [dict(row) for row in rows if row["job_id"] == item["id"]]
    return {"items": items}


@app.post("/v1/applications", status_code=201)
async def create_application(given: NewApplication) -> dict[str, Any]:
    row = await pools[0].fetchrow(
        f"""INSERT INTO application (id, job_id, candidate_id, letter, status, created_at, updated_at, _tenant, _version)
            VALUES (gen_random_uuid(), $1, $2, $3, 'submitted', now(), now(), (SELECT company_id FROM job WHERE id = $1), 1)
            RETURNING {APPLICATION}""",
        given.job_id,
        given.candidate_id,
        given.letter,
    )
    return dict(row)


@app.patch("/v1/jobs/{job_id}")
async def update_job(job_id: UUID, given: JobChange, if_match: Annotated[str, Header()]) -> dict[str, Any]:
    row = await pools[0].fetchrow(
        f"""UPDATE job SET title = $2, updated_at = now(), _version = _version + 1 WHERE id = $1 AND _version = $3
            RETURNING {COLUMNS}""",
        job_id,
        given.title,
        int(if_match.strip('"')),
    )
    if row is None:
        raise HTTPException(412)
    return dict(row)


if __name__ == "__main__":
    serve(app)
