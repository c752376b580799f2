"""Field masks: which members and relations to answer, and which members to write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from strongback.errors import Fault
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.plan.asked import NO_SELECTION, SelectAsk
from strongback.serve.doors.grpc.filter import read_order

WHERE: Final = "read_mask"
EVERY: Final = "*"
# What a caller may name is nested less deep (plan/make_selection.py says how deep); these only bound the work of reading it.
STEPS_MAX: Final = 8
PATHS_MAX: Final = 500
SHOWN: Final = 80


@dataclass(slots=True)
class _Node:
    """
    A `SelectAsk` as it grows.

    Attributes:
        fields: None where no member is named: then all are answered.
    """

    fields: list[str] | None = None
    every: bool = False
    include: dict[str, _Node] = field(default_factory=dict)
    order: str = ""
    page_size: int | None = None

    def at(self, steps: Sequence[str]) -> _Node:
        node = self
        for step in steps:
            node = node.include.setdefault(step, _Node())
        return node

    def frozen(self) -> SelectAsk:
        include = {name: node.frozen() for name, node in self.include.items()}
        fields = None if self.every or self.fields is None else tuple(dict.fromkeys(self.fields))
        return SelectAsk(fields, include, self.order, self.page_size, WHERE)


def read_selection(
    model: Model, entity: Entity, paths: Sequence[str], included: Iterable[Any] = ()
) -> tuple[SelectAsk, tuple[Fault, ...]]:
    """
    What to answer of a row: `title`, `company.name`, `applications` (all its members), `*` (all members of the row).

    A mask of relations alone answers them and nothing else of the row, as it says.

    Args:
        included: Orders and numbers of relations to many.
    Returns:
        The selection, and what is wrong with the paths; names of members are judged later.
    """
    if len(paths) > PATHS_MAX:
        return NO_SELECTION, (Fault("SB201", f"has more than {PATHS_MAX} paths", WHERE),)
    root, faults = _Node(), list[Fault]()
    for path in paths:
        steps = path.split(".")
        if len(steps) > STEPS_MAX:
            faults.append(Fault("SB201", "nests too deep", WHERE))
        else:
            _add(model, entity, root, steps)
    if paths and root.fields is None and not root.every:
        root.fields = []
    for each in included:
        faults += _order(root, each)
    return (root.frozen() if paths or root.include else NO_SELECTION), tuple(faults)


def _add(model: Model, entity: Entity, root: _Node, steps: Sequence[str]) -> None:
    """Take one path: as far as its steps are relations they are included, what comes after is a member."""
    node, at = root, entity
    for depth, step in enumerate(steps):
        relation = at.relation(step)
        if relation is None:
            _member(node, ".".join(steps[depth:]))
            return
        node, at = node.at((step,)), model.entity(relation.target)


def _member(node: _Node, name: str) -> None:
    if name == EVERY:
        node.every = True
    else:
        node.fields = [*(node.fields or ()), name]


def _order(root: _Node, included: Any) -> Iterable[Fault]:
    """The order and number of a relation, which is answered thereby."""
    steps = included.path.split(".")
    if len(steps) > STEPS_MAX:
        yield Fault("SB201", "nests too deep", "included")
        return
    node = root.at(steps)
    node.order = read_order(included.order_by)
    node.page_size = included.page_size if included.HasField("page_size") else None


def written_names(paths: Sequence[str], writable: Iterable[str]) -> tuple[frozenset[str] | None, tuple[Fault, ...]]:
    """
    Which members an update writes (AIP-134); None for those that its row holds.

    Args:
        writable: Those that `*` stands for.
    """
    if len(paths) > PATHS_MAX:
        return frozenset(), (Fault("SB201", f"has more than {PATHS_MAX} paths", "update_mask"),)
    if not paths:
        return None, ()
    if EVERY in paths:
        return frozenset({*writable, *(path for path in paths if path != EVERY)}), ()
    return frozenset(paths), ()
