"""`strongback run` of a service with gRPC: where it listens, what production leaves out, and how it ends."""

from __future__ import annotations

import json
import re
import runpy
import signal
import socket
import threading
from base64 import b64encode
from pathlib import Path
from secrets import token_bytes
from typing import Any

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

import strongback as sb
from strongback.errors import ConfigurationError
from tests.unit.cli.conftest import Cli
from tests.unit.cli.running import Running, running

SERVICE = '''"""Notes."""
import asyncio

import strongback as sb


class Note(sb.Entity):
    text: str = sb.field(max=100)
    access = sb.Access(read=sb.EVERYONE, create=sb.EVERYONE)
    search = sb.Query()

    @sb.action(allow=sb.EVERYONE)
    @classmethod
    async def slow(cls) -> str:
        await asyncio.sleep(1)
        return "done"


notes = sb.Service("notes", rest="/v1", grpc=True, entities=[Note])
'''
PRODUCTION = {"STRONGBACK_PROFILE": "production", "STRONGBACK_KEYS": f"1:{b64encode(token_bytes(32)).decode()}"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "notes"
    made.mkdir()
    (made / "service.py").write_text(SERVICE)
    return made


def address(run: Running) -> str:
    found = re.search(r"127\.0\.0\.1:\d+", run.wait_for("gRPC"))
    assert found is not None
    return found[0]


def health(channel: grpc.Channel, service: str = "") -> Any:
    return health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service=service), timeout=20).status


def test_it_says_where_and_what_there_is(folder: Path) -> None:
    with running(folder, "--no-reload", "--grpc-port", "0") as run, grpc.insecure_channel(address(run)) as channel:
        assert health(channel) == health(channel, "notes.v1.NoteService") == health_pb2.HealthCheckResponse.SERVING
        found = ProtoReflectionDescriptorDatabase(channel)
        assert set(found.get_services()) == {"grpc.health.v1.Health", "notes.v1.NoteService"}
        assert found.FindFileContainingSymbol("notes.v1.NoteService").name == "notes/v1/notes.proto"
        with pytest.raises(grpc.RpcError) as caught:
            health(channel, "no.such.Service")
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND


def test_production_tells_nobody_what_there_is(folder: Path, cli: Cli) -> None:
    store = f"sqlite:///{folder}/notes.db"
    assert cli("migrate", "--store", store, cwd=folder).returncode == 0
    with running(folder, "--store", store, "--grpc-port", "0", **PRODUCTION) as run:
        with grpc.insecure_channel(address(run)) as channel:
            assert health(channel) == health_pb2.HealthCheckResponse.SERVING
            with pytest.raises(grpc.RpcError) as caught:
                list(ProtoReflectionDescriptorDatabase(channel).get_services())
            assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
        run.signal(signal.SIGINT)
        assert run.end() == 0


def test_a_call_that_has_begun_is_answered_before_it_ends(folder: Path) -> None:
    """New calls are told to go elsewhere (GOAWAY), and the process ends by itself."""
    with running(folder, "--no-reload", "--grpc-port", "0") as run, grpc.insecure_channel(address(run)) as channel:
        assert health(channel) == health_pb2.HealthCheckResponse.SERVING
        answers: list[bytes] = []
        slow = channel.unary_unary("/notes.v1.NoteService/SlowNote")
        asking = threading.Thread(target=lambda: answers.append(slow(b"", timeout=20)))
        watching = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        assert next(watching).status == health_pb2.HealthCheckResponse.SERVING
        asking.start()
        run.signal(signal.SIGTERM)
        assert next(watching).status == health_pb2.HealthCheckResponse.NOT_SERVING
        asking.join(20)
        watching.cancel()
        assert run.end() == 0
        assert answers == [b"\n\x04done"]


def test_a_port_that_is_taken_is_told(folder: Path, cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for more in ((), ("--no-reload",)):
            done = cli("run", "--port", "0", "--grpc-port", port, *more, cwd=folder)
            assert done.returncode == 3
            assert f"gRPC cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "is no port" in cli("run", "--grpc-port", "x", cwd=folder).stderr


def test_several_processes_share_the_port(folder: Path) -> None:
    with running(folder, "--workers", "2", "--grpc-port", "0", "--store", f"sqlite:///{folder}/n.db") as run:
        for _ in range(8):
            with grpc.insecure_channel(address(run), options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
                assert health(channel) == health_pb2.HealthCheckResponse.SERVING
        run.signal(signal.SIGTERM)
        assert run.end() == 0


def test_the_contract_is_printed_or_written(folder: Path, cli: Cli) -> None:
    printed = cli("contract", "proto", cwd=folder)
    assert "service NoteService {" in printed.stdout
    cli("contract", "proto", "--folder", "out", cwd=folder)
    assert (folder / "out/notes/v1/notes.proto").read_text() == printed.stdout
    told = cli("contract", "proto")  # the example, which has no gRPC
    assert (told.returncode, "grpc=True" in told.stderr) == (1, True)


def test_two_branches_that_took_one_number_are_told_and_parted(folder: Path, cli: Cli) -> None:
    lock = folder / "strongback.lock.json"
    assert cli("lock", cwd=folder).returncode == 0
    (folder / "service.py").write_text(SERVICE.replace("text: str", "more: str = sb.field(max=9)\n    text: str"))
    assert cli("lock", cwd=folder).returncode == 0
    lock.write_text(lock.read_text().replace('"more": 7', '"more": 6'))
    told = cli("check", cwd=folder)
    assert "gives the number 6 twice among the members of Note: to `text` and `more`" in told.stderr + told.stdout
    parted = cli("lock", "--resolve", cwd=folder)
    assert "members of Note: `more` gets 7; 6 is `text`" in parted.stdout
    assert cli("check", cwd=folder).returncode == 0
    assert cli("lock", "--resolve", "--check", cwd=folder).returncode == 2


def test_a_call_is_counted_and_logged_as_any_request(folder: Path) -> None:
    with running(folder, "--no-reload", "--grpc-port", "0") as run, grpc.insecure_channel(address(run)) as channel:
        channel.unary_unary("/notes.v1.NoteService/ListNotes")(b"", metadata=[("x-request-id", "edge-7")], timeout=20)
        with pytest.raises(grpc.RpcError) as caught:
            channel.unary_unary("/notes.v1.NoteService/GetNote")(b"", timeout=20)
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND
        figures = httpx.get(f"{run.base}/metrics").text
        assert 'strongback_requests_total{operation="Note.search",outcome="ok"} 1\n' in figures
        assert 'strongback_requests_total{operation="Note.get",outcome="not_found"} 1\n' in figures
        assert "strongback_requests_in_flight 0\n" in figures
        run.signal(signal.SIGINT)
        assert run.end() == 0
        first, second = [json.loads(line) for line in run.logged]
        assert (first["request_id"], first["door"], first["operation"], first["status"]) == (
            "edge-7",
            "grpc",
            "Note.search",
            0,
        )
        assert (second["status"], second["code"]) == (5, "SB212")


@pytest.mark.parametrize(("trusted", "last"), [("", "RESOURCE_EXHAUSTED"), ("127.0.0.1", "OK")])
def test_nobody_names_an_address_but_a_trusted_proxy(folder: Path, trusted: str, last: str) -> None:
    (folder / "service.py").write_text(SERVICE.replace("sb.Query()", 'sb.Query(rate="2/min")'))
    said, options = "", ("--no-reload", "--grpc-port", "0")
    with (
        running(folder, *options, STRONGBACK_TRUSTED_PROXIES=trusted) as run,
        grpc.insecure_channel(address(run)) as at,
    ):
        for client in range(3):
            try:
                metadata = [("x-forwarded-for", f"192.0.2.{client}")]
                at.unary_unary("/notes.v1.NoteService/ListNotes")(b"", metadata=metadata, timeout=20)
                said = "OK"
            except grpc.RpcError as error:
                said = error.code().name
    assert said == last


def test_doctor_looks_at_the_packages_and_the_port(folder: Path, cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = cli("doctor", "--port", "0", cwd=folder, STRONGBACK_GRPC_PORT=str(port)).stdout
    assert f"cannot listen on 127.0.0.1:{port}" in told and f"strongback run --grpc-port {port + 1}" in told
    assert "grpcio" in told


def test_without_its_packages_it_refuses_to_start(folder: Path, cli: Cli) -> None:
    (folder / "grpc.py").write_text("raise ImportError('not here')\n")
    done = cli("run", "--no-reload", "--port", "0", "--grpc-port", "0", cwd=folder, PYTHONPATH=str(folder))
    assert done.returncode == 3
    assert "pip install 'strongback[grpc]'" in done.stderr


def test_a_service_that_is_mounted_says_that_it_serves_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(folder))
    module = runpy.run_path(str(folder / "service.py"))
    with pytest.raises(ConfigurationError, match="does not serve gRPC"):
        sb.asgi(module["notes"])
