"""Query parameters: which members and relations to answer, filters, order and page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from msgspec import Struct

from strongback.contract.rest import Endpoint
from strongback.errors import Fault, did_you_mean
from strongback.model.aggregate import GROUP_BY, MEASURES
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.relation import Relation
from strongback.model.wire import filterable
from strongback.plan.asked import FilterAsk, SelectAsk
from strongback.predicate.tree import FALSE

OF_ROW: Final = ("fields", "include")
OF_KEPT: Final = (*OF_ROW, "as_of")
OF_HISTORY: Final = ("page_size", "page_token")
OF_LIST: Final = (*OF_ROW, "sort", "page_size", "page_token", "count")
OF_SEARCH: Final = (*OF_LIST, "q")
OF_AGGREGATE: Final = (GROUP_BY, MEASURES, "page_size", "page_token")
OF_MANY: Final = ("sort", "page_size")
PAGE_TOKEN: Final = "page_token"  # noqa: S105 - the name of a parameter
SINGLE: Final = ("eq", "ne", "lt", "lte", "gt", "gte")
# Characters of a query string whose form is kept, and forms an operation keeps.
FORM_SIZE: Final = 500
FORMS_KEPT: Final = 64
OPTIONS: Final = ("fields", *OF_MANY)
# What a caller may write is nested less deep (plan/make.py says how deep); this only bounds the work of reading it.
STEPS_MAX: Final = 8
SHOWN: Final = 80
EVERYTHING: Final = SelectAsk()


class Asking(Struct, frozen=True, gc=False):
    """What the query string of one request asks for."""

    select: SelectAsk = EVERYTHING
    filters: tuple[FilterAsk, ...] = ()
    sort: str = ""
    page_size: str | None = None
    page_token: str = ""
    count: bool = False
    text: str | None = None
    group_by: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    as_of: str | None = None
    faults: tuple[Fault, ...] = ()
    deleted: bool = False


NOTHING_ASKED: Final = Asking()


@dataclass(frozen=True, slots=True)
class _Form:
    """Query strings that differ in values only: what the first of them asked, and of each filter which pair holds its value."""

    asking: Asking
    places: tuple[int | None, ...]
    token_at: int | None

    def fill(self, pairs: Sequence[tuple[str, str]]) -> Asking:
        asking = self.asking
        filters = tuple(
            [
                ask if at is None else FilterAsk(ask.member, ask.op, (pairs[at][1],), ask.where)
                for ask, at in zip(asking.filters, self.places, strict=True)
            ]
        )
        token = "" if self.token_at is None else pairs[self.token_at][1]
        of = (asking.select, filters, asking.sort, asking.page_size, token, asking.count)
        return Asking(*of, None, asking.group_by, asking.measures, deleted=asking.deleted)


@dataclass(frozen=True, slots=True)
class Parameters:
    """
    The query parameters of one operation.

    Attributes:
        known: Those without a dot or bracket that are no filters.
        filters: Wire names a list may be filtered by; None where there are no filters.
        values: Parameters that hold one value and decide nothing else: query strings that differ only in these are of one form.
    """

    model: Model
    entity: Entity
    known: tuple[str, ...] = ()
    filters: tuple[str, ...] | None = None
    values: frozenset[str] = field(init=False, compare=False)
    _forms: dict[tuple[object, ...], _Form] = field(init=False, compare=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        single = {f"{name}[{op}]" for name in self.filters or () for op in SINGLE}
        values = {*(self.filters or ()), *single} - {*self.known}
        object.__setattr__(self, "values", frozenset({PAGE_TOKEN, *values}))

    def read(self, pairs: Sequence[tuple[str, str]]) -> Asking:
        """
        Read decoded *pairs*. What is wrong with names is kept as faults; values are judged later, by type.

        The first of a form is read name by name; the others only bring their values. It takes a fifth of the time, of a list with
        two filters and two relations.
        """
        values = self.values
        key = tuple([pair[0] if pair[0] in values else pair for pair in pairs])
        form = self._forms.get(key)
        if form is not None:
            return form.fill(pairs)
        reader = _Reader(self)
        asking = reader.read(pairs)
        # Every search has a text of its own, and every past its time: kept, they would push out what is asked again.
        usual = not asking.faults and asking.text is None and asking.as_of is None
        if usual and sum(map(len, chain(*pairs))) <= FORM_SIZE:
            if len(self._forms) >= FORMS_KEPT:  # callers choose forms: what is kept is bounded
                self._forms.clear()
            places = tuple(at if pairs[at][0] in values else None for at in reader.filters_at)
            token_at = next((at for at, (name, _) in enumerate(pairs) if name == PAGE_TOKEN), None)
            self._forms[key] = _Form(asking, places, token_at)
        return asking


def parameters_of(model: Model, endpoint: Endpoint) -> Parameters:
    """The query parameters of *endpoint*."""
    entity = model.entity(endpoint.entity)
    if endpoint.kind == "aggregate":
        query = entity.query(endpoint.name)
        assert query is not None
        of_search = ("q",) if query.text else ()
        return Parameters(model, entity, (*OF_AGGREGATE, *of_search), filterable(model, entity, query))
    if endpoint.kind == "list":
        query = entity.query(endpoint.name)
        known = OF_SEARCH if query is not None and query.text else OF_LIST
        return Parameters(
            model, entity, (*known, *_of_deleted(entity)), filterable(model, entity, query) if query is not None else ()
        )
    return Parameters(model, entity, _of_row(entity, endpoint))


def _of_row(entity: Entity, endpoint: Endpoint) -> tuple[str, ...]:
    match endpoint.kind:
        case "get":
            return (*(OF_ROW if entity.access.history == FALSE else OF_KEPT), *_of_deleted(entity))
        case "history":
            return OF_HISTORY
        case _:
            return ()


def _of_deleted(entity: Entity) -> tuple[str, ...]:
    return () if entity.access.restore == FALSE else ("deleted",)


@dataclass(slots=True)
class _Node:
    """A `SelectAsk` as it grows."""

    where: str
    fields: tuple[str, ...] | None = None
    include: dict[str, _Node] = field(default_factory=dict)
    sort: str = ""
    page_size: str | None = None

    def at(self, steps: Sequence[str], where: str) -> _Node:
        node = self
        for step in steps:
            node = node.include.setdefault(step, _Node(where))
        return node

    def frozen(self) -> SelectAsk:
        include = {name: node.frozen() for name, node in self.include.items()}
        return SelectAsk(self.fields, include, self.sort, self.page_size, self.where)


class _Reader:
    """Reads one query string."""

    def __init__(self, parameters: Parameters) -> None:
        self.of = parameters
        self.root = _Node("?fields")
        self.filters: list[FilterAsk] = []
        self.filters_at: list[int] = []
        self.at = 0
        self.plain: dict[str, str] = {}
        self.faults: list[Fault] = []

    def read(self, pairs: Sequence[tuple[str, str]]) -> Asking:
        seen: set[str] = set()
        for self.at, (name, value) in enumerate(pairs):
            if name in seen:
                self._fault(name, "is given twice", "give several values as a list: `status[in]=open,closed`")
            seen.add(name)
            self._one(name, value)
        plain = self.plain
        deleted = self._flag("deleted")
        return Asking(
            self.root.frozen(),
            tuple(self.filters),
            plain.get("sort", ""),
            plain.get("page_size"),
            plain.get("page_token", ""),
            self._flag("count"),
            # A search box that is empty asks for the list.
            plain["q"] if plain.get("q", "").strip() else None,
            _names(plain[GROUP_BY]) if GROUP_BY in plain else (),
            _names(plain[MEASURES]) if MEASURES in plain else (),
            plain.get("as_of"),
            tuple(self.faults),
            deleted,
        )

    def _one(self, name: str, value: str) -> None:
        if name in self.of.known:
            self._known(name, value)
        elif "." in name and self.of.known and name.partition("[")[0] not in (self.of.filters or ()):
            self._option(name, value)
        else:
            self._filter(name, value)

    def _known(self, name: str, value: str) -> None:
        if name == "fields":
            self.root.fields = _names(value)
        elif name == "include":
            for path in value.split(","):
                self._at(path, "?include")
        else:
            self._not_empty(name, value)
            self.plain[name] = value

    def _not_empty(self, name: str, value: str) -> None:
        """An empty order is none; who means the usual one leaves the parameter out."""
        if not value and name.endswith("sort"):
            self._fault(name, "is empty", "leave it out for the usual order", "SB206")

    def _at(self, path: str, where: str) -> _Node | None:
        steps = path.split(".")
        if len(steps) > STEPS_MAX:
            self.faults.append(Fault("SB201", "nests too deep", where))
            return None
        return self.root.at(steps, where)

    def _option(self, name: str, value: str) -> None:
        """`applications.page_size=5`: of an included relation, which it thereby includes."""
        path, _, option = name.rpartition(".")
        relation = self._relation(path)
        allowed = OPTIONS if relation is None or relation.kind == "to_many" else ("fields",)
        if option not in allowed:
            close = did_you_mean(option[:SHOWN], allowed)
            self._fault(name, "is not known here", close and f"of `{path[:SHOWN]}`: {close}")
            return
        node = self._at(path, f"?{name[:SHOWN]}")
        if node is None:
            return
        if option == "fields":
            node.fields = _names(value)
        elif option == "sort":
            self._not_empty(name, value)
            node.sort = value
        else:
            node.page_size = value

    def _relation(self, path: str) -> Relation | None:
        """The relation at *path*, when there is one."""
        entity, relation = self.of.entity, None
        for step in path.split(".")[:STEPS_MAX]:
            relation = entity.relation(step)
            if relation is None:
                return None
            entity = self.of.model.entity(relation.target)
        return relation

    def _filter(self, name: str, value: str) -> None:
        member, bracket, op = name.partition("[")
        if bracket and not op.endswith("]"):
            self._fault(name, "is not known here", "close the bracket: `created_at[gte]`")
        elif self.of.filters is None or (member not in self.of.filters and self._is_nearest_to_an_option(member)):
            self._fault(name, "is not known here", did_you_mean(name[:SHOWN], self.of.known))
        else:
            op = op[:-1] if bracket else "eq"
            values = tuple(value.split(",")) if op == "in" else (value,)
            self.filters.append(FilterAsk(member, op, values, f"?{name[:SHOWN]}"))
            self.filters_at.append(self.at)

    def _is_nearest_to_an_option(self, member: str) -> bool:
        """Whether a misspelt *member* is rather one of the parameters that are no filters (`srot`) than one that is."""
        option = did_you_mean(member[:SHOWN], self.of.known)
        return bool(option) and option == did_you_mean(member[:SHOWN], (*self.of.known, *(self.of.filters or ())))

    def _flag(self, name: str) -> bool:
        value = self.plain.get(name, "false")
        if value not in ("true", "false"):
            self._fault(name, "expected `true` or `false`", code="SB201")
        return value == "true"

    def _fault(self, name: str, message: str, hint: str = "", code: str = "SB209") -> None:
        self.faults.append(Fault(code, message, f"?{name[:SHOWN]}", hint))


def _names(value: str) -> tuple[str, ...]:
    """The names in a list, each once: what was asked is kept as a key, and callers do not choose how long it is."""
    return tuple(dict.fromkeys(value.split(",")))
