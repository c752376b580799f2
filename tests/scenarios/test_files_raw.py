"""Files over a real connection to `strongback run`: what is held in memory, who goes away, and what is answered before the bytes come."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path

import pytest

from tests.services import album

MIB = 1_048_576
PIECE = bytes(range(256)) * 1024
PIECES = 800  # of 256 KiB: 200 MiB


@dataclass
class Served:
    process: subprocess.Popen[bytes]
    port: int
    folder: Path
    token: str

    @contextmanager
    def connect(self) -> Iterator[HTTPConnection]:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=120)) as client:
            yield client

    def ask(self, method: str, path: str, content: bytes | None = None, **fields: str) -> tuple[int, bytes]:
        with self.connect() as client:
            said = {name.replace("_", "-"): value for name, value in fields.items()}
            client.request(method, path, content, {**self.bearer, **said})
            answer = client.getresponse()
            return answer.status, answer.read()

    @property
    def bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}

    def made(self, plural: str) -> str:
        """The path of a new row."""
        content = b'{"title":"a"}' if plural == "pictures" else b"{}"
        status, answer = self.ask("POST", f"/v1/{plural}/start", content, content_type="application/json")
        assert status == 200, answer
        return f"/v1/{plural}/{json.loads(answer)['id']}"

    def head(self, path: str, *fields: str, token: str | None = None) -> bytes:
        """The head of a request that puts a file."""
        lines = [f"PUT {path} HTTP/1.1", "host: a", *fields]
        lines += [f"authorization: Bearer {token or self.token}"]
        return "\r\n".join([*lines, "", ""]).encode()

    def raw(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def kept(self) -> list[Path]:
        return [path for path in (self.folder / "files").rglob("*") if path.is_file()]

    def peak_bytes(self) -> int:
        """The most memory the process ever held."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    if not Path("/proc/self/status").exists():
        pytest.skip("this system does not tell what a process holds")
    folder = tmp_path_factory.mktemp("album")
    shutil.copy(str(album.__file__), folder / "service.py")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sb = [sys.executable, "-m", "strongback.cli"]
    run = [*sb, "run", "--port", str(port), "--no-reload", "--quiet", "--files", (folder / "files").as_uri()]
    process = subprocess.Popen(run, cwd=folder)
    try:
        _wait_until_ready(process, port)
        token = subprocess.run(
            [*sb, "token", "--sub", "ann"], cwd=folder, check=True, capture_output=True, text=True
        ).stdout
        yield Served(process, port, folder, token.strip().splitlines()[-1].split()[-1])
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        assert process.poll() is None
        try:
            with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as client:
                client.request("GET", "/ready")
                if client.getresponse().status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("it does not start")


def read_head(client: socket.socket) -> bytes:
    """The head of an answer."""
    received = b""
    while b"\r\n\r\n" not in received:
        part = client.recv(65_536)
        if not part:
            break
        received += part
    return received


def test_a_file_of_200_mib_goes_both_ways_in_bounded_memory(served: Served) -> None:
    path = f"{served.made('papers')}/scan"
    before = served.peak_bytes()
    size = PIECES * len(PIECE)
    with served.connect() as client:
        client.putrequest("PUT", path)
        for name, value in {**served.bearer, "content-type": "application/x-tar", "content-length": str(size)}.items():
            client.putheader(name, value)
        client.endheaders()
        for _ in range(PIECES):
            client.send(PIECE)
        answer = client.getresponse()
        assert (answer.status, json.load(answer)["scan"]["size"]) == (200, size)
        client.request("GET", path, headers=served.bearer)
        answer, received = client.getresponse(), 0
        while part := answer.read(len(PIECE)):
            assert part == PIECE
            received += len(part)
        assert received == size
    assert served.peak_bytes() - before < 32 * MIB


def test_a_client_that_goes_away_leaves_nothing(served: Served) -> None:
    path = f"{served.made('papers')}/scan"
    kept = served.kept()
    with served.raw() as client:
        client.sendall(served.head(path, "content-length: 9000000", "content-type: application/x-tar") + PIECE * 4)
        give_up = time.monotonic() + 30
        while len(served.kept()) == len(kept) and time.monotonic() < give_up:
            time.sleep(0.02)
        assert len(served.kept()) == len(kept) + 1  # it has begun
    give_up = time.monotonic() + 30
    while served.kept() != kept and time.monotonic() < give_up:
        time.sleep(0.02)
    assert served.kept() == kept
    assert served.ask("GET", path)[0] == 404


def test_what_is_announced_too_large_is_refused_before_it_is_sent(served: Served) -> None:
    path = f"{served.made('pictures')}/image"
    with served.raw() as client:
        client.sendall(served.head(path, "content-length: 300001", "content-type: image/png", "expect: 100-continue"))
        answer = read_head(client)
    assert answer.startswith(b"HTTP/1.1 413 ") and b"connection: close" in answer


def test_the_permission_is_told_before_a_byte_is_sent(served: Served) -> None:
    path = f"{served.made('pictures')}/image"
    for token, status in (("nonsense", b"401"), (served.token, b"404")):
        asked = path if status == b"401" else "/v1/pictures/0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11/image"
        with served.raw() as client:
            fields = ("content-length: 99999999999", "content-type: image/png", "expect: 100-continue")
            client.sendall(served.head(asked, *fields, token=token))
            assert read_head(client).startswith(b"HTTP/1.1 " + status)


def test_what_grows_too_large_is_refused_while_it_is_sent_and_the_answer_arrives(served: Served) -> None:
    path = f"{served.made('pictures')}/image"
    kept = served.kept()
    with served.raw() as client:
        client.sendall(served.head(path, "transfer-encoding: chunked", "content-type: image/png"))
        piece = b"\x89PNG\r\n\x1a\n" + bytes(65_528)
        try:
            for _ in range(8):
                client.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        except ConnectionError:
            pass
        assert read_head(client).startswith(b"HTTP/1.1 413 ")
    assert served.kept() == kept


def test_a_put_that_waits_for_the_word_to_go_on_is_told_to(served: Served) -> None:
    path = f"{served.made('pictures')}/image"
    content = b"\x89PNG\r\n\x1a\n"
    with served.raw() as client:
        fields = (f"content-length: {len(content)}", "content-type: image/png", "expect: 100-continue")
        client.sendall(served.head(path, *fields))
        assert read_head(client).startswith(b"HTTP/1.1 100 ")
        client.sendall(content)
        assert read_head(client).startswith(b"HTTP/1.1 200 ")


def test_a_reader_that_goes_away_lets_the_service_go_on(served: Served) -> None:
    row = served.made("papers")
    assert served.ask("PUT", f"{row}/scan", PIECE * 40, content_type="application/x-tar")[0] == 200
    for _ in range(5):
        with served.raw() as leaving:
            leaving.sendall(
                f"GET {row}/scan HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {served.token}\r\n\r\n".encode()
            )
            assert leaving.recv(1000).startswith(b"HTTP/1.1 200 ")
    assert served.ask("GET", f"{row}/scan", range="bytes=0-9") == (206, PIECE[:10])
    descriptors = len(list(Path(f"/proc/{served.process.pid}/fd").iterdir()))
    assert descriptors < 60


def test_an_answer_that_has_begun_is_cut_where_its_file_was_changed(served: Served) -> None:
    """A client sees that it is not whole: fewer bytes came than were announced, none of them wrong, and the connection is gone."""
    row, before = served.made("papers"), set(served.kept())
    size = 40 * len(PIECE)
    assert served.ask("PUT", f"{row}/scan", PIECE * 40, content_type="application/x-tar")[0] == 200
    (kept,) = set(served.kept()) - before
    with kept.open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)[0]
        file.seek(-1, 2)
        file.write(bytes((last ^ 1,)))
    with served.connect() as client:
        client.request("GET", f"{row}/scan", headers=served.bearer)
        answer = client.getresponse()
        assert (answer.status, answer.headers["content-length"]) == (200, str(size))
        with pytest.raises((IncompleteRead, ConnectionError)) as cut:
            answer.read()
    if isinstance(cut.value, IncompleteRead):
        assert len(cut.value.partial) < size and (PIECE * 40).startswith(cut.value.partial)
    assert served.ask("GET", f"{row}/scan", range="bytes=0-9") == (206, PIECE[:10])
    assert served.ask("GET", f"{row}/scan", range="bytes=-9")[0] == 500
    assert served.ask("GET", "/ready")[0] == 200
