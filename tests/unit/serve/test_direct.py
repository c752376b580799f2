"""The short way from our own server to our own application says the same as ASGI."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from examples.jobs.service import jobs
from strongback.engine.request import Reply, Request
from strongback.errors import StrongbackError
from strongback.model.load import load
from strongback.serve.asgi import Application
from strongback.serve.cors import make_cors
from strongback.serve.direct import Sent, ask_of, places
from strongback.serve.guard.exchange import write_head
from strongback.serve.guard.limits import Limits
from strongback.serve.metrics import Counted, make_metrics


async def echo(request: Request) -> Reply:
    told = (request.method, request.path, request.query, request.body, request.client, request.headers.get("accept"))
    return Reply(200, (("x-request-id", request.request_id),), repr(told).encode())


def refuse(request: Request, error: StrongbackError) -> Reply:
    return Reply(400, (), error.code.encode())


APPLICATION = Application(echo, refuse, {"/live": echo}, limits=Limits(body_size_bytes=10))


async def by_asgi(sent: Sent) -> tuple[int, list[Any], bytes]:
    """What the application answers to the same request by ASGI."""
    path, _, query = sent.target.partition(b"?")
    scope: dict[str, Any] = {
        "type": "http", "http_version": "1.1", "method": sent.method, "headers": sent.fields, "client": sent.client,
        "path": places(path)[0], "raw_path": path, "query_string": query,
    }  # fmt: skip
    told: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": sent.body, "more_body": False}

    async def send(message: Any) -> None:
        told.append(message)

    await APPLICATION(scope, receive, send)
    return told[0]["status"], told[0]["headers"], told[1]["body"]


@pytest.mark.parametrize(
    "sent",
    [
        Sent("GET", b"/v1/jobs?a=%20b", [(b"accept", b"*/*"), (b"x-request-id", b"r1")], client=("192.0.2.1", 7)),
        Sent("POST", b"/v1/jobs", [(b"x-request-id", b"r1")], b"{}"),
        Sent("POST", b"/v1/jobs", [(b"x-request-id", b"r1")], b"x" * 11),
        Sent("GET", b"/a%2Fb/%C3%A5", [(b"x-request-id", b"r1")]),
        Sent("GET", b"/live", [(b"host", b"a"), (b"host", b"b")]),
        Sent("GET", b"/live", [(b"accept", b"a"), (b"accept", b"b"), (b"x-request-id", b"r1")], b"ignored"),
    ],
)
async def test_it_answers_as_by_asgi(sent: Sent) -> None:
    reply = await APPLICATION.ask(sent)
    status, headers, body = await by_asgi(sent)
    fields = [(name.encode(), value.encode()) for name, value in reply.headers]
    length = (b"content-length", b"%d" % len(reply.body))
    assert (reply.status, sorted([*fields, length]), reply.body) == (status, sorted(headers), body)


async def test_counting_stands_around_the_short_way_as_well() -> None:
    metrics = make_metrics(load(jobs))
    seen: list[int] = []

    async def counts(request: Request) -> Reply:
        seen.append(metrics.in_flight)
        return Reply(204)

    ask = ask_of(Counted(Application(counts, refuse), metrics))
    assert ask is not None
    for target in (b"/v1/jobs?a=1", b"/metrics"):
        await ask(Sent("GET", target, []))
    assert seen == [1, 0] and metrics.in_flight == 0


def test_what_stands_around_and_knows_only_asgi_has_no_short_way() -> None:
    around = make_cors(APPLICATION, ["https://app.example.org"])
    assert ask_of(around) is None and ask_of(Counted(around, make_metrics(load(jobs)))) is None


@pytest.mark.parametrize("value", ["a\r\nset-cookie: b", "a\nb", "a\r", "\r\n"])
def test_a_field_that_would_end_its_line_is_not_written(value: str) -> None:
    with pytest.raises(ValueError, match="end of a line"):
        write_head(Reply(200, (("location", value),)), [], closes=False)


def test_an_answer_without_content_says_no_length() -> None:
    assert write_head(Reply(304, (("etag", "1"),)), [], closes=True) == (
        b"HTTP/1.1 304 Not Modified\r\netag: 1\r\nconnection: close\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("target", "place"),
    [
        (b"http://a", ("/", "")),
        (b"http://a?b=c", ("/", "b=c")),
        (b"http://a/b?c", ("/b", "c")),
        (b"http://[", ("/", "")),
        (b"a:1", ("/", "")),
    ],
)
def test_a_target_that_names_its_host_is_the_path_behind_it(target: bytes, place: tuple[str, str]) -> None:
    assert places(target) == place


def test_who_mounts_the_application_needs_no_server_of_ours() -> None:
    code = "import sys, strongback.serve.asgi; print(sorted({'httptools', 'uvicorn', 'uvloop'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"
