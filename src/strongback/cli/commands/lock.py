"""`strongback lock`: the stable numbers of the model."""

from __future__ import annotations

from pathlib import Path

import click

from strongback.cli.main import FINDINGS
from strongback.cli.options import say, takes_json, takes_quiet, takes_service
from strongback.cli.service import find_service

LOCK_FILE = "strongback.lock.json"


@click.command("lock")
@takes_service
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when the lock is not up to date.")
@click.option(
    "--resolve", is_flag=True, help="After a merge: of two names with one number the first keeps it, the other moves."
)
@takes_json
@takes_quiet
def command(service: str | None, check: bool, resolve: bool, as_json: bool, quiet: bool) -> None:
    """Write strongback.lock.json beside SERVICE: numbers that entities and members keep for ever."""
    if check and resolve:
        raise click.UsageError("--resolve writes, --check does not: give one of them")
    moved = resolve_lock(service) if resolve else []
    path, changed = write_lock(service, check=check)
    if as_json:
        said = {"file": str(path), "up_to_date": not changed or not check, "written": changed and not check}
        say({**said, **({"moved": moved} if resolve else {})})
    elif changed and check:
        click.echo(f"{LOCK_FILE} is not up to date: run `strongback lock`", err=True)
    elif not quiet:
        click.echo("\n".join([*moved, f"wrote {path}" if changed or moved else f"{LOCK_FILE} is up to date"]))
    if changed and check:
        raise SystemExit(FINDINGS)


def resolve_lock(service: str | None) -> list[str]:
    """
    Give every name in the lock beside *service* a number of its own.

    Returns:
        A line for each name that has another number now.
    """
    from strongback.model.lock_file import lock_to_json
    from strongback.model.lock_merge import resolve

    path = find_service(service)[1] / LOCK_FILE
    if not path.exists():
        return []
    lock, moved = resolve(path.read_bytes())
    path.write_bytes(lock_to_json(lock))
    return [str(each) for each in moved]


def write_lock(service: str | None, *, check: bool = False) -> tuple[Path, bool]:
    """
    Bring the lock beside *service* up to its model.

    Returns:
        The lock's path, and whether it was, or with *check* would be, changed.
    """
    from strongback.model.load import load
    from strongback.model.lock import make_lock
    from strongback.model.lock_file import lock_from_json, lock_to_json

    found, folder = find_service(service)
    path = folder / LOCK_FILE
    before = path.read_bytes() if path.exists() else b""
    text = lock_to_json(make_lock(load(found, folder), lock_from_json(before) if before else None))
    if text != before and not check:
        path.write_bytes(text)
    return path, text != before
