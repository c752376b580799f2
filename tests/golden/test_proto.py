"""
What a model becomes in Protocol Buffers: the text as it is, judged by buf, and compiled to what is served.

Make the files anew with `pytest tests/golden --update-golden`, and read the diff.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2

from strongback.contract.proto.descriptors import describe
from strongback.contract.proto.make import make_proto
from strongback.contract.proto.text import print_proto
from tests.grpc_services import NAMES, with_grpc

HERE = Path(__file__).parent / "proto"
GOLDEN = ("jobs", "guild")
SERVICES = ("jobs", *NAMES)
BUF = shutil.which("buf", path=str(Path(sys.executable).parent))


@pytest.mark.parametrize("name", GOLDEN)
def test_a_model_becomes_this_file(name: str, request: pytest.FixtureRequest) -> None:
    text, path = print_proto(make_proto(with_grpc(name))), HERE / f"{name}.proto"
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert text.splitlines() == path.read_text().splitlines(), f"{name} has changed: --update-golden, and read it"


def buf(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    assert BUF is not None, "the test tools hold buf: scripts/venv dev"
    # A home of its own: it keeps what it has made there.
    environment = {"HOME": str(folder), "PATH": "/usr/bin:/bin"}
    return subprocess.run([BUF, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of all services."""
    folder = tmp_path_factory.mktemp("proto")
    (folder / "buf.yaml").write_text("version: v2\nlint:\n  use:\n    - STANDARD\n")
    for name in SERVICES:
        file = make_proto(with_grpc(name))
        path = folder / file.name
        path.parent.mkdir(parents=True)
        path.write_text(print_proto(file))
    return folder


def test_buf_finds_nothing_in_what_is_printed(printed: Path) -> None:
    found = buf(printed, "lint")
    assert (found.stdout, found.stderr, found.returncode) == ("", "", 0)


def test_what_is_printed_stands_as_buf_would_set_it(printed: Path) -> None:
    found = buf(printed, "format", "-d", "--exit-code")
    assert (found.stdout, found.returncode) == ("", 0)


def test_buf_finds_what_is_wrong(printed: Path, tmp_path: Path) -> None:
    """The two above can fail."""
    (tmp_path / "buf.yaml").write_text((printed / "buf.yaml").read_text())
    (tmp_path / "wrong.proto").write_text('syntax = "proto3";\npackage wrong;\nmessage lower { string A = 1; }\n')
    found = buf(tmp_path, "lint")
    assert found.returncode != 0
    assert "should be PascalCase" in found.stdout


def test_the_text_compiles_to_what_is_served(printed: Path) -> None:
    built = buf(printed, "build", "-o", "all.binpb")
    assert (built.stderr, built.returncode) == ("", 0)
    found = descriptor_pb2.FileDescriptorSet.FromString((printed / "all.binpb").read_bytes())
    compiled = {file.name: file for file in found.file}
    for name in SERVICES:
        served = describe(make_proto(with_grpc(name)))
        file = compiled[served.name]
        file.ClearField("source_code_info")
        file.DiscardUnknownFields()  # what buf says of the build
        assert served == file, name
