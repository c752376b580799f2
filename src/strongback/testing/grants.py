"""The permissions of a service as its team wrote them: the declaration's own objects, never the model made of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType
from typing import Any, get_args, get_type_hints

from strongback.declare.action import ActionSpec
from strongback.declare.permission import EVERYONE, SIGNED_IN, Access, AllOf, AnyOf, Permission, Role
from strongback.declare.query import Query
from strongback.declare.spec import Spec
from strongback.declare.targets import declared_of
from strongback.errors import InternalError

NOBODY: Permission = AnyOf(())


class Grants:
    """
    What one service grants.

    Args:
        classes: The team's classes, by entity.
    """

    def __init__(self, classes: Mapping[str, type[Any]]) -> None:
        self._classes = classes
        self._anonymous: dict[Role[...], bool] = {}
        self._fields = {name: self._read_fields(cls) for name, cls in classes.items()}

    def access(self, entity: str, what: str) -> Permission:
        """Who may *what* (`read`, `create`, `update`, `delete`)."""
        return _or_nobody(self._access(entity).get(what))

    def field(self, entity: str, name: str) -> Permission:
        """Who may see a field, of those who read the row."""
        return self._fields[entity].get(name, EVERYONE)

    def guarded(self, entity: str) -> frozenset[str]:
        return frozenset(self._fields[entity])

    def query(self, entity: str, name: str) -> Permission:
        spec, _ = declared_of(self._classes[entity]).things(Query)[name]
        allow = spec.options.get("allow")
        return allow if isinstance(allow, Permission) else EVERYONE

    def action(self, entity: str, name: str) -> Permission:
        spec, _ = declared_of(self._classes[entity]).things(ActionSpec)[name]
        return _or_nobody(spec.options.get("allow"))

    def roles(self, entity: str) -> Mapping[str, Role[...]]:
        return {name: role for name, (role, _) in declared_of(self._classes[entity]).things(Role).items()}

    def holds(self, permission: object, row: Any, me: Any) -> bool:
        """
        Ask the team's own functions whether *permission* holds.

        Args:
            row: An instance; None where there is no row yet.
            me: The caller's own instance; None for an anonymous caller, and for one whose row is gone.
        """
        match permission:
            case AnyOf(parts=parts):
                return any(self.holds(part, row, me) for part in parts)
            case AllOf(parts=parts):
                return all(self.holds(part, row, me) for part in parts)
            case Role():
                return (me is not None or self.lets_anonymous_in(permission)) and permission.body(row, me) is True
            case _ if permission is SIGNED_IN:
                return me is not None
            case _ if permission is EVERYONE:
                return True
            case _:
                raise InternalError(f"{permission!r} is no permission")

    def anonymous_might(self, permission: object) -> bool:
        """Whether any anonymous caller could ever have *permission*."""
        match permission:
            case AnyOf(parts=parts):
                return any(self.anonymous_might(part) for part in parts)
            case AllOf(parts=parts):
                return all(self.anonymous_might(part) for part in parts)
            case Role():
                return self.lets_anonymous_in(permission)
            case _:
                return permission is EVERYONE

    def lets_anonymous_in(self, role: Role[...]) -> bool:
        """Whether the role's function takes None for its caller."""
        if role not in self._anonymous:
            hints = get_type_hints(role.body, localns=dict(self._classes))
            caller = [name for name in hints if name not in ("return", "self")]
            self._anonymous[role] = bool(caller) and NoneType in get_args(hints[caller[0]])
        return self._anonymous[role]

    def _access(self, entity: str) -> Mapping[str, Any]:
        found = declared_of(self._classes[entity]).things(Access).get("access")
        return found[0].options if found is not None else {}

    def _read_fields(self, cls: type[Any]) -> dict[str, Permission]:
        given = self._access(cls.__name__).get("fields") or {}
        return {_name(cls, key): allow for key, allow in given.items()}


def _or_nobody(given: object) -> Permission:
    return given if isinstance(given, Permission) else NOBODY


def _name(cls: type[Any], key: Any) -> str:
    """The name of the field that *key* of `fields={...}` stands for."""
    if isinstance(key, str):
        return key
    if isinstance(key, Spec):
        return next(n for base in declared_of(cls).bases() for n, value in base.own.items() if value is key)
    name: str = key.name
    return name
