"""What `strongback run` prints: where the service is, and lines to try."""

from __future__ import annotations

import ast
import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from strongback.host.project import PRODUCTION

if TYPE_CHECKING:
    from strongback.host.project import Project
    from strongback.model.model import Model

SEED_FILE = "seed.py"
TRY = "TRY"


def welcome(project: Project, address: tuple[Any, ...], *, grpc_port: int | None = None) -> str:
    """The lines for *project*, which listens at *address* (host, port), and for gRPC at *grpc_port*."""
    host = f"[{address[0]}]" if ":" in address[0] else address[0]
    named = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - compared, not listened at
    return "\n".join(_lines(project, f"http://{named}:{address[1]}", grpc_port and f"{named}:{grpc_port}"))


def _lines(project: Project, base: str, grpc: str | int | None) -> Iterator[str]:
    model = project.model
    yield f"{model.name} {model.version} ({project.profile})"
    shown = project.profile != PRODUCTION
    if project.service.static is not None:
        yield f"  page      {base}/"
    if model.rest:
        yield f"  REST      {base}{model.rest}"
        if shown:
            yield f"  API page  {base}/docs"
            yield f"  OpenAPI   {base}/openapi.json"
            yield f"  requests  {base}/_dev"
    if model.graphql:
        yield f"  GraphQL   {base}/graphql"
    if grpc:
        yield f"  gRPC      {grpc}"
    if model.mcp:
        yield f"  MCP       {base}/mcp"
    yield f"  health    {base}/ready"
    yield f"  metrics   {base}/metrics"
    if shown and model.rest:
        yield "\nTry, in another terminal:\n"
        yield from (_told_by_seed(project, base) or _derived(project, base))
        yield ""


def _told_by_seed(project: Project, base: str) -> list[str]:
    """The project's own lines: the text `TRY` of its seed, read without running it."""
    try:
        body = ast.parse((project.folder / SEED_FILE).read_text("utf-8")).body
    except (OSError, SyntaxError):
        return []
    told = [
        statement.value.value
        for statement in body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
        and any(isinstance(target, ast.Name) and target.id == TRY for target in statement.targets)
    ]
    words = {"{strongback}": program(), "{service}": _spelt(project), "{rest}": f"{base}{project.model.rest}"}
    lines = told[0].rstrip().splitlines() if told else []
    return [_replaced(line, words) for line in lines]


def _replaced(line: str, words: dict[str, str]) -> str:
    for word, text in words.items():
        line = line.replace(f" {word}" if not text else word, text)
    return line


def _derived(project: Project, base: str) -> Iterator[str]:
    paths = list(_lists(project.model))
    for path in paths:
        yield f"curl {base}{path}"
    if project.model.actor is not None:
        spelt = _spelt(project)
        yield f"ann=$({program()} token {f'{spelt} ' if spelt else ''}--sub ann)"
        for path in paths[:1]:
            yield f'curl -H "Authorization: Bearer $ann" {base}{path}'


def _lists(model: Model) -> Iterator[str]:
    from strongback.contract.rest import endpoints

    return (endpoint.path for endpoint in endpoints(model) if endpoint.kind == "list")


def _spelt(project: Project) -> str:
    return shlex.quote(project.spelt) if project.spelt else ""


def program() -> str:
    """How a shell calls this program: its name where that finds this very one, else the way to it from the working folder."""
    beside = Path(sys.executable).parent / "strongback"
    found = shutil.which("strongback")
    if not beside.exists() or (found is not None and os.path.realpath(found) == os.path.realpath(beside)):
        return "strongback"
    return shlex.quote(str(beside.relative_to(Path.cwd()) if beside.is_relative_to(Path.cwd()) else beside))
