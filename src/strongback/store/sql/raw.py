"""Raw SQL of the team's as a statement of the store, and the caller's read permission as a condition in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from strongback.declare.convert import plain
from strongback.declare.raw import Context, Part, RawSqlWrong, Sql, Stored, TableOf, Value, split
from strongback.model.entity import Entity
from strongback.plan.members import member_type
from strongback.predicate.tree import Expr
from strongback.predicate.types import BOOL, DATETIME, INT, TEXT, Type
from strongback.predicate.types import UUID as UUID_TYPE
from strongback.store.sql.predicate import Row
from strongback.store.sql.read import is_sealed
from strongback.store.sql.target import SqlTarget
from strongback.store.store import Statement

TYPES: Final[Mapping[type, Type]] = {
    bool: BOOL,
    int: INT,
    float: Type("float"),
    str: TEXT,
    bytes: Type("bytes"),
    datetime: DATETIME,
    date: Type("date"),
    timedelta: Type("timedelta"),
    UUID: UUID_TYPE,
}
_PLACEHOLDER: Final = re.compile(r"\$\d+|\?")
_ALIAS: Final = re.compile(r"[a-z][a-z0-9_]{0,40}")
# Names that the conditions of ours use below the team's own.
_OURS: Final = re.compile(r"me|actor_row|.*_\d+")


def statement_of(query: Sql, target: SqlTarget, context: Mapping[str, Any], name: str) -> tuple[Statement, list[Any]]:
    """
    Make *query* a statement, with the values to bind.

    Args:
        context: The values that every request has.
        name: The operation's: the comment in front.
    Raises:
        RawSqlWrong: A value is none that the store can bind.
    """
    text: list[str] = []
    values: list[Any] = []
    dollars = target.dialect.engine.paramstyle != "qmark"
    for part in query.parts:
        if isinstance(part, str):
            text.append(part)
        elif isinstance(part, TableOf):
            text.append(_quoted(target.tables[part.entity].name))
        else:
            values.append(_bound(part, target, context))
            text.append(f"${len(values)}" if dollars else "?")
    sql = f"/* {name}, raw */ {''.join(text)}"
    return Statement(sql, tuple(str(at) for at in range(len(values))), writes=True), values


def visible(target: SqlTarget, entity: Entity, read: Expr, alias: str) -> Sql:
    """
    The rows of *entity* that satisfy *read* and are not deleted, as a condition over the table's *alias*.

    Raises:
        RawSqlWrong: *alias* is no name, or one of ours.
    """
    if not _ALIAS.fullmatch(alias) or _OURS.fullmatch(alias):
        raise RawSqlWrong([f"`{alias}` cannot be the alias of a table here"], 'write db.visible(Job, "j")')
    renderer = target.renderer()
    renderer.inline = True
    row = target.tables[entity.name].alias(alias)
    wanted = sa.and_(renderer.condition(read, {"self": Row(entity, row.c)}), *renderer.live(entity, row.c))
    compiled = sa.select(sa.literal_column("1")).select_from(row).where(wanted).compile(dialect=target.dialect.engine)
    _, where, condition = str(compiled).partition(" \nWHERE ")
    if not where:
        return Sql(("(1 = 1)",))
    return Sql(tuple(_condition(condition, compiled.positiontup or ())))


def _condition(text: str, order: Sequence[str]) -> Iterator[Part]:
    names = iter(order)  # `?` takes them in turn; a number may stand more than once
    yield "("
    for code, piece in split(text):
        if not code:
            yield piece
            continue
        end = 0
        for found in _PLACEHOLDER.finditer(piece):
            yield piece[end : found.start()]
            number = found.group()[1:]
            yield Context(order[int(number) - 1] if number else next(names))
            end = found.end()
        yield piece[end:]
    yield ")"


def typed(rows: Sequence[Sequence[Any]], columns: Sequence[type], target: SqlTarget) -> list[tuple[Any, ...]]:
    """
    *rows* as tuples, each column of the type asked for; as the driver gives them when none is.

    Raises:
        RawSqlWrong: There are more or fewer columns, or one cannot be of its type.
    """
    if not columns:
        return [tuple(row) for row in rows]
    readers = [_reader(kind, target) for kind in columns]
    if rows and len(rows[0]) != len(columns):
        raise RawSqlWrong([f"it gives {len(rows[0])} columns, and {len(columns)} types are asked for"])
    return [tuple(None if v is None else read(v) for v, read in zip(row, readers, strict=True)) for row in rows]


def _reader(kind: type, target: SqlTarget) -> Any:
    if kind is Decimal and target.dialect.engine.name != "sqlite":
        return Decimal
    if kind not in TYPES:
        hint = "SQLite holds a decimal as a whole number of its smallest unit: ask for int" if kind is Decimal else ""
        raise RawSqlWrong([f"a column cannot be asked for as {kind.__name__}"], hint)
    decode = target.dialect.from_driver(TYPES[kind]) or kind
    return lambda value: value if isinstance(value, kind) else decode(value)


def _bound(part: Value | Context | Stored, target: SqlTarget, context: Mapping[str, Any]) -> Any:
    if isinstance(part, Context):
        return _encoded(context[part.name], target.context_types[part.name], target)
    value = plain(getattr(part.value, "id", part.value))
    if isinstance(part, Stored):
        return _encoded(value, _stored_type(part, target), target)
    if value is None or (isinstance(value, Decimal) and target.dialect.engine.name != "sqlite"):
        return value
    type_ = next(
        (TYPES[kind] for kind in type(value).__mro__ if kind in TYPES), None
    )  # drivers have kinds of their own
    if type_ is None or (isinstance(value, datetime) and value.tzinfo is None):
        what = "a time without a zone" if isinstance(value, datetime) else f"a {type(value).__name__}"
        raise RawSqlWrong(
            [f"{what} cannot be bound"], 'db.value(Job, "salary", amount) binds in the form of that column'
        )
    return _encoded(value, type_, target)


def _stored_type(part: Stored, target: SqlTarget) -> Type:
    entity = target.model.entity(part.entity)
    if is_sealed(entity, part.member):
        raise RawSqlWrong([f"`{part.entity}.{part.member}` is encrypted: no value equals it"], "read it with db.find")
    return member_type(entity, part.member)


def _encoded(value: Any, type_: Type, target: SqlTarget) -> Any:
    encode = target.dialect.encoder(type_)
    return value if value is None or encode is None else encode(value)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
