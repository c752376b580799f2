"""`strongback lock`: the stable numbers of the model."""

from __future__ import annotations

import click

from strongback.cli.main import FINDINGS
from strongback.cli.service import find_service


@click.command("lock")
@click.argument("service", required=False)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when the lock is not up to date.")
def command(service: str | None, check: bool) -> None:
    """Write strongback.lock.json beside SERVICE: numbers that entities and members keep for ever."""
    from strongback.model.load import load
    from strongback.model.lock import LOCK_FILE, make_lock
    from strongback.model.lock_file import lock_from_json, lock_to_json

    found, folder = find_service(service)
    path = folder / LOCK_FILE
    before = path.read_bytes() if path.exists() else b""
    lock = make_lock(load(found, folder), lock_from_json(before) if before else None)
    text = lock_to_json(lock)
    if text == before:
        click.echo(f"{LOCK_FILE} is up to date")
    elif check:
        click.echo(f"{LOCK_FILE} is not up to date: run `strongback lock`", err=True)
        raise SystemExit(FINDINGS)
    else:
        path.write_bytes(text)
        click.echo(f"wrote {path}")
