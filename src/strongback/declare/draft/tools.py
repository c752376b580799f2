"""The tools of a service: `mcp=[Job.search, Job.apply, "Job.get", sb.tool("Job.delete", approval=False)]`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from strongback.declare.action import ActionSpec
from strongback.declare.constraints import Problem
from strongback.declare.query import Query
from strongback.declare.targets import declared_of, is_entity
from strongback.declare.tool import ToolSpec
from strongback.errors import did_you_mean
from strongback.model.entity import Entity
from strongback.model.tool import READS, Tool, tools_of

CODE: Final = "SB128"
TOO_LONG: Final = "SB129"
# What programs take that pass tools on to a language model; the specification has 128.
NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
OTHERS: Final = frozenset({"batch", "history", "aggregate", "download", "upload", "remove", "link"})
WRITE: Final = (
    'write mcp=[Job.search, Job.apply, "Job.get"]: queries and actions by their names, and what is derived as text'
)


class _Wrong(Exception):
    """
    What stands in `mcp=` is no tool.

    Attributes:
        follows: Whether that may be because something else is wrong with its entity.
    """

    def __init__(self, message: str, hint: str = WRITE, *, follows: bool = False) -> None:
        super().__init__(message)
        self.problem = Problem(CODE, message, hint)
        self.follows = follows


def draft_tools(
    given: Sequence[object], classes: Mapping[str, type], entities: Sequence[Entity], *, sound: bool
) -> tuple[tuple[Tool, ...], list[Problem]]:
    """
    The tools that are named, and what is wrong with the others.

    Args:
        sound: Whether nothing else is wrong with the service; otherwise what may follow from it is not told.
    """
    found: dict[tuple[str, str, str], Tool] = {}
    problems: list[Problem] = []
    drafter = _Drafter(classes, {entity.name: entity for entity in entities})
    for each in given:
        try:
            tool = drafter.tool(each)
        except _Wrong as wrong:
            problems += [wrong.problem] if sound or not wrong.follows else []
            continue
        key = tool.entity, tool.kind, tool.name
        if key in found:
            problems.append(Problem(CODE, f"`mcp` names `{tool}` twice", "name it once"))
        found[key] = tool
        if not NAME.fullmatch(name := f"{drafter.entities[tool.entity].plural}_{tool.name}".replace("-", "_")):
            message = f"the tool `{name}` has a name that programs do not take"
            problems.append(Problem(TOO_LONG, message, "a name of a tool has 1 to 64 letters, digits, `_` and `-`"))
    return tuple(found.values()), problems


class _Drafter:
    def __init__(self, classes: Mapping[str, type], entities: Mapping[str, Entity]) -> None:
        self.classes, self.entities = classes, entities

    def tool(self, given: object) -> Tool:
        if not isinstance(given, ToolSpec):
            return self._named(given)
        tool = self._named(given.operation)
        if not isinstance(given.approval, bool):
            raise _Wrong(f"`{tool}`: `approval={given.approval!r}` is not True or False", "write approval=True")
        if given.approval and tool.kind in READS:
            raise _Wrong(f"`{tool}` reads: there is nothing to approve", "leave approval= out")
        return replace(tool, approval=given.approval)

    def _named(self, given: object) -> Tool:
        if isinstance(given, str):
            return self._spelt(given)
        places = list(self._places(given))
        if not places:
            what = given.__name__ if isinstance(given, type) else repr(given)
            raise _Wrong(f"`mcp` names {what}, which is no operation of the service", self._instead(given))
        if len(places) > 1:
            several = " and ".join(f"`{entity}.{name}`" for entity, name in places)
            raise _Wrong(f"`mcp` names what is {several}", f'say which: "{places[0][0]}.{places[0][1]}"')
        return self._granted(*places[0], declared=True)

    def _places(self, given: object) -> Iterator[tuple[str, str]]:
        """Entities and the names under which *given*, a query or the method of an action, stands in them."""
        function = getattr(given, "__func__", given)
        owner = getattr(given, "__self__", None)  # of a class method, which says by which class it was named
        for entity, cls in self.classes.items():
            declared = declared_of(cls)
            yield from ((entity, name) for name, (query, _) in declared.things(Query).items() if query is given)
            for name, (spec, _) in declared.things(ActionSpec).items():
                if spec.function is function and owner in (None, cls):
                    yield entity, name

    def _spelt(self, given: str) -> Tool:
        entity, _, name = given.partition(".")
        if entity not in self.entities:
            raise _Wrong(
                f"`mcp` names `{given}`: there is no entity `{entity}`", did_you_mean(entity, self.entities) or WRITE
            )
        return self._granted(entity, name, declared=False)

    def _granted(self, entity: str, name: str, *, declared: bool) -> Tool:
        """The tool *name* of *entity*; what is *declared* goes before what is derived, and the other way round."""
        tools = [tool for tool in tools_of(self.entities[entity]) if tool.name == name]
        tools.sort(key=lambda tool: (tool.kind in ("list", "action")) != declared)
        if tools:
            return tools[0]
        names = [tool.name for tool in tools_of(self.entities[entity])]
        known = self._is_there(entity, name)
        message = "is granted to nobody" if known else "cannot be a tool" if name in OTHERS else "is no operation"
        hint = (
            did_you_mean(name, names)
            or f"tools of `{entity}` can be {', '.join(f'`{each}`' for each in names) or 'none'}"
        )
        raise _Wrong(f"`mcp` names `{entity}.{name}`, which {message}", hint, follows=known)

    def _is_there(self, entity: str, name: str) -> bool:
        of = self.entities[entity]
        derived = ("get", "create", "update", "delete", "restore")
        return name in derived or of.query(name) is not None or of.action(name) is not None

    def _instead(self, given: object) -> str:
        if is_entity(given) and given.__name__ in self.entities:
            names = [f'"{tool}"' for tool in tools_of(self.entities[given.__name__])]
            return f"name its operations one by one: {', '.join(names) or 'it has none'}"
        return WRITE
