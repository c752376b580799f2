"""`strongback run`: serve, and serve the new source when it is saved."""

from __future__ import annotations

import os
import socket
import sys

import click

from strongback.cli.main import ENVIRONMENT


@click.command("run")
@click.argument("service", required=False)
@click.option(
    "--store", envvar="STRONGBACK_STORE", help="sqlite:///file.db or postgresql://... [default: beside the service]"
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one."
)
@click.option(
    "--profile", envvar="STRONGBACK_PROFILE", default="development", type=click.Choice(["development", "production"])
)
@click.option(
    "--reload/--no-reload", default=None, help="Serve the new source when it is saved [default: in development]."
)
@click.option("--listen-fd", type=int, hidden=True, help="A socket handed over by the process that watches the source.")
@click.option("--ready-fd", type=int, hidden=True, help="Where to say that requests are taken.")
def command(
    service: str | None,
    store: str | None,
    host: str,
    port: int,
    profile: str,
    reload: bool | None,
    listen_fd: int | None,
    ready_fd: int | None,
) -> None:
    """Run SERVICE (module:name or file.py:name; `service.py` of this folder when left out)."""
    if listen_fd is not None:
        _serve(service, store, profile, socket.socket(fileno=listen_fd), ready_fd)
        return
    from strongback.serve.run import listen

    try:
        listener = listen(host, port)
    except OSError as taken:
        click.echo(f"cannot listen on {host}:{port}: {taken.strerror}. Another port: --port 0", err=True)
        raise SystemExit(ENVIRONMENT) from None
    if reload if reload is not None else profile == "development":
        from strongback.cli.reload import run_reloading

        raise SystemExit(run_reloading(service, store, profile, listener))
    _serve(service, store, profile, listener, None)


def _serve(service: str | None, store: str | None, profile: str, listener: socket.socket, ready_fd: int | None) -> None:
    """Serve in this process."""
    from strongback.model.collector import begin_start

    begin_start()
    from strongback.cli.project import open_project
    from strongback.cli.welcome import welcome
    from strongback.observe.messages import configure_messages
    from strongback.observe.output import LogOutput
    from strongback.observe.sinks.log import LogSink
    from strongback.serve.cors import make_cors, origins_from_environment
    from strongback.serve.run import serve

    project = open_project(service, profile)
    output = LogOutput()
    configure_messages(output)
    app = project.app(store or project.default_store, sink=LogSink(output))

    def ready() -> None:
        if ready_fd is not None:
            os.write(ready_fd, b"1")
            os.close(ready_fd)
        if ready_fd is None or os.environ.get("STRONGBACK_FIRST_RUN"):
            click.echo(welcome(project, listener.getsockname()), err=True)

    application = make_cors(app.application(), origins_from_environment())
    if not serve(application, listener, ready=ready):
        sys.exit(ENVIRONMENT)
