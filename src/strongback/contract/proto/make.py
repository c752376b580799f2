"""The file of a Model: its rows, and for each entity a service."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from strongback.contract.proto.batch import batched_rpcs, operation_message, result_message
from strongback.contract.proto.requests import INCLUDED_LIST, request_message
from strongback.contract.proto.responses import response_message
from strongback.contract.proto.rows import row_message
from strongback.contract.proto.schema import ProtoFile, ProtoMessage, ProtoMethod, ProtoService
from strongback.contract.words import spoken, with_article
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.rpc import Rpc, message_of, package_of, rpcs_of, snake


def make_proto(model: Model) -> ProtoFile:
    """The contract of *model* in Protocol Buffers."""
    package, rpcs = package_of(model), rpcs_of(model)
    reads = any(rpc.kind in ("get", "list") for rpc in rpcs)
    messages = [
        *(row_message(model, entity) for entity in model.entities),
        *((INCLUDED_LIST,) if reads else ()),
        *(message for rpc in rpcs for message in _messages(model, rpc)),
    ]
    name = f"{package.replace('.', '/')}/{snake(model.name)}.proto"
    return ProtoFile(name, package, tuple(messages), tuple(_services(model, rpcs)), model.doc)


def _messages(model: Model, rpc: Rpc) -> Iterator[ProtoMessage]:
    entity = model.entity(rpc.entity)
    request, response = request_message(model, entity, rpc), response_message(model, entity, rpc)
    if rpc.kind == "batch":
        batched = batched_rpcs(model, entity)
        request = replace(request, messages=(operation_message(rpc.package, batched),))
        response = replace(response, messages=(result_message(rpc.package, batched),))
    yield request
    yield response


def _services(model: Model, rpcs: tuple[Rpc, ...]) -> Iterator[ProtoService]:
    for entity in model.entities:
        methods = [
            ProtoMethod(rpc.name, rpc.request, rpc.response, _doc(entity, rpc))
            for rpc in rpcs
            if rpc.entity == entity.name
        ]
        if methods:
            doc = f"What can be done with {with_article(spoken(entity.name))}."
            yield ProtoService(f"{message_of(entity)}Service", tuple(methods), doc)


def _doc(entity: Entity, rpc: Rpc) -> str:
    match rpc.kind:
        case "action":
            action = entity.action(rpc.operation)
            return action.doc if action is not None else ""
        case "list":
            query = entity.query(rpc.operation)
            return query.doc if query is not None else ""
        case "batch":
            return "Several operations, all or none."
        case "history":
            return "The versions of one row, the newest first."
        case _:
            return ""
