"""Every check in its order: first what others stand on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass

from strongback.cli.doctor.checked import Checked, ok, refused, wrong
from strongback.cli.doctor.machine import (
    check_files,
    check_packages,
    check_port,
    check_python,
    check_servers,
    check_sqlite,
)
from strongback.cli.doctor.surroundings import check_keys, check_profile, check_tokens, check_unknown
from strongback.errors import ConfigurationError, DeclarationError, MissingExtra, StrongbackError
from strongback.host.project import PRODUCTION, Project
from strongback.host.settings import Settings, read_settings


@dataclass(frozen=True, slots=True)
class Examined:
    """What is looked at: a service as it is spelt, and what the command line says of its settings."""

    service: str | None
    options: Mapping[str, str | None]
    host: str
    port: int


async def examine(what: Examined) -> AsyncIterator[Checked]:
    """Make every check, each told as soon as it is made; one that fails stops none that does without it."""
    for each in (*check_python(), *check_sqlite(), *check_unknown()):
        yield each
    settings: Settings | None = None
    try:
        settings = read_settings(what.options)
    except ConfigurationError as error:
        yield refused("settings", error)
    for each in (*check_port(what.host, what.port), *check_servers()):
        yield each
    if settings is None:
        return
    for each in check_files(production=settings.profile == PRODUCTION):
        yield each
    opened = open_declared(what.service, settings.profile)
    if isinstance(opened, Checked):
        yield opened
        return
    yield ok("declaration", f"{opened.model.name} {opened.model.version}, {len(opened.model.entities)} entities")
    for each in _of_service(opened, settings, what.host):
        yield each
    from strongback.cli.doctor.database import check_store

    async for each in check_store(opened, settings.store or opened.default_store):
        yield each


def _of_service(project: Project, settings: Settings, host: str) -> Iterator[Checked]:
    store = settings.store or project.default_store
    callers = project.model.actor is not None
    model = project.model
    doors = [name for name, served in (("graphql", model.graphql), ("grpc", model.grpc)) if served]
    stores = [] if store.startswith("sqlite:") else ["postgres"]
    yield from check_packages(["server", *(["auth"] if callers else []), *doors, *stores])
    if model.grpc:
        yield from check_port(host, settings.grpc_port, "--grpc-port")
    yield check_lock(project)
    yield from check_profile(settings, callers=callers)
    yield from check_keys(project, store)
    yield from check_tokens(project)


def open_declared(spelt: str | None, profile: str) -> Project | Checked:
    """The service, or why there is none."""
    from strongback.cli.project import open_project
    from strongback.cli.service import SourceBroken

    try:
        return open_project(spelt, profile)
    except DeclarationError as error:
        first = error.faults[0]
        more = f" (and {len(error.faults) - 1} more)" if len(error.faults) > 1 else ""
        told = f"{first.where}: {first.code} {first.message}{more}"
        return wrong("declaration", told, "strongback check", about="source")
    except MissingExtra as error:
        return refused("declaration", error)
    except StrongbackError as error:
        return refused("declaration", error, about="source" if isinstance(error, SourceBroken) else "environment")


def check_lock(project: Project) -> Checked:
    """Whether the lock beside the service holds what the declaration has."""
    from strongback.model.lock import LOCK_FILE
    from strongback.model.lock_file import stale_faults

    if not (project.folder / LOCK_FILE).exists():
        return ok("lock", f"none yet; `strongback lock` writes {LOCK_FILE} before the first release")
    try:
        stale = stale_faults(project.model, project.folder)
    except DeclarationError as error:
        stale = tuple(error.faults)
    if not stale:
        return ok("lock", f"{LOCK_FILE} is up to date")
    return wrong("lock", stale[0].message, stale[0].hint or "strongback lock", about="source")
