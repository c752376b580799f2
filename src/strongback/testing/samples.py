"""Random values of a type, from small pools: so that rows meet, and roles hold for some callers and not for others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from strongback.contract.examples import NoExample, example_of
from strongback.errors import ConfigurationError
from strongback.model.model import Model
from strongback.model.uuid7 import layout
from strongback.plan.typed import check_typed
from strongback.plan.value_fault import ValueFault
from strongback.plan.values import reader_for
from strongback.predicate.constant import python_value
from strongback.predicate.tree import Const
from strongback.predicate.types import INT_MAX, Kind, Type, id_of
from strongback.predicate.types import UUID as UUID_TYPE
from strongback.predicate.walk import walk
from strongback.testing.patterns import matching

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TRIES = 24
# Keys made up are none that a database gives by itself: it counts on from the first, or from the last that is there.
FIRST_KEY = 1_000_000
APART = 64
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

POOLS: Mapping[Kind, tuple[Any, ...]] = {
    "bool": (False, True),
    "int": (0, 1, 2, 3, -1, 100, 2**53 + 1),
    "float": (0.0, 0.5, 1.0, -2.25),
    "decimal": tuple(map(Decimal, ("0", "1", "1.50", "-1", "99.99"))),
    "str": ("a", "b", "Oslo", "Bergen", "\u00e9", "", "x y", "Oslo b", "100%", "ab"),
    "datetime": tuple(NOW + timedelta(hours=h) for h in (-48, -24, -1, 0, 1, 24)),
    "date": tuple((NOW + timedelta(days=d)).date() for d in (-30, -1, 0, 1, 30)),
    "timedelta": (timedelta(0), timedelta(minutes=1), timedelta(hours=-1)),
    "bytes": (b"", b"\x00\xff", b"abc"),
    "json": (None, 1, "text", {"a": [1, 2]}, []),
}


class NoSample(ConfigurationError):
    """No valid value of a field can be made up."""

    code = "SB431"


class Samples:
    """
    Makes values.

    Args:
        model: Whose constants are used too: a role that asks for `role == "recruiter"` then finds some.
    """

    def __init__(self, model: Model, random: Random) -> None:
        self.random = random
        self._counter = 0
        self._constants = constants_of(model)

    def id(self, type_: Type = UUID_TYPE) -> Any:
        """A row id that only the seed decides, later than all before; no two are equal, of whatever entities."""
        self._counter += 1
        if type_.kind == "int":
            return self._number_key(type_)
        if type_.kind == "str":
            return self._text_key(type_)
        milliseconds = int(NOW.timestamp() * 1000) + self._counter
        return UUID(int=layout(milliseconds << 12, self.random.getrandbits(62)))

    def _number_key(self, type_: Type) -> int:
        low, high = int(type_.min or 0), INT_MAX if type_.max is None else int(type_.max)
        key = max(FIRST_KEY, low) + APART * self._counter
        return key if key <= high else high - self._counter % (high - low + 1)

    def _text_key(self, type_: Type) -> str:
        """Letters that count; where those do not fit, a text of the pattern, or the last resort of an example."""
        length = max(2, int(type_.min or 0))
        text = "".join(LETTERS[self._counter // 26**place % 26] for place in reversed(range(length)))
        drawn = [matching(type_.pattern, self.random) for _ in range(TRIES)] if type_.pattern is not None else []
        for each in (text, *drawn):
            if each is not None and any(_fitting(type_, each)):
                return each
        return str(example_of(type_))

    def value(self, type_: Type, where: str) -> Any:
        """
        A typed value, None now and then where that is allowed.

        Args:
            where: The field, for an error.
        Raises:
            NoSample: None of the pool fits the type's bounds.
        """
        if type_.optional and self.random.random() < 0.3:
            return None
        pool = [checked for raw in self._raw(type_, where) for checked in _fitting(type_, raw)]
        if not pool:
            pool = list(_example(type_))
        if not pool:
            raise NoSample(f"no valid value of `{where}` can be made up", hint="relax its pattern, or its bounds")
        return self.random.choice(pool)

    def fresh(self, type_: Type, where: str) -> Any:
        """A value that was not given before, where the type has so many."""
        self._counter += 1
        made: dict[str, Any] = {"str": f"u{self._counter}", "int": self._counter, "uuid": self.id()}
        fitting = _fitting(type_, made[type_.kind]) if type_.kind in made else iter(())
        return next(fitting, None) or self.value(type_, where)

    def _raw(self, type_: Type, where: str) -> Sequence[Any]:
        match type_.kind:
            case "enum":
                return type_.members
            case "uuid":
                return [self.id()]
            case "ref":
                return [self.id(id_of(type_))]
            case "list":
                assert type_.item is not None
                return [[self.value(type_.item, where) for _ in range(n)] for n in (0, 1, 2, int(type_.min or 0))]
            case "object":
                return [{member.name: self.value(member.type, where) for member in type_.fields}]
            case kind:
                pool = (*POOLS[kind], *self._constants.get(kind, ()))
                return self._texts(type_, pool) if kind == "str" else (*pool, *_bounds(type_))

    def _texts(self, type_: Type, pool: Sequence[str]) -> Sequence[str]:
        if type_.pattern is not None:
            drawn = (matching(type_.pattern, self.random) for _ in range(TRIES // 2))
            return [*pool, *(text for text in drawn if text is not None)]
        return [text.ljust(int(type_.min or 0), ".") for text in pool]


def _bounds(type_: Type) -> Iterator[Any]:
    """The smallest and the largest number of a type."""
    makers: Mapping[str, Callable[[Any], Any]] = {"int": int, "float": float, "decimal": lambda b: Decimal(str(b))}
    make = makers.get(type_.kind)
    if make is not None:
        yield from (make(bound) for bound in (type_.min, type_.max) if bound is not None)


def constants_of(model: Model) -> Mapping[str, tuple[Any, ...]]:
    """The constants that the model's roles and permissions compare with, by kind."""
    found: dict[str, dict[Any, None]] = {}
    for entity in model.entities:
        for body in (role.body for role in entity.roles):
            for node in walk(body):
                if isinstance(node, Const) and node.value is not None:
                    value = python_value(node)
                    kind = node.type.kind if node.type is not None else _kind_of(value)
                    if isinstance(value, str | int | Decimal | datetime):
                        found.setdefault(kind, {})[value] = None
    return {kind: tuple(values) for kind, values in found.items()}


def _kind_of(value: object) -> str:
    return {str: "str", bool: "bool", int: "int", float: "float"}.get(type(value), "str")


def _fitting(type_: Type, raw: Any) -> Iterator[Any]:
    try:
        yield check_typed(type_, raw)
    except (ValueFault, ArithmeticError):
        return


def _example(type_: Type) -> Iterator[Any]:
    try:
        yield reader_for(type_)(example_of(type_))
    except (NoExample, ValueFault):
        return
