"""
Strongback: declare your domain once; get the service.

`import strongback as sb` is the house style. Names are loaded when first used, so that importing the package costs nothing, and nothing
inside the package imports it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strongback.declare.action import action as action
    from strongback.declare.action import require as require
    from strongback.declare.blob import Blob as Blob
    from strongback.declare.clock import now as now
    from strongback.declare.clock import use_clock as use_clock
    from strongback.declare.computed import computed as computed
    from strongback.declare.constraint import Index as Index
    from strongback.declare.constraint import Unique as Unique
    from strongback.declare.constraint import check as check
    from strongback.declare.entity import Entity as Entity
    from strongback.declare.event import Event as Event
    from strongback.declare.event import on as on
    from strongback.declare.injected import Clock as Clock
    from strongback.declare.injected import Db as Db
    from strongback.declare.mount import mount as mount
    from strongback.declare.permission import EVERYONE as EVERYONE
    from strongback.declare.permission import SIGNED_IN as SIGNED_IN
    from strongback.declare.permission import Access as Access
    from strongback.declare.permission import Permission as Permission
    from strongback.declare.permission import role as role
    from strongback.declare.query import SLO as SLO
    from strongback.declare.query import Query as Query
    from strongback.declare.raw import RawSqlWrong as RawSqlWrong
    from strongback.declare.raw import Sql as Sql
    from strongback.declare.raw import sql as sql
    from strongback.declare.service import Actor as Actor
    from strongback.declare.service import Service as Service
    from strongback.declare.spec import blob as blob
    from strongback.declare.spec import decimal as decimal
    from strongback.declare.spec import field as field
    from strongback.declare.spec import inverse as inverse
    from strongback.declare.spec import key as key
    from strongback.declare.spec import pii as pii
    from strongback.declare.spec import to_one as to_one
    from strongback.declare.tool import tool as tool
    from strongback.declare.value import JSON as JSON
    from strongback.declare.value import Value as Value
    from strongback.errors import DeclarationError as DeclarationError
    from strongback.errors import GuardRefused as GuardRefused
    from strongback.errors import NotLoaded as NotLoaded
    from strongback.errors import StrongbackError as StrongbackError
    from strongback.host.beside import beside as beside
    from strongback.host.mounted import asgi as asgi
    from strongback.model.load import load as load

_PLACES = {
    "declare.action": ("action", "require"),
    "declare.blob": ("Blob",),
    "declare.clock": ("now", "use_clock"),
    "declare.computed": ("computed",),
    "declare.constraint": ("Index", "Unique", "check"),
    "declare.entity": ("Entity",),
    "declare.event": ("Event", "on"),
    "declare.injected": ("Clock", "Db"),
    "declare.mount": ("mount",),
    "declare.permission": ("EVERYONE", "SIGNED_IN", "Access", "Permission", "role"),
    "declare.query": ("Query", "SLO"),
    "declare.raw": ("RawSqlWrong", "Sql", "sql"),
    "declare.service": ("Actor", "Service"),
    "declare.spec": ("blob", "decimal", "field", "inverse", "key", "pii", "to_one"),
    "declare.tool": ("tool",),
    "declare.value": ("JSON", "Value"),
    "errors": ("DeclarationError", "GuardRefused", "NotLoaded", "StrongbackError"),
    "host.beside": ("beside",),
    "host.mounted": ("asgi",),
    "model.load": ("load",),
}
_PLACE_OF = {name: place for place, names in _PLACES.items() for name in names}

__all__ = [
    "EVERYONE",
    "JSON",
    "SIGNED_IN",
    "SLO",
    "Access",
    "Actor",
    "Blob",
    "Clock",
    "Db",
    "DeclarationError",
    "Entity",
    "Event",
    "GuardRefused",
    "Index",
    "NotLoaded",
    "Permission",
    "Query",
    "RawSqlWrong",
    "Service",
    "Sql",
    "StrongbackError",
    "Unique",
    "Value",
    "action",
    "asgi",
    "beside",
    "blob",
    "check",
    "computed",
    "decimal",
    "field",
    "inverse",
    "key",
    "load",
    "mount",
    "now",
    "on",
    "pii",
    "require",
    "role",
    "sql",
    "to_one",
    "use_clock",
]


def __getattr__(name: str) -> object:
    if name not in _PLACE_OF:
        raise AttributeError(f"module `strongback` has no attribute `{name}`")
    value: object = getattr(import_module(f"strongback.{_PLACE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
