"""
The limit: what a person could write by hand for just these five operations. Hard-coded SQL, PostgreSQL builds the JSON, asyncpg with
prepared statements, raw ASGI: no router, no authentication, no permission, no validation, no telemetry.

It sends what a client cannot do without: the type and length of the body, and the version (ETag) that the next change has to name.
"""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any
from uuid import UUID

import asyncpg

from benchmarks.targets.server import serve

T = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
JOB = f"""j.id, j.company_id, j.title, j.body, j.city, j.status,
  {T.format("j.created_at")} AS created_at, {T.format("j.updated_at")} AS updated_at"""
APPLICATION = f"""a.id, a.job_id, a.candidate_id, a.letter, a.status,
  {T.format("a.created_at")} AS created_at, {T.format("a.updated_at")} AS updated_at"""
COMPANY = f"c.id, c.name, {T.format('c.created_at')} AS created_at, {T.format('c.updated_at')} AS updated_at"

W1 = f"SELECT (SELECT row_to_json(o) FROM (SELECT {JOB}) o)::text, j._version FROM job j WHERE j.id = $1"
W2 = f"""SELECT '{{"items":' || coalesce(array_to_json(array_agg(o)), '[]')::text || '}}' FROM (SELECT {JOB} FROM job j
  WHERE j.status = $1 AND j.company_id = $2 ORDER BY j.created_at DESC, j.id DESC LIMIT 20) o"""
W3 = f"""SELECT '{{"items":' || coalesce(array_to_json(array_agg(o)), '[]')::text || '}}' FROM (SELECT {JOB},
  (SELECT row_to_json(k) FROM (SELECT {COMPANY} FROM company c WHERE c.id = j.company_id) k) AS company,
  (SELECT coalesce(array_to_json(array_agg(k)), '[]') FROM (SELECT {APPLICATION} FROM application a WHERE a.job_id = j.id
     ORDER BY a.created_at DESC, a.id DESC LIMIT 5) k) AS applications
  FROM job j WHERE j.status = $1 AND j.company_id = $2 ORDER BY j.created_at DESC, j.id DESC LIMIT 20) o"""
W4 = f"""WITH a AS (INSERT INTO application (id, job_id, candidate_id, letter, status, created_at, updated_at, _tenant, _version)
  VALUES (gen_random_uuid(), $1, $2, $3, 'submitted', now(), now(), (SELECT company_id FROM job WHERE id = $1), 1) RETURNING *)
  SELECT (SELECT row_to_json(o) FROM (SELECT {APPLICATION}) o)::text, a._version FROM a"""
W5 = f"""WITH j AS (UPDATE job SET title = $2, updated_at = now(), _version = _version + 1 WHERE id = $1 AND _version = $3 RETURNING *)
  SELECT (SELECT row_to_json(o) FROM (SELECT {JOB}) o)::text, j._version FROM j"""

HEAD = [(b"content-type", b"application/json")]
pool: list[asyncpg.Connection] = []
free: asyncio.Queue[Any] = asyncio.Queue()


async def connect() -> None:
    """Open eight connections with every statement prepared."""
    for _ in range(8):
        # With `statement_cache_size=0`, asyncpg would send and parse the text of even a prepared statement each time.
        connection = await asyncpg.connect(os.environ["STORE"])
        prepared = {name: await connection.prepare(sql) for name, sql in SQL.items()}
        free.put_nowait(prepared)


SQL = {"W1": W1, "W2": W2, "W3": W3, "W4": W4, "W5": W5}


async def run(name: str, *values: Any) -> Any:
    """Run one statement on a free connection."""
    prepared = await free.get()
    try:
        return await prepared[name].fetchrow(*values)
    finally:
        free.put_nowait(prepared)


async def body_of(receive: Any) -> Any:
    """Read a JSON body."""
    body = b""
    while True:
        message = await receive()
        body += message["body"]
        if not message.get("more_body"):
            return json.loads(body)


def query_of(scope: Any) -> dict[str, str]:
    return dict(part.split("=") for part in scope["query_string"].decode().split("&"))


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer one of the five operations."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await connect()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    method, path, status = scope["method"], scope["path"], 200
    if method == "GET" and path != "/v1/jobs":
        row = await run("W1", UUID(path[9:]))
    elif method == "GET":
        query = query_of(scope)
        row = await run("W3" if "include" in query else "W2", query["status"], UUID(query["company_id"]))
    elif method == "POST":
        given = await body_of(receive)
        status = 201
        row = await run("W4", UUID(given["job_id"]), UUID(given["candidate_id"]), given["letter"])
    else:
        version = next(v for k, v in scope["headers"] if k == b"if-match")
        given = await body_of(receive)
        row = await run("W5", UUID(path[9:]), given["title"], int(version.strip(b'"')))
    if row is None:
        await send({"type": "http.response.start", "status": 412, "headers": HEAD})
        await send({"type": "http.response.body", "body": b"{}"})
        return
    body = row[0].encode()
    headers = [*HEAD, (b"content-length", str(len(body)).encode())]
    if len(row) > 1:
        headers.append((b"etag", b'"%d"' % row[1]))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    serve(app)
