"""`strongback run` as a process: what it serves, prints, refuses, and how it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.unit.cli.conftest import Cli, environment
from tests.unit.cli.running import WITHIN_S, running

KEYS = "1:" + "A" * 43 + "="
PRODUCTION = {"STRONGBACK_PROFILE": "production"}


def test_it_serves_the_contract_the_page_and_figures(project: Path) -> None:
    with running(project, "--no-reload") as run:
        assert httpx.get(f"{run.base}/openapi.json").json()["info"]["title"] == "jobs"
        assert httpx.get(f"{run.base}/docs").status_code == 200
        before = httpx.get(f"{run.base}/metrics").text
        assert 'strongback_requests_total{operation="Job.apply",outcome="fault"} 0\n' in before
        assert 'strongback_requests_total{operation="Job.search",outcome="ok"} 0\n' in before
        assert "strongback_store_connections_limit 1" in before
        httpx.get(f"{run.base}/v1/jobs")
        after = httpx.get(f"{run.base}/metrics").text
        assert 'strongback_requests_total{operation="Job.search",outcome="ok"} 1\n' in after
        assert 'version="1.0.0"' in after


def test_to_a_developer_it_prints_no_line_of_the_servers_own(project: Path) -> None:
    with running(project, "--no-reload") as run:
        httpx.get(f"{run.base}/v1/jobs")
        run.signal(signal.SIGINT)
        assert run.end() == 0
        logged = [json.loads(line) for line in run.logged]
        assert [line["event"] for line in logged] == ["request"]
        assert not [line for line in run.told if "uvicorn" in line or "Started" in line]


@pytest.mark.parametrize(
    "field",
    [b"Content-Length: x", b"Origin: b\r\nOrigin: c"],
    ids=["by the protocol", "by the application"],
)
def test_what_is_refused_unread_is_logged_under_its_request_id(project: Path, field: bytes) -> None:
    """A request that becomes none has its answer, its line and its count as any other."""
    with running(project, "--no-reload") as run:
        host, port = run.base.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=WITHIN_S) as client:
            client.sendall(b"GET /v1/jobs HTTP/1.1\r\nHost: a\r\nX-Request-Id: edge-7\r\n" + field + b"\r\n\r\n")
            head, _, content = b"".join(iter(lambda: client.recv(65_536), b"")).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 ") and b"\r\nx-request-id: edge-7" in head
        assert json.loads(content)["request_id"] == "edge-7"
        figures = httpx.get(f"{run.base}/metrics").text
        assert 'strongback_requests_total{operation="other",outcome="invalid"} 1\n' in figures
        run.signal(signal.SIGINT)
        assert run.end() == 0
        (line,) = [json.loads(line) for line in run.logged]
        seen = (line["request_id"], line["status"], line["level"], line["code"])
        assert seen == ("edge-7", 400, "info", "SB200")


def test_ready_says_no_before_the_port_closes(project: Path) -> None:
    with running(project, "--no-reload", STRONGBACK_STOP_DELAY_S="300") as run:
        base = run.base
        assert httpx.get(f"{base}/ready").json() == {"status": "ready"}
        run.signal(signal.SIGTERM)
        until = time.monotonic() + WITHIN_S
        while (answer := httpx.get(f"{base}/ready")).status_code == 200 and time.monotonic() < until:
            time.sleep(0.02)
        assert (answer.status_code, answer.json()) == (503, {"status": "stopping"})
        assert httpx.get(f"{base}/v1/jobs").status_code == 200, "what still comes is answered"
        run.signal(signal.SIGTERM)
        assert run.end() == 0


def test_an_edit_is_served_and_a_broken_one_is_not(project: Path) -> None:
    service = project / "service.py"
    good = service.read_text()

    def version() -> str:
        try:
            return str(httpx.get(f"{run.base}/openapi.json").json()["info"]["version"])
        except httpx.RemoteProtocolError:
            return ""  # the old process closed a connection it had accepted, before a request came

    with running(project) as run:
        assert version() == "1.0.0"
        service.write_text(good.replace("self.status == ", "self.stauts == "))
        run.wait_for("did you mean `status`?")
        run.wait_for("the old version goes on serving")
        assert version() == "1.0.0"
        service.write_text(good.replace("1.0.0", "1.0.1"))
        run.wait_for("serving the new version")
        # Both share the socket while the old one finishes what it has begun, so either may answer for a moment.
        until, seen = time.monotonic() + WITHIN_S, version()
        while seen != "1.0.1" and time.monotonic() < until:
            time.sleep(0.05)
            seen = version()
        assert seen == "1.0.1"
        run.signal(signal.SIGTERM)
        assert run.end() == 0


@pytest.mark.parametrize(("trusted", "last"), [("", 429), ("127.0.0.1", 200), ("10.0.0.0/8", 429)])
def test_nobody_names_an_address_but_a_trusted_proxy(project: Path, trusted: str, last: int) -> None:
    service = project / "service.py"
    service.write_text(service.read_text().replace('"60/min"', '"2/min"'))
    with running(project, "--no-reload", STRONGBACK_TRUSTED_PROXIES=trusted) as run:
        statuses = [
            httpx.get(f"{run.base}/v1/jobs", headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code for n in range(3)
        ]
    assert statuses == [200, 200, last]


def test_production_is_given_everything_or_says_all_that_is_missing(cli: Cli) -> None:
    refused = cli("run", "--port", "0", **PRODUCTION)
    assert (refused.returncode, refused.stdout) == (3, "")
    for name in ("STORE", "KEYS", "KEYS_FILE", "ISSUER", "AUDIENCE", "JWKS"):
        assert f"STRONGBACK_{name}" in refused.stderr


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("STRONGBACK_TRUSTED_PROXIES", "*"),
        ("STRONGBACK_STOP_DELAY_S", "soon"),
        ("STRONGBACK_PROFILE", "productoin"),
        ("STRONGBACK_CORS_ORIGINS", "*"),
        ("STRONGBACK_LOG_LEVEL", "loud"),
    ],
)
def test_a_setting_without_sense_is_refused_by_name(cli: Cli, name: str, text: str) -> None:
    refused = cli("run", "--port", "0", **{name: text})
    assert (refused.returncode, refused.stdout) == (3, "")
    assert refused.stderr.startswith(f"{name}: SB400")


def test_production_believes_no_development_key(cli: Cli, project: Path) -> None:
    cli("token", "--sub", "ada")
    cli("seed", "--quiet")
    private = project / ".strongback"
    given = {"STRONGBACK_STORE": "sqlite:///p.db", "STRONGBACK_ISSUER": "i", "STRONGBACK_AUDIENCE": "jobs"}
    keys = cli("run", "--port", "0", **PRODUCTION, **given, STRONGBACK_KEYS_FILE=str(private / "keyring.json"))
    tokens = cli(
        "run", "--port", "0", **PRODUCTION, **given, STRONGBACK_KEYS=KEYS, STRONGBACK_JWKS=str(private / "tokens.json")
    )
    for refused in (keys, tokens):
        assert refused.returncode == 3 and "Traceback" not in refused.stderr
    assert cli("token", "--sub", "ada", **PRODUCTION).returncode == 3


def test_a_port_that_is_taken_is_said(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = cli("run", "--port", str(taken.getsockname()[1]))
    assert refused.returncode == 3
    assert "Another port: --port 0" in refused.stderr


def test_a_setting_that_is_none_is_said(cli: Cli) -> None:
    warned = cli("config", STRONGBACK_STROE="sqlite:///x.db", STRONGBACK_STORE="postgresql://me:secret@db/x")
    assert "STRONGBACK_STROE is no setting: did you mean `STRONGBACK_STORE`?" in warned.stderr
    assert "STRONGBACK_STORE = postgresql://me:***@db/x  (environment)" in warned.stdout
    assert "secret" not in warned.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="this machine lacks curl")
def test_the_lines_printed_work_when_pasted(cli: Cli, project: Path) -> None:
    cli("seed")
    with running(project, "--no-reload") as run:
        run.wait_for("curl -sw")
        assert run.base
        until = time.monotonic() + WITHIN_S
        while run.told[-1].strip() and time.monotonic() < until:
            time.sleep(0.02)
        lines = run.told[run.told.index("Try, in another terminal:\n") + 1 :]
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-eu"],
            check=False,
            input="".join(lines),
            cwd=project,
            env=environment(PATH=path),
            capture_output=True,
            text=True,
        )
    assert (done.returncode, done.stderr) == (0, "")
    drafts, none, applied, seen_by_ada, seen_by_stranger = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(drafts["items"]) == 2 and none == {"items": []}
    assert applied["letter"] == "Hello"
    assert applied["id"] in [each["id"] for each in seen_by_ada["applications"]]
    assert seen_by_stranger["applications"] == []


def test_no_child_outlives_the_process_that_watches(project: Path) -> None:
    with running(project) as run:
        base = run.base
        assert httpx.get(f"{base}/live").status_code == 200
        run.process.kill()
        run.end()  # its streams end only when the child has ended as well
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{base}/live")


@pytest.mark.parametrize("reload", ["--reload", "--no-reload"])
def test_a_store_that_is_not_the_models_is_said_with_every_difference(cli: Cli, project: Path, reload: str) -> None:
    assert cli("migrate").returncode == 0
    service = project / "service.py"
    service.write_text(
        service.read_text().replace("city: str = sb.field(max=80, index=True)", "city: int = sb.field(index=True)")
    )
    refused = cli("run", "--port", "0", reload)
    assert (refused.returncode, refused.stdout) == (3, "")
    assert refused.stderr.startswith("SB303 ") and "city" in refused.stderr


def test_a_database_that_is_away_ends_it(cli: Cli) -> None:
    refused = cli("run", "--port", "0", "--store", "postgresql://me:hunter2@127.0.0.1:1/none")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert refused.stderr.startswith("SB301 ") and "hunter2" not in refused.stderr


def test_source_that_is_broken_from_the_start_is_waited_for(project: Path) -> None:
    service = project / "service.py"
    good = service.read_text()
    service.write_text(good.replace("class Job(", "class Job(("))
    with running(project) as run:
        run.wait_for("waiting for the source to be saved")
        service.write_text(good)
        assert httpx.get(f"{run.base}/live").status_code == 200
