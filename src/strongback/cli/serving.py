"""One process that serves, as `strongback run` starts it: alone, or with others at the same port."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from strongback.cli.crew import Crew
from strongback.cli.main import ENVIRONMENT
from strongback.host.settings import Settings, check_production

if TYPE_CHECKING:
    from strongback.app import App
    from strongback.host.project import Project
    from strongback.observe.output import LogOutput
    from strongback.observe.sink import Sink
    from strongback.observe.sinks.metrics import Metrics
    from strongback.serve.asgi import Application
    from strongback.serve.doors.grpc.server import GrpcServer
    from strongback.serve.siblings import Siblings


@dataclass(frozen=True)
class Serving:
    """
    What the command tells this process.

    Attributes:
        service: How the command named it.
        listener: The socket, already bound.
        ready_fd: Where to say that requests are taken; None where nobody waits for it.
        quiet: Print no welcome.
        crew: The others at the port; None for a process that serves alone.
    """

    service: str | None
    settings: Settings
    listener: socket.socket
    ready_fd: int | None = None
    quiet: bool = False
    crew: Crew | None = None

    def run(self) -> None:
        """
        Serve until this process is told to end.

        Raises:
            Exception: What kept the service from starting.
            SystemExit: The same, where only the server knows.
        """
        from strongback.model.collector import begin_start

        begin_start()
        from strongback.observe.sink import FanOut
        from strongback.observe.sinks.log import LogSink
        from strongback.serve.metrics import count_overdue, count_store, make_metrics

        project = self._open()
        output = self._configure_messages()
        metrics = make_metrics(project.model)
        sink = FanOut([metrics, LogSink(output)])
        siblings = None if self.crew is None else self.crew.siblings(metrics)
        app = self._join(project, metrics, sink, siblings)
        count_store(metrics, app.store.figures)
        if self.crew is None or self.crew.number == 1:  # what one of them counts is true of all
            count_overdue(metrics, project.model, app.find_overdue, app.health.is_open)
        failed: list[Exception] = []
        grpc = self._grpc(app, metrics)
        answering = self._answering(app, siblings, failed, grpc)
        started = self._serve(app, self._around(answering, metrics), project, sink, grpc)
        if not started:
            raise failed[0] if failed else SystemExit(ENVIRONMENT)

    @property
    def is_first(self) -> bool:
        """Whether this process starts the service; not when it takes over from one before, or stands beside the first."""
        return self.ready_fd is None or bool(os.environ.get("STRONGBACK_FIRST_RUN"))

    def _open(self) -> Project:
        from strongback.cli.project import open_project
        from strongback.host.project import PRODUCTION

        project = open_project(self.service, self.settings.profile)
        if self.settings.profile == PRODUCTION:
            check_production(self.settings, callers=project.model.actor is not None, files=project.model.holds_files)
        return project

    def _configure_messages(self) -> LogOutput:
        from strongback.observe.messages import configure_messages
        from strongback.observe.output import LogOutput

        output = LogOutput(level=self.settings.log_level)
        configure_messages(output)
        self._hush(logging.CRITICAL)
        return output

    def _join(self, project: Project, metrics: Metrics, sink: Sink, siblings: Siblings | None) -> App:
        from strongback.serve.metrics import PATH, metrics_page

        pages = {PATH: metrics_page(metrics) if siblings is None else siblings.answer}
        store = self.settings.store or project.default_store
        return project.app(store, sink=sink, pages=pages, **self._more(project))

    def _more(self, project: Project) -> dict[str, Any]:
        """
        What else the application is told. Of several processes one brings the schema up to the model, the others find it so; and each
        would show requests of its own, so none does.
        """
        alone = project.inspecting() if self.crew is None else {} if self.is_first else {"create_schema": False}
        return {**alone, "files_url": self.settings.files or project.default_files}

    def _grpc(self, app: App, metrics: Metrics) -> GrpcServer | None:
        from strongback.host.project import PRODUCTION
        from strongback.serve.proxies import TRUSTED_PROXIES, read_proxies

        if not app.model.grpc:
            return None
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # its library would log whatever a caller sends that is wrong
        proxies = read_proxies(self.settings.text(TRUSTED_PROXIES))
        reflection = self.settings.profile != PRODUCTION
        return app.grpc(reflection=reflection, trusted_proxies=proxies, figures=metrics)

    def _answering(
        self, app: App, siblings: Siblings | None, failed: list[Exception], grpc: GrpcServer | None
    ) -> Application:
        answering = app.application()
        if grpc is not None:
            answering = self._with_grpc(answering, grpc)
        if self.crew is not None and siblings is not None:
            answering = self.crew.join(answering, siblings, self._say_ready)
        return replace(answering, start=_remembered(answering.start, failed))

    def _with_grpc(self, answering: Application, grpc: GrpcServer) -> Application:
        """*answering*, with gRPC listening from its start to its stop."""
        from strongback.serve.doors.grpc.server import Address, around

        # Processes that take over from one another, or stand side by side, share the port.
        host, shared = self.listener.getsockname()[0], self.ready_fd is not None
        address = Address(host, self.settings.grpc_port, shared=shared)
        start, stop = around(answering.start, answering.stop, grpc, address, alone=self.is_first)
        return replace(answering, start=start, stop=stop)

    def _around(self, answering: Application, metrics: Metrics) -> Any:
        from strongback.serve.cors import ORIGINS, make_cors, origins_from_environment
        from strongback.serve.metrics import Counted

        origins = origins_from_environment({ORIGINS: self.settings.text(ORIGINS)})
        return make_cors(Counted(answering, metrics), origins)

    def _serve(self, app: App, application: Any, project: Project, sink: Sink, grpc: GrpcServer | None) -> bool:
        from strongback.serve.proxies import TRUSTED_PROXIES, read_proxies
        from strongback.serve.run import serve

        def stopping() -> None:
            app.health.stopping = True

        return serve(
            application,
            self.listener,
            ready=lambda: self._ready(project, grpc),
            stopping=stopping,
            closing=(lambda: None) if grpc is None else grpc.begin_stop,
            stop_delay_s=self.settings.stop_delay_s,
            trusted_proxies=read_proxies(self.settings.text(TRUSTED_PROXIES)),
            report=sink.record,
            streams=app.door.streams,
        )

    def _ready(self, project: Project, grpc: GrpcServer | None) -> None:
        from strongback.cli.welcome import welcome

        self._hush(logging.WARNING)
        if self.crew is None:
            self._say_ready()
        if self.is_first and not self.quiet:
            port = None if grpc is None else grpc.port
            click.echo(welcome(project, self.listener.getsockname(), grpc_port=port), err=True)

    def _say_ready(self) -> None:
        if self.ready_fd is not None:
            os.write(self.ready_fd, b"1")
            os.close(self.ready_fd)

    def _hush(self, level: int) -> None:
        """To a developer the server's own lines say nothing that the welcome does not."""
        if self.settings.profile == "development" and self.settings.log_level != "debug":
            logging.getLogger("uvicorn.error").setLevel(level)


def _remembered(start: Callable[[], Awaitable[None]], failed: list[Exception]) -> Callable[[], Awaitable[None]]:
    """*start*, whose failure is kept: the server would only log its text."""

    async def starting() -> None:
        try:
            await start()
        except Exception as error:
            failed.append(error)
            raise

    return starting
