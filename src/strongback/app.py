"""Join one Model to its store, its team's code and its sinks. The only file that knows all of them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from strongback.crypto.keyring import Keyring
from strongback.declare.service import Service
from strongback.engine.files import Files
from strongback.engine.links import Links
from strongback.engine.pipeline import answer
from strongback.engine.provision import Provisioner
from strongback.engine.request import Reply, Request
from strongback.engine.runtime import Clock, Limiter, Runtime, SystemClock
from strongback.engine.several import answer_several
from strongback.errors import MissingExtra, StoreMismatch, TableUnfit
from strongback.migrate.existing import look_at_existing, make_missing
from strongback.migrate.run import check_schema, is_migrated, migrate, preview
from strongback.migrate.words import Progress
from strongback.model.collector import collector_paused
from strongback.model.graphql import PATH
from strongback.model.model import Model
from strongback.observe.sink import Sink
from strongback.plan.actor import ANONYMOUS, Actor
from strongback.plan.asked import Target
from strongback.plan.form import Operations
from strongback.plan.page import Tokens
from strongback.serve.asgi import Answer, Application
from strongback.serve.dev.inspector import Inspector
from strongback.serve.doors.mcp.trusted import Trusted
from strongback.serve.doors.rest.door import RestDoor
from strongback.serve.guard.rate import make_limiters
from strongback.serve.health import Health
from strongback.serve.raw import PathTaken, RawRoutes
from strongback.store.blobs.open import open_blobs
from strongback.store.open import open_store
from strongback.store.sql.checks import render_check
from strongback.store.sql.dialect import Dialect
from strongback.store.sql.metadata import Tables
from strongback.store.sql.objects import Objects
from strongback.store.sql.programs import SqlPrograms
from strongback.store.sql.target import SqlTarget
from strongback.tables.make import make_schema

if TYPE_CHECKING:
    from strongback.engine.erase import Due
    from strongback.serve.doors.graphql.door import GraphqlDoor
    from strongback.serve.doors.grpc.server import GrpcServer

IN_MEMORY = "memory://"
MCP = "/mcp"
MCP_DOOR = "strongback.serve.doors.mcp.door"
CHANGE_EITHER = "change the declaration to what the table is, or the table by a migration of your own"
Verify = Callable[[str], Any]


@dataclass(frozen=True)
class Team:
    """What a model's data does not hold: the team's own code."""

    handlers: Mapping[tuple[str, str], Callable[..., Any]] = field(default_factory=dict)
    classes: Mapping[str, type[Any]] = field(default_factory=dict)
    provide: Mapping[str, Callable[[], object]] = field(default_factory=dict)
    convert: Mapping[tuple[str, str, str], Callable[[Any], Any]] = field(default_factory=dict)
    mounted: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, service: Service) -> Team:
        """The code behind a declared service."""
        return cls(service.handlers, service.classes, service.provided, service.conversions, service.mounted)


class App:
    """
    A service, joined.

    Args:
        store_url: `sqlite:///jobs.db`, `postgresql://…`.
        files_url: Where the bytes of files are kept: `file:///srv/files`, `s3://bucket`; None for this process's memory.
        verify: Turns a bearer token into claims, or raises Unauthenticated; may be a coroutine.
        limiters: Who counts the requests of an operation; None for what the model declares, counted in this process.
        pages: What else is answered, at exact paths (`/metrics`).
        create_schema: Bring the schema up to the model when the application starts.
        inspector: Who watches every request, while developing.
        stored_documents: Of GraphQL: the file of the documents that are answered, and no others; None for any.
        introspection: Of GraphQL: who may ask for the schema, `everyone`, `signed_in` or `nobody`.
        trusted: By which hosts, and from which origins, tools are called; None for this machine's.
    """

    def __init__(
        self,
        model: Model,
        team: Team,
        store_url: str,
        keyring: Keyring,
        *,
        verify: Verify | None = None,
        limiters: Mapping[Target, Limiter] | None = None,
        clock: Clock | None = None,
        sink: Sink | None = None,
        pages: Mapping[str, Answer] | None = None,
        create_schema: bool = False,
        files_url: str | None = None,
        inspector: Inspector | None = None,
        introspection: str = "everyone",
        stored_documents: str | None = None,
        trusted: Trusted | None = None,
    ) -> None:
        self.model = model
        self.pages = dict(pages or {})
        self.mounted = team.mounted
        self.create_schema = create_schema
        self.introspection = introspection
        self.stored_documents = stored_documents
        self._mcp = keyring.derive("mcp-approval"), trusted or Trusted()
        with collector_paused():
            self.schema = make_schema(model)
        self.inspector = inspector
        store, dialect = open_store(store_url)
        self.store = store if inspector is None else inspector.store(store)
        self._render_check = lambda table, check: render_check(model, self.schema, table, check, dialect)
        target = self._target(dialect, keyring)
        programs = SqlPrograms(self.store, target)
        self.health = Health(self.store.ping)
        self.verify = verify
        self.clock = clock or SystemClock()
        self.files = open_blobs(files_url or IN_MEMORY)
        self.provisioner = Provisioner(model, programs, Objects(target))
        self.tokens = Tokens(keyring.derive("page-token"))
        self.runtime = self._runtime(team, programs, keyring, limiters, sink)

    def _target(self, dialect: Dialect, keyring: Keyring) -> SqlTarget:
        tables = Tables(self.schema, self.store.dialect)
        histories = Tables(self.schema, self.store.dialect, histories=True)
        return SqlTarget(self.model, self.schema, tables, histories, dialect, keyring)

    def _runtime(
        self,
        team: Team,
        programs: SqlPrograms,
        keyring: Keyring,
        limiters: Mapping[Target, Limiter] | None,
        sink: Sink | None,
    ) -> Runtime:
        model, inspector, tokens = self.model, self.inspector, self.tokens
        return Runtime(
            model=model,
            programs=programs,
            operations=Operations(model, tokens) if inspector is None else inspector.operations(tokens),
            authenticate=self.authenticate,
            introduce=self.provisioner.introduce,
            handlers=team.handlers,
            classes=team.classes,
            provide=team.provide,
            convert=team.convert,
            limiters=make_limiters(model) if limiters is None else limiters,
            clock=self.clock,
            sink=sink if inspector is None else inspector.sink(sink),
            files=Files(self.files, keyring),
            links=Links(keyring.derive("file-link")),
        )

    async def authenticate(self, credentials: str | Mapping[str, Any] | None, *, keep: bool = True) -> Actor:
        """Whom *credentials* name, a token or verified claims; none are an anonymous caller's. With *keep*, who is new gets a row."""
        if not credentials:
            return ANONYMOUS
        if isinstance(credentials, str):
            if self.verify is None:
                return ANONYMOUS
            claims = self.verify(credentials)
            verified: Mapping[str, Any] = (await claims if hasattr(claims, "__await__") else claims).values
        else:
            verified = credentials
        return self.provisioner.known(verified) or await self.provisioner.actor(verified, self.clock.now(), keep=keep)

    async def start(self, *, create: bool = False, stand_in: bool = False) -> None:
        """
        Open the store.

        Args:
            create: Bring the schema up to the model, where additive steps do.
            stand_in: Make the tables that are said to be there already, where they are not: for a store of a test.
        Raises:
            TableUnfit: A table that is there already is not as declared.
            StoreMismatch: The store's schema is not the model's.
            ConfigurationError: The model has files, and they cannot be kept where they should be.
        """
        if self.model.holds_files:
            await self.files.start()
        await self.store.start()
        if stand_in:
            await make_missing(self.store, self.schema)
        await self._look_at_existing()
        if create and not await is_migrated(self.store, self.schema):
            await migrate(self.store, self.schema, self._render_check)
        differences = await check_schema(self.store, self.schema, self._render_check)
        self.health.started = not differences
        if differences:
            raise StoreMismatch(
                "the store's schema is not the model's: " + "; ".join(differences), hint="strongback migrate"
            )

    async def _look_at_existing(self) -> None:
        looked = await look_at_existing(self.store, self.model, self.schema)
        if looked.wrong:
            raise TableUnfit("; ".join(looked.wrong), hint=CHANGE_EITHER)
        self.runtime.programs.know_existing(looked.uniques)

    async def migrate(self, *, dry_run: bool = False, progress: Progress | None = None) -> list[str]:
        """
        Bring the open store's schema up to the model by additive steps.

        Returns:
            The statements that were run, or with *dry_run* would be; what is no statement is a comment.
        Raises:
            StoreMismatch: A difference is none that may be removed by itself.
        """
        await self._look_at_existing()
        if dry_run:
            migration = await preview(self.store, self.schema, self._render_check)
        else:
            migration = await migrate(self.store, self.schema, self._render_check, progress)
        if migration.plan.refusals:
            raise StoreMismatch("; ".join(str(refusal) for refusal in migration.plan.refusals))
        return list(migration.work.told)

    async def find_overdue(self) -> list[Due]:
        """How many rows each rule of erasure is due for. Reads all rows of the entities that have one."""
        from strongback.engine.erase import find_due  # noqa: PLC0415 - most services erase nothing

        return await find_due(self.store, self.runtime.programs.target, self.clock.now())

    async def close(self) -> None:
        await self.store.close()
        await self.files.close()

    def application(self) -> Application:
        """The service as an ASGI application, with what an operator asks beside it."""
        door = self.door

        async def options(request: Request) -> Reply:
            return door.options(request)

        def reply(request: Request) -> Awaitable[Reply]:
            return options(request) if request.method == "OPTIONS" else answer(request, door, self.runtime)

        fixed = {"/live": self.health.live, "/ready": self.health.ready, "/startup": self.health.startup}
        return Application(
            reply if self.inspector is None else self.inspector.around(reply),
            door.refuse,
            {**fixed, **self.pages, **self._graphql(), **self._tools()},
            self._begin,
            self._end,
            sink=self.runtime.sink,
            raw=self._raw_routes(door) if self.mounted else None,
            streams=door.streams,
        )

    def grpc(self, **more: Any) -> GrpcServer:
        """
        What serves the service by gRPC.

        Args:
            more: What else `GrpcServer` takes.
        Raises:
            MissingExtra: The packages of gRPC are not installed.
        """
        try:
            from strongback.serve.doors.grpc.server import GrpcServer  # noqa: PLC0415 - only who serves gRPC needs it
        except ImportError as missing:
            raise MissingExtra("grpcio", "grpc") from missing
        return GrpcServer(self.runtime, self.health, **more)

    def _graphql(self) -> Mapping[str, Answer]:
        """What answers GraphQL, where it is served."""
        door = self.graphql_door
        if door is None:
            return {}

        page = self.pages.get(PATH)

        async def reply(request: Request) -> Reply:
            if page is not None and door.wants_page(request):
                return await page(request)
            if request.method == "OPTIONS":
                return door.options(request)
            return await answer_several(request, door, self.runtime)

        return {PATH: reply if self.inspector is None else self.inspector.around(reply)}

    @cached_property
    def graphql_door(self) -> GraphqlDoor | None:
        """
        Reads and words what is asked by GraphQL; None where it is not served.

        Raises:
            MissingExtra: The package that reads documents is not installed.
            DocumentsRefused: The documents that it should answer cannot be read.
        """
        if not self.model.graphql:
            return None
        if find_spec("graphql") is None:
            raise MissingExtra("graphql-core", "graphql")
        package = "strongback.serve.doors.graphql"
        stored = self.stored_documents and import_module(f"{package}.stored").read_stored(self.stored_documents)
        make = import_module(f"{package}.door").GraphqlDoor
        door: GraphqlDoor = make(self.model, self.tokens, introspection=self.introspection, stored=stored or None)
        return door

    def _tools(self) -> Mapping[str, Answer]:
        """
        What answers MCP, where a service has tools.

        Raises:
            MissingExtra: The SDK is not installed.
        """
        if not self.model.mcp:
            return {}
        if find_spec("mcp") is None:
            raise MissingExtra("mcp", "mcp")

        async def reply(request: Request) -> Reply:
            if MCP_DOOR not in sys.modules:  # the SDK takes a second to import, and nobody else should wait for it
                await asyncio.to_thread(import_module, MCP_DOOR)
            answered: Reply = await self.mcp_door.answer(request)
            return answered

        return {MCP: reply if self.inspector is None else self.inspector.around(reply)}

    @cached_property
    def mcp_door(self) -> Any:
        """Answers MCP; made when it is first asked."""
        return import_module(MCP_DOOR).McpDoor(self.runtime, *self._mcp)

    @cached_property
    def door(self) -> RestDoor:
        """Reads and words what is asked over HTTP."""
        return RestDoor(self.model)

    def _raw_routes(self, door: RestDoor) -> RawRoutes:
        """
        What the team has mounted.

        Raises:
            PathTaken: A page stands where something is mounted.
        """
        mounts = {mount.path: mount for mount in self.model.mounts}
        routes = RawRoutes(self.mounted, mounts, door.credentials, self.authenticate, self.runtime.sink)
        for path in self.pages:
            if prefix := routes.find(path):
                raise PathTaken(path, prefix)
        return routes

    async def _begin(self) -> None:
        await self.start(create=self.create_schema)

    async def _end(self) -> None:
        self.health.stopping = True
        await self.close()
