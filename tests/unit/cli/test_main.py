"""The command line as a whole: what it loads, how it fails, and how it says so."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from strongback.cli.main import COMMANDS, strongback
from tests.unit.cli.conftest import Cli, environment

HEAVY = (
    "sqlalchemy",
    "cryptography",
    "joserfc",
    "uvicorn",
    "asyncpg",
    "structlog",
    "grpc",
    "google.protobuf",
    "strongback.app",
    "strongback.store",
)
BROKEN = {
    "a misspelt path": (
        'return self.status == "open"',
        'return self.stauts == "open"',
        ["service.py:{above}: SB150", '| return self.stauts == "open"', "did you mean `status`?"],
    ),
    "a wrong inverse": ('sb.inverse("job")', 'sb.inverse("jobs")', ["SB171", "did you mean `job`?"]),
    "a bad default": ('default="draft"', 'default="drfat"', ["SB113", "it is none of draft, open, closed"]),
    "an impossible literal": ('m.role == "recruiter"', 'm.role == "recruter"', ["SB154", "did you mean `recruiter`?"]),
    "a type nobody imported": (
        "title: str = sb.field(max=140)",
        "title: str = sb.field(max=140)\n    day: date",
        ["SB421 NameError", "| day: date", "write `from datetime import date`"],
    ),
    "a misspelt claim": ("User.subject,", "User.subjct,", ["SB421 AttributeError", "did you mean `subject`?"]),
    "an unlisted entity": (
        "Job, JobSkill, Application]",
        "Job, JobSkill]",
        ["SB120", "entities=[..., Application]"],
    ),
}


def options() -> Iterator[tuple[str, list[str]]]:
    """Every command with the spellings of its options."""
    for name in COMMANDS:
        found = strongback.get_command(click.Context(strongback), name)
        assert found is not None
        parts = found.commands if isinstance(found, click.Group) else {"": found}
        for part, command in parts.items():
            yield f"{name} {part}".strip(), [spelt for each in command.params for spelt in each.opts]


def placed(text: str, file: Path, wrong: str) -> str:
    """*text* with the line where *wrong* stands in *file*, and the one above."""
    line = file.read_text().partition(wrong)[0].count("\n") + 1
    return text.replace("{line}", str(line)).replace("{above}", str(line - 1))


def test_help_loads_nothing_that_a_command_needs() -> None:
    script = "import sys; sys.argv = ['strongback', '--help']\n"
    script += "from strongback.cli.main import main\n"
    script += "try: main()\nexcept SystemExit: pass\n"
    script += f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(cli: Cli, name: str) -> None:
    helped = cli(name, "--help")
    assert helped.returncode == 0 and "Usage: strongback" in helped.stdout


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_declaration_shows_place_line_and_repair(cli: Cli, project: Path, case: str) -> None:
    good, wrong, expected = BROKEN[case]
    service = project / "service.py"
    assert good in service.read_text()
    service.write_text(service.read_text().replace(good, wrong))
    refused = cli("check")
    assert (refused.returncode, refused.stdout) == (1, "")
    for text in expected:
        assert placed(text, service, wrong) in refused.stderr
    assert "Traceback" not in refused.stderr
    found = json.loads(cli("check", "--json").stdout)["faults"]
    assert found and all(fault["code"].startswith(("SB1", "SB421")) and ":" in fault["where"] for fault in found)


def test_check_names_what_a_stale_lock_lacks_and_a_lock_that_is_none(cli: Cli, project: Path) -> None:
    assert cli("lock").returncode == 0 and cli("check").returncode == 0
    service = project / "service.py"
    service.write_text(service.read_text().replace("    city: str =", "    size: int = 0\n    city: str ="))
    refused = cli("check")
    assert refused.returncode == 1 and "SB181 members of Job: `size` is not in strongback.lock.json" in refused.stderr
    assert "run `strongback lock`" in refused.stderr
    (fault,) = json.loads(cli("check", "--json").stdout)["faults"]
    assert (fault["code"], fault["where"]) == ("SB181", "strongback.lock.json")
    assert cli("lock").returncode == 0 and cli("check").returncode == 0
    (project / "strongback.lock.json").write_text("{")
    assert "SB181 strongback.lock.json cannot be read" in cli("check").stderr


@pytest.mark.parametrize(
    ("good", "wrong", "expected"),
    [
        ("read=public | recruiter,", "read=public | recruiterr,", "did you mean `recruiter`?"),
        ("class Job(", "class Job((", "service.py:{line}: SB421 SyntaxError"),
        ("import strongback as sb", "import strongbackk as sb", "No module named 'strongbackk'"),
    ],
)
def test_a_module_that_does_not_load_names_its_line(
    cli: Cli, project: Path, good: str, wrong: str, expected: str
) -> None:
    service = project / "service.py"
    service.write_text(service.read_text().replace(good, wrong))
    refused = cli("check")
    assert refused.returncode == 1
    assert placed(expected, service, wrong) in refused.stderr and refused.stderr.startswith("service.py:")
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (("chekc",), 2, "Did you mean 'check'?"),
        (("check", "--jsn"), 2, "--json"),
        (("check", "nowhere.py"), 3, "there is no file `nowhere.py`"),
        (("check", "service.py:job"), 3, "did you mean `jobs`?"),
        (("migrate", "--store", "postgres+x://h/d"), 3, "there is no store"),
        (("lock", "--check"), 1, "run `strongback lock`"),
        (("token", "--sub", "ada", "--claim", "x"), 2, "NAME=VALUE"),
        (("token", "--sub", ""), 2, "name somebody"),
        (("token", "--sub", "ada", "--hours", "0"), 2, "--hours"),
    ],
)
def test_exit_codes_are_stable(cli: Cli, arguments: tuple[str, ...], code: int, expected: str) -> None:
    done = cli(*arguments)
    assert (done.returncode, expected in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr


def test_looking_at_a_database_that_is_not_there_does_not_make_it(cli: Cli, project: Path) -> None:
    looked = cli("migrate", "--dry-run")
    assert looked.returncode == 0 and "CREATE TABLE job " in looked.stdout
    assert not list(project.glob("*.db"))


def test_a_file_that_the_system_refuses_is_said(cli: Cli, project: Path) -> None:
    (project / ".strongback").write_text("in the way of the folder")
    refused = cli("token", "--sub", "ada")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert refused.stderr.startswith("SB413 File exists: `") and ".strongback" in refused.stderr


def test_a_database_whose_keyring_is_gone_gets_no_new_one(cli: Cli, project: Path) -> None:
    assert cli("seed", "--quiet").returncode == 0
    keyring = project / ".strongback" / "keyring.json"
    kept = keyring.read_bytes()
    keyring.unlink()
    refused = cli("migrate")
    assert refused.returncode == 3 and refused.stderr.startswith("SB414 ") and "jobs.db" in refused.stderr
    assert not keyring.exists()
    keyring.write_bytes(kept)
    keyring.chmod(0o600)
    assert cli("migrate", "--quiet").returncode == 0


def test_a_store_that_cannot_be_reached_is_said_without_its_password(cli: Cli) -> None:
    refused = cli("migrate", "--store", "postgresql://me:hunter2@127.0.0.1:1/none?connect_timeout_s=1")
    assert refused.returncode == 3
    assert "hunter2" not in refused.stderr and "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        *(("check",), ("spec",), ("lock",), ("migrate",), ("config",), ("seed",), ("new", "shop")),
        *(
            ("doctor", "--port", "0"),
            ("fake", "--rows", "20"),
            ("token", "--sub", "ada"),
            ("explain", "SB204"),
            ("explain", "Job.recruiter"),
        ),
    ],
    ids=" ".join,
)
def test_data_is_printed_as_json_when_asked(cli: Cli, arguments: tuple[str, ...]) -> None:
    done = cli(*arguments, "--json")
    assert (done.returncode, done.stderr) == (0, "") and json.loads(done.stdout)


def test_every_command_prints_json_but_those_whose_output_is_a_text_of_its_own() -> None:
    others = {
        "run",
        "shell",
        "completion",
        "contract ir",
        "contract mcp",
        "contract openapi",
        "contract proto",
        "contract sdl",
    }
    assert {name for name, taken in options() if "--json" not in taken} == others


def test_a_token_comes_with_what_it_says(cli: Cli) -> None:
    said = json.loads(cli("token", "--sub", "ada", "--hours", "0.5", "--claim", "name=Ada L", "--json").stdout)
    assert said["expires_in"] == 1800
    assert said["claims"] == {"sub": "ada", "name": "Ada L", "email": "ada@example.org"}
    payload = said["token"].split(".")[1]
    assert json.loads(urlsafe_b64decode(payload + "=="))["name"] == "Ada L"


@pytest.mark.parametrize("command", ["check", "lock", "migrate", "seed"])
def test_quiet_prints_nothing_that_went_well(cli: Cli, command: str) -> None:
    done = cli(command, "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_quiet_prints_what_went_wrong(cli: Cli, project: Path) -> None:
    service = project / "service.py"
    service.write_text(service.read_text().replace('default="draft"', 'default="drfat"'))
    for command in ("check", "lock", "migrate"):
        refused = cli(command, "-q")
        assert (refused.returncode, refused.stdout) == (1, "") and "SB113" in refused.stderr


def test_work_that_is_interrupted_says_so_and_has_a_code_of_its_own(project: Path) -> None:
    # What a shell starts in the background ignores the signal, unless it says otherwise.
    script = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    script += "from strongback.cli.main import main; main()"
    command = [sys.executable, "-c", script, "test", "permissions", "--cases", "1000000"]
    command += ["--store", f"sqlite:///{project}/p.db"]
    with subprocess.Popen(command, cwd=project, env=environment(), stderr=subprocess.PIPE, text=True) as running:
        until = time.monotonic() + 30
        while not (project / "p.db").exists() and time.monotonic() < until:
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        try:
            _, told = running.communicate(timeout=60)
        finally:
            running.kill()
    assert (running.returncode, told.strip()) == (130, "interrupted")


def test_completion_is_a_script(cli: Cli) -> None:
    assert "_STRONGBACK_COMPLETE" in cli("completion", "bash").stdout


@pytest.mark.parametrize(
    ("begun", "expected"),
    [
        ("explain SB21", {"plain,SB210", "plain,SB211", "plain,SB212"}),
        ("explain Job.re", {"plain,Job.recruiter"}),
        ("check serv", {"file,serv"}),
        ("mig", {"plain,migrate"}),
    ],
)
def test_a_shell_completes_codes_roles_files_and_commands(project: Path, begun: str, expected: set[str]) -> None:
    words = f"strongback {begun}"
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" ")), "_STRONGBACK_COMPLETE": "bash_complete"}
    command = [sys.executable, "-c", "from strongback.cli.main import main; main()"]
    done = subprocess.run(
        command, cwd=project, env=environment(**asked), capture_output=True, text=True, check=False, timeout=300
    )
    assert expected <= set(done.stdout.split()), done.stderr


def test_colours_are_for_terminals_that_want_them(project: Path) -> None:
    service = project / "service.py"
    service.write_text(service.read_text().replace('default="draft"', 'default="drfat"'))

    def told(**variables: str) -> str:
        import pty

        leader, follower = pty.openpty()
        variables = {name: text for name, text in {**environment(), "TERM": "xterm", **variables}.items() if text}
        command = [sys.executable, "-m", "strongback.cli", "check"]
        with subprocess.Popen(command, cwd=project, env=variables, stderr=follower) as running:
            running.wait(60)
        import os

        os.close(follower)
        text = os.read(leader, 10_000).decode()
        os.close(leader)
        return text

    assert "\x1b[" in told(NO_COLOR="")
    assert "\x1b[" not in told(NO_COLOR="1")
