"""What `strongback run` prints: where the service is, and lines to try."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from strongback.cli.project import PRODUCTION
from strongback.predicate.tree import FALSE

if TYPE_CHECKING:
    from strongback.cli.project import Project


def welcome(project: Project, address: tuple[Any, ...]) -> str:
    """The lines for *project*, which listens at *address* (host, port)."""
    host = f"[{address[0]}]" if ":" in address[0] else address[0]
    return "\n".join(_lines(project, f"http://{host}:{address[1]}"))


def _lines(project: Project, base: str) -> Iterator[str]:
    model = project.model
    yield f"{model.name} {model.version} ({project.profile})"
    if model.rest:
        yield f"  REST      {base}{model.rest}"
        yield f"  contract  {base}/openapi.json"
        yield f"  API page  {base}/docs"
    yield f"  health    {base}/ready   metrics {base}/metrics"
    if project.profile == PRODUCTION or not model.rest:
        return
    yield "try:"
    for entity in model.entities:
        for query in entity.queries:
            path = entity.plural if query.name == "search" else f"{entity.plural}/{query.name}"
            yield f"  curl {base}{model.rest}/{path}"
    if model.actor is not None:
        yield f"  TOKEN=$(strongback token {shlex.quote(_spelt(project))} --sub ann)"
        readable = next((e for e in model.entities if e.queries and e.access.read != FALSE), None)
        if readable is not None:
            yield f'  curl -H "Authorization: Bearer $TOKEN" {base}{model.rest}/{readable.plural}'


def _spelt(project: Project) -> str:
    return str(project.folder / "service.py")
