"""Make an operation of what is asked of a row's history."""

from __future__ import annotations

from typing import Any

from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.plan.actor import Actor
from strongback.plan.asked import Asked
from strongback.plan.body import Gatherer
from strongback.plan.operation import Operation, token_context
from strongback.plan.page import Tokens
from strongback.plan.reading import NO_TOKEN, Made, read_id, read_page_size
from strongback.plan.shape import OrderKey, Shape, list_text

VERSIONS_DEFAULT, VERSIONS_MAX = 20, 100
NEWEST = (OrderKey("version", descending=True),)


def make_history(model: Model, entity: Entity, asked: Asked, actor: Actor, tokens: Tokens) -> Made:
    """The page of versions that *asked* means."""
    found = Gatherer(asked.faults)
    page = read_page_size(asked.page_size, VERSIONS_DEFAULT, VERSIONS_MAX, "page_size", found)
    values: dict[str, Any] = {"id": read_id(entity, asked)}
    context = token_context(actor, list_text((), NEWEST), values)
    keys = tokens.read(asked.page_token, asked.target, context) if asked.page_token else None
    if asked.page_token and not keys:
        found.add(*NO_TOKEN)
    values |= {} if keys is None else {"seek0": keys[0]}
    seek = None if keys is None else (False,)
    shape = Shape(asked.target, actor.is_anonymous, order=NEWEST, seek=seek, page=page, faulty=bool(found.faults))
    return Operation(shape, actor, values, tuple(found.faults), page), ()
