"""A statement with what turns a request's values into the driver's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy.sql import ClauseElement

from strongback.predicate.types import Type
from strongback.store.sql.dialect import Dialect
from strongback.store.store import Statement

Encoder = Callable[[Any], Any]


@dataclass(frozen=True)
class Bound:
    """
    A statement ready to run.

    Attributes:
        encoders: In the order of the placeholders: the value's name, and what makes it store form (None: nothing to do).
    """

    statement: Statement
    encoders: tuple[tuple[str, Encoder | None], ...]

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        """The values of one run, from typed Python values by name."""
        names, steps = self._names, self._steps
        values = [given[name] for name in names]
        for at, encode in steps:
            if values[at] is not None:
                values[at] = encode(values[at])
        return values

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.encoders)

    @cached_property
    def _steps(self) -> tuple[tuple[int, Encoder], ...]:
        """Where something has to be done; most values are bound as they are."""
        return tuple((at, encode) for at, (_, encode) in enumerate(self.encoders) if encode is not None)


def compile_statement(
    query: ClauseElement,
    dialect: Dialect,
    types: Mapping[str, Type],
    *,
    name: str,
    encoders: Mapping[str, Encoder] | None = None,
    derived: Mapping[str, str] | None = None,
    writes: bool = False,
) -> Bound:
    """
    Compile *query* to the driver's text.

    Args:
        types: The type of each bound value.
        name: The operation's, put in front as a comment: so a slow statement in the database's own views names its operation.
        encoders: Where a value's store form is not that of its type (a blind index).
        derived: Values that are made of another one's, by its name: the words of a text.
    """
    compiled = query.compile(dialect=dialect.engine)
    order: tuple[str, ...] = tuple(compiled.positiontup or ())  # type: ignore[attr-defined]  # SQLCompiler's; the base class is what compile() is typed as
    special: Mapping[str, Encoder] = encoders or {}
    source: Mapping[str, str] = derived or {}

    def read_by(name: str) -> tuple[str, Encoder | None]:
        from_: str = source.get(name, name)
        return from_, special[name] if name in special else dialect.encoder(types[name])

    by_name = tuple(read_by(each) for each in order)
    return Bound(Statement(f"/* {name} */ {compiled}", order, writes), by_name)
