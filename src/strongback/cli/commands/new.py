"""`strongback new`: a project that runs, with tests that pass, a lock, keys, and a first commit."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import click

from strongback.cli.commands.lock import write_lock
from strongback.cli.options import say, takes_json, takes_quiet
from strongback.cli.project import open_project
from strongback.cli.welcome import program
from strongback.errors import ConfigurationError

# Where each file of the template goes.
FILES: Mapping[str, str] = {
    "service.py.txt": "service.py",
    "seed.py.txt": "seed.py",
    "conftest.py.txt": "conftest.py",
    "test_service.py.txt": "tests/test_service.py",
    "README.md.txt": "README.md",
    "gitignore.txt": ".gitignore",
}
NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
# For a machine where git does not know whose commits these are.
NOBODY = ("-c", "user.name=Strongback", "-c", "user.email=strongback@localhost")


@click.command("new")
@click.argument("name")
@takes_json
@takes_quiet
def command(name: str, as_json: bool, quiet: bool) -> None:
    """Make the project NAME in a new folder."""
    if NAME.fullmatch(name) is None:
        raise click.UsageError(
            f"'{name}' is no name for a project: lower case letters, digits, - and _, a letter first"
        )
    folder = Path(name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigurationError(
            f"there is something at `{name}` already", hint="choose another name; nothing was changed"
        )
    _write(folder, name)
    spelt = str(folder / "service.py")
    write_lock(spelt)
    open_project(spelt).keyring()
    told = _commit(folder)
    if as_json:
        say({"folder": str(folder.resolve()), "git": told})
    elif not quiet:
        click.echo(f"made {name}/ ({told})\n\n    cd {name}\n    {program()} run")


def _write(folder: Path, name: str) -> None:
    template = files("strongback.cli") / "template"
    for source, target in FILES.items():
        path = folder / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((template / source).read_text("utf-8").replace("@NAME@", name), "utf-8")


def _commit(folder: Path) -> str:
    """Make a repository with all of it; in a repository of somebody's, that is theirs to do."""
    if shutil.which("git") is None:
        return "no git here, so without a first commit"
    if _git(folder, "rev-parse", "--is-inside-work-tree"):
        return "in the git repository around it, not committed"
    named = _git(folder, "config", "user.name") and _git(folder, "config", "user.email")
    steps = (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "--message", "A new Strongback project"))
    done = all(_git(folder, *(() if named else NOBODY), *step) for step in steps)
    return "with a first commit" if done else "git could not commit it"


def _git(folder: Path, *arguments: str) -> bool:
    """Run git in *folder*; whether it succeeded."""
    command = ["git", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0  # noqa: S603 - git
