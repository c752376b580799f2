"""
Which core runs what, as the goals were stated: one for the server, the others for the database and the load generator.

Left to the scheduler, the three chase each other over the cores, and what is measured is who was lucky. A machine of one core, or a
system that cannot bind a process, is measured unbound, and the report says so.
"""

from __future__ import annotations

import os
from pathlib import Path

import asyncpg


def cores() -> tuple[set[int], set[int]] | None:
    """The core of the server, and those of everybody else; none if there is nothing to divide."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    *others, last = sorted(os.sched_getaffinity(0))
    return ({last}, set(others)) if others else None


DIVIDED = cores()


def bind_self() -> None:
    """This process, and so every load generator it starts, leaves the server's core alone."""
    if DIVIDED:
        os.sched_setaffinity(0, DIVIDED[1])


def on_server_core(command: list[str]) -> list[str]:
    """*command*, run with the server's core to itself."""
    return ["taskset", "-c", ",".join(map(str, DIVIDED[0])), *command] if DIVIDED else command


async def bind_database(store: str) -> int:
    """
    Keep the processes that serve our database's connections off the server's core; they end with the connections.

    Returns:
        How many were bound: 0 where the database runs on another machine, or belongs to somebody whose processes we may not touch.
    """
    if not DIVIDED:
        return 0
    connection = await asyncpg.connect(store)
    rows = await connection.fetch("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
    await connection.close()
    return sum(_bind(pid, DIVIDED[1]) for (pid,) in rows)


def _bind(pid: int, to: set[int]) -> bool:
    try:
        # The number may be another machine's: only what calls itself PostgreSQL here is bound.
        if Path(f"/proc/{pid}/comm").read_text().strip() != "postgres":
            return False
        os.sched_setaffinity(pid, to)
    except OSError:
        return False
    return True


def layout(bound: int) -> str:
    """One line for the report: who ran where."""
    if not DIVIDED:
        return "One core, or a system that binds no process: everything ran everywhere."
    server, others = (", ".join(map(str, sorted(part))) for part in DIVIDED)
    database = (
        f"{bound} processes of the database" if bound else "not the database, whose processes are not ours to bind"
    )
    return f"Core {server}: the server. Core {others}: the generator and {database}."
