"""The arguments of a tool, read into what is asked: names and shapes only, values are judged by their types later."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from strongback.contract.mcp import Description
from strongback.errors import Fault, did_you_mean
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.wire import no_id
from strongback.plan.asked import USUAL, Asked, FilterAsk, SelectAsk, Target, Terms
from strongback.plan.value_fault import escape
from strongback.serve.conditions import read_tags

SHOWN: Final = 80
# What a caller may ask is nested less deep (plan/make.py says how deep); this only bounds the work of reading it.
STEPS_MAX: Final = 8
# Where the values of each kind of write stand.
VALUES: Final[Mapping[str, str]] = {"create": "values", "update": "set", "action": "arguments"}
EMPTY: Final[Mapping[str, object]] = {}
# Marks a place among the arguments themselves, where that of a value is below the member that holds the values.
OWN: Final = "\0"
Place = Callable[[str], str]


def read_arguments(model: Model, tool: Description, given: Mapping[str, object], *, dry_run: bool) -> Asked:
    """
    Read what a call of *tool* asks.

    Args:
        given: The arguments as they were sent. What is wrong with them is held as faults, whose places are pointers into them.
        dry_run: Whether it is undone, whatever the arguments say.
    """
    reader = _Reader(model.entity(tool.endpoint.entity), given, tuple(tool.input_schema["properties"]))
    return reader.read(tool, dry_run=dry_run)


@dataclass(slots=True)
class _Node:
    """A `SelectAsk` as it grows."""

    include: dict[str, _Node] = field(default_factory=dict)

    def frozen(self, fields: tuple[str, ...] | None = None, where: str = "/include") -> SelectAsk:
        return SelectAsk(fields, {name: node.frozen() for name, node in self.include.items()}, where=where)


class _Reader:
    """Reads the arguments of one call."""

    def __init__(self, entity: Entity, given: Mapping[str, object], known: Sequence[str]) -> None:
        self.entity, self.given = entity, given
        self.faults = [
            Fault("SB204", "is not known here", f"{OWN}/{escape(name[:SHOWN])}", did_you_mean(name[:SHOWN], known))
            for name in given
            if name not in known
        ]

    def read(self, tool: Description, *, dry_run: bool) -> Asked:
        kind = tool.endpoint.kind
        target = Target(self.entity.name, kind, tool.endpoint.name)
        id_ = self._id() if tool.endpoint.on_row else None
        if kind in ("get", "list"):
            return self._reading(target, id_)
        dry_run = self._flag("dry_run") or dry_run
        return Asked(
            target,
            id_,
            body=self._values(VALUES[kind]) if kind in VALUES else None,
            if_match=self._condition(),
            terms=Terms(dry_run=True) if dry_run else USUAL,
            faults=tuple(self.faults),
        )

    def _reading(self, target: Target, id_: str | None) -> Asked:
        select, filters, text = self._select(), tuple(self._filters()), self._text("q")
        sort, size, token = self._text("sort"), self._size(), self._text("page_token")
        count, deleted = self._flag("count"), self._flag("deleted")
        return Asked(
            target,
            id_,
            select=select,
            filters=filters,
            sort=sort or "",
            page_size=size,
            page_token=token or "",
            count=count,
            text=text if text and text.strip() else None,
            deleted=deleted,
            faults=tuple(self.faults),
        )

    def _id(self) -> str | None:
        if "id" not in self.given:
            self._fault("id", "is required")
        elif wrong := no_id(self.entity, self.given["id"]):
            self._fault("id", wrong)
        else:
            return str(self.given["id"])
        return None

    def _values(self, name: str) -> Mapping[str, object]:
        """The values of a write; left out, there are none, and whatever is required is told by its own name."""
        given = self.given.get(name, EMPTY)
        if isinstance(given, Mapping):
            return given
        self._fault(name, "expected an object", 'write `{"name": value}`')
        return EMPTY

    def _condition(self) -> tuple[str, ...] | None:
        text = self._text("if_match")
        return None if text is None else read_tags(text, weak=False)

    def _text(self, name: str) -> str | None:
        given = self.given.get(name)
        if given is None or isinstance(given, str):
            return given
        self._fault(name, "expected text")
        return None

    def _flag(self, name: str) -> bool:
        given = self.given.get(name, False)
        if isinstance(given, bool):
            return given
        self._fault(name, "expected true or false")
        return False

    def _size(self) -> str | None:
        given = self.given.get("page_size")
        if given is None or (isinstance(given, int) and not isinstance(given, bool)):
            return None if given is None else str(given)
        self._fault("page_size", "expected a whole number")
        return None

    def _names(self, name: str) -> tuple[str, ...] | None:
        given = self.given.get(name)
        if given is None:
            return None
        if isinstance(given, list) and all(isinstance(each, str) for each in given):
            return tuple(dict.fromkeys(given))
        self._fault(name, "expected a list of names")
        return None

    def _select(self) -> SelectAsk:
        root = _Node()
        for path in self._names("include") or ():
            steps = path.split(".")
            if len(steps) > STEPS_MAX:
                self._fault("include", "nests too deep")
                continue
            node = root
            for step in steps:
                node = node.include.setdefault(step, _Node())
        return root.frozen(self._names("fields"), "/fields")

    def _filters(self) -> Iterator[FilterAsk]:
        given = self.given.get("where", EMPTY)
        if not isinstance(given, Mapping):
            self._fault("where", "expected an object", 'write `{"city": {"eq": "Oslo"}}`')
            return
        for member, asked in given.items():
            place = f"/where/{escape(member[:SHOWN])}"
            if not isinstance(asked, Mapping):
                self.faults.append(Fault("SB201", "expected an object", place, 'write `{"eq": value}`'))
                continue
            for op, operand in asked.items():
                yield from self._filter(member, op, operand, f"{place}/{escape(op[:SHOWN])}")

    def _filter(self, member: str, op: str, operand: object, place: str) -> Iterator[FilterAsk]:
        if op != "in":
            yield FilterAsk(member, op, (operand,), place, text=False)
        elif isinstance(operand, list):
            yield FilterAsk(member, op, tuple(operand), place, text=False)
        else:
            self.faults.append(Fault("SB201", "expected a list", place))

    def _fault(self, name: str, message: str, hint: str = "") -> None:
        self.faults.append(Fault("SB201", message, f"{OWN}/{name}", hint))


def place_of(tool: Description) -> Place:
    """What turns the place of a fault into a pointer into the arguments of *tool*."""
    within = VALUES.get(tool.endpoint.kind)

    def place(where: str) -> str:
        if where.startswith(OWN):
            return where.removeprefix(OWN)
        if where and not where.startswith("/"):
            return f"/{where.removeprefix('?')}"
        return f"/{within}{where}" if within else where

    return place
