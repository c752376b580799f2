"""
`python -m benchmarks.grpc_get STORE`: one row by its id, by gRPC: the example's door beside a handler written by hand on grpc.aio.

STORE names a PostgreSQL; a database of its own is made there and dropped. Both servers answer the same row through the same messages, each
on the server's core, in rounds that take turns; the answers are compared before anything is timed. The handler by hand has one statement
and no permission, no limits, no log and no figures. Absolute figures do not carry over to another machine; the ratios do.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import asyncpg
import grpc
import grpc.aio
import uvloop
from msgspec.structs import replace

from benchmarks.cores import bind_self, on_server_core
from examples.jobs.service import jobs
from strongback.app import App, Team
from strongback.contract.proto.descriptors import Descriptors
from strongback.contract.proto.make import make_proto
from strongback.crypto.keyring import Keyring
from strongback.model.load import load
from strongback.serve.doors.grpc.door import make_doors
from strongback.serve.doors.grpc.server import Address, GrpcServer
from strongback.serve.metrics import make_metrics
from strongback.testing.in_process import Bearers

DATABASE = "strongback_grpc_get"
CONNECTIONS, AT_ONCE = 8, 16
GET = "/jobs.v1.JobService/GetJob"
SQL = """SELECT id, created_at, updated_at, company_id, title, body, city, status, _version FROM job
         WHERE id = $1 AND status = 'open' AND _deleted_at IS NULL"""
MODEL = load(replace(load(jobs, jobs.folder), grpc=True))


async def serve_ours(store: str) -> None:
    """Everything on: tokens, permissions in the statement, limits, figures."""
    bearers, metrics = Bearers(MODEL), make_metrics(MODEL)
    url = f"{store}?pool_size={CONNECTIONS}"
    app = App(MODEL, Team.of(jobs), url, Keyring({1: bytes(range(32))}, primary=1), verify=bearers, sink=metrics)
    app.runtime.limiters = {}
    await app.start(create=True)
    server = GrpcServer(app.runtime, app.health, figures=metrics)
    await server.start(Address("127.0.0.1", 0))
    token = bearers.issue("ada", {})
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        id_ = await make_row(channel, token)
    print(json.dumps({"port": server.port, "token": token, "id": id_}), flush=True)
    await asyncio.Event().wait()


async def make_row(channel: grpc.aio.Channel, token: str) -> str:
    """The id of an open job."""
    doors = {path.rpartition("/")[2]: door for path, door in make_doors(MODEL)[1].items()}

    async def call(method: str, **fields: Any) -> Any:
        door, metadata = doors[method], (("authorization", f"Bearer {token}"),)
        content = door.request(**fields).SerializeToString()
        return door.response.FromString(await channel.unary_unary(door.method.rpc.path)(content, metadata=metadata))

    company = (await call("FoundCompany", name="Acme")).id
    job = {"company_id": company, "title": "Engineer", "body": "Build. " * 40, "city": "Oslo"}
    made: str = (await call("CreateJob", job=job)).id
    await call("PublishJob", id=made)
    return made


async def serve_by_hand(store: str) -> None:
    """What a team would write: asyncpg, messages made by field."""
    made = Descriptors(make_proto(MODEL))
    request, response, job = (made.message(name) for name in ("GetJobRequest", "GetJobResponse", "Job"))
    statuses = MODEL.entity("Job").parts["status"].live
    pool = await asyncpg.create_pool(store, min_size=CONNECTIONS, max_size=CONNECTIONS)

    def spelt(moment: Any) -> str:
        return str(moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))

    async def get(asked: Any, context: Any) -> Any:
        async with pool.acquire() as connection:
            row = await connection.fetchrow(SQL, asked.id)
        if row is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, "there is no such job")
        id_, created, updated, company, title, body, city, status, version = row
        times = {"created_at": spelt(created), "updated_at": spelt(updated), "etag": str(version)}
        texts = {"title": title, "body": body, "city": city, "status": statuses[status]}
        return response(job=job(id=str(id_), company_id=str(company), **times, **texts))

    server = grpc.aio.server()
    handler = grpc.unary_unary_rpc_method_handler(get, request.FromString, response.SerializeToString)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("jobs.v1.JobService", {"GetJob": handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(json.dumps({"port": port, "token": ""}), flush=True)
    await asyncio.Event().wait()


def started(which: str, store: str) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    command = on_server_core([sys.executable, "-m", "benchmarks.grpc_get", store, "--serve", which])
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def ask(at: dict[str, Any], content: bytes, calls: int) -> tuple[float, bytes]:
    """Calls a second, and one answer."""
    metadata = (("authorization", f"Bearer {at['token']}"),) if at["token"] else ()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{at['port']}") as channel:
        get = channel.unary_unary(GET)
        answer: bytes = await get(content, metadata=metadata)

        async def some() -> None:
            for _ in range(calls // AT_ONCE):
                await get(content, metadata=metadata)

        began = time.perf_counter()
        await asyncio.gather(*(some() for _ in range(AT_ONCE)))
        return calls / (time.perf_counter() - began), answer


async def measure(store: str, rounds: int, calls: int) -> str:
    """The report, in Markdown: medians."""
    servers = {which: started(which, store) for which in ("strongback", "by_hand")}
    found: dict[str, list[tuple[float, float]]] = {which: [] for which in servers}
    try:
        content = Descriptors(make_proto(MODEL)).message("GetJobRequest")(id=servers["strongback"][1]["id"])
        asked = content.SerializeToString()
        answers = {(await ask(at, asked, AT_ONCE * 20))[1] for _, at in servers.values()}
        if len(answers) != 1:
            raise SystemExit("the answers differ")
        for _ in range(rounds):
            for which, (process, at) in servers.items():
                before = cpu_s(process.pid)
                per_s, _ = await ask(at, asked, calls)
                found[which].append((per_s, (cpu_s(process.pid) - before) / calls * 1e6))
    finally:
        for process, _ in servers.values():
            process.kill()
            process.wait()
    told = {w: (statistics.median(p for p, _ in r), statistics.median(c for _, c in r)) for w, r in found.items()}
    (ours, our_cpu), (hand, hand_cpu) = told["strongback"], told["by_hand"]
    lines = [f"| {which} | {per_s:,.0f} | {cpu:,.0f} |" for which, (per_s, cpu) in told.items()]
    ratio = f"strongback / by_hand: {ours / hand:.2f} in calls a second; by_hand / strongback: {hand_cpu / our_cpu:.2f} in CPU"
    return "\n".join(["| | calls/s | server CPU µs a call |", "| --- | --- | --- |", *lines, "", ratio])


async def run(store: str, rounds: int, calls: int) -> None:
    admin = await asyncpg.connect(store)
    await admin.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    await admin.execute(f"CREATE DATABASE {DATABASE}")
    try:
        print(await measure(f"{store.rpartition('/')[0]}/{DATABASE}", rounds, calls))
    finally:
        await admin.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
        await admin.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", help="postgresql://user@host/database")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--calls", type=int, default=4_000, help="of each round")
    parser.add_argument("--serve", choices=("strongback", "by_hand"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run({"strongback": serve_ours, "by_hand": serve_by_hand}[given.serve](given.store))
        return
    bind_self()
    asyncio.run(run(given.store, given.rounds, given.calls))


if __name__ == "__main__":
    main()
