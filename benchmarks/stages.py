"""
`python -m benchmarks.stages`: where the microseconds of W1 to W5 go, stage by stage.

Each stage of one real request is run by itself, again and again, in this process; what is printed is its least time, which a busy machine
hardly changes. The database answers once for each workload, and is not in the figures: `driver` is what asyncpg and the pool cost here.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import uvicorn
import uvloop

from benchmarks.service import bench
from benchmarks.targets.strongback_rest import KEY, token
from strongback.app import App, Team
from strongback.crypto.keyring import Keyring
from strongback.engine import pipeline
from strongback.engine.request import Reply, Request
from strongback.model.load import load
from strongback.observe.output import LogOutput
from strongback.observe.sink import FanOut
from strongback.observe.sinks.log import LogSink
from strongback.serve.authn.development import development_keys, development_settings
from strongback.serve.authn.verifier import TokenVerifier
from strongback.serve.direct import Sent, read_sent
from strongback.serve.doors.rest.door import RestDoor
from strongback.serve.guard.exchange import write_head
from strongback.serve.guard.limits import DEFAULT_LIMITS
from strongback.serve.guard.protocol import guarded_protocol
from strongback.serve.metrics import make_metrics

REPEATS, RUNS = 200, 30


def least_us(run: Callable[[], object]) -> float:
    """The least time of one *run*, in microseconds, of `RUNS` times `REPEATS`."""
    best = float("inf")
    for _ in range(RUNS):
        before = time.perf_counter_ns()
        for _ in range(REPEATS):
            run()
        best = min(best, (time.perf_counter_ns() - before) / REPEATS / 1000)
    return best


def finish(coroutine: Awaitable[Any]) -> Any:
    """Run a coroutine that never waits."""
    steps: Any = coroutine.__await__()
    try:
        next(steps)
    except StopIteration as done:
        return done.value
    raise RuntimeError("it waits")


def unread_log() -> LogOutput:
    """Log lines that nobody reads."""
    return LogOutput(Path(os.devnull).open("wb"))


class Wire:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written = data

    def is_closing(self) -> bool:
        return False

    def get_extra_info(self, name: str) -> Any:
        return {"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)}.get(name)


class Store:
    """The store, whose answer is known."""

    def __init__(self, store: Any) -> None:
        self.store, self.rows, self.asked = store, [], ()

    async def fetch(self, statement: Any, values: Any = ()) -> Any:
        self.asked = (statement, values)
        return self.rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


def requests(job: str, company: str, candidate: str) -> Iterator[tuple[str, bytes]]:
    """The five requests, as bytes."""
    fields = f"Host: 127.0.0.1:9102\r\nAuthorization: Bearer {token()}\r\n"

    def one(line: str, more: str = "", body: str = "") -> bytes:
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        return f"{line} HTTP/1.1\r\n{fields}{more}{length}\r\n{body}".encode()

    listed = f"/v1/jobs?status=open&company_id={company}"
    yield "W1", one(f"GET /v1/jobs/{job}")
    yield "W2", one(f"GET {listed}")
    yield "W3", one(f"GET {listed}&include=company,applications&applications.page_size=5&applications.sort=-created_at")
    made = f'{{"job_id":"{job}","candidate_id":"{candidate}","letter":"I would like this job."}}'
    yield "W4", one("POST /v1/applications", "Content-Type: application/json\r\n", made)
    changed = 'Content-Type: application/merge-patch+json\r\nIf-Match: "VERSION"\r\n'
    yield "W5", one(f"PATCH /v1/jobs/{job}", changed, '{"title":"Changed"}')


async def stages(app: App, raw: bytes, loop: asyncio.AbstractEventLoop) -> dict[str, float]:
    """The stages of one request, in the order in which they run."""
    runtime, door, found = app.runtime, RestDoor(app.model), {}
    metrics = make_metrics(app.model)
    sent: list[Sent] = []

    async def ask(one: Sent) -> Reply:
        sent.append(one)
        return Reply(204)

    config = uvicorn.Config(ask, http=guarded_protocol(ask=ask), proxy_headers=False, log_config=None, lifespan="off")
    config.load()
    state = uvicorn.server.ServerState()
    state.default_headers = [(b"date", b"Sat, 28 Nov 2026 19:13:21 GMT")]
    protocol: Any = config.http_protocol_class(config=config, server_state=state, app_state={}, _loop=loop)  # type: ignore[operator]
    protocol.connection_made(Wire())

    started: list[Any] = []
    protocol._start = started.append  # noqa: SLF001 - the parser and the guard alone, without the task

    def read() -> None:
        protocol.data_received(raw)
        protocol.cycle.response_complete = True

    found["parser and guard"] = least_us(read)
    exchange = started[-1]
    one = Sent(exchange.method, exchange.target, exchange.fields, exchange.body, exchange.client)
    has_content = one.method in ("POST", "PATCH")
    request: Request = read_sent(one, DEFAULT_LIMITS, has_content=has_content)
    found["request"] = least_us(lambda: read_sent(one, DEFAULT_LIMITS, has_content=has_content))
    asked = door.read(request)
    found["door: read"] = least_us(lambda: door.read(request))
    await app.authenticate(door.credentials(request))
    found["who asks"] = least_us(lambda: finish(app.authenticate(door.credentials(request))))
    actor = await app.authenticate(door.credentials(request))
    found["operation"] = least_us(lambda: runtime.operations.make(asked, actor))
    store = Store(runtime.programs.store)
    # The whole middle once for real; what the store said is kept.
    real, runtime.programs.store = runtime.programs.store, store

    async def fetch(statement: Any, values: Any = ()) -> Any:
        store.asked, store.rows = (statement, values), await real.fetch(statement, values)
        return store.rows

    store.fetch, kept = fetch, store.fetch  # type: ignore[method-assign]
    outcome = await pipeline.perform(asked, actor, runtime)
    store.fetch = kept  # type: ignore[method-assign]
    whole = least_us(lambda: finish(pipeline.perform(asked, actor, runtime)))
    found["plan, bind, rows"] = whole - found["operation"]
    runtime.programs.store = real
    statement, values = store.asked
    if not statement.writes:
        found["driver"] = await driver_us(real, statement, values)
    reply = door.render(request, asked, outcome)
    found["door: render"] = least_us(lambda: door.render(request, asked, outcome))
    found["head"] = least_us(lambda: write_head(reply, state.default_headers, closes=False) + reply.body)
    progress = pipeline._Progress(asked, actor, outcome)  # noqa: SLF001
    sink = FanOut([metrics, LogSink(unread_log())])
    found["observe"] = least_us(lambda: sink.record(pipeline._observation(request, door, progress, reply, 0.001)))  # noqa: SLF001
    return found


async def driver_us(store: Any, statement: Any, values: Any) -> float:
    """What one fetch costs this process: processor time, the database's own not in it; the least of several rounds."""
    best = float("inf")
    for _ in range(15):
        before = time.process_time_ns()
        for _ in range(100):
            await store.fetch(statement, values)
        best = min(best, (time.process_time_ns() - before) / 100 / 1000)
    return best


async def measure(url: str) -> None:
    connection = await asyncpg.connect(url)
    job, company, version = await connection.fetchrow(
        "SELECT j.id::text, j.company_id::text, j._version FROM job j JOIN membership m ON m.company_id = j.company_id LIMIT 1"
    )
    candidate = await connection.fetchval("SELECT id::text FROM candidate LIMIT 1")
    await connection.close()
    verifier = TokenVerifier(development_settings("bench"), development_keys(KEY, "development"))
    app = App(load(bench), Team.of(bench), url, Keyring({1: bytes(range(32))}, 1), verify=verifier.verify)
    await app.start()
    gc.collect()
    gc.freeze()  # as the server does when it is ready
    columns = {}
    for workload, raw in requests(job, company, candidate):
        columns[workload] = await stages(app, raw.replace(b"VERSION", b"%d" % version), asyncio.get_running_loop())
    await app.close()
    names = list(dict.fromkeys(name for column in columns.values() for name in column))
    print("| us | " + " | ".join(columns) + " |\n|---" + "|---:" * len(columns) + "|")
    for name in names:
        print(f"| {name} | " + " | ".join(f"{c[name]:.1f}" if name in c else "" for c in columns.values()) + " |")
    print("| all | " + " | ".join(f"{sum(c.values()):.1f}" for c in columns.values()) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stages", description=__doc__)
    parser.add_argument(
        "--store", default="postgresql://postgres@127.0.0.1:5432/strongback_bench", help="as scripts/bench left it"
    )
    asked = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(measure(asked.store))


if __name__ == "__main__":
    main()
