"""The machine: Python, packages, SQLite, the port, open files."""

from __future__ import annotations

import platform
import re
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, requires, version

from strongback.cli.doctor.checked import Checked, ok, warning, wrong

PYTHON = (3, 11)
# What a requirement of ours looks like: `asyncpg>=0.31; extra == 'postgres'`.
REQUIREMENT = re.compile(r"([\w.-]+)(?:\[[^\]]*\])?>=([\d.]+)(?:;(.*))?")
# What the statements of a service are made of, each said so that an SQLite without it refuses.
SQLITE_FEATURES = {
    "JSON": "SELECT json_group_array(value) FROM json_each('[1,2]')",
    "RETURNING": "INSERT INTO probe VALUES (1) RETURNING n",
    "MATERIALIZED": "WITH held AS MATERIALIZED (SELECT 1) SELECT * FROM held",
    "NULLS FIRST": "SELECT n FROM probe ORDER BY n NULLS FIRST",
    "row values": "SELECT (1, 2) > (1, 1)",
}
FILES_FOR_PRODUCTION = 4096
FILES_AT_LEAST = 512
# Servers whose bounds on slow clients and framing are not ours.
OTHER_SERVERS = ("granian", "gunicorn", "hypercorn", "daphne")


def check_python(running: tuple[int, ...] = sys.version_info[:3]) -> Iterator[Checked]:
    told = f"{'.'.join(map(str, running))} ({platform.python_implementation()}, {platform.platform(terse=True)})"
    if running < PYTHON:
        needed = ".".join(map(str, PYTHON))
        yield wrong("python", told, f"use Python {needed} or later: `uv venv --python 3.13`")
    else:
        yield ok("python", told)


def check_packages(extras: Sequence[str], listed: Sequence[str] | None = None) -> Iterator[Checked]:
    """
    Whether every package is there, in a version that does, that this service with these settings needs.

    Args:
        extras: Those needed: `server`, `postgres`, `auth`, `grpc`.
        listed: Requirements as installers read them; left out, those that Strongback was installed with.
    """
    needed = _needed(requires("strongback") or () if listed is None else listed, extras)
    there = {name: _version(name) for name, _, _ in needed}
    for name, least, extra in needed:
        install = f"pip install 'strongback[{extra}]'" if extra else "pip install --upgrade strongback"
        found = there[name]
        if found is None:
            yield wrong("packages", f"`{name}` is not installed", install)
        elif _numbers(found) < _numbers(least):
            yield wrong("packages", f"{name} {found} is older than {least}", install)
    with_extras = f" [{', '.join(extras)}]" if extras else ""
    listing = ", ".join(f"{name} {found}" for name, found in sorted(there.items()) if found)
    yield ok("packages", f"strongback {_version('strongback')}{with_extras}: {listing}")


def _needed(listed: Sequence[str], extras: Sequence[str]) -> list[tuple[str, str, str]]:
    """Name, least version and extra (empty for none) of what is needed on this system."""
    found: list[tuple[str, str, str]] = []
    for line in listed:
        match = REQUIREMENT.match(line)
        if match is None or ("win32" in line and sys.platform == "win32"):
            continue
        named = re.search(r"extra == ['\"](\w+)['\"]", match[3] or "")
        if named is None or named[1] in extras:
            found.append((match[1], match[2], named[1] if named else ""))
    return found


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _numbers(text: str) -> tuple[int, ...]:
    """
    The numbers that a version begins with; trailing zeros say nothing.

    >>> _numbers("2.1.0b3") == _numbers("2.1") < _numbers("2.10")
    True
    """
    match = re.match(r"\d+(\.\d+)*", text)
    numbers = [int(part) for part in match[0].split(".")] if match else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def check_sqlite() -> Iterator[Checked]:
    lacking: list[str] = []
    database = sqlite3.connect(":memory:")
    try:
        database.execute("CREATE TABLE probe (n INTEGER)")
        for name, sql in SQLITE_FEATURES.items():
            try:
                database.execute(sql).fetchall()
            except sqlite3.Error:
                lacking.append(name)
    finally:
        database.close()
    told = sqlite3.sqlite_version
    if lacking:
        yield wrong(
            "sqlite", f"{told} lacks {', '.join(lacking)}", "use a Python that is built with SQLite 3.38 or later"
        )
    else:
        yield ok("sqlite", f"{told} with {', '.join(SQLITE_FEATURES)}")


def check_port(host: str, port: int, option: str = "--port") -> Iterator[Checked]:
    from strongback.serve.run import listen

    try:
        listen(host, port).close()
    except OSError as taken:
        fix = f"stop what listens there, or take another: `strongback run {option} {port + 1 if port < 65535 else 0}`"
        yield wrong("port", f"cannot listen on {host}:{port}: {taken.strerror}", fix)
    else:
        yield ok("port", f"{host}:{port} is free" if port else f"{host}: a free one is there")


def check_files(*, production: bool) -> Iterator[Checked]:
    """Each connection is an open file, and so is each of the database's."""
    if sys.platform == "win32":
        yield ok("open files", "bounded by memory alone")
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    least = FILES_FOR_PRODUCTION if production else FILES_AT_LEAST
    told = "no limit" if soft == resource.RLIM_INFINITY else f"{soft} at once"
    if soft != resource.RLIM_INFINITY and soft < least:
        fix = f"ulimit -n {least} (systemd: LimitNOFILE={least})"
        yield warning("open files", f"{told}; each connection takes one", fix)
    else:
        yield ok("open files", told if hard == soft else f"{told}, {'more' if hard < 0 else hard} when asked for")


def check_servers() -> Iterator[Checked]:
    """`strongback run` bounds what only a server sees; another server has to do that itself."""
    others = [name for name in OTHER_SERVERS if _version(name)]
    if others:
        told = f"{', '.join(others)} installed: it bounds neither slow clients nor the framing of requests as ours does"
        fix = "serve with `strongback run`, or put a proxy in front that does; see the how-to on mounting"
        yield warning("other servers", told, fix)
    else:
        yield ok(
            "other servers",
            "none installed; where `sb.asgi` is mounted, slow clients and framing are the host's to bound",
        )
