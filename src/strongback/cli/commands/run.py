"""`strongback run`: serve, and serve the new source when it is saved."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strongback.cli.crew import Crew
from strongback.cli.main import ENVIRONMENT
from strongback.host.settings import PROFILES, Settings, check_production, read_settings, unknown_settings

if TYPE_CHECKING:
    from strongback.host.project import Project


@click.command("run")
@click.argument("service", required=False)
@click.option(
    "--store", help="sqlite:///file.db or postgresql://... [default: STRONGBACK_STORE, or beside the service]"
)
@click.option(
    "--files", help="file:///folder or s3://bucket/prefix [default: STRONGBACK_FILES, or a folder beside the service]"
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one."
)
@click.option("--profile", type=click.Choice(PROFILES), help="[default: STRONGBACK_PROFILE, or development]")
@click.option(
    "--reload/--no-reload", default=None, help="Serve the new source when it is saved [default: in development]."
)
@click.option("--workers", help="How many processes serve the port [default: STRONGBACK_WORKERS, or 1].")
@click.option("--quiet", "-q", is_flag=True, help="Print no welcome, and log from warnings on.")
@click.option("--listen-fd", type=int, hidden=True, help="A socket handed over by the process that watches the source.")
@click.option("--ready-fd", type=int, hidden=True, help="Where to say that requests are taken.")
@click.option("--lifeline-fd", type=int, hidden=True, help="Closes when that process ends.")
@click.option("--worker", type=int, hidden=True, help="Which of several processes this is, from 1.")
@click.option("--go-fd", type=int, hidden=True, help="Closes when all of them are ready.")
@click.option("--siblings", type=click.Path(path_type=Path), hidden=True, help="Where each of them has its socket.")
def command(
    service: str | None,
    store: str | None,
    files: str | None,
    host: str,
    port: int,
    profile: str | None,
    reload: bool | None,
    workers: str | None,
    quiet: bool,
    listen_fd: int | None,
    ready_fd: int | None,
    lifeline_fd: int | None,
    worker: int | None,
    go_fd: int | None,
    siblings: Path | None,
) -> None:
    """
    Run SERVICE (module:name or file.py:name; `service.py` of this folder when left out).

    Settings beyond these options: `strongback config`.
    """
    level = "warning" if quiet else None
    said = {"STRONGBACK_STORE": store, "STRONGBACK_PROFILE": profile, "STRONGBACK_LOG_LEVEL": level}
    said |= {"STRONGBACK_WORKERS": workers, "STRONGBACK_FILES": files}
    settings = read_settings(said)
    if lifeline_fd is not None:
        from strongback.cli.reload import end_with

        end_with(lifeline_fd)
    if listen_fd is not None:
        crew = Crew.of(worker, go_fd, siblings)
        _serve(service, settings, socket.socket(fileno=listen_fd), ready_fd, quiet=quiet, crew=crew)
        return
    _check_workers(settings, reload=reload)
    for line in unknown_settings():
        click.echo(f"warning: {line}", err=True)
    from strongback.serve.run import listen

    try:
        listener = listen(host, port)
    except OSError as taken:
        click.echo(f"cannot listen on {host}:{port}: {taken.strerror}. Another port: --port 0", err=True)
        raise SystemExit(ENVIRONMENT) from None
    if settings.workers > 1:
        from strongback.cli.workers import run_workers

        raise SystemExit(run_workers(service, store, settings, listener, quiet=quiet))
    if reload if reload is not None else settings.profile == "development":
        from strongback.cli.reload import run_reloading

        raise SystemExit(run_reloading(service, store, settings.profile, listener, quiet=quiet, files=files))
    _serve(service, settings, listener, None, quiet=quiet)


def _check_workers(settings: Settings, *, reload: bool | None) -> None:
    if settings.workers == 1:
        return
    if reload:
        raise click.UsageError("--reload serves with one process: leave out --workers, or --reload")
    if settings.store.startswith("sqlite:") and not settings.store.startswith("sqlite:///"):
        raise click.UsageError("a database in memory is one process's own: name a file, or leave out --workers")


def _serve(
    service: str | None,
    settings: Settings,
    listener: socket.socket,
    ready_fd: int | None,
    *,
    quiet: bool,
    crew: Crew | None = None,
) -> None:
    """Serve in this process."""
    from strongback.model.collector import begin_start

    begin_start()
    from strongback.cli.project import open_project
    from strongback.cli.welcome import welcome
    from strongback.host.project import PRODUCTION
    from strongback.observe.messages import configure_messages
    from strongback.observe.output import LogOutput
    from strongback.observe.sink import FanOut
    from strongback.observe.sinks.log import LogSink
    from strongback.serve.cors import ORIGINS, make_cors, origins_from_environment
    from strongback.serve.metrics import PATH, Counted, count_store, make_metrics, metrics_page
    from strongback.serve.proxies import TRUSTED_PROXIES, read_proxies
    from strongback.serve.run import serve

    project = open_project(service, settings.profile)
    if settings.profile == PRODUCTION:
        check_production(settings, callers=project.model.actor is not None, files=project.model.holds_files)
    output = LogOutput(level=settings.log_level)
    configure_messages(output)
    _hush(settings, logging.CRITICAL)
    metrics = make_metrics(project.model)
    sink = FanOut([metrics, LogSink(output)])
    siblings = None if crew is None else crew.siblings(metrics)
    pages = {PATH: metrics_page(metrics) if siblings is None else siblings.answer}
    first = ready_fd is None or bool(os.environ.get("STRONGBACK_FIRST_RUN"))
    app = project.app(
        settings.store or project.default_store, sink=sink, pages=pages, **_more(project, settings, crew, first=first)
    )
    count_store(metrics, app.store.figures)

    def say_ready() -> None:
        if ready_fd is not None:
            os.write(ready_fd, b"1")
            os.close(ready_fd)

    def ready() -> None:
        _hush(settings, logging.WARNING)
        if crew is None:
            say_ready()
        if first and not quiet:
            click.echo(welcome(project, listener.getsockname()), err=True)

    def stopping() -> None:
        app.health.stopping = True

    failed: list[Exception] = []
    answering = app.application()
    if crew is not None and siblings is not None:
        answering = crew.join(answering, siblings, say_ready)
    answering = replace(answering, start=_remembered(answering.start, failed))
    application = make_cors(Counted(answering, metrics), origins_from_environment({ORIGINS: settings.text(ORIGINS)}))
    started = serve(
        application,
        listener,
        ready=ready,
        stopping=stopping,
        stop_delay_s=settings.stop_delay_s,
        trusted_proxies=read_proxies(settings.text(TRUSTED_PROXIES)),
        report=sink.record,
        streams=app.door.streams,
    )
    if not started:
        raise failed[0] if failed else SystemExit(ENVIRONMENT)


def _more(project: Project, settings: Settings, crew: Crew | None, *, first: bool) -> dict[str, Any]:
    """
    What else the application is told. Of several processes one brings the schema up to the model, the others find it so; and each would
    show requests of its own, so none does.
    """
    alone = project.inspecting() if crew is None else {} if first else {"create_schema": False}
    return {**alone, "files_url": settings.files or project.default_files}


def _remembered(start: Callable[[], Awaitable[None]], failed: list[Exception]) -> Callable[[], Awaitable[None]]:
    """*start*, whose failure is kept: the server would only log its text."""

    async def starting() -> None:
        try:
            await start()
        except Exception as error:
            failed.append(error)
            raise

    return starting


def _hush(settings: Settings, level: int) -> None:
    """To a developer the server's own lines say nothing that the welcome does not."""
    if settings.profile == "development" and settings.log_level != "debug":
        logging.getLogger("uvicorn.error").setLevel(level)
