"""
What differs between SQL engines, as one small port: expressions only, no I/O.

Each engine's file (`sqlite.py`, `postgresql.py`) answers the same questions; everything else is rendered once, by SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol, TypeAlias

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect as EngineDialect
from sqlalchemy.sql.elements import ColumnElement

from strongback.predicate.types import Scalar, Type
from strongback.store.store import Dialect as EngineName
from strongback.tables.schema import TableSearch

Sql = ColumnElement[Any]
# A select. Its variadic type parameter is invariant, so that no annotation of ours fits every one.
Query: TypeAlias = Any


class Dialect(Protocol):
    """The questions an SQL engine answers differently."""

    @property
    def name(self) -> EngineName: ...

    @property
    def engine(self) -> EngineDialect: ...

    def encoder(self, type_: Type) -> Callable[[Any], Any] | None:
        """What turns a typed Python value into the driver's own; None when they are the same."""
        ...

    def decoder(self, type_: Type) -> Callable[[Any], Any] | None:
        """What turns a column's value, as the driver gives it, into wire form; None when they are the same."""
        ...

    def cell_decoder(self, type_: Type) -> Callable[[Any], Any] | None:
        """What turns a `raw_cell` read from JSON into wire form."""
        ...

    def from_driver(self, type_: Type) -> Callable[[Any], Any] | None:
        """What turns a column's value into a typed Python value, as an action sees it."""
        ...

    @property
    def writes_in_one(self) -> bool:
        """Whether rows can be changed inside a common table expression, and so a judged write be one statement."""
        ...

    @property
    def walks_orders(self) -> bool:
        """Whether it may look for rows by going through a table in the order asked for; not where it has no idea how many there are."""
        ...

    @property
    def finishes_rows(self) -> bool:
        """Whether a whole row is cheaper as finished JSON from the store than column by column."""
        ...

    def parameter(self, name: str, type_: Type) -> Sql:
        """A value bound per request, in store form."""
        ...

    def is_any_number(self, value: Sql, name: str) -> Sql:
        """That *value* is one of the whole numbers bound as *name*, encoded by `encode_numbers`; or that none are."""
        ...

    def encode_numbers(self, numbers: Sequence[int]) -> Any:
        """Whole numbers as the one value that `is_any_number` binds."""
        ...

    def constant(self, value: Scalar, type_: Type | None) -> Sql:
        """A constant given in wire form, as a literal in store form."""
        ...

    def null(self, type_: Type) -> Sql:
        """No value, where the engine wants to know of what type."""
        ...

    def is_true(self, value: Sql) -> Sql:
        """A stored truth as a condition."""
        ...

    def is_not_true(self, condition: Sql) -> Sql:
        """True where *condition* is false or NULL."""
        ...

    def truth(self, condition: Sql) -> Sql:
        """A condition as a stored truth, never NULL."""
        ...

    def rescaled(self, value: Sql, scale: int, to: int) -> Sql:
        """A decimal of *scale*, comparable with decimals of scale *to*."""
        ...

    def position(self, text: Sql, part: Sql) -> Sql:
        """Where *part* first stands in *text*, from 1; 0 when it does not."""
        ...

    def in_set(self, key: Sql, rows: Query) -> Sql:
        """Whether *key* is among *rows*, read once."""
        ...

    def by_code_point(self, text: Sql) -> Sql:
        """*text* of a column that is not ours, ordered by code point as ours are."""
        ...

    def in_values(self, key: Sql, name: str, type_: Type) -> Sql:
        """Whether *key* is among the ids of *type_* bound, as one value, under *name*."""
        ...

    def encode_ids(self, ids: Sequence[Any]) -> Any:
        """Ids as the one value that `in_values` binds."""
        ...

    def materialized(self, rows: Query, name: str) -> sa.CTE:
        """Rows read once, to be spoken of several times."""
        ...

    def fenced(self, rows: Query, name: str) -> sa.FromClause:
        """*rows* found as if nothing were done with them: an order or a limit around has no say in how."""
        ...

    def hinted(self, condition: Sql, type_: Type) -> Sql:
        """*condition*, which asks for one value of *type_*: of a type of few values, many rows have each."""
        ...

    def wire(self, value: Sql, type_: Type) -> Sql:
        """A stored value as JSON text's worth: what `object_text` and `array_text` take for a member of *type_*."""
        ...

    def object_text(self, members: Mapping[str, Sql]) -> Sql:
        """A JSON object as text, compact, members in order; its last character is `}`."""
        ...

    def spliced(self, text: Sql, more: Sequence[tuple[str, Sql]], *, empty: bool) -> Sql:
        """The object *text* with further members (name, JSON text) at its end; a NULL one is left out. *empty*: it has none of its own."""
        ...

    def document_cell(self, text: Sql) -> Sql:
        """The document *text* as UTF-8 bytes, so that nobody decodes what is only passed on."""
        ...

    def whole_page(self, text: Sql, keys: Sequence[Sql], place: Sql, limit: int) -> Sequence[Sql]:
        """
        A page in one row, where the store finishes rows: all but the row beyond it as one JSON array in UTF-8; how many rows there are with
        that one; and the order's keys of the last, as a JSON array.

        Args:
            text: A row as finished JSON text.
            place: Where it stands in the order, from 1.
            limit: Rows that were asked for: those of the page, and the one beyond it.
        """
        ...

    def cells_text(self, cells: Sequence[Sql]) -> Sql:
        """A JSON array of cells as text, for rows that are finished in Python."""
        ...

    def raw_cell(self, value: Sql, type_: Type, sealed: bool) -> Sql:
        """A stored value as a JSON cell from which Python can make it again, exactly."""
        ...

    def sums(self, value: Sql) -> Sequence[Sql]:
        """The exact sum of integers or decimals, in one cell or in several that stay in bounds."""
        ...

    def total(self, cells: Sequence[Any], scale: int) -> Decimal:
        """The sum that the cells of `sums` make, of values of *scale*."""
        ...

    def words(self, name: str) -> Sql:
        """The words bound, as `encode_words` gives them, under *name*; none where NULL is bound."""
        ...

    def encode_words(self, words: Sequence[str]) -> Any:
        """Words as the one value that `words` binds."""
        ...

    def has_words(self, search: TableSearch, columns: Any, name: str) -> Sql:
        """Whether the row of *columns* has the words bound, as `encode_asked` gives them, under *name*."""
        ...

    def encode_asked(self, words: Sequence[str]) -> Any:
        """Words that are asked, the last one as the beginning of a word, as the one value that `has_words` binds. None find nothing."""
        ...

    def ordered_array(self, rows: sa.FromClause, text: str, order: Sequence[Sql]) -> Sql:
        """The texts *text* of *rows* joined to a JSON array, in *order*; `[]` when there are none."""
        ...

    def ordered(self, value: Sql, descending: bool, nullable: bool) -> Any:
        """Order by *value*, NULLs first ascending and last descending, in the words that the indexes were made with."""
        ...

    def limited(self, rows: Query, limit: int) -> Query:
        """The first *limit* of *rows*."""
        ...

    def derived(self, rows: Query, name: str) -> sa.FromClause:
        """*rows* as a table of a sub-select's FROM, which may speak of the rows outside."""
        ...

    def lock_row(self, rows: Query, of: sa.FromClause) -> Query:
        """*rows*, locked for an update where the engine locks rows."""
        ...
