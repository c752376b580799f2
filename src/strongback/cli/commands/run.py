"""`strongback run`: serve, and serve the new source when it is saved."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import click

from strongback.cli.crew import Crew
from strongback.cli.main import ENVIRONMENT
from strongback.cli.serving import Serving
from strongback.host.settings import PROFILES, Settings, read_settings, unknown_settings


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
@click.option("--grpc-port", help="Port of gRPC; 0 takes a free one [default: STRONGBACK_GRPC_PORT, or 50051].")
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
    grpc_port: str | None,
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
    said |= {"STRONGBACK_WORKERS": workers, "STRONGBACK_FILES": files, "STRONGBACK_GRPC_PORT": grpc_port}
    settings = read_settings(said)
    if lifeline_fd is not None:
        from strongback.cli.reload import end_with

        end_with(lifeline_fd)
    if listen_fd is not None:
        crew = Crew.of(worker, go_fd, siblings)
        Serving(service, settings, socket.socket(fileno=listen_fd), ready_fd, quiet, crew).run()
        return
    _check_workers(settings, reload=reload)
    for line in unknown_settings():
        click.echo(f"warning: {line}", err=True)
    listener = _listen(host, port)
    # Children find it in the environment: the one that is started anew has to listen where the others do.
    os.environ["STRONGBACK_GRPC_PORT"] = str(settings.grpc_port or _free_port(host))
    if settings.workers > 1:
        from strongback.cli.workers import run_workers

        raise SystemExit(run_workers(service, store, settings, listener, quiet=quiet))
    if reload if reload is not None else settings.profile == "development":
        from strongback.cli.reload import run_reloading

        raise SystemExit(run_reloading(service, store, settings.profile, listener, quiet=quiet, files=files))
    Serving(service, settings, listener, quiet=quiet).run()


def _free_port(host: str) -> int:
    with _listen(host, 0) as found:
        port: int = found.getsockname()[1]
    return port


def _listen(host: str, port: int) -> socket.socket:
    from strongback.serve.run import listen

    try:
        return listen(host, port)
    except OSError as taken:
        click.echo(f"cannot listen on {host}:{port}: {taken.strerror}. Another port: --port 0", err=True)
        raise SystemExit(ENVIRONMENT) from None


def _check_workers(settings: Settings, *, reload: bool | None) -> None:
    if settings.workers == 1:
        return
    if reload:
        raise click.UsageError("--reload serves with one process: leave out --workers, or --reload")
    if settings.store.startswith("sqlite:") and not settings.store.startswith("sqlite:///"):
        raise click.UsageError("a database in memory is one process's own: name a file, or leave out --workers")
