"""What a service names as tools of MCP."""

from __future__ import annotations

import pytest

from strongback.contract.rest import endpoints
from strongback.declare.service import Service
from strongback.model.codec import from_json, to_json
from strongback.model.tool import Tool, tools_of
from tests.services.album import album
from tests.services.bazaar import bazaar
from tests.services.clinic import clinic
from tests.services.depot import depot
from tests.services.guild import guild
from tests.services.shop import shop
from tests.services.workshop import workshop

from .conftest import Write

SOURCE = """
import strongback as sb

class User(sb.Entity):
    subject: str = sb.field(max=200, unique=True)
    access = sb.Access(read=sb.EVERYONE)

class Listed(sb.Entity, abstract=True):
    title: str = sb.field(max=80, index=True)
    search = sb.Query(where=(title,))

class Room(Listed):
    access = sb.Access(read=sb.EVERYONE, create=sb.SIGNED_IN, update=sb.SIGNED_IN, delete=sb.SIGNED_IN)

    @sb.action(allow=sb.SIGNED_IN)
    def close(self) -> None: ...

    @sb.action(allow=sb.SIGNED_IN)
    @classmethod
    def found(cls) -> "Room": ...

class Hall(Listed):
    access = sb.Access(read=sb.EVERYONE)

svc = sb.Service("rooms", entities=[User, Room, Hall], actor=sb.Actor(User, claims={"sub": User.subject}), mcp=[%s])
"""


@pytest.mark.parametrize(
    ("named", "tool"),
    [
        ('"Room.search"', Tool("Room", "list", "search")),
        ('"Room.get"', Tool("Room", "get", "get")),
        ('"Room.create"', Tool("Room", "create", "create")),
        ('"Room.update"', Tool("Room", "update", "update", approval=True)),
        ('"Room.delete"', Tool("Room", "delete", "delete", approval=True)),
        ("Room.close", Tool("Room", "action", "close", approval=True)),
        ("Room.found", Tool("Room", "action", "found", approval=True)),
        ("sb.tool(Room.close, approval=False)", Tool("Room", "action", "close")),
        ('sb.tool("Room.create", approval=True)', Tool("Room", "create", "create", approval=True)),
    ],
)
def test_an_operation_is_named_by_its_method_or_as_text(write: Write, named: str, tool: Tool) -> None:
    model = write(SOURCE % named).svc.draft()
    assert model.mcp == (tool,)
    assert from_json(to_json(model)).mcp == (tool,)


def test_a_query_of_a_mixin_says_of_which_entity_it_is_meant(write: Write) -> None:
    with pytest.raises(Exception, match=r"`Room\.search` and `Hall\.search`"):
        write(SOURCE % "Room.search").svc.draft()


def test_a_name_that_programs_do_not_take_is_refused(write: Write) -> None:
    with pytest.raises(Exception, match="SB129"):
        write((SOURCE % "Room.close").replace("close", "close_" + "x" * 60)).svc.draft()


@pytest.mark.parametrize("service", [album, bazaar, clinic, depot, guild, shop, workshop], ids=lambda s: s.name)
def test_what_may_be_named_is_what_rest_answers(service: Service) -> None:
    model = service.draft()
    kinds = {"get", "list", "create", "update", "delete", "restore", "action"}
    of_rest = {(e.entity, e.kind, e.name) for e in endpoints(model) if e.kind in kinds}
    assert {(t.entity, t.kind, t.name) for entity in model.entities for t in tools_of(entity)} == of_rest
