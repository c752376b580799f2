"""
Requests of one form: the same operation, filters, members and order, whatever the values.

The first request of a form is read the long way, with every name checked against the model. What came of it is kept, so that the next one
only reads its values. A value that is wrong sends the request the long way again: there all faults are found and worded.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from strongback.model.model import Model
from strongback.plan.actor import Actor
from strongback.plan.asked import NO_SELECTION, Asked
from strongback.plan.make import make_operation
from strongback.plan.operation import Operation
from strongback.plan.page import Tokens
from strongback.plan.reading import id_reader
from strongback.plan.scalars import Reader
from strongback.plan.shape import Shape
from strongback.plan.telling import telling
from strongback.plan.value_fault import ValueFault

FORMS_KEPT = 2000


@dataclass(frozen=True, slots=True)
class Form:
    """
    What requests of one form share.

    Attributes:
        readers: Name and reader of each raw value, in the order in which the request gives them.
        fixed: Values that the caller did not give (defaults).
        read_row: Reads the id of the row that is meant; None where none is.
    """

    shape: Shape
    readers: tuple[tuple[str, Reader], ...]
    fixed: Mapping[str, Any]
    page: int
    read_row: Callable[[object], Any] | None

    def fill(self, asked: Asked, actor: Actor) -> Operation:
        """
        The operation of one request of this form.

        Raises:
            ValueFault: A value is wrong.
            NotFound: The id is no id.
        """
        values = dict(self.fixed)
        if self.readers:
            for (name, read), raw in zip(self.readers, raw_values(asked), strict=True):
                values[name] = read(raw)
        if self.read_row is not None:
            values["id"] = self.read_row(asked.id)
        return Operation(self.shape, actor, values, (), self.page, asked.if_match, asked.if_none_match, file=asked.file)


def raw_values(asked: Asked) -> Iterator[object]:
    """What the caller gave, in order: of a list the values of its filters and its search, otherwise the members of the body."""
    if asked.body is not None:
        return iter(asked.body.values())
    filters = [raw for ask in asked.filters if ask.op != "null" for raw in ask.values]
    return iter(filters if asked.text is None else [*filters, asked.text])


def form_key(asked: Asked, anonymous: bool, telling: frozenset[str] = frozenset()) -> Hashable:
    """
    What two requests of one form agree on. Types are part of it where values are: 1 equals True, and is no truth.

    Args:
        telling: Members whose filters make a form for each value.
    """
    body = None if asked.body is None else tuple(asked.body)
    select = None if asked.select is NO_SELECTION else asked.select.key
    filters = tuple(
        [
            (f.member, f.op, repr(f.values) if f.op == "null" or f.member in telling else len(f.values), f.text)
            for f in asked.filters
        ]
    )
    page_size, searches = asked.page_size, asked.text is not None
    return (
        asked.target,
        anonymous,
        select,
        filters,
        asked.sort,
        type(page_size),
        page_size,
        asked.count,
        asked.deleted,
        asked.backward,
        searches,
        body,
        (
            asked.group_by,
            asked.measures,
        ),
    )


@dataclass
class Operations:
    """Makes operations of what doors read, and keeps their forms."""

    model: Model
    tokens: Tokens
    kept: dict[Hashable, Form] = field(default_factory=dict)
    telling: dict[str, frozenset[str]] = field(init=False)

    def __post_init__(self) -> None:
        self.telling = {entity.name: telling(entity) for entity in self.model.entities}

    def make(self, asked: Asked, actor: Actor) -> Operation:
        """
        The operation that *asked* means for *actor*.

        Raises:
            NotFound: The id is no id, so there is no such row.
        """
        if asked.page_token or asked.faults or asked.as_of or asked.select.goes_on:
            return make_operation(self.model, asked, actor, self.tokens)[0]
        key = form_key(asked, actor.key is None, self.telling[asked.target.entity])
        try:
            form = self.kept.get(key)
            if form is not None:
                return form.fill(asked, actor)
        except (ValueFault, TypeError):  # a wrong value, or a page size that no dictionary takes for a key
            return make_operation(self.model, asked, actor, self.tokens)[0]
        operation, readers = make_operation(self.model, asked, actor, self.tokens)
        if not operation.faults and not operation.children:
            self._keep(key, operation, readers)
        return operation

    def _keep(self, key: Hashable, operation: Operation, readers: tuple[tuple[str, Reader], ...]) -> None:
        if len(self.kept) >= FORMS_KEPT:  # callers choose forms: what is kept is bounded
            self.kept.clear()
        given = {name for name, _ in readers}
        fixed = {name: value for name, value in operation.values.items() if name not in given and name != "id"}
        target = operation.shape.target
        on_row = target.kind != "create" and "id" in operation.values
        read_row = id_reader(self.model.entity(target.entity)) if on_row else None
        self.kept[key] = Form(operation.shape, readers, fixed, operation.page, read_row)
