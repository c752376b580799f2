"""Find and load the service that a command is about."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Any

from strongback.errors import ConfigurationError, StrongbackError, did_you_mean

if TYPE_CHECKING:
    from strongback.declare.service import Service
    from strongback.model.model import Model

DEFAULT_FILE = "service.py"
# Where the types of a declaration come from.
FROM: Mapping[str, tuple[str, ...]] = {
    "datetime": ("date", "datetime", "timedelta"),
    "decimal": ("Decimal",),
    "enum": ("StrEnum",),
    "typing": ("Annotated", "Literal"),
    "uuid": ("UUID",),
}


class ServiceNotFound(ConfigurationError):
    """The command names no service that could be imported."""

    code = "SB420"


class SourceBroken(ConfigurationError):
    """The service's module raised while it was imported."""

    code = "SB421"

    def __init__(self, error: Exception, path: Path) -> None:
        if isinstance(error, SyntaxError):
            super().__init__(f"SyntaxError: {error.msg}", where=f"{_near(Path(error.filename or path))}:{error.lineno}")
            return
        last = next((f for f, _ in reversed(list(traceback.walk_tb(error.__traceback__))) if _is_at(f, path)), None)
        lines = [line for f, line in traceback.walk_tb(error.__traceback__) if _is_at(f, path)]
        where = f"{_near(path)}:{lines[-1]}" if lines else _near(path)
        super().__init__(f"{type(error).__name__}: {error}", where=where, hint=_repair(error, last))


def _repair(error: Exception, at: FrameType | None) -> str:
    """What was meant by a name that is not there: one that is, or one that nobody imported."""
    match error:
        case NameError(name=str(name)) if at is not None:
            module = next((module for module, names in FROM.items() if name in names), "")
            near = did_you_mean(name, {**at.f_globals, **at.f_locals})
            return (
                f"write `from {module} import {name}`"
                if module
                else "write `import strongback as sb`"
                if name == "sb"
                else near
            )
        case AttributeError(name=str(name)):
            return did_you_mean(name, [each for each in dir(error.obj) if not each.startswith("_")])
        case _:
            return ""


def _is_at(frame: FrameType, path: Path) -> bool:
    return Path(frame.f_code.co_filename) == path


def _near(path: Path) -> str:
    """*path* from the working folder, where it is below."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def find_service(spelt: str | None) -> tuple[Service, Path]:
    """
    Import the service that *spelt* names.

    Args:
        spelt: `package.module:name` or `path/service.py:name`; the name may be left out when the module has one service.
            None: `service.py` of this folder.
    Returns:
        The service, and the folder it stands in: its lock, keys and seed stand there too.
    Raises:
        ServiceNotFound: There is no such module, or no such service in it.
    """
    target, _, name = (spelt or DEFAULT_FILE).partition(":")
    module = _import(target)
    service = _service_of(module, name, target)
    return service, service.folder


def load_model(service: Service, folder: Path) -> Model:
    """Load the model of *service* with the lock beside it."""
    from strongback.model.load import load

    return load(service, folder)


def _import(target: str) -> ModuleType:
    path = Path(target)
    if target.endswith(".py"):
        if not path.exists():
            raise ServiceNotFound(f"there is no file `{target}`", hint="name the service as `path/service.py:name`")
        return import_file(path.resolve())
    sys.path.insert(0, str(Path.cwd()))
    try:
        return import_module(target)
    except ModuleNotFoundError as missing:
        if missing.name is not None and target.startswith(missing.name):
            raise ServiceNotFound(f"there is no module `{target}`", hint="name it as `package.module:name`") from None
        raise


def import_file(path: Path) -> ModuleType:
    """Import a file under its package's name, so that its own imports of neighbours find the same modules."""
    root, parts = path.parent, [path.stem]
    while (root / "__init__.py").exists():
        parts.insert(0, root.name)
        root = root.parent
    sys.path.insert(0, str(root))
    name = ".".join(parts)
    if name in sys.modules:
        return sys.modules[name]
    found = spec_from_file_location(name, path)
    if found is None or found.loader is None:
        raise ServiceNotFound(f"`{path}` is no Python file")
    module = sys.modules[name] = module_from_spec(found)
    try:
        found.loader.exec_module(module)
    except StrongbackError:
        raise
    except Exception as broken:
        raise SourceBroken(broken, path) from broken
    return module


def _service_of(module: ModuleType, name: str, target: str) -> Service:
    from strongback.declare.service import Service

    services: dict[str, Any] = {n: v for n, v in vars(module).items() if isinstance(v, Service)}
    if name in services:
        chosen: Service = services[name]
        return chosen
    if name:
        hint = did_you_mean(name, services) or f"it has {', '.join(f'`{n}`' for n in services) or 'none'}"
        raise ServiceNotFound(f"`{target}` has no service `{name}`", hint=hint)
    if len(services) != 1:
        hint = (
            f"say which: {', '.join(f'`{target}:{n}`' for n in services)}" if services else "declare `sb.Service(...)`"
        )
        raise ServiceNotFound(f"`{target}` has {len(services) or 'no'} services", hint=hint)
    service: Service = next(iter(services.values()))
    return service
