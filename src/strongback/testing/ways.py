"""How a case of the matrix goes through a door, and comes back: the one place that knows of the doors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

from strongback.app import App
from strongback.errors import MissingExtra

Door = Literal["engine", "graphql", "grpc"]
# The package whose absence says that an extra is not installed, and what it is called where packages are.
PACKAGES: Mapping[Door, tuple[str, str]] = {"graphql": ("graphql", "graphql-core"), "grpc": ("grpc", "grpcio")}


def as_it_is(told: Any) -> Any:
    """What a door tells that has a word for everything."""
    return told


@dataclass(frozen=True)
class Way:
    """
    A way through a door.

    Attributes:
        perform: Puts what is asked in the door's words and reads the answer; its `through` counts what has words there.
        shown: What there is of rows in these words, of an answer and of what is expected.
        documents: Whether only what a document can ask is asked: no batches, and no rows that are brought along.
    """

    perform: Any
    shown: Callable[[Any], Any] = as_it_is
    documents: bool = False


def way_through(door: Door, app: App) -> Way | None:
    """
    The way through *door* of *app*, which may not serve it; None for the engine's own.

    Raises:
        MissingExtra: The packages that it needs are not installed.
    """
    if door == "engine":
        return None
    module, package = PACKAGES[door]
    if find_spec(module) is None:
        raise MissingExtra(package, door)
    made = import_module(f"strongback.testing.through_{door}")
    if door == "graphql":
        return Way(made.through(app.model, app.tokens), documents=True)
    return Way(made.through(app.model), made.shown)
