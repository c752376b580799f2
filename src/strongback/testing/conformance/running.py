"""The suite's service, running on the store under test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache

from msgspec.structs import replace

from strongback.app import App, Team
from strongback.crypto.keyring import Keyring
from strongback.engine.provision import Provisioner
from strongback.errors import ConfigurationError, StoreMismatch, TableUnfit
from strongback.model.load import load
from strongback.model.model import Model
from strongback.store.sql.metadata import quote
from strongback.store.store import Statement
from strongback.testing.clock import SetClock
from strongback.testing.conformance.parcels import make_theirs
from strongback.testing.conformance.service import SERVICE
from strongback.testing.conformance.stage import Stage
from strongback.testing.in_process import Bearers, InProcess
from strongback.testing.stored import refuse_rows

WIDE = "Wide"


class Running:
    """
    The service on one store.

    Attributes:
        narrow: Why the model is without the entity that holds wide decimals; empty when it is not.
    """

    def __init__(self, store_url: str) -> None:
        self.store_url = store_url
        self.model, self.narrow = _model(store_url)
        self.bearers = Bearers(self.model)
        self.app = self._new()

    def _new(self) -> App:
        return _app(self.store_url, self.model, self.bearers)

    async def start(self) -> None:
        """Open the store, and make its schema where that is missing."""
        try:
            await self.app.start()
        except (StoreMismatch, TableUnfit):
            await self.make_schema()

    async def make_schema(self) -> None:
        """Make what the open store lacks, and first the tables of others, which are there before ours."""
        await make_theirs(self.app.store)
        await self.app.migrate()

    async def reopen(self) -> None:
        """
        Close the store and open it again, as a new process would.

        Raises:
            StoreMismatch, TableUnfit: Not even the schema is there any more.
        """
        await self.app.close()
        self.app = self._new()
        await self.app.start()

    async def close(self) -> None:
        await self.app.close()

    def stage(self) -> Stage:
        """A stage for one case: its own clock, and callers that nobody has seen before."""
        clock = SetClock()
        self._prepare(clock)
        stage = Stage(self._serve(), clock)

        async def reopen() -> None:
            await self.reopen()
            self._prepare(clock)
            stage.served = self._serve()

        stage.reopen = reopen
        return stage

    def _prepare(self, clock: SetClock) -> None:
        runtime = self.app.runtime
        self.app.clock = runtime.clock = clock
        self.app.provisioner = Provisioner(self.model, runtime.programs, runtime.objects)

    def _serve(self) -> InProcess:
        served = InProcess(self.app, self.bearers)
        served.started = True
        return served

    async def clear(self) -> None:
        """Delete every row, those that refer before those they refer to: cheaper for few rows than to truncate as many tables."""
        tables = reversed(list(self.app.schema.tables.values()))
        async with self.app.store.begin() as transaction:
            for name in (name for table in tables for name in (table.history, table.name) if name):
                sql = f"DELETE FROM {quote(name, self.app.store.dialect)}"  # noqa: S608 - a name of ours, quoted
                await transaction.fetch(Statement(sql, writes=True))


@asynccontextmanager
async def opened(store_url: str, schema_url: str = "") -> AsyncIterator[Running]:
    """
    The service on an empty store.

    Args:
        schema_url: Where the schema is made, when that cannot be done at *store_url*.
    Raises:
        StoreInUse: The store holds rows.
    """
    if schema_url:
        async with opened(schema_url):
            pass
    running = Running(store_url)
    try:
        await running.start()
        await refuse_rows(running.app)
        yield running
    finally:
        await running.close()


@lru_cache(maxsize=1)
def _whole() -> Model:
    return load(SERVICE)


def _model(store_url: str) -> tuple[Model, str]:
    """The model as far as the store can hold it, and why that is not all."""
    model = _whole()
    try:
        _app(store_url, model, Bearers(model))
    except ConfigurationError as refused:
        narrow = replace(model, entities=tuple(each for each in model.entities if each.name != WIDE))
        _app(store_url, narrow, Bearers(narrow))  # what is refused for another reason is refused here too
        return narrow, refused.message
    return model, ""


def _app(store_url: str, model: Model, bearers: Bearers) -> App:
    ring = Keyring({1: bytes(range(32))}, primary=1)
    return App(model, Team.of(SERVICE), store_url, ring, verify=bearers, limiters={}, clock=SetClock())
