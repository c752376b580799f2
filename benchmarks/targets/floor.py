"""
The floor: what is left of a request when everything that is general is taken away from it, and nothing that is promised.

A person's handler for just these five operations, on our own server and driver: the guard judges the head, the token is looked up among
those verified, the statement is the one that the permissions make, verdicts are read, a version makes the tag, the request is counted, and
gets an id and a log line. Hard-coded are path, names, types, statement and answer: no routes, no parameters, no forms, plans or layouts,
no read preferences, no accepted media. What Strongback costs beyond the floor is what being general costs; what the floor costs beyond
the limit is what those promises cost in Python, by whoever keeps them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any
from uuid import UUID

import msgspec

from benchmarks.service import bench
from benchmarks.targets.strongback_rest import KEY, token
from strongback.app import App, Team
from strongback.crypto.keyring import Keyring
from strongback.engine.request import Reply
from strongback.model.load import load
from strongback.model.uuid7 import uuid7
from strongback.observe.observation import Observation, OutcomeKind
from strongback.observe.output import LogOutput
from strongback.observe.request_id import choose_request_id
from strongback.observe.sink import FanOut
from strongback.observe.sinks.log import LogSink
from strongback.plan.asked import Target
from strongback.serve.asgi import Application
from strongback.serve.authn.development import development_keys, development_settings
from strongback.serve.authn.verifier import TokenVerifier
from strongback.serve.direct import Sent
from strongback.serve.metrics import make_metrics
from strongback.serve.run import listen, serve
from strongback.store.sql.wire import utc_text
from strongback.store.store import Statement

JSON = ("content-type", "application/json")
SEARCH = Target("Job", "list", "search")
COMPANY, JOB = "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11", "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c12"
MORE = "&include=company,applications&applications.page_size=5&applications.sort=-created_at"
# One request of each operation, asked the general way at the start: that is where the statements come from.
ASKED = {
    "W1": ("GET", f"/v1/jobs/{JOB}", {}, b""),
    "W2": ("GET", f"/v1/jobs?status=open&company_id={COMPANY}", {}, b""),
    "W3": ("GET", f"/v1/jobs?status=open&company_id={COMPANY}{MORE}", {}, b""),
    "W4": ("POST", "/v1/applications", {"content-type": "application/json"},
           f'{{"job_id":"{JOB}","candidate_id":"{JOB}","letter":"x"}}'.encode()),
    "W5": ("PATCH", f"/v1/jobs/{JOB}", {"content-type": "application/merge-patch+json", "if-match": '"1"'}, b'{"title":"x"}'),
}  # fmt: skip


class Application5(msgspec.Struct, forbid_unknown_fields=True):
    """The content of W4."""

    job_id: UUID
    candidate_id: UUID
    letter: str


class Title(msgspec.Struct, forbid_unknown_fields=True):
    """The content of W5."""

    title: str


class Floor:
    """The five operations, and what they need."""

    def __init__(self, app: App, sink: FanOut) -> None:
        self.app, self.sink = app, sink
        self.statements: dict[str, Statement] = {}
        self.verifier: Any = app.verify
        self.read_application = msgspec.json.Decoder(Application5).decode
        self.read_title = msgspec.json.Decoder(Title).decode

    async def learn(self) -> None:
        """Take the statements from the general way."""
        general, store, seen = self.app.application(), self.app.store, []
        fetch = store.fetch

        async def watched(statement: Statement, values: Any = ()) -> Any:
            seen.append(statement)
            return await fetch(statement, values)

        store.fetch = watched  # type: ignore[method-assign]
        authorization = (b"authorization", f"Bearer {token()}".encode())
        for workload, (method, target, headers, body) in ASKED.items():
            fields = [(b"host", b"a"), authorization, *((n.encode(), v.encode()) for n, v in headers.items())]
            await general.ask(Sent(method, target.encode(), fields, body))
            self.statements[workload] = seen[-1]  # before it there may be others: the caller's row is made once
        store.fetch = fetch  # type: ignore[method-assign]

    async def ask(self, sent: Sent) -> Reply:
        """Answer one request."""
        started = perf_counter()
        fields = dict(sent.fields)
        claims = self.verifier(fields[b"authorization"][7:].decode())
        if hasattr(claims, "__await__"):
            claims = await claims
        caller, request_id = claims.subject, choose_request_id(fields.get(b"x-request-id"))
        target = sent.target.decode("latin-1")
        if sent.method == "GET":
            name, reply = await self._read(caller, target, request_id)
        elif sent.method == "POST":
            name, reply = await self._create(caller, sent.body, request_id)
        else:
            name, reply = await self._update(caller, target, sent.body, fields[b"if-match"], request_id)
        kind = OutcomeKind.OK if reply.status < 400 else OutcomeKind.REFUSED
        self.sink.record(
            Observation(name, "rest", kind, reply.status, perf_counter() - started, 1, request_id, "user", "")
        )
        return reply

    async def _read(self, caller: str, target: str, request_id: str) -> tuple[str, Reply]:
        if "?" not in target:
            rows = await self.app.store.fetch(self.statements["W1"], [msgspec.convert(target[9:], UUID), caller])
            return "Job.get", _tagged(200, rows[0][0], rows[0][2], request_id)
        query = dict(part.split("=") for part in target[9:].split("&"))
        company = msgspec.convert(query["company_id"], UUID)
        if "include" in query:
            rows = await self.app.store.fetch(self.statements["W3"], [caller, company])
        else:
            rows = await self.app.store.fetch(self.statements["W2"], [company])
        body = b'{"items":' + rows[0][0] + self._next(caller, query["company_id"], rows[0][2]) + b"}"
        return "Job.search", Reply(200, (JSON, ("x-request-id", request_id)), body)

    def _next(self, caller: str, company: str, keys: str | None) -> bytes:
        """Where the list goes on, bound to who asks for what."""
        if keys is None:
            return b""
        token = self.app.runtime.operations.tokens.make(keys.encode(), SEARCH, f"{caller} open {company} -created_at")
        return f',"next_page_token":"{token}"'.encode()

    async def _create(self, caller: str, body: bytes, request_id: str) -> tuple[str, Reply]:
        given = self.read_application(body)
        now = utc_text(self.app.clock.now())
        values = [caller, uuid7(), given.job_id, given.candidate_id, given.letter, "submitted", now]
        row = (await self.app.store.fetch(self.statements["W4"], values))[0]
        if not (row[0] and row[1] and row[2] and row[4] and row[5]):
            return "Application.create", Reply(403, (JSON,), b"{}")
        return "Application.create", _tagged(201, row[7], row[9], request_id)

    async def _update(self, caller: str, target: str, body: bytes, tag: bytes, request_id: str) -> tuple[str, Reply]:
        title, now = self.read_title(body).title, utc_text(self.app.clock.now())
        version = int(tag.strip(b'"'))
        values = [caller, f"{{{version}}}", msgspec.convert(target[9:], UUID), title, now]
        row = (await self.app.store.fetch(self.statements["W5"], values))[0]
        if not (row[0] and row[1] and row[2]):
            return "Job.update", Reply(412, (JSON,), b"{}")
        return "Job.update", _tagged(200, row[5], row[7], request_id)


def _tagged(status: int, body: bytes, version: int, request_id: str) -> Reply:
    return Reply(status, (("etag", f'"{version}"'), JSON, ("x-request-id", request_id)), body)


@dataclass(frozen=True)
class Served:
    """An application that is asked the short way, by *ask*."""

    inner: Application
    ask: Callable[[Sent], Awaitable[Reply]]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.inner(scope, receive, send)


def main(port: int) -> None:
    """Serve until stopped."""
    model = load(bench)
    metrics = make_metrics(model)
    verifier = TokenVerifier(development_settings("bench"), development_keys(KEY, "development"))
    app = App(model, Team.of(bench), os.environ["STORE"], Keyring({1: bytes(range(32))}, 1), verify=verifier.verify)
    floor = Floor(app, FanOut([metrics, LogSink(LogOutput())]))
    application = app.application()

    async def start() -> None:
        await application.start()
        await floor.learn()

    serve(Served(replace(application, start=start), floor.ask), listen("127.0.0.1", port))


if __name__ == "__main__":
    main(int(sys.argv[1]))
