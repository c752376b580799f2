"""`sb.Service`: what a service has stands here, and nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FunctionType, MappingProxyType
from typing import TYPE_CHECKING, Any

from strongback.declare.action import ActionSpec
from strongback.declare.convert import parameter_conversions
from strongback.declare.draft.service import Written, draft_service
from strongback.declare.entity import Entity
from strongback.declare.mount import Mounted
from strongback.declare.targets import declared_of, is_entity
from strongback.model.collector import collector_paused
from strongback.model.model import Model


class Actor:
    """
    How a token becomes a row: `sb.Actor(User, claims={"sub": User.subject}, provision=True)`.

    Args:
        entity: The entity of callers.
        claims: The field each of a token's claims fills; the first is the key, a unique field.
        provision: Whether the row is made when its token is first seen.
    """

    if TYPE_CHECKING:

        def __init__(
            self, entity: type[Entity[Any]], *, claims: Mapping[str, object], provision: bool = False
        ) -> None: ...

    else:

        def __init__(self, *positional: object, **options: object) -> None:
            self.positional = positional
            self.options = options

    positional: tuple[object, ...]
    options: dict[str, object]


class Service:
    """
    A service: its entities, its actor, its doors.

    Args:
        name, version: As shown in contracts.
        rest: The prefix of REST paths (`/v1`); left out, REST is not served.
        grpc: Whether gRPC is served, on a port of its own; takes the extra `strongback[grpc]`.
        entities: Every entity of its modules.
        actor: Who calls; left out, every caller is anonymous.
        provide: What makes the team's own dependencies, by the type an action asks for: `{Mailer: make_mailer}`; called once a run.
        static: A folder beside the declaration, whose files are served to everybody: `web/index.html` at `/`.
        mounts: The team's own ASGI applications by prefix: `{"/internal": sb.mount(app, allow=sb.SIGNED_IN)}`.
        doc: What the service is; left out, the docstring of its module.
        graphql: Whether GraphQL is served, at `/graphql`; needs the extra `graphql`.
        mcp: The operations that are tools of MCP, at `/mcp`: `[Job.search, Job.apply, "Job.get"]`; takes the extra `strongback[mcp]`.
        consumers: Not yet supported.
    """

    if TYPE_CHECKING:

        def __init__(
            self,
            name: str,
            *,
            version: str = "0.0.0",
            rest: str = "",
            entities: Sequence[type[Entity[Any]]],
            actor: Actor | None = None,
            provide: Mapping[type[Any], Callable[[], object]] | None = None,
            mounts: Mapping[str, Mounted] | None = None,
            consumers: Sequence[Callable[..., object]] = (),
            graphql: bool = False,
            grpc: bool = False,
            mcp: Sequence[object] = (),
            static: str = "",
            doc: str = "",
        ) -> None: ...

    else:

        def __init__(self, *positional: object, **options: object) -> None:
            frame = sys._getframe(1)  # noqa: SLF001  # where the declaration stands, for its faults
            self._written = Written(positional, options, frame.f_globals, frame.f_code.co_filename, frame.f_lineno)
            classes = dict(self.classes)
            for each in classes.values():
                # What a forward reference in one file may mean, when its class stands in another. One dictionary serves them all.
                declared = declared_of(each)
                declared.entities = {**declared.entities, **classes} if declared.entities else classes

    _written: Written

    @property
    def name(self) -> str:
        """The service's name."""
        given = self._written.option("name")
        return given if isinstance(given, str) else ""

    @property
    def folder(self) -> Path:
        """Where it is declared: its lock stands there, and what development keeps."""
        return Path(self._written.path).resolve().parent

    @property
    def static(self) -> Path | None:
        """The folder of the service's own pages, when it has one."""
        given = self._written.option("static")
        return self.folder / given if isinstance(given, str) and given else None

    def draft(self) -> Model:
        """
        The model as declared, without stable numbers.

        Raises:
            DeclarationError: With all faults, those of the source and those of the model.
        """
        with collector_paused():
            return draft_service(self._written)

    @property
    def classes(self) -> Mapping[str, type[Entity[Any]]]:
        """The classes of its entities, by name."""
        given = self._written.option("entities")
        listed = given if isinstance(given, list | tuple) else ()
        return MappingProxyType({each.__name__: each for each in listed if is_entity(each)})

    @property
    def handlers(self) -> Mapping[tuple[str, str], Callable[..., Any]]:
        """What runs each action, by entity and action: a function that takes the row first, or a class method bound to its class."""
        found = {
            (entity, name): _handler(cls, name, spec)
            for entity, cls in self.classes.items()
            for name, (spec, _) in declared_of(cls).things(ActionSpec).items()
        }
        return MappingProxyType(found)

    @property
    def conversions(self) -> Mapping[tuple[str, str, str], Callable[[Any], Any]]:
        """What an argument becomes before an action gets it, by entity, action and parameter: a member of an enum, a value object."""
        found: dict[tuple[str, str, str], Callable[[Any], Any]] = {}
        classes = self.classes
        for entity, cls in classes.items():
            for name, (spec, owner) in declared_of(cls).things(ActionSpec).items():
                if isinstance(spec.function, FunctionType):
                    names = owner.names.before(spec.function.__globals__).before(classes)
                    made = parameter_conversions(spec.function, names)
                    found |= {(entity, name, parameter): convert for parameter, convert in made.items()}
        return MappingProxyType(found)

    @property
    def mounted(self) -> Mapping[str, Callable[..., Any]]:
        """The team's own ASGI applications, by prefix."""
        given = self._written.option("mounts")
        named = given.items() if isinstance(given, Mapping) else ()
        return MappingProxyType({prefix: each.app for prefix, each in named if isinstance(each, Mounted)})

    @property
    def provided(self) -> Mapping[str, Callable[[], object]]:
        """What makes each of the team's own dependencies, by the name of its type; called once a run."""
        given = self._written.option("provide")
        return MappingProxyType(
            {kind.__name__: make for kind, make in given.items()} if isinstance(given, dict) else {}
        )


def _handler(cls: type, name: str, spec: ActionSpec) -> Callable[..., Any]:
    found: Any = getattr(cls, name) if spec.on_class else spec.function
    return found  # type: ignore[no-any-return]  # a function of the team's
