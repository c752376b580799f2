"""`strongback run --workers`: several processes, one port."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.unit.cli.conftest import Cli
from tests.unit.cli.running import WITHIN_S, Running, running

ASKED = 40


@pytest.fixture
def crew(project: Path) -> Iterator[Running]:
    """Three processes that all take requests."""
    with running(project, "--workers", "3") as run:
        assert run.base
        yield run


def samples(run: Running, name: str, **labels: str) -> dict[str, float]:
    """A figure of each worker, as one scrape shows it."""
    families = text_string_to_metric_families(httpx.get(f"{run.base}/metrics").text)
    found = [sample for family in families for sample in family.samples if sample.name == name]
    return {s.labels["worker"]: s.value for s in found if labels.items() <= s.labels.items()}


def searched(run: Running) -> dict[str, float]:
    return samples(run, "strongback_requests_total", operation="Job.search", outcome="ok")


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < end, "it never came so"
        time.sleep(0.05)


def ask(run: Running, times: int = ASKED) -> list[int]:
    """Statuses of requests that come one by one, each on a connection of its own."""
    return [httpx.get(f"{run.base}/v1/jobs").status_code for _ in range(times)]


def children(run: Running) -> list[int]:
    listed = Path(f"/proc/{run.process.pid}/task/{run.process.pid}/children")
    if not listed.exists():
        pytest.skip("lacks /proc: this system does not tell a process's children")
    return [int(pid) for pid in listed.read_text().split()]


def test_requests_are_shared_and_any_of_them_shows_the_figures_of_all(crew: Running) -> None:
    assert searched(crew) == {"1": 0, "2": 0, "3": 0}
    assert ask(crew) == [200] * ASKED
    counted = searched(crew)
    assert sum(counted.values()) == ASKED
    assert len([count for count in counted.values() if count]) >= 2
    text = httpx.get(f"{crew.base}/metrics").text
    heads = re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)
    assert len(heads) == len(set(heads)), "each family stands once"


def test_one_that_dies_is_started_again_and_no_request_is_lost_meanwhile(crew: Running) -> None:
    before = children(crew)
    assert len(before) == 3
    os.kill(before[1], signal.SIGKILL)
    crew.wait_for(f"(pid {before[1]}) ended with SIGKILL: starting it again")
    assert ask(crew) == [200] * ASKED
    until(lambda: len(children(crew)) == 3 and len(searched(crew)) == 3)
    assert ask(crew) == [200] * ASKED


def test_what_is_under_way_at_the_signal_is_answered_by_all(crew: Running) -> None:
    host, _, port = crew.base.removeprefix("http://").partition(":")
    body = b'{"name": "Acme"}'
    head = "POST /v1/companies/found HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-type: application/json\r\n"
    asked = [socket.create_connection((host, int(port)), timeout=WITHIN_S) for _ in range(12)]
    for each in asked:
        each.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode())
    assert [each.recv(100) for each in asked] == [b"HTTP/1.1 100 Continue\r\n\r\n"] * len(asked)
    crew.signal(signal.SIGTERM)
    until(lambda: not is_open(host, int(port)))
    for each in asked:
        each.sendall(body)
    answers = [_answer(each) for each in asked]
    assert answers == [b"HTTP/1.1 401"] * len(asked), "nobody is signed in, and everybody is told so"
    assert crew.end() == 0


def _answer(asked: socket.socket) -> bytes:
    with asked:
        return asked.recv(12)


def is_open(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0


def test_a_broken_declaration_is_told_once(cli: Cli, project: Path) -> None:
    service = project / "service.py"
    service.write_text(service.read_text().replace('default="draft"', 'default="drfat"'))
    refused = cli("run", "--workers", "3", "--port", "0")
    assert (refused.returncode, refused.stdout, refused.stderr.count("SB113 ")) == (1, "", 1)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--workers", "2", "--reload"), 2, "--reload serves with one process"),
        (("--workers", "2", "--store", "sqlite://"), 2, "in memory"),
        (("--workers", "0"), 3, "STRONGBACK_WORKERS"),
        (("--workers", "two"), 3, "STRONGBACK_WORKERS"),
    ],
)
def test_what_several_processes_cannot_do_is_refused(
    cli: Cli, arguments: tuple[str, ...], code: int, said: str
) -> None:
    refused = cli("run", "--port", "0", *arguments)
    assert (refused.returncode, said in refused.stderr) == (code, True), refused.stderr
