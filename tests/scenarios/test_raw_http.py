"""What only raw bytes can show: each hostile or broken request gets one small answer, and nothing of it reaches the application."""

from __future__ import annotations

import asyncio
import json
import random
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import h11
import pytest
import uvicorn

from strongback.engine.request import Reply
from strongback.observe.observation import Observation
from strongback.serve.direct import Ask, Sent, places
from strongback.serve.guard.limits import Limits
from strongback.serve.guard.protocol import guarded_protocol

HOST = b"Host: a\r\n"
GET = b"GET /ok HTTP/1.1\r\n" + HOST + b"\r\n"
MARKER = b"GET /marker HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNKED = b"POST /echo HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"


class Service:
    """A server on a port of its own, and what its application saw."""

    def __init__(self, limits: Limits) -> None:
        self.seen: list[dict[str, Any]] = []
        self.refused: list[Observation] = []
        self.release = threading.Event()
        config = uvicorn.Config(
            self.app,
            http=guarded_protocol(limits, self.refused.append, self.short_way()),
            ws="none",
            interface="asgi3",
            proxy_headers=False,
            lifespan="off",
            log_config=None,
            access_log=False,
            port=0,
        )
        self.server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self.server.run)

    async def app(self, scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        seen: dict[str, Any] = {
            "path": scope["path"],
            "target": scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b""),
            "method": scope["method"],
            "headers": dict(scope["headers"]),
            "port": scope["client"][1],
            "body": b"",
            "left": False,
        }
        self.seen.append(seen)
        if scope["path"] == "/early":
            await reply(send, 401, b"no")
            return
        if scope["path"] == "/large":
            await reply(send, 200, b"x" * 32_000_000)
            return
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                seen["left"] = True
                return
            seen["body"] += message["body"]
            if not message["more_body"]:
                break
        while scope["path"] == "/wait" and not self.release.is_set():
            await asyncio.sleep(0.01)
        answer = {
            "path": scope["path"],
            "body": seen["body"].decode("latin-1"),
            "query": scope["query_string"].decode(),
        }
        await reply(send, 200, b"" if scope["method"] == "HEAD" else json.dumps(answer).encode())

    def short_way(self) -> Ask | None:
        """None: requests go by ASGI."""
        return None

    @property
    def port(self) -> int:
        return int(self.server.servers[0].sockets[0].getsockname()[1])

    def paths(self) -> list[str]:
        return [seen["path"] for seen in self.seen]

    def forget(self) -> None:
        """Begin anew, once all that earlier tests left behind has ended."""
        state = self.server.server_state
        wait_until(lambda: not state.connections and not state.tasks)
        self.seen.clear()

    @contextmanager
    def running(self) -> Iterator[Service]:
        self._thread.start()
        wait_until(lambda: self.server.started)
        try:
            yield self
        finally:
            self.release.set()
            self.server.should_exit = True
            self._thread.join(20)
            assert not self._thread.is_alive()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def ask(self, *parts: bytes, pause_s: float = 0.0) -> bytes:
        """Send *parts* and read to the end of the connection, which the server closes."""
        with self.connect() as client:
            for part in parts:
                client.sendall(part)
                time.sleep(pause_s)
            return read_all(client)


class ShortService(Service):
    """The same, asked without ASGI in between. It sees a request when it is whole."""

    def short_way(self) -> Ask | None:
        return self.ask_directly

    async def ask_directly(self, sent: Sent) -> Reply:
        path, query = places(sent.target)
        seen: dict[str, Any] = {
            "path": path,
            "target": sent.target,
            "method": sent.method,
            "headers": dict(sent.fields),
            "port": sent.client[1] if sent.client else 0,
            "body": sent.body,
            "left": False,
        }
        self.seen.append(seen)
        if path == "/early":
            return Reply(401, (), b"no")
        if path == "/large":
            return Reply(200, (), b"x" * 32_000_000)
        while path == "/wait" and not self.release.is_set():
            await asyncio.sleep(0.01)
        answer = {"path": path, "body": sent.body.decode("latin-1"), "query": query}
        return Reply(200, (), json.dumps(answer).encode())


async def reply(send: Callable[..., Any], status: int, body: bytes) -> None:
    length = b"%d" % len(body)
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", length)]})
    await send({"type": "http.response.body", "body": body})


def read_all(client: socket.socket) -> bytes:
    received = bytearray()
    try:
        while part := client.recv(65_536):
            received += part
    except (ConnectionResetError, TimeoutError):
        pass
    return bytes(received)


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for *holds*, for longer than any machine is busy."""
    give_up = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def statuses(answer: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 ([0-9]{3}) ", answer)]


def request_id(answer: bytes) -> str:
    """The id of the last answer on a connection."""
    return re.findall(rb"\r\nx-request-id: ([!-~]+)\r\n", answer)[-1].decode()


def problem(answer: bytes) -> dict[str, Any]:
    head, _, content = answer.partition(b"\r\n\r\n")
    fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
    assert fields[b"content-type"] == b"application/problem+json"
    assert fields[b"connection"] == b"close"
    assert int(fields[b"content-length"]) == len(content) < 400
    read = json.loads(content)
    assert read["status"] == int(answer[9:12])
    return dict(read)


@pytest.fixture(scope="module", params=[Service, ShortService], ids=["asgi", "direct"])
def kind(request: pytest.FixtureRequest) -> type[Service]:
    """How the application is asked: what goes over the wire is the same."""
    chosen: type[Service] = request.param
    return chosen


@pytest.fixture(scope="module")
def service(kind: type[Service]) -> Iterator[Service]:
    with kind(Limits(idle_time_s=30)).running() as service:
        yield service


@pytest.fixture(scope="module")
def hasty(kind: type[Service]) -> Iterator[Service]:
    """A server with short times."""
    limits = Limits(
        header_time_s=0.4,
        body_time_s=0.4,
        idle_time_s=0.4,
        write_time_s=0.4,
        body_bytes_per_s=1_000,
        write_bytes_per_s=100_000,
    )
    with kind(limits).running() as service:
        yield service


def post(*fields: bytes, body: bytes = b"") -> bytes:
    return b"POST /bad HTTP/1.1\r\n" + HOST + b"".join(field + b"\r\n" for field in fields) + b"\r\n" + body


def get(*lines: bytes, target: bytes = b"/bad", version: bytes = b"HTTP/1.1") -> bytes:
    return b"GET " + target + b" " + version + b"\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


HOSTILE = {
    "length and coding": post(b"Content-Length: 5", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    "coding and length": post(b"Transfer-Encoding: chunked", b"Content-Length: 5", body=b"0\r\n\r\n"),
    "two codings": post(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
    "chunked twice": post(b"Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n"),
    "coding in two fields": post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", body=b"0\r\n\r\n"),
    "same coding in two fields": post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    "unknown coding": post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"),
    "identity": post(b"Transfer-Encoding: identity", body=b"0\r\n\r\n"),
    "quoted coding": post(b'Transfer-Encoding: "chunked"', body=b"0\r\n\r\n"),
    "coding with parameter": post(b"Transfer-Encoding: chunked;q=1", body=b"0\r\n\r\n"),
    "coding after vertical tab": post(b"Transfer-Encoding: \x0bchunked", body=b"0\r\n\r\n"),
    "space before the colon": post(b"Transfer-Encoding : chunked", body=b"0\r\n\r\n"),
    "empty coding": post(b"Transfer-Encoding:", body=b"0\r\n\r\n"),
    "coding in HTTP/1.0": b"POST /bad HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": post(b"Content-Length: 5", b"Content-Length: 6", body=b"hello"),
    "the same length twice": post(b"Content-Length: 5", b"Content-Length: 5", body=b"hello"),
    "a list of lengths": post(b"Content-Length: 5, 5", body=b"hello"),
    "plus in length": post(b"Content-Length: +5", body=b"hello"),
    "minus in length": post(b"Content-Length: -5", body=b"hello"),
    "hexadecimal length": post(b"Content-Length: 0x5", body=b"hello"),
    "space in length": post(b"Content-Length: 5 5", body=b"hello"),
    "empty length": post(b"Content-Length:", body=b"hello"),
    "length beyond 64 bit": post(b"Content-Length: 99999999999999999999999", body=b"hello"),
    "underscore in length": post(b"Content-Length: 1_0", body=b"hello"),
    "line feed alone after the request line": b"GET /bad HTTP/1.1\nHost: a\r\n\r\n",
    "line feeds alone": b"GET /bad HTTP/1.1\nHost: a\n\n",
    "line feed alone after a field": b"GET /bad HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
    "line feed alone at the end": b"GET /bad HTTP/1.1\r\nHost: a\r\n\n",
    "carriage return in a value": get(b"Host: a", b"X: y\rZ: 1"),
    "two carriage returns": b"GET /bad HTTP/1.1\r\nHost: a\r\r\n\r\n",
    "folded field": get(b"Host: a", b"X: y", b" folded"),
    "folded first field": get(b" Host: a"),
    "NUL in a value": get(b"Host: a", b"X: y\0z"),
    "control in a value": get(b"Host: a", b"X: y\x01z"),
    "bracket in a name": get(b"Host: a", b"X[: y"),
    "empty name": get(b"Host: a", b": y"),
    "no colon": get(b"Host: a", b"foo"),
    "no host": get(),
    "two hosts": get(b"Host: a", b"hOST: b"),
    "the same host twice": get(b"Host: a", b"Host: a"),
    "empty host": get(b"Host:"),
    "host with a path": get(b"Host: a/b"),
    "host with user": get(b"Host: u@a"),
    "host with space": get(b"Host: a b"),
    "host with a word as port": get(b"Host: a:http"),
    "target of another host": get(b"Host: a", target=b"http://b/bad"),
    "target without path": get(b"Host: a", target=b"http://a"),
    "target with fragment": get(b"Host: a", target=b"/bad#x"),
    "target without slash": get(b"Host: a", target=b"bad"),
    "star for GET": get(b"Host: a", target=b"*"),
    "target of raw UTF-8": get(b"Host: a", target="/badé".encode()),
    "target with tab": get(b"Host: a", target=b"/bad\t"),
    "target with space": get(b"Host: a", target=b"/bad x"),
    "target with NUL": get(b"Host: a", target=b"/bad\0"),
    "path with encoded NUL": get(b"Host: a", target=b"/bad%00"),
    "path with broken encoding": get(b"Host: a", target=b"/bad%4"),
    "path with encoded Latin-1": get(b"Host: a", target=b"/bad%E9"),
    "HTTP/0.9": b"GET /bad\r\n\r\n",
    "HTTP/1.2": get(b"Host: a", version=b"HTTP/1.2"),
    "HTTP/2.0": get(b"Host: a", version=b"HTTP/2.0"),
    "HTTP/1.1x": get(b"Host: a", version=b"HTTP/1.1x"),
    "lower case http": get(b"Host: a", version=b"http/1.1"),
    "the HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a TLS greeting": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
    "noise": b"\x00\xff\xfe{}\r\n\r\n",
    "an answer": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "a method of 10,000 letters": b"G" * 10_000 + b" /bad HTTP/1.1\r\nHost: a\r\n\r\n",
    "upgrade with content": post(b"Connection: upgrade", b"Upgrade: h2c", b"Content-Length: 5", body=b"hello"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_request_of_doubtful_framing_is_400_once_and_hides_no_other(service: Service, name: str) -> None:
    service.forget()
    answer = service.ask(HOSTILE[name] + MARKER)
    assert statuses(answer) == [400]
    assert problem(answer)["code"] == "SB200"
    assert service.seen == []


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_the_same_when_the_bytes_come_one_by_one(service: Service, name: str) -> None:
    service.forget()
    attack = HOSTILE[name][:300]
    with service.connect() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for byte in attack + MARKER:
                client.send(bytes((byte,)))
        except (BrokenPipeError, ConnectionResetError):
            pass  # the refusal came before the end
        answer = read_all(client)
    assert statuses(answer) in ([400], [])  # nothing, where a reset overtook the answer
    assert service.seen == []


@pytest.mark.parametrize(
    "chunks",
    [
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b" 5\r\nhello\r\n0\r\n\r\n",
        b"5 \r\nhello\r\n0\r\n\r\n",
        b"+5\r\nhello\r\n0\r\n\r\n",
        b"-5\r\nhello\r\n0\r\n\r\n",
        b"5_0\r\nhello\r\n0\r\n\r\n",
        b"\r\nhello\r\n0\r\n\r\n",
        b"5\nhello\r\n0\r\n\r\n",
        b"5\rhello\r\n0\r\n\r\n",
        b"5\r\nhello\n0\r\n\r\n",
        b"5\r\nhelloX\r\n0\r\n\r\n",
        b"5\r\nhello0\r\n\r\n",
        b"5\r\nhello\r\n0\r\n\n",
        b"5;a\n\r\nhello\r\n0\r\n\r\n",
        b'5;a="\r\n"\r\nhello\r\n0\r\n\r\n',
        b"5;\0\r\nhello\r\n0\r\n\r\n",
        b"FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n",
        b"0\r\n folded: 1\r\n\r\n",
        b"0\r\nbad[name: 1\r\n\r\n",
    ],
)
def test_broken_chunks_are_400_once_and_hide_no_other_request(service: Service, chunks: bytes) -> None:
    service.forget()
    answer = service.ask(CHUNKED + chunks + MARKER)
    assert statuses(answer) == [400]
    assert problem(answer)["code"] == "SB200"
    assert "/marker" not in service.paths()
    wait_until(lambda: all(seen["left"] for seen in service.seen))


def test_good_chunks_are_read_and_the_next_request_too(service: Service) -> None:
    service.forget()
    answer = service.ask(CHUNKED + b"5;a=b\r\nhello\r\n00001\r\n!\r\n0\r\n\r\n" + get(b"Host: a", b"Connection: close"))
    assert statuses(answer) == [200, 200]
    assert service.seen[0]["body"] == b"hello!"


def test_trailer_fields_never_pass_for_fields_of_the_head(service: Service) -> None:
    service.forget()
    late = b"0\r\nAuthorization: Bearer stolen\r\nX-A: 1\r\n\r\n"
    answer = service.ask(CHUNKED, b"1\r\nx\r\n", late + get(b"Host: a", b"Connection: close"), pause_s=0.05)
    assert statuses(answer) == [200, 200]
    assert all(b"authorization" not in seen["headers"] for seen in service.seen)


@pytest.mark.parametrize("method", [b"BREW", b"get", b"CONNECT", b"X-RPC!"])
def test_a_method_nobody_answers_is_405_with_those_that_are(service: Service, method: bytes) -> None:
    service.forget()
    target = b"a:443" if method == b"CONNECT" else b"/bad"
    answer = service.ask(method + b" " + target + b" HTTP/1.1\r\nHost: a\r\n\r\n" + MARKER)
    assert statuses(answer) == [405]
    assert problem(answer)["code"] == "SB240"
    assert b"\r\nallow: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT\r\n" in answer
    assert service.seen == []


def test_a_long_target_is_414(service: Service) -> None:
    fits = get(b"Host: a", b"Connection: close", target=b"/" + b"a" * 8_191)
    assert statuses(service.ask(fits)) == [200]
    answer = service.ask(get(b"Host: a", target=b"/" + b"a" * 8_192))
    assert problem(answer)["code"] == "SB245" and statuses(answer) == [414]
    assert statuses(service.ask(b"GET /" + b"a" * 1_000_000)) == [414]


def test_many_or_large_fields_are_431(service: Service) -> None:
    many = [b"x-%d: y" % number for number in range(98)]
    assert statuses(service.ask(get(b"Host: a", b"Connection: close", *many))) == [200]
    answer = service.ask(get(b"Host: a", b"Connection: close", *many, b"x-99: y"))
    assert problem(answer)["code"] == "SB244" and statuses(answer) == [431]
    assert statuses(service.ask(get(b"Host: a", b"Connection: close", b"x: " + b"y" * 16_000))) == [200]
    assert statuses(service.ask(get(b"Host: a", b"x: " + b"y" * 16_384))) == [431]
    assert statuses(service.ask(b"GET / HTTP/1.1\r\nHost: a\r\nx: ", *[b"y" * 60_000] * 20)) == [431]
    assert statuses(service.ask(b"GET / HTTP/1.1\r\nHost: a\r\n" + b"a:\r\n" * 50_000)) == [431]


def test_a_large_field_behind_another_request_is_431_too(service: Service) -> None:
    large = get(b"Host: a", b"x: " + b"y" * 16_384)
    assert statuses(service.ask(GET + large)) == [200, 431]
    assert statuses(service.ask(CHUNKED, b"0\r\n\r\n" + large, pause_s=0.05)) == [200, 431]
    small = get(b"Host: a", b"x: " + b"y" * 4_000)
    assert (
        statuses(service.ask(small * 8 + b"GET / HTTP/1.1\r\n", b"Host: a\r\nConnection: close\r\n\r\n", pause_s=0.05))
        == [200] * 9
    )


def test_a_field_without_end_is_431_before_its_end(service: Service) -> None:
    with service.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nx: ")
        for _ in range(40):
            time.sleep(0.005)
            try:
                client.sendall(b"y" * 1_000)
            except OSError:
                break
        assert statuses(read_all(client)) == [431]


def test_a_large_body_is_413_before_it_is_sent(service: Service) -> None:
    service.forget()
    answer = service.ask(post(b"Content-Length: 1048577", b"Expect: 100-continue"))
    assert statuses(answer) == [413] and problem(answer)["code"] == "SB243"
    assert service.seen == []
    assert statuses(service.ask(post(b"Content-Length: 1048576", b"Connection: close", body=b"x" * 1_048_576))) == [200]


def test_a_large_body_in_chunks_is_413_while_it_comes(service: Service) -> None:
    service.forget()
    answer = service.ask(CHUNKED + b"100001\r\n" + b"x" * 0x100001 + b"\r\n0\r\n\r\n" + MARKER)
    assert statuses(answer) == [413]
    assert service.paths() in (["/echo"], [])  # the short way waits for the whole
    wait_until(lambda: all(seen["left"] for seen in service.seen))


@pytest.mark.parametrize("filling", [b"1;" + b"a" * 1_000_000, b"0\r\nx: " + b"a" * 1_000_000, b"0" * 1_000_000])
def test_framing_without_content_is_bounded_too(service: Service, filling: bytes) -> None:
    head, rest = filling[:20], filling[20:]
    answer = service.ask(CHUNKED, head, *[rest[-1:] * 500_000] * 6)
    assert statuses(answer) in ([413], [400])


def test_an_answer_to_head_has_no_content_even_when_it_refuses(service: Service) -> None:
    answer = service.ask(b"HEAD /bad HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.endswith(b"\r\n\r\n")


def test_requests_in_a_row_are_answered_in_their_order(service: Service) -> None:
    row = b"".join(get(b"Host: a", target=b"/%d" % number) for number in range(9))
    answer = service.ask(row + get(b"Host: a", b"Connection: close", target=b"/9"))
    assert statuses(answer) == [200] * 10
    assert [answer.index(b'"/%d"' % number) for number in range(10)] == sorted(
        answer.index(b'"/%d"' % n) for n in range(10)
    )


def test_a_refusal_waits_for_the_answers_before_it(service: Service) -> None:
    service.forget()
    answer = service.ask(GET + GET + HOSTILE["two hosts"] + MARKER)
    assert statuses(answer) == [200, 200, 400]
    answer = service.ask(GET + GET + CHUNKED + b"zz\r\n" + MARKER)
    assert statuses(answer) == [200, 200, 400]
    assert "/marker" not in service.paths()


def test_more_requests_in_a_row_than_wait_are_refused_after_those_that_do(service: Service) -> None:
    service.forget()
    answer = service.ask(GET * 5_000)
    assert statuses(answer) == [200] * 17 + [400]
    assert len(service.seen) == 17


def test_nothing_is_read_after_a_request_that_closes(service: Service) -> None:
    service.forget()
    assert statuses(service.ask(get(b"Host: a", b"Connection: close") + MARKER)) == [200]
    assert statuses(service.ask(b"GET /old HTTP/1.0\r\n\r\n" + MARKER)) == [200]
    assert statuses(service.ask(b"GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + MARKER)) == [200]
    assert "/marker" not in service.paths()


def test_an_upgrade_we_do_not_know_is_passed_over(service: Service) -> None:
    service.forget()
    answer = service.ask(get(b"Host: a", b"Connection: upgrade", b"Upgrade: h2c", target=b"/ok") + MARKER)
    assert statuses(answer) == [200]
    assert service.paths() == ["/ok"]


def test_an_early_answer_and_a_body_after_it_keep_the_connection_in_step(service: Service) -> None:
    early = b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n"
    answer = service.ask(early, b"x" * 300_000, get(b"Host: a", b"Connection: close", target=b"/next"), pause_s=0.05)
    assert statuses(answer) == [401, 200]


@pytest.mark.parametrize(
    "request_",
    [
        b"\r\n" + get(b"Host: a", b"Connection: close"),
        get(b"Host: [::1]:8080", b"Connection: close"),
        get(b"Host: example.com:80", b"Connection: close", target=b"http://EXAMPLE.com:80/bad"),
        get(b"Host: a", b"Connection: close", b"X-Name: caf\xe9"),
        get(b"Host: a", b"Connection: close", target=b"/%C3%A9?a=%FF&b=|"),
        b"OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        post(b"Content-Length: 5 ", b"Connection: close", body=b"hello"),
        post(b"Transfer-Encoding: Chunked", b"Connection: close", body=b"5\r\nhello\r\n0\r\n\r\n"),
    ],
)
def test_uncommon_requests_that_are_sound_are_answered(service: Service, request_: bytes) -> None:
    assert statuses(service.ask(request_)) == [200]


def test_refusals_are_reported_by_code(service: Service) -> None:
    service.refused.clear()
    service.ask(HOSTILE["two hosts"])
    service.ask(b"GET /" + b"a" * 9_000)
    assert [seen.code for seen in service.refused] == ["SB200", "SB245"]
    assert [(seen.status, seen.outcome, seen.operation) for seen in service.refused] == [
        (400, "invalid", ""),
        (414, "invalid", ""),
    ]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (get(b"X-Request-Id: edge-1", b"Content-Length: x"), 400),
        (get(b"X-Request-Id: edge-1", *[b"A: b"] * 200), 431),
        (post(b"X-Request-Id: edge-1", b"Content-Length: 99999999"), 413),
        (post(b"X-Request-Id: edge-1", b"Transfer-Encoding: chunked", body=b"zz\r\n"), 400),
    ],
)
def test_a_refusal_takes_the_request_id_of_the_caller(service: Service, request_: bytes, status: int) -> None:
    """In its field, in its problem and in what is told of it, as in any other answer."""
    service.refused.clear()
    answer = service.ask(request_)
    assert statuses(answer) == [status]
    assert request_id(answer) == problem(answer)["request_id"] == "edge-1"
    assert [(seen.request_id, seen.status) for seen in service.refused] == [("edge-1", status)]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"\x16\x03\x01 TLS\r\n\r\n", 400),
        (b"GET /" + b"a" * 9_000, 414),
        (get(b"X-Request-Id: two words", b"Content-Length: x"), 400),
        (get(b"X-Request-Id: a", b"X-Request-Id: b", b"Content-Length: x"), 400),
        (get(b"X-Request-Id: " + b"a" * 200, b"Content-Length: x"), 400),
    ],
)
def test_a_refusal_has_a_request_id_of_its_own_when_the_caller_gives_none(
    service: Service, request_: bytes, status: int
) -> None:
    service.refused.clear()
    answer = service.ask(request_)
    assert statuses(answer) == [status]
    assert re.fullmatch("[0-9a-f-]{36}", request_id(answer))
    assert [seen.request_id for seen in service.refused] == [request_id(answer)] == [problem(answer)["request_id"]]


def test_a_second_request_that_is_refused_is_not_told_under_the_id_of_the_first(service: Service) -> None:
    """Two on one connection: the second has no id, and gets one."""
    service.refused.clear()
    answer = service.ask(b"GET /ok HTTP/1.1\r\nHost: a\r\nX-Request-Id: first\r\n\r\n" + get(b"Content-Length: x"))
    assert statuses(answer) == [200, 400]
    assert b"first" not in answer
    assert [seen.request_id for seen in service.refused] == [request_id(answer)]


@pytest.mark.parametrize("start", [b"G", b"GET /bad HTTP/1.1\r\n", b"GET /bad HTTP/1.1\r\nHost: a\r\nx: y"])
def test_a_head_that_does_not_arrive_is_408(hasty: Service, start: bytes) -> None:
    answer = hasty.ask(start)
    assert statuses(answer) == [408]
    assert problem(answer)["code"] == "SB247"
    seen = hasty.refused[-1]
    assert (seen.request_id, seen.outcome) == (problem(answer)["request_id"], "limited")
    assert seen.duration_s > 0.3


def drip(client: socket.socket, start: bytes, byte: bytes) -> bytes:
    """Send *byte* again and again, slowly, until the server has enough; return what it answered."""
    client.sendall(start)
    give_up = time.monotonic() + 20
    try:
        while time.monotonic() < give_up:
            time.sleep(0.05)
            client.sendall(byte)
            client.settimeout(0.01)
            try:
                return client.recv(4_096)
            except TimeoutError:
                client.settimeout(20)
    except OSError:
        return b""
    raise AssertionError("never cut")


@pytest.mark.parametrize("byte", [b"y", b"y: z\r\n"])
def test_a_head_that_drips_is_408_though_something_always_comes(hasty: Service, byte: bytes) -> None:
    with hasty.connect() as client:
        assert statuses(drip(client, b"GET /bad HTTP/1.1\r\nHost: a\r\nx: y\r\n", byte)) == [408]


@pytest.mark.parametrize("start", [post(b"Content-Length: 9000"), CHUNKED + b"2000\r\n"])
def test_a_body_that_drips_is_408_and_its_application_hears_of_it(hasty: Service, start: bytes) -> None:
    hasty.forget()
    with hasty.connect() as client:
        assert statuses(drip(client, start, b"x")) == [408]
    wait_until(lambda: all(seen["left"] for seen in hasty.seen))


def test_a_body_that_keeps_its_pace_may_take_longer(hasty: Service) -> None:
    parts = [b"x" * 20_000] * 8
    answer = hasty.ask(post(b"Content-Length: 160000", b"Connection: close"), *parts, pause_s=0.1)
    assert statuses(answer) == [200]


def test_a_connection_without_a_request_is_closed_without_a_word(hasty: Service) -> None:
    assert hasty.ask() == b""
    assert hasty.ask(b"\r\n") == b""
    assert statuses(hasty.ask(GET)) == [200]
    assert statuses(hasty.ask(GET, b"\r\n\r\n")) == [200]


def test_an_application_that_takes_its_time_is_not_the_clients_fault(hasty: Service) -> None:
    with hasty.connect() as client:
        client.sendall(get(b"Host: a", b"Connection: close", target=b"/wait"))
        time.sleep(1.2)
        hasty.release.set()
        assert statuses(read_all(client)) == [200]


def test_a_client_that_does_not_read_is_cut_and_one_that_does_is_not(hasty: Service) -> None:
    large = get(b"Host: a", target=b"/large")
    with socket.socket() as idle:
        idle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        idle.connect(("127.0.0.1", hasty.port))
        idle.sendall(large)
        wait_until(lambda: bool(hasty.server.server_state.connections))
        wait_until(lambda: not hasty.server.server_state.connections)
        assert len(read_all_of(idle)) < 32_000_000
    assert len(hasty.ask(get(b"Host: a", b"Connection: close", target=b"/large"))) > 32_000_000


def read_all_of(client: socket.socket) -> bytes:
    client.settimeout(20)
    return read_all(client)


def test_a_client_that_does_not_read_is_cut_after_close_too(hasty: Service) -> None:
    with socket.socket() as idle:
        idle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        idle.connect(("127.0.0.1", hasty.port))
        idle.sendall(get(b"Host: a", b"Connection: close", target=b"/large"))
        wait_until(lambda: bool(hasty.server.server_state.connections))
        wait_until(lambda: not hasty.server.server_state.connections)


def test_connections_beyond_the_cap_are_503_and_those_within_go_on() -> None:
    with Service(Limits(connections=4, idle_time_s=30)).running() as service:
        held = [service.connect() for _ in range(4)]
        wait_until(lambda: len(service.server.server_state.connections) == 4)
        refused = service.ask(GET)
        assert statuses(refused) == [503] and problem(refused)["code"] == "SB301"
        assert b"\r\nretry-after: 1\r\n" in refused
        for client in held:
            client.sendall(get(b"Host: a", b"Connection: close"))
            assert statuses(read_all(client)) == [200]
            client.close()
        wait_until(lambda: not service.server.server_state.connections)
        assert statuses(service.ask(get(b"Host: a", b"Connection: close"))) == [200]


def test_a_flood_of_connections_leaves_none_behind() -> None:
    with Service(Limits(connections=4, linger_time_s=0.1)).running() as service:
        flood = [service.connect() for _ in range(300)]
        wait_until(lambda: len(service.server.server_state.connections) <= 4)
        for client in flood:
            client.close()
        wait_until(lambda: not service.server.server_state.connections)
        assert statuses(service.ask(get(b"Host: a", b"Connection: close"))) == [200]


def test_a_stopping_server_finishes_what_it_began(kind: type[Service]) -> None:
    service = kind(Limits())
    with service.running():
        client = service.connect()
        client.sendall(get(b"Host: a", target=b"/wait"))
        wait_until(lambda: service.paths() == ["/wait"])
        service.server.should_exit = True
        time.sleep(0.3)
        service.release.set()
        assert statuses(read_all(client)) == [200]
        client.close()


def test_a_mutated_request_is_refused_or_read_as_another_parser_reads_it(service: Service) -> None:
    """Random changes to sound requests: never a fault of ours, and where both parsers read a request, it is the same one."""
    chance = random.Random(2)
    sound = [GET, post(b"Content-Length: 5", body=b"hello"), CHUNKED + b"5;a=b\r\nhello\r\n0\r\nTrailer: x\r\n\r\n"]
    service.forget()
    compared = 0
    for _ in range(200):
        sent = bytearray(chance.choice(sound) + chance.choice(sound))
        for _ in range(chance.randint(1, 3)):
            place = chance.randrange(len(sent))
            sent[place : place + chance.randint(0, 2)] = chance.choice(
                [
                    b"",
                    b"\r",
                    b"\n",
                    b"\r\n",
                    b" ",
                    b":",
                    b"\0",
                    b"\xff",
                    b"0",
                    b"chunked",
                    b"Content-Length: 3\r\n",
                    b"\r\n\r\n",
                ]
            )
        with service.connect() as client:
            port = client.getsockname()[1]
            client.sendall(bytes(sent))
            client.settimeout(0.05)
            answer = read_all(client)
        assert set(statuses(answer)) <= {200, 400, 405}
        answered = [seen for seen in service.seen if seen["port"] == port][: statuses(answer).count(200)]
        ours = [(seen["target"], seen["body"]) for seen in answered]
        pairs = list(zip(ours, read_with_h11(bytes(sent)), strict=False))
        assert all(one == other for one, other in pairs), bytes(sent)
        compared += len(pairs)
    assert compared > 50
    assert statuses(service.ask(get(b"Host: a", b"Connection: close"))) == [200]


def read_with_h11(sent: bytes) -> list[tuple[bytes, bytes]]:
    """Targets and bodies as a stricter parser reads them, up to the first it refuses."""
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(sent)
    read: list[tuple[bytes, bytes]] = []
    target, body = b"", b""
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Request):
                target, body = event.target, b""
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                read.append((target, body))
                connection.send(h11.Response(status_code=200, headers=[("content-length", "0")]))
                connection.send(h11.EndOfMessage())
                connection.start_next_cycle()
            else:
                return read
    except (h11.RemoteProtocolError, h11.LocalProtocolError):
        return read
