"""Names and numbers that a contract in Protocol Buffers cannot have, of a service that speaks gRPC."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from strongback.errors import Fault
from strongback.model.entity import Entity
from strongback.model.faults.place import Placed, fault, place
from strongback.model.model import Model
from strongback.model.parts import Part, parts_of
from strongback.model.rpc import Rpc, message_of, package_of, pascal, rpcs_of, snake
from strongback.model.wire import arguments_of, member_types

CODE = "SB192"
# buf's FIELD_LOWER_SNAKE_CASE.
LOWER_SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
# Fields that messages of rows and requests have for themselves.
OF_ROWS = frozenset({"etag"})
OF_REQUESTS = frozenset({"id", "etag", "read_mask", "included", "validate_only", "max_affected"})
SHARED = ("IncludedList",)


def rpc_faults(model: Model) -> Iterator[Fault]:
    """What keeps *model* from being served by gRPC; nothing of a service that does not ask for it."""
    if not model.grpc:
        return
    if not re.fullmatch(r"[a-z][a-z0-9_]*", package_of(model).partition(".")[0]):
        yield fault(CODE, model.name, f"the service's name `{model.name}` can be no package", "begin it with a letter")
    for entity in model.entities:
        yield from _members(entity)
        yield from _arguments(entity)
        yield from _parts(entity)
    yield from _clashes(model)


def _members(entity: Entity) -> Iterator[Fault]:
    names = {**{name: name for name, _ in member_types(entity)}, **{r.name: r.name for r in entity.relations}}
    items: tuple[Placed, ...] = (*entity.fields, *entity.relations)
    placed = {item.name: item for item in items}
    of = {**names, **{r.column: r.name for r in entity.to_one()}}
    for name in names:
        where = place(entity, placed.get(of.get(name, name)))
        yield from _spelling(name, where)
        if name in OF_ROWS:
            message = f"`{name}` is a field that every row of gRPC has: the version to send back with a write"
            yield fault(CODE, where, message, "choose another name, or leave `grpc=True` out")
    yield from _json_names(names, place(entity))


def _arguments(entity: Entity) -> Iterator[Fault]:
    for action in entity.actions:
        where, names = place(entity, action), arguments_of(action)
        for name in names:
            yield from _spelling(name, where)
            if name in OF_REQUESTS:
                message = f"`{name}` is a field that every request of gRPC has"
                yield fault(CODE, where, message, "choose another name for the parameter, or leave `grpc=True` out")
        yield from _json_names(names, where)


def _spelling(name: str, where: str) -> Iterator[Fault]:
    if not LOWER_SNAKE.fullmatch(name):
        hint = f"write `{snake(name)}`: lower-case words, joined by single underscores"
        yield fault(CODE, where, f"`{name}` cannot be a field in Protocol Buffers", hint)


def _json_names(names: Iterable[str], where: str) -> Iterator[Fault]:
    """`a_1` and `a1` are both `a1` in JSON, which proto3 refuses."""
    for one, other in _alike(names, pascal):
        yield fault(CODE, where, f"`{one}` and `{other}` are one name in the JSON of Protocol Buffers", "rename one")


def _parts(entity: Entity) -> Iterator[Fault]:
    """A member of an enum is spelt in capitals, its other characters as underscores; one of a value object is a field."""
    items: tuple[Placed, ...] = (*entity.fields, *entity.actions)
    placed = {item.name: item for item in items}
    for part in parts_of(entity):
        where = place(entity, placed.get(re.split(r"[.(]", part.key)[0]))
        if part.kind == "enum":
            yield from _members_of_enum(part, where)
        elif part.kind == "object":
            for name in part.names:
                yield from _spelling(name, where)
            yield from _json_names(part.names, where)


def _members_of_enum(part: Part, where: str) -> Iterator[Fault]:
    for name in part.names:
        if not re.search(r"[a-z0-9]", name.lower()) or snake(name) == "unspecified":
            message = f"`{name}` cannot be the member of an enum in Protocol Buffers"
            yield fault(
                CODE, where, message, "spell it with a letter or digit; `unspecified` is the one that stands for none"
            )
    for one, other in _alike(part.names, snake):
        message = f"`{one}` and `{other}` are one name among the members of an enum in Protocol Buffers"
        yield fault(CODE, where, message, "rename one")


def _clashes(model: Model) -> Iterator[Fault]:
    """Messages and services of a package share one space of names; so do the methods of a service, which are parts of them."""
    seen: dict[str, str] = dict.fromkeys(SHARED, "Strongback's own")
    for entity in model.entities:
        for name, what in _names(entity, [rpc for rpc in rpcs_of(model) if rpc.entity == entity.name]):
            if name in seen:
                message = f"`{name}` is {what}, and {seen[name]} already, in the contract of gRPC"
                yield fault(CODE, place(entity), message, "rename one")
            seen.setdefault(name, what)


def _names(entity: Entity, rpcs: Iterable[Rpc]) -> Iterator[tuple[str, str]]:
    yield message_of(entity), f"the entity `{entity.name}`"
    yield f"{message_of(entity)}Service", f"the service of `{entity.name}`"
    for rpc in rpcs:
        what = f"{rpc.kind} {rpc.operation}" if rpc.operation != rpc.kind else rpc.kind
        yield rpc.request, f"the request of `{entity.name}` {what}"
        yield rpc.response, f"the response of `{entity.name}` {what}"


def _alike(names: Iterable[str], spelt: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Each two of *names* that are one when *spelt*."""
    seen: dict[str, str] = {}
    for name in names:
        if spelt(name) in seen:
            yield seen[spelt(name)], name
        seen.setdefault(spelt(name), name)
