"""A plan in words: what is read or written, by which filters, and which ways in its permission has. Names and conditions, never a value."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from strongback.contract.english import english
from strongback.contract.words import who
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.plan.permission import resolve
from strongback.plan.shape import OrderKey, Selection, Shape
from strongback.predicate.tree import FALSE, Expr, Or


class Way(Struct, frozen=True):
    """
    One way to be let in.

    Attributes:
        to: What for: `read`, `update`, `run`.
        role: By which roles.
        condition: When that is so.
        open: Whether it can ever hold for a caller of this kind; otherwise no statement asks for it.
    """

    to: str
    role: str
    condition: str
    open: bool


class Told(Struct, frozen=True):
    """
    One operation's plan.

    Attributes:
        members: What is answered of each row; empty for all.
        tree: Rows answered with it: path of relations, order and number of rows.
        filters: Names with their operators (`city eq`).
        given: Names of what the caller gave to be written.
        page: Rows of a page; 0 where it is no list.
    """

    operation: str
    kind: str
    ways: tuple[Way, ...]
    members: tuple[str, ...] = ()
    tree: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    page: int = 0
    goes_on: bool = False


def tell(model: Model, shape: Shape) -> Told:
    """Say what the plan of *shape* does."""
    entity = model.entity(shape.target.entity)
    permissions = _permissions(entity, shape)
    return Told(
        str(shape.target),
        shape.target.kind,
        tuple(way for to, allow in permissions for way in _ways(model, entity, to, allow, shape.anonymous)),
        shape.select.fields or (),
        tuple(_tree(shape.select, "")),
        tuple(f"{each.member} {'not ' if each.negated else ''}{each.op}" for each in shape.filters),
        _order(shape.order),
        tuple(sorted(shape.given)),
        shape.page,
        goes_on=shape.seek is not None,
    )


def _permissions(entity: Entity, shape: Shape) -> Iterator[tuple[str, Expr]]:
    access, name = entity.access, shape.target.name
    match shape.target.kind:
        case "create":
            yield "create", access.create
        case "history" | "as_of":
            yield from (("read", access.read), ("read its history", access.history))
        case "update" | "upload" | "remove":
            yield from (("read", access.read), ("update", access.update))
        case "delete":
            yield from (("read", access.read), ("delete", access.delete))
        case "restore":
            yield from (("read", access.read), ("restore", access.restore))
        case "action":
            action = entity.action(name)
            assert action is not None  # the shape was made for it
            if action.on == "row":
                yield "read", access.read
            yield "run", action.allow
        case _:
            yield "read", access.read
            if shape.deleted:
                yield "restore", access.restore
            query = entity.query(name)
            if query is not None and query.allow is not None:
                yield "list", query.allow


def _ways(model: Model, entity: Entity, to: str, allow: Expr, anonymous: bool) -> Iterator[Way]:
    for part in allow.parts if isinstance(allow, Or) and allow.parts else (allow,):
        resolved = resolve(model, entity, part, anonymous)
        condition = english(model, entity, resolve(model, entity, part, anonymous=False))
        yield Way(to, who(part), condition, open=resolved != FALSE)


def _tree(select: Selection, above: str) -> Iterator[str]:
    for each in select.includes:
        path = f"{above}{each.relation}"
        order = f" by {', '.join(_order(each.order))}" if each.order else ""
        yield f"{path}{order}{f', {each.limit} rows at most' if each.limit else ''}"
        yield from _tree(each.select, f"{path}.")


def _order(order: tuple[OrderKey, ...]) -> tuple[str, ...]:
    return tuple(f"{'-' if key.descending else ''}{key.member}" for key in order)
