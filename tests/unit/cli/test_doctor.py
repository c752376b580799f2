"""`strongback doctor`: each thing that can be wrong is made wrong, and is told with its fix."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from strongback.cli.doctor.machine import check_packages, check_python
from strongback.cli.doctor.postgresql import judge_skew
from tests.unit.cli.conftest import Cli


def examine(cli: Cli, *arguments: str, code: int = 0, **variables: str) -> dict[str, list[dict[str, Any]]]:
    """What each check found, by the check's name."""
    done = cli("doctor", "--json", "--port", "0", *arguments, **variables)
    assert (done.returncode, done.stderr) == (code, ""), done.stdout + done.stderr
    found: dict[str, list[dict[str, Any]]] = {}
    for each in json.loads(done.stdout)["checks"]:
        found.setdefault(each["check"], []).append(each)
    return found


def only(found: dict[str, list[dict[str, Any]]], check: str, state: str) -> dict[str, Any]:
    (one,) = [each for each in found[check] if each["state"] == state]
    assert bool(one["fix"]) == (state != "ok")
    return one


def test_a_new_project_is_well_and_looking_makes_nothing(cli: Cli, project: Path) -> None:
    before = sorted(path.name for path in project.iterdir() if path.name != "__pycache__")
    found = examine(cli)
    assert {each["state"] for all_ in found.values() for each in all_} == {"ok"}
    assert set(found) >= {
        "python",
        "sqlite",
        "packages",
        "port",
        "settings",
        "lock",
        "keys",
        "tokens",
        "store",
        "open files",
    }
    assert sorted(path.name for path in project.iterdir() if path.name != "__pycache__") == before


def test_each_line_says_its_state_and_quiet_leaves_out_what_is_well(cli: Cli) -> None:
    told = cli("doctor", "--port", "0")
    assert told.returncode == 0 and told.stdout.startswith("ok       python ")
    assert told.stdout.splitlines()[-1].endswith("checks: 0 wrong, 0 warnings")
    assert cli("doctor", "--port", "0", "--quiet").stdout == ""


def test_a_port_that_is_taken_is_wrong(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = cli("doctor", "--port", str(port))
    assert done.returncode == 3
    assert f"cannot listen on 127.0.0.1:{port}" in done.stdout and "fix: stop what listens there" in done.stdout


def test_a_misspelt_setting_is_a_warning_with_the_right_name(cli: Cli) -> None:
    found = examine(cli, STRONGBACK_STOER="sqlite://")
    assert "did you mean `STRONGBACK_STORE`?" in only(found, "settings", "warning")["told"]


def test_a_setting_without_a_possible_value_is_wrong(cli: Cli) -> None:
    found = examine(cli, code=3, STRONGBACK_WORKERS="many")
    assert "STRONGBACK_WORKERS" in only(found, "settings", "wrong")["told"]


def test_a_wrong_declaration_is_a_finding_and_all_around_it_is_looked_at(cli: Cli, project: Path) -> None:
    service = project / "service.py"
    service.write_text(service.read_text().replace('return self.status == "open"', 'return self.stauts == "open"'))
    found = examine(cli, code=1)
    wrong = only(found, "declaration", "wrong")
    assert "SB150" in wrong["told"] and wrong["about"] == "source"
    assert found["sqlite"][0]["state"] == "ok"


def test_a_stale_lock_is_a_finding(cli: Cli, project: Path) -> None:
    assert cli("lock").returncode == 0
    service = project / "service.py"
    service.write_text(service.read_text().replace("    city: str =", "    size: int = 0\n    city: str ="))
    assert "strongback lock" in only(examine(cli, code=1), "lock", "wrong")["fix"]


def test_production_says_all_it_lacks(cli: Cli) -> None:
    found = examine(cli, "--profile", "production", code=3)
    lacking = only(found, "profile", "wrong")["told"]
    assert "STRONGBACK_STORE" in lacking and "STRONGBACK_KEYS" in lacking and "STRONGBACK_JWKS" in lacking
    only(found, "keys", "wrong")
    only(found, "tokens", "wrong")


@pytest.mark.skipif(os.name == "nt", reason="lacks file modes")
def test_keys_that_others_may_read_are_told_with_the_command_that_closes_them(cli: Cli, project: Path) -> None:
    assert cli("migrate", "--quiet").returncode == 0
    keyring = project / ".strongback" / "keyring.json"
    keyring.chmod(0o644)
    assert only(examine(cli, code=3), "keys", "wrong")["fix"] == f"chmod 600 {keyring}"
    keyring.unlink()
    assert "SB414" in only(examine(cli, code=3), "keys", "wrong")["told"]
    assert not keyring.exists()


def test_an_issuer_that_cannot_be_reached_is_wrong(cli: Cli) -> None:
    issued = {
        "STRONGBACK_ISSUER": "https://id.example",
        "STRONGBACK_AUDIENCE": "jobs",
        "STRONGBACK_JWKS": "http://127.0.0.1:1/keys",
    }
    told = only(examine(cli, code=3, **issued), "tokens", "wrong")
    assert "http://127.0.0.1:1/keys" in told["told"] and "STRONGBACK_JWKS" in told["fix"]


def test_a_store_that_lacks_tables_says_so_and_one_that_has_them_is_well(cli: Cli, store_url: str) -> None:
    production = examine(cli, "--store", store_url, "--profile", "production", code=3)
    if store_url.startswith("postgresql"):
        assert "CREATE TABLE" in only(production, "schema", "wrong")["told"]
        assert "strongback migrate" in only(examine(cli, "--store", store_url), "schema", "warning")["fix"]
    else:
        assert "not there yet" in only(production, "store", "ok")["told"]
    assert cli("migrate", "--store", store_url, "--quiet").returncode == 0
    found = examine(cli, "--store", store_url)
    assert only(found, "schema", "ok")["told"] == "the model's"


def test_a_store_that_cannot_be_reached_is_said_without_its_password(cli: Cli) -> None:
    done = cli("doctor", "--port", "0", "--store", "postgresql://me:hunter2@127.0.0.1:1/none?connect_timeout_s=1")
    assert done.returncode == 3 and "SB301" in done.stdout
    assert "hunter2" not in done.stdout + done.stderr and "Traceback" not in done.stderr


def test_a_role_without_rights_gets_the_statement_that_grants_them(cli: Cli, postgres_url: str) -> None:
    role = f"day_{os.getpid()}"
    asyncio.run(
        _execute(postgres_url, f"CREATE ROLE {role} LOGIN PASSWORD 'x'", "REVOKE CREATE ON SCHEMA public FROM public")
    )
    parts = urlsplit(postgres_url)
    url = (
        f"postgresql://{role}:x@{parts.netloc.rpartition('@')[2]}{parts.path}{f'?{parts.query}' if parts.query else ''}"
    )
    try:
        told = only(examine(cli, "--store", url, code=3), "rights", "wrong")
        assert told["fix"].startswith(f'GRANT CREATE ON SCHEMA "public" TO "{role}"')
        assert cli("migrate", "--store", postgres_url, "--quiet").returncode == 0
        told = only(examine(cli, "--store", url, code=3), "rights", "wrong")
        asyncio.run(_execute(postgres_url, told["fix"]))
        well = examine(cli, "--store", url)
        assert "needs none" in only(well, "rights", "ok")["told"]
    finally:
        asyncio.run(_execute(postgres_url, f"DROP OWNED BY {role}", f"DROP ROLE {role}"))


async def _execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


def test_a_server_tells_its_version_clock_and_that_nothing_stands_before_it(cli: Cli, postgres_url: str) -> None:
    found = examine(cli, "--store", postgres_url)
    assert only(found, "store", "ok")["told"].startswith("PostgreSQL ")
    assert only(found, "clock", "ok") and only(found, "pooler", "ok")["told"] == "none"
    idle = only(
        examine(cli, "--store", f"{postgres_url}{'&' if '?' in postgres_url else '?'}statement_cache=off"),
        "pooler",
        "warning",
    )
    assert "take statement_cache=off out" in idle["fix"]


def test_a_pooler_is_seen(cli: Cli, pgbouncer_url: str) -> None:
    refusing = only(examine(cli, "--store", pgbouncer_url, code=3), "pooler", "wrong")
    assert refusing["fix"] == "end the store's URL in ?statement_cache=off"
    off = f"{pgbouncer_url}{'&' if '?' in pgbouncer_url else '?'}statement_cache=off"
    assert "there is one" in only(examine(cli, "--store", off), "pooler", "ok")["told"]


def test_clocks_apart_are_a_warning() -> None:
    assert judge_skew(0.4).state == "ok"
    assert (judge_skew(3.0).state, "NTP" in judge_skew(3.0).fix) == ("warning", True)


def test_an_old_python_and_packages_that_lack_or_are_old_are_wrong() -> None:
    assert [each.state for each in check_python((3, 10, 4))] == ["wrong"]
    listed = [
        "click>=8.2",
        "msgspec>=99.1",
        "nowhere-to-be-found>=1.0; extra == 'server'",
        "neither>=1; extra == 'other'",
    ]
    found = [each for each in check_packages(["server"], listed) if each.state == "wrong"]
    assert [each.fix for each in found] == ["pip install --upgrade strongback", "pip install 'strongback[server]'"]
    assert "is older than 99.1" in found[0].told and "`nowhere-to-be-found` is not installed" in found[1].told
