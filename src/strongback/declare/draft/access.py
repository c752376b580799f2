"""Who may do what, the declared lists, and what is indexed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import FunctionType
from typing import Final

from strongback.declare.computed import Computed
from strongback.declare.constraint import Index
from strongback.declare.declared import Declared
from strongback.declare.draft.world import Accepted, World, wrong_options
from strongback.declare.member import Member
from strongback.declare.permission import EVERYONE, SIGNED_IN, Access, AllOf, AnyOf, Denied, Permission, Role
from strongback.declare.query import Query
from strongback.declare.spec import BeyondMember, Spec
from strongback.model.access import OPERATIONS, FieldAccess
from strongback.model.access import Access as DraftedAccess
from strongback.model.entity import Index as DraftedIndex
from strongback.model.origin import Origin
from strongback.model.query import Query as DraftedQuery
from strongback.model.query import Rate, Waived
from strongback.predicate.tree import FALSE, TRUE, Call, Expr, Path, RoleCall, both, either

SECONDS: Final = {
    "s": 1,
    "sec": 1,
    "second": 1,
    "min": 60,
    "minute": 60,
    "h": 3600,
    "hour": 3600,
    "d": 86400,
    "day": 86400,
}
RATE: Final = re.compile(r"([0-9]{1,9})\s*/\s*([a-z]+)")
MANY: Final = (tuple, list)
OF_QUERY: Final[Mapping[str, Accepted]] = {
    "where": MANY,
    "sort": MANY,
    "text": MANY,
    "group": MANY,
    "measure": MANY,
    "page_default": int,
    "page_max": int,
    "doc": str,
    "rate": (str, type(None)),
    "waive": (Mapping, type(None)),
    **dict.fromkeys(("allow", "slo"), object),
}


def draft_access(world: World, declared: Declared) -> DraftedAccess:
    """Draft the table of permissions; an entity without one is refused, one that grants nothing says so."""
    found = declared.things(Access)
    for name in found:
        if name != "access":
            world.refuse(
                name,
                declared.origin(name),
                "SB117",
                f"`{name}`: permissions have one name",
                "write access = sb.Access(...)",
            )
    if "access" not in found:
        message = f"`{declared.name}` says nothing of permissions, so nobody may do anything with it"
        hint = "write access = sb.Access(read=...); or sb.Access(), when nobody is meant to"
        world.faults.add("SB161", message, declared.origin(), hint)
        return DraftedAccess()
    access, owner = found["access"]
    origin = owner.origin("access")
    nothing = (Permission, type(None), object)
    known = {**dict.fromkeys(OPERATIONS, nothing), "fields": (Mapping, type(None))}
    options = wrong_options(world, "access", origin, "sb.Access", access.options, known)
    if access.positional:
        world.refuse("access", origin, "SB123", "sb.Access takes permissions by name", "write sb.Access(read=...)")
    granted = {
        name: draft_permission(world, declared, options[name], origin)
        for name in OPERATIONS
        if options.get(name) is not None
    }
    return DraftedAccess(**granted, fields=_field_access(world, declared, options.get("fields"), origin), origin=origin)


def _field_access(world: World, declared: Declared, fields: object, origin: Origin) -> tuple[FieldAccess, ...]:
    if not isinstance(fields, Mapping):
        return ()
    return tuple(
        FieldAccess(name, draft_permission(world, declared, allow, origin))
        for key, allow in fields.items()
        if (name := member_name(world, declared, key, "access", origin))
    )


def draft_permission(world: World, declared: Declared, permission: object, origin: Origin) -> Expr:
    """An expression over the roles of *declared*; what is no permission is a fault and stands as nobody."""
    match permission:
        case AnyOf(parts=parts):
            return either(*(draft_permission(world, declared, part, origin) for part in parts))
        case AllOf(parts=parts):
            return both(*(draft_permission(world, declared, part, origin) for part in parts))
        case Role():
            return _role(world, declared, permission, origin)
        case _ if permission is SIGNED_IN:
            return Call("signed_in")
        case _ if permission is EVERYONE:
            return TRUE
        case Denied():
            hint = "a permission only grants; write a role that says who may"
            world.faults.add("SB117", "a permission cannot be denied with `~`", origin, hint)
        case FunctionType():
            hint = f"write @sb.role above `def {permission.__name__}`"
            world.faults.add("SB117", f"`{permission.__name__}` is a function, and no role", origin, hint)
        case _:
            hint = "write roles of this class joined by | and &, sb.SIGNED_IN or sb.EVERYONE"
            world.faults.add("SB117", f"{_shown(permission)} is not a permission", origin, hint)
    return FALSE


def _role(world: World, declared: Declared, role: Role[...], origin: Origin) -> Expr:
    name = next((name for name, (each, _) in declared.things(Role).items() if each is role), None)
    if name is not None:
        return RoleCall(Path("self"), name)
    hint = f"write a role of `{declared.name}` that calls it: return self. ... .{role.name}(me)"
    world.faults.add("SB117", f"`{role.name}` is a role of another entity than `{declared.name}`", origin, hint)
    return FALSE


def _shown(thing: object) -> str:
    return f"`{thing!r}`" if isinstance(thing, str | int | float | bool | None) else f"a {type(thing).__name__}"


def member_name(world: World, declared: Declared, thing: object, where: str, origin: Origin) -> str:
    """The name of a member as the team wrote it in a class body; a fault, and empty, when it is none."""
    name = ""
    match thing:
        case str():
            name = thing
        case Spec():
            name = next((n for base in declared.bases() for n, value in base.own.items() if value is thing), "")
        case Member() if issubclass(declared.cls, thing.owner):
            name = thing.name
        case Computed():
            name = thing.name
        case Role() | Query() | Member() | BeyondMember():
            pass
        case _:
            pass
    if not name:
        hint = "name a member of this class that has a specifier (`city: str = sb.field()`), or write its name as text"
        world.refuse(
            where, origin, "SB116", f"`{where}`: {_shown_member(thing)} is not a member of `{declared.name}`", hint
        )
    return name


def _shown_member(thing: object) -> str:
    if isinstance(thing, Role):
        return f"the role `{thing.name}`"
    return f"`{thing!r}`" if isinstance(thing, Member | BeyondMember) else _shown(thing)


def draft_indexes(world: World, declared: Declared) -> tuple[DraftedIndex, ...]:
    """Draft the declared indexes."""
    drafted = []
    for name, (index, owner) in declared.things(Index).items():
        origin = owner.origin(name)
        wrong_options(world, name, origin, "sb.Index", index.options, {})
        members = [member_name(world, declared, each, name, origin) for each in index.members]
        if all(members):
            drafted.append(DraftedIndex(name, tuple(members), origin))
    return tuple(drafted)


def draft_queries(world: World, declared: Declared) -> tuple[DraftedQuery, ...]:
    """Draft the declared lists."""
    return tuple(_query(world, declared, name, *each) for name, each in declared.things(Query).items())


def _query(world: World, declared: Declared, name: str, query: Query, owner: Declared) -> DraftedQuery:
    origin = owner.origin(name)
    options = wrong_options(world, name, origin, "sb.Query", query.options, OF_QUERY)
    if query.positional:
        world.refuse(name, origin, "SB123", f"`{name}`: sb.Query takes options by name", "write sb.Query(where=(...))")
    if options.get("slo"):
        world.later(name, origin, "`slo=`")
    page_max = _number(options.get("page_max"), 100)
    allow = options.get("allow")
    return DraftedQuery(
        name,
        doc=str(options.get("doc", "")),
        where=_names(world, declared, options.get("where", ()), name, origin),
        sort=_names(world, declared, options.get("sort") or ("id",), name, origin),
        page_default=_number(options.get("page_default"), max(1, min(20, page_max))),
        page_max=page_max,
        rate=draft_rate(world, name, options.get("rate"), origin),
        allow=draft_permission(world, declared, allow, origin) if allow is not None else None,
        waived=_waived(world, declared, options.get("waive"), name, origin),
        text=_names(world, declared, options.get("text", ()), name, origin),
        group=_names(world, declared, options.get("group", ()), name, origin),
        measure=_names(world, declared, options.get("measure", ()), name, origin),
        origin=origin,
    )


def _number(given: object, otherwise: int) -> int:
    return given if isinstance(given, int) else otherwise


def _names(world: World, declared: Declared, given: object, where: str, origin: Origin) -> tuple[str, ...]:
    members = given if isinstance(given, Iterable) else ()
    return tuple(filter(None, (member_name(world, declared, each, where, origin) for each in members)))


def _waived(world: World, declared: Declared, given: object, where: str, origin: Origin) -> tuple[Waived, ...]:
    waived = given if isinstance(given, Mapping) else {}
    return tuple(
        Waived(name, str(reason))
        for key, reason in waived.items()
        if (name := member_name(world, declared, key, where, origin))
    )


def draft_rate(world: World, name: str, given: object, origin: Origin) -> Rate | None:
    """`60/min` as a count and seconds."""
    if given is None:
        return None
    found = RATE.fullmatch(given.strip()) if isinstance(given, str) else None
    if found is None or found[2] not in SECONDS:
        hint = "write a number, a slash and s, min, h or d: 60/min"
        world.refuse(name, origin, "SB124", f"`{name}`: the rate {given!r} cannot be read", hint)
        return None
    return Rate(int(found[1]), SECONDS[found[2]])
