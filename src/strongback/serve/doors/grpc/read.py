"""Messages of requests, read into what is asked: one reader a kind of method."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from google.protobuf.unknown_fields import UnknownFieldSet

from strongback.contract.proto.batch import Batched, batched_rpcs
from strongback.contract.proto.responses import answered
from strongback.contract.proto.rows import ETAG
from strongback.errors import Fault
from strongback.model.action import Action
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.parts import parameters_key
from strongback.model.rpc import Kind, Rpc, row_field
from strongback.model.wire import BATCH_MAX, arguments_of, nested, writable
from strongback.plan.asked import NO_SELECTION, USUAL, Asked, Item, SelectAsk, Target, Terms
from strongback.plan.value_fault import ValueFault
from strongback.serve.doors.grpc.filter import read_filter, read_order
from strongback.serve.doors.grpc.masks import read_selection, written_names
from strongback.serve.doors.grpc.rows import RowCodec, Rows
from strongback.serve.doors.grpc.values import codec_of

Faults = tuple[Fault, ...]
NO_FAULTS: Final[Faults] = ()
ANY_VERSION: Final = "*"
UNKNOWN_MAX: Final = 20


@dataclass(frozen=True)
class Method:
    """
    One method, with what reading its requests needs.

    Attributes:
        target: The operation it asks for.
        prefix: Where in a request the content stands whose places are told: `/job` of a create.
    """

    model: Model
    rows: Rows
    rpc: Rpc

    @cached_property
    def entity(self) -> Entity:
        return self.model.entity(self.rpc.entity)

    @cached_property
    def answered(self) -> Entity:
        """Of which entity the rows are that it answers."""
        return answered(self.model, self.entity, self.rpc)

    @cached_property
    def target(self) -> Target:
        return Target(self.rpc.entity, self.rpc.kind, self.rpc.operation)

    @cached_property
    def as_of(self) -> Target:
        return Target(self.rpc.entity, "as_of", "as_of")

    @cached_property
    def row(self) -> RowCodec:
        return self.rows.by_entity[self.entity.name]

    @cached_property
    def row_field(self) -> str:
        return row_field(self.entity)

    @cached_property
    def prefix(self) -> str:
        return f"/{self.row_field}" if self.rpc.kind in ("create", "update") else ""

    @cached_property
    def action(self) -> Action:
        """Of an action: what it is."""
        found = self.entity.action(self.rpc.operation)
        assert found is not None  # the methods were made of the actions there are
        return found

    @cached_property
    def arguments(self) -> Mapping[str, Callable[[Any], Any]]:
        """Readers of an action's arguments, by wire name."""
        key, parts = parameters_key(self.action), self.entity.parts
        named = arguments_of(self.action).items()
        return {name: codec_of(p.type, f"{key}.{name}", parts).read or _same for name, p in named}

    @cached_property
    def batched(self) -> Mapping[str, tuple[Batched, Method]]:
        """Of a batch: the methods it takes, by the field of its operations."""
        return {
            each.name: (each, Method(self.model, self.rows, each.rpc)) for each in batched_rpcs(self.model, self.entity)
        }

    def read(self, message: Any) -> Asked:
        """What *message* asks."""
        unknown = tuple(_unknown_of(message, "") if self.rpc.kind == "batch" else unknown_fields(message))
        return _READERS[self.rpc.kind](self, message, unknown)


def _same(value: Any) -> Any:
    return value


def unknown_fields(message: Any, where: str = "") -> Iterator[Fault]:
    """
    Fields that *message* has and its type has not. They are refused and not dropped: what a caller sends is meant, and a number that is
    retired may have been meant for a member that was. Their places are told from the whole request, and begin with no `/`.
    """
    yield from _unknown_of(message, where)
    for descriptor, value in message.ListFields():
        if descriptor.message_type is None:
            continue
        below = f"{where}/{descriptor.name}" if where else descriptor.name
        if descriptor.is_repeated:
            for at, each in enumerate(value):
                yield from unknown_fields(each, f"{below}/{at}")
        else:
            yield from unknown_fields(value, below)


def _unknown_of(message: Any, where: str) -> Iterator[Fault]:
    """Those of *message* itself, without what stands inside it."""
    unknown: Any = UnknownFieldSet(message)
    for at in range(min(len(unknown), UNKNOWN_MAX)):
        yield Fault("SB204", f"the field {unknown[at].field_number} is not known here", where)


def _terms(message: Any) -> Terms:
    most = message.max_affected if message.HasField("max_affected") else None
    most = None if most is None else max(most, 0)
    return Terms(message.validate_only, most) if message.validate_only or most is not None else USUAL


def _select(method: Method, message: Any, included: Any = ()) -> tuple[SelectAsk, Faults]:
    paths = message.read_mask.paths if message.HasField("read_mask") else ()
    if not paths and not included:
        return NO_SELECTION, NO_FAULTS
    return read_selection(method.model, method.answered, list(paths), included)


def _version(etag: str) -> tuple[str, ...] | None:
    return (etag,) if etag else None


def _get(method: Method, message: Any, faults: Faults) -> Asked:
    select, wrong = _select(method, message, message.included)
    past = getattr(message, "as_of", "")
    return Asked(
        method.as_of if past else method.target,
        str(message.id),
        select,
        as_of=past,
        deleted=getattr(message, "show_deleted", False),
        faults=faults + wrong,
    )


def _list(method: Method, message: Any, faults: Faults) -> Asked:
    filters, unread = read_filter(message.filter)
    select, wrong = _select(method, message, message.included)
    words = getattr(message, "query", "")
    return Asked(
        method.target,
        select=select,
        filters=filters,
        sort=read_order(message.order_by),
        page_size=message.page_size or None,
        page_token=message.page_token,
        count=message.with_total_size,
        text=words if words.strip() else None,
        deleted=getattr(message, "show_deleted", False),
        faults=faults + unread + wrong,
    )


def _aggregate(method: Method, message: Any, faults: Faults) -> Asked:
    filters, unread = read_filter(message.filter)
    words = getattr(message, "query", "")
    return Asked(
        method.target,
        filters=filters,
        page_size=message.page_size or None,
        page_token=message.page_token,
        text=words if words.strip() else None,
        group_by=tuple(dict.fromkeys(message.group_by)),
        measures=tuple(dict.fromkeys(message.measures)),
        faults=faults + unread,
    )


def _history(method: Method, message: Any, faults: Faults) -> Asked:
    size, token = message.page_size or None, message.page_token
    return Asked(method.target, str(message.id), page_size=size, page_token=token, faults=faults)


def _create(method: Method, message: Any, faults: Faults) -> Asked:
    row = getattr(message, method.row_field)
    body, unread = method.row.read(row, None, "")
    if row.HasField(ETAG):
        unread.append(Fault("SB202", "is read-only", f"/{ETAG}"))
    select, wrong = _select(method, message)
    return Asked(method.target, select=select, body=body, terms=_terms(message), faults=(*faults, *unread, *wrong))


def _update(method: Method, message: Any, faults: Faults) -> Asked:
    row = getattr(message, method.row_field)
    known = {*writable(method.entity, create=False), *nested(method.entity)}
    names, unnamed = written_names(list(message.update_mask.paths), known)
    body, unread = method.row.read(row, names, "")
    if names is None:
        body.pop("id", None)  # it says which row is meant
    select, wrong = _select(method, message)
    return Asked(
        method.target,
        str(row.id) if row.HasField("id") else "",
        select,
        body=body,
        if_match=_version(row.etag),
        terms=_terms(message),
        faults=(*faults, *unnamed, *unread, *wrong),
    )


def _delete(method: Method, message: Any, faults: Faults) -> Asked:
    terms = _terms(message)
    return Asked(method.target, str(message.id), if_match=_version(message.etag), terms=terms, faults=faults)


def _restore(method: Method, message: Any, faults: Faults) -> Asked:
    select, wrong = _select(method, message)
    match, terms = _version(message.etag), _terms(message)
    return Asked(method.target, str(message.id), select, if_match=match, terms=terms, faults=faults + wrong)


def _action(method: Method, message: Any, faults: Faults) -> Asked:
    body: dict[str, Any] = {}
    unread: list[Fault] = []
    for descriptor, value in message.ListFields():
        name = descriptor.name
        if name not in method.arguments:
            continue
        try:
            body[name] = method.arguments[name](value)
        except ValueFault as unfit:
            unread += [Fault("SB201", text, f"/{name}{below}", hint) for below, text, hint in unfit.faults]
    action = method.action
    # A parameter that may be null, and has no other default, is null where it is not set.
    body |= {
        name: None
        for name, p in arguments_of(action).items()
        if p.type.optional and p.default is None and name not in body
    }
    select, wrong = _select(method, message) if action.returns_entity else (NO_SELECTION, ())
    on_row = action.on == "row"
    return Asked(
        method.target,
        str(message.id) if on_row else None,
        select,
        body=body,
        if_match=_version(message.etag) if on_row else None,
        terms=_terms(message),
        faults=(*faults, *unread, *wrong),
    )


def _batch(method: Method, message: Any, faults: Faults) -> Asked:
    count = len(message.operations)
    if not 1 <= count <= BATCH_MAX:
        told = f"a batch has 1 to {BATCH_MAX} operations, got {count:,}"
        wrong = Fault("SB227", told, "/operations", "send several batches")
        return Asked(method.target, terms=_terms(message), faults=(*faults, wrong))
    items = tuple(_item(method, each, f"/operations/{at}") for at, each in enumerate(message.operations))
    return Asked(method.target, terms=_terms(message), faults=faults, items=items)


def _item(method: Method, operation: Any, place: str) -> Item:
    name = operation.WhichOneof("operation")
    if name is None:
        listed = ", ".join(f"`{each}`" for each in method.batched)
        return Item(place, place, faults=(Fault("SB201", "says no operation", place, f"one of {listed}"),))
    _, of = method.batched[name]
    message, below = getattr(operation, name), f"{place}/{name}"
    own = (*_unknown_of(operation, place), *_own_terms(message, below))
    if own:
        return Item(place, below, faults=own)
    # Told once it is known that the caller may do it, as everything that is wrong with one operation.
    unknown = tuple(Fault(fault.code, fault.message, "", fault.hint) for fault in unknown_fields(message))
    return Item(place, f"{below}{of.prefix}", _READERS[of.rpc.kind](of, message, unknown))


def _own_terms(message: Any, below: str) -> Iterator[Fault]:
    """One operation of a batch is answered whole, and on the terms of all."""
    for name in ("validate_only", "max_affected", "read_mask"):
        if name in message.DESCRIPTOR.fields_by_name and any(each.name == name for each, _ in message.ListFields()):
            yield Fault("SB204", "is not taken of one operation of a batch", f"{below}/{name}", "leave it out")


_READERS: Final[Mapping[Kind, Callable[[Method, Any, Faults], Asked]]] = {
    "get": _get,
    "list": _list,
    "aggregate": _aggregate,
    "history": _history,
    "create": _create,
    "update": _update,
    "delete": _delete,
    "restore": _restore,
    "action": _action,
    "batch": _batch,
}
