"""One connection to PostgreSQL, with the statements prepared on it."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import Any

import asyncpg
from asyncpg import exceptions as pg
from asyncpg.protocol.protocol import NO_TIMEOUT

from strongback.store.postgresql.failures import LOST, STALE
from strongback.store.postgresql.settings import PostgresSettings

PREPARED_MAX = 1000
CLIENT_GRACE_S = 5.0


class Connection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg ships no types
    """
    An asyncpg connection that keeps what it prepared.

    Attributes:
        expires_at: When it is too old to be lent again, by `time.monotonic`.
        prepares: Whether statements are prepared by name; not behind a pooler in transaction mode.
        asked_at: When the prepared statement that runs now was sent, by `time.monotonic`; 0 while none runs.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepared: dict[str, Any] = {}
        self.expires_at = float("inf")
        self.prepares = True
        self.asked_at = 0.0
        self._given_up = False

    async def fetch_prepared(self, sql: str, values: Sequence[object]) -> list[Any]:
        """
        Run *sql* by its prepared statement, preparing it first where that was not done yet.

        The driver is asked below its own wrappers and without a timer of its own, which cost 4 of the 30 us of a get: whoever lends the
        connection looks after it (`give_up`).

        Raises:
            TimeoutError: It was given up.
        """
        if not self.prepares:
            return await self.fetch(sql, *values)  # type: ignore[no-any-return]  # asyncpg ships no types
        prepared = self._prepared.get(sql)
        if prepared is None:
            prepared = await self._prepare_and_keep(sql)
        self.asked_at = time.monotonic()
        try:
            # `_state` is what the driver's own `fetch` hands on.
            return await self._protocol.bind_execute(prepared._state, values, "", 0, False, NO_TIMEOUT)  # type: ignore[no-any-return]  # noqa: SLF001
        except STALE as stale:
            self._prepared.pop(sql, None)
            if isinstance(stale, pg.OutdatedSchemaCacheError):
                await self.reload_schema_state()
            if self.is_in_transaction():
                raise
        except LOST:
            if self._given_up:
                raise TimeoutError from None
            raise
        finally:
            self.asked_at = 0.0
        prepared = await self._prepare_and_keep(sql)
        return await prepared.fetch(*values)  # type: ignore[no-any-return]  # asyncpg ships no types

    def give_up(self) -> None:
        """End a connection whose server neither answers nor ends the statement: it cannot be heard."""
        self._given_up = True
        self.terminate()

    async def _prepare_and_keep(self, sql: str) -> Any:
        if len(self._prepared) >= PREPARED_MAX:
            del self._prepared[next(iter(self._prepared))]
        prepared = self._prepared[sql] = await self.prepare(sql)
        return prepared

    async def settle(self) -> None:
        """
        Bring the connection to rest after a statement that was cancelled, or a transaction that was left.

        The round trip lets the driver see the cancelled statement's end, and takes a cancel request that comes late upon itself.
        """
        try:
            await self.execute("SELECT 1")
        except (pg.InFailedSQLTransactionError, pg.QueryCanceledError):
            pass
        if self.is_in_transaction():
            await self.execute("ROLLBACK")


async def connect(settings: PostgresSettings, *, dedicated: bool = False) -> Connection:
    """
    Open a connection. A *dedicated* one has no statement time-out: it is for changes of the schema.

    A pooler in transaction mode shares one session among many, so it is sent no setting but the application's name.
    """
    server = {"application_name": "strongback"}
    if settings.statement_cache:
        # Compiling a plan to machine code takes longer than any statement of ours should run.
        server["jit"] = "off"
        server["statement_timeout"] = "0" if dedicated else str(int(settings.statement_timeout_s * 1000))
        if not dedicated:
            server["idle_in_transaction_session_timeout"] = "60000"
    open_connection: Any = asyncpg.connect
    connection: Connection = await open_connection(
        settings.url,
        connection_class=Connection,
        timeout=settings.connect_timeout_s,
        command_timeout=None if dedicated else client_timeout_s(settings),
        # With none, asyncpg parses even a prepared statement anew each time, as a pooler in transaction mode needs it.
        statement_cache_size=100 if settings.statement_cache else 0,
        server_settings=server,
    )
    connection.prepares = settings.statement_cache
    connection.expires_at = time.monotonic() + settings.lifetime_s * random.uniform(0.9, 1.1)
    return connection


def client_timeout_s(settings: PostgresSettings) -> float:
    """How long we wait for a statement: the server ends it first, unless it cannot be heard."""
    return settings.statement_timeout_s + (CLIENT_GRACE_S if settings.statement_cache else 0.0)
