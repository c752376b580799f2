"""
The pages of docs/reference that are made from the source: `scripts/docs` writes them, a test finds those that are out of date.

    declaration.md     from signatures and docstrings of the public names
    command-line.md    from the commands
    settings.md        from the settings
    errors.md          from the pages of the codes
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

import click

import strongback
from strongback import errors
from strongback.cli.main import COMMANDS, EXIT_CODES
from strongback.cli.main import strongback as program
from strongback.contract.problems import problem_of
from strongback.host.settings import SETTINGS
from strongback.model.relation import OnDelete
from strongback.serve.guard.limits import Limits
from strongback.store.postgresql.settings import PostgresSettings
from strongback.store.sqlite.settings import SqliteSettings

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "docs" / "reference"
PACKAGE = PROJECT / "src" / "strongback"
GENERATED = "<!-- Made by scripts/docs from {source}; do not edit. -->"

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Entities and their members": (
        "Entity",
        "field",
        "pii",
        "key",
        "blob",
        "Blob",
        "decimal",
        "to_one",
        "inverse",
        "Value",
        "JSON",
    ),
    "Rules over rows": ("Unique", "Index", "check", "computed"),
    "Permissions": ("role", "Access", "Permission", "EVERYONE", "SIGNED_IN"),
    "Lists": ("Query", "SLO"),
    "Actions": ("action", "require", "Db", "Clock", "now", "use_clock"),
    "Raw SQL": ("sql", "Sql", "RawSqlWrong"),
    "Events": ("Event", "on"),
    "The service": ("Service", "Actor", "mount", "load"),
    "Inside another application": ("asgi", "beside"),
    "Errors": ("StrongbackError", "DeclarationError", "GuardRefused", "NotLoaded"),
}


def pages() -> dict[str, str]:
    """Every generated page, by its file's name."""
    return {
        "declaration.md": _page("src/strongback", declaration()),
        "command-line.md": _page("src/strongback/cli", command_line()),
        "settings.md": _page("src/strongback/host/settings.py and its neighbours", settings()),
        "errors.md": _page("src/strongback/pages", error_codes()),
    }


def _page(source: str, lines: Iterable[str]) -> str:
    text = "\n".join([GENERATED.format(source=source), "", *lines])
    return re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"


# Declaration ----------------------------------------------------------------------------------------------------------


def declaration() -> Iterator[str]:
    """What a declaration is written with."""
    yield "# Declaration"
    yield ""
    yield "Everything here is a name of `import strongback as sb`. What is said to be not yet supported is refused when the service loads."
    for group, names in GROUPS.items():
        yield from ("", f"## {group}")
        for name in names:
            yield from _name(name)


def undocumented() -> set[str]:
    """Public names that the page leaves out."""
    return set(strongback.__all__) - {name for names in GROUPS.values() for name in names}


def _name(name: str) -> Iterator[str]:
    module = Path(_module_of(name))
    sources = sorted(module.parent.glob("*.py")) if module.name == "__init__.py" else [module]
    trees = [ast.parse(source.read_text("utf-8")) for source in sources]
    definitions = [node for tree in trees for node in ast.walk(tree) if _defines(node, name)]
    yield from ("", f"### `sb.{name}`", "")
    signature, doc = _signature(definitions), _docstring(definitions, name)
    if signature:
        yield from (f"    {line}" for line in _wrapped(f"sb.{name}", signature))
        yield ""
    yield from _prose(doc)
    if name in ("Entity", "Db", "Clock"):
        yield from _members(definitions)


def _members(definitions: list[ast.AST]) -> Iterator[str]:
    """What a row, the store or the clock offers in a body."""
    methods = [
        n for each in definitions for n in ast.walk(each) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    shown = [node for node in methods if not node.name.startswith("_") and node.name != "emit"]
    if shown:
        yield ""
    for node in shown:
        is_value = any(isinstance(each, ast.Name) and each.id == "property" for each in node.decorator_list)
        waits = "await " if isinstance(node, ast.AsyncFunctionDef) else ""
        spelt = node.name if is_value else f"{waits}{node.name}({', '.join(_parameters(node)[1:])})"
        yield f"- `{spelt}`: {(ast.get_docstring(node) or '').splitlines()[0]}"


def _module_of(name: str) -> str:
    place = strongback._PLACE_OF[name]
    return str(import_module(f"strongback.{place}").__file__)


def _defines(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name


def _signature(definitions: list[ast.AST]) -> list[str]:
    """The parameters as type checkers see them: of the overload that says most, or of the class."""
    found: list[list[str]] = []
    for node in definitions:
        if isinstance(node, ast.FunctionDef):
            found.append(_parameters(node))
        elif isinstance(node, ast.ClassDef) and not _is_error(node):
            wanted = ("__init__", "__init_subclass__")
            inits = [n for n in ast.walk(node) if isinstance(n, ast.FunctionDef) and n.name in wanted]
            found += [_parameters(n)[1:] for n in inits]
    typed = [each for each in found if not any(part.startswith("*positional") for part in each)]
    usable = [each for each in typed if not any(part.startswith("**") for part in each)]
    return max(usable, key=lambda each: (sum(" = " in part for part in each), len(each)), default=[])


def _is_error(node: ast.ClassDef) -> bool:
    return any("Error" in ast.unparse(base) for base in node.bases)


def _parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    arguments = node.args
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(plain) - len(arguments.defaults)) + list(arguments.defaults)
    shown = [_parameter(each, default) for each, default in zip(plain, defaults, strict=True)]
    if arguments.posonlyargs:
        shown.insert(len(arguments.posonlyargs), "/")
    if arguments.vararg:
        shown.append(f"*{_parameter(arguments.vararg, None)}")
    elif arguments.kwonlyargs:
        shown.append("*")
    shown += [_parameter(e, d) for e, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    if arguments.kwarg:
        shown.append(f"**{_parameter(arguments.kwarg, None)}")
    return shown


def _parameter(argument: ast.arg, default: ast.expr | None) -> str:
    annotation = f": {ast.unparse(argument.annotation)}" if argument.annotation is not None else ""
    annotation = annotation.replace("OnDelete", f"Literal{list(get_args(OnDelete))}")
    return f"{argument.arg}{annotation}{f' = {ast.unparse(default)}' if default is not None else ''}"


def _wrapped(name: str, parameters: list[str]) -> Iterator[str]:
    line = f"{name}({', '.join(parameters)})"
    if len(line) <= 110:
        yield line
        return
    yield f"{name}("
    yield from (f"    {parameter}," for parameter in parameters)
    yield ")"


def _docstring(definitions: list[ast.AST], name: str) -> str:
    texts = [ast.get_docstring(node) or "" for node in definitions if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    told = {
        "EVERYONE": "A permission that everyone has, with a token or without.",
        "SIGNED_IN": "A permission that every caller with a valid token has.",
        "JSON": "The type of a field that holds any JSON value but null.",
    }
    return max(texts, key=len, default="") or told[name]


def _prose(doc: str) -> Iterator[str]:
    """A docstring as Markdown: sections become lists of their entries, doctests become code."""
    section, entry, in_code = "", "", False
    for line in [*doc.splitlines(), "", "End:"]:
        heading = re.fullmatch(r"(Args|Returns|Raises|Attributes|Class keywords|Source|End):\s*(.*)", line)
        new_entry = section and re.match(r"    (\w[\w, ]*): (.*)", line)
        if heading or new_entry or (section and not line.strip()):
            if entry:
                yield entry
            entry = ""
        if heading:
            section = heading[1]
            if section != "End":
                yield from ("", f"{section}:{f' {heading[2]}' if heading[2] else ''}", "")
        elif new_entry:
            entry = f"- `{'`, `'.join(new_entry[1].split(', '))}`: {new_entry[2]}"
        elif section and line.startswith("    "):
            entry = f"{entry} {line.strip()}" if entry else f"- {line.strip()}"
        elif line.startswith(">>>") or (in_code and line.strip()):
            in_code = True
            yield f"    {line}"
        else:
            section, in_code = "" if line.strip() else section, False
            yield line


# Command line ---------------------------------------------------------------------------------------------------------


def command_line() -> Iterator[str]:
    """Every command, as its own help tells it."""
    yield from ("# Command line", "", "`strongback`, or short `sb`.", "")
    yield "SERVICE is `package.module:name` or `path/service.py:name`; the name may be left out when the file has one service, and all"
    yield "of it when that file is `service.py` of this folder."
    yield from (
        "",
        "With `--json` standard output is one JSON value; empty where the command could not do its work, and standard error says why.",
    )
    yield from ("", "| exit code | meaning |", "| --- | --- |")
    yield from (f"| {code} | {_cell(meaning)} |" for code, meaning in EXIT_CODES.items())
    for name, (module, line) in COMMANDS.items():
        if find_spec(f"strongback.cli.commands.{module}") is None:
            yield from ("", f"## `strongback {name}`", "", f"{line} Not yet there.")
            continue
        found = program.get_command(click.Context(program), name)
        assert found is not None
        yield from _command(found, f"strongback {name}")


def _command(command: click.Command, path: str) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            part = command.get_command(context, name)
            assert part is not None
            yield from _command(part, f"{path} {name}")
        return
    yield from ("", f"## `{path}`", "", f"    {' '.join([path, *command.collect_usage_pieces(context)])}", "")
    yield inspect.cleandoc(command.help or "")
    rows = [record for parameter in command.get_params(context) if (record := parameter.get_help_record(context))]
    options = [(shown, text) for shown, text in rows if text and "--help" not in shown]
    if options:
        yield from ("", "| option | meaning |", "| --- | --- |")
        yield from (f"| `{_cell(shown)}` | {_cell(' '.join(text.split()))} |" for shown, text in options)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


# Settings -------------------------------------------------------------------------------------------------------------


def settings() -> Iterator[str]:
    """Every setting, its default and its meaning."""
    yield from ("# Settings", "", "## Environment", "")
    yield "An option of the command line beats the environment, the environment beats the default. `strongback config` prints what holds."
    yield from ("", "| variable | default | meaning |", "| --- | --- | --- |")
    for each in SETTINGS:
        default = f"`{each.default}`" if each.default else ""
        if each.production is not None:
            default += f" (in production `{each.production}`)"
        yield f"| `{each.name}` | {default} | {each.doc} |"
    yield from ("", "## In the URL of a PostgreSQL database", "")
    yield "`postgresql://app@db/jobs?pool_size=20`. What is not named here is the driver's (`sslmode`, `application_name`)."
    yield from _attributes(PostgresSettings, without="url")
    yield from ("", "## In the URL of an SQLite database", "", "`sqlite:///jobs.db?synchronous=full`.")
    yield from _attributes(SqliteSettings, without="path")
    yield from ("", "## Limits of a request and a connection", "", "They have no setting yet.")
    yield from _attributes(Limits, without="")


def _attributes(kind: type, without: str) -> Iterator[str]:
    told = _told(inspect.getdoc(kind) or "")
    yield from ("", "| name | default | meaning |", "| --- | --- | --- |")
    for each in dataclasses.fields(kind):
        if each.name != without:
            yield f"| `{each.name}` | `{_spelt(each.default)}` | {told[each.name]} |"


def _told(doc: str) -> dict[str, str]:
    section = doc.partition("Attributes:\n")[2]
    entries = re.findall(r"^    (\w[\w, ]*): (.*(?:\n        .*)*)", section, re.MULTILINE)
    return {name: " ".join(text.split()) for names, text in entries for name in names.split(", ")}


def _spelt(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:,}" if isinstance(value, int) else str(value)


# Errors ---------------------------------------------------------------------------------------------------------------


def error_codes() -> Iterator[str]:
    """Every code: the table of statuses, then its page."""
    statuses = _statuses()
    files = sorted((PACKAGE / "pages").glob("SB*.md"))
    texts = {file.stem: file.read_text("utf-8") for file in files}
    yield from ("# Error codes", "")
    yield "`strongback explain SB204` prints one of these. 1xx: the declaration. 2xx: a request. 3xx: a store. 4xx: a setting. 9xx: ours."
    yield "In the answer to a request, `code` is what a program looks at; codes of single faults stand in `errors[].code`."
    yield from ("", "| code | HTTP status | means |", "| --- | --- | --- |")
    for code, text in texts.items():
        title = text.splitlines()[0].removeprefix(f"# {code} ")
        yield f"| [{code}](#{_anchor(f'{code} {title}')}) | {_status(code, statuses)} | {title} |"
    for text in texts.values():
        yield from ("", re.sub(r"^(#+ )", r"#\1", text, flags=re.MULTILINE))


def _statuses() -> dict[str, int]:
    kinds = [
        kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.StrongbackError)
    ]
    ours = (errors.RequestError, errors.DependencyError, errors.InternalError)
    return {kind.code: problem_of(kind).status for kind in kinds if issubclass(kind, ours)}


def _status(code: str, statuses: Mapping[str, int]) -> str:
    if code in statuses:
        return str(statuses[code])
    return "422, as a fault in `errors`" if code.startswith("SB2") else ""


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def write(say: Callable[[str], object] = print) -> None:
    """Write the pages that are out of date."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        file = FOLDER / name
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
            say(f"wrote {file.relative_to(PROJECT)}")


if __name__ == "__main__":
    write()
    sys.exit(0)
