"""Clients made of the printed file, in Python by its compiler and in JavaScript, against the running server."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from strongback.contract.proto.make import make_proto
from strongback.contract.proto.text import print_proto
from tests.grpc_calls import remote
from tests.grpc_services import with_grpc

# Where `@grpc/grpc-js` and `@grpc/proto-loader` are installed: the folder that holds `node_modules`.
NODE_FOLDER = "STRONGBACK_TEST_NODE_FOLDER"
SCRIPT = Path(__file__).with_name("grpc_client.mjs")

PYTHON_CLIENT = """
import json, sys
import grpc
sys.path.insert(0, sys.argv[2])
from jobs.v1 import jobs_pb2 as pb, jobs_pb2_grpc as stubs

token = (("authorization", f"Bearer {sys.argv[3]}"),)
with grpc.insecure_channel(sys.argv[1]) as channel:
    companies, jobs = stubs.CompanyServiceStub(channel), stubs.JobServiceStub(channel)
    company = companies.FoundCompany(pb.FoundCompanyRequest(name="Acme"), metadata=token, timeout=20).company
    job = pb.Job(company_id=company.id, title="Engineer", body="Build", city="Oslo")
    made = jobs.CreateJob(pb.CreateJobRequest(job=job), metadata=token, timeout=20).job
    change = pb.UpdateJobRequest(job=pb.Job(id=made.id, title="Lead", city="Bergen", etag=made.etag))
    change.update_mask.paths.append("title")
    updated = jobs.UpdateJob(change, metadata=token, timeout=20).job
    try:
        jobs.UpdateJob(change, metadata=token, timeout=20)
    except grpc.RpcError as error:
        stale, details = error.code().name, dict(error.trailing_metadata()).get("grpc-status-details-bin")
    listed = jobs.ListJobs(pb.ListJobsRequest(filter='city = "Oslo"', page_size=5), metadata=token, timeout=20).jobs
print(json.dumps({
    "status": pb.Job.Status.Name(made.status), "title": updated.title, "city": updated.city, "stale": stale,
    "details": int(bool(details)), "listed": [each.title for each in listed],
}))
"""
EXPECTED = {
    "status": "STATUS_DRAFT",
    "title": "Lead",
    "city": "Oslo",
    "stale": "ABORTED",
    "details": 1,
    "listed": ["Lead"],
}


def printed(folder: Path) -> Path:
    """The file of the example below *folder*, where its package has it stand."""
    file = make_proto(with_grpc("jobs"))
    path = folder / file.name
    path.parent.mkdir(parents=True)
    path.write_text(print_proto(file))
    return path


async def told(*command: str, cwd: Path | None = None) -> Any:
    """What a program writes to its standard output, as JSON; None when nothing."""
    running = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await asyncio.wait_for(running.communicate(), 60)
    assert running.returncode == 0, err.decode()
    return json.loads(out or "null")


async def test_a_python_client_is_made_of_the_file(tmp_path: Path) -> None:
    file = printed(tmp_path)
    out = tmp_path / "made"
    out.mkdir()
    compiler = [
        sys.executable,
        "-m",
        "grpc_tools.protoc",
        f"-I{tmp_path}",
        f"--python_out={out}",
        f"--grpc_python_out={out}",
    ]
    await told(*compiler, str(file))
    (tmp_path / "client.py").write_text(PYTHON_CLIENT)
    async with remote("jobs") as on:
        token = on.bearers.issue("ada", {})
        assert await told(sys.executable, str(tmp_path / "client.py"), on.address, str(out), token) == EXPECTED


async def test_a_node_client_is_made_of_the_file(tmp_path: Path) -> None:
    node, folder = shutil.which("node"), os.environ.get(NODE_FOLDER)
    if node is None:
        pytest.skip("lacks node")
    if folder is None:
        pytest.skip(f"lacks @grpc/grpc-js and @grpc/proto-loader: {NODE_FOLDER} names the folder they are installed in")
    file = printed(tmp_path)
    (tmp_path / "node_modules").symlink_to(Path(folder) / "node_modules")
    shutil.copy(SCRIPT, tmp_path)
    async with remote("jobs") as on:
        token = on.bearers.issue("ada", {})
        command = [node, SCRIPT.name, on.address, str(tmp_path), str(file), token]
        assert await told(*command, cwd=tmp_path) == EXPECTED
