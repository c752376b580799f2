"""`strongback seed`: sample data, written by the project's own `seed.py` through the door that callers use."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from strongback.cli.options import say, takes_json, takes_quiet, takes_service, takes_store
from strongback.cli.project import open_project
from strongback.cli.service import SourceBroken, import_file
from strongback.errors import ConfigurationError, StrongbackError
from strongback.host.project import PRODUCTION, Project
from strongback.host.settings import read_settings

if TYPE_CHECKING:
    from strongback.model.model import Model
    from strongback.observe.observation import Observation

SEED_FILE = "seed.py"
SHOWN_EVERY = 20
Seed = Callable[[Any], Awaitable[None]]


@click.command("seed")
@takes_service
@takes_store
@takes_json
@takes_quiet
def command(service: str | None, store: str | None, as_json: bool, quiet: bool) -> None:
    """
    Fill the store of SERVICE with sample data.

    Runs `async def seed(client)` of `seed.py` beside the service. The client is `strongback.testing`'s: `client.as_user("ada")` asks as
    Ada, and may do what Ada may. Declared rates do not count.
    """
    project = open_project(service)
    if read_settings().profile == PRODUCTION:
        raise ConfigurationError("sample data does not belong into production", hint="unset STRONGBACK_PROFILE")
    path = project.folder / SEED_FILE
    seed = _seed_of(path)
    written = Written(project.model, shown=not quiet and not as_json)
    asyncio.run(_run(project, store or project.default_store, seed, written, path))
    if as_json:
        say({"written": dict(written.done)})
    elif not quiet:
        click.echo(written.told())


class Written:
    """A sink that counts what the seed wrote, of a batch its rows, and shows it growing where somebody looks."""

    def __init__(self, model: Model, *, shown: bool) -> None:
        self.done: Counter[str] = Counter()
        self._reads = {
            f"{e.name}.{name}"
            for e in model.entities
            for name in ("get", *(q.name for q in e.queries), *(f"{q.name}.aggregate" for q in e.queries))
        }
        self._asked = 0
        self._shown = shown and sys.stderr.isatty()

    def record(self, observation: Observation, /) -> None:
        self._asked += 1
        if observation.outcome == "ok" and observation.operation not in self._reads:
            is_batch = observation.operation.endswith(".batch")
            self.done[observation.operation] += observation.rows if is_batch else 1
        if self._shown and self._asked % SHOWN_EVERY == 0:
            sys.stderr.write(f"\r{self._asked} requests ... ")
            sys.stderr.flush()

    def told(self) -> str:
        if self._shown:
            sys.stderr.write("\r\033[K")
        if not self.done:
            return "the sample data is there already: nothing written"
        return "written: " + ", ".join(f"{count} x {operation}" for operation, count in self.done.items())


def _seed_of(path: Path) -> Seed:
    if not path.exists():
        raise ConfigurationError(
            f"there is no `{SEED_FILE}` beside the service", hint="write one with `async def seed(client): ...`"
        )
    found: Any = getattr(import_file(path), "seed", None)
    if not callable(found):
        raise ConfigurationError("it has no `async def seed(client)`", where=str(path))
    return cast("Seed", found)


async def _run(project: Project, store: str, seed: Seed, written: Written, path: Path) -> None:
    from strongback.testing.client import AsyncClient
    from strongback.testing.in_process import Bearers, InProcess

    bearers = Bearers(project.model)
    app = project.app(store, verify=bearers, limiters={}, sink=written)
    async with AsyncClient(InProcess(app, bearers)) as client:
        try:
            await seed(client)
        except StrongbackError:
            raise
        except Exception as broken:
            raise SourceBroken(broken, path) from broken
