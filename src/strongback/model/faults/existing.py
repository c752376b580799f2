"""Tables that are there already: what they cannot keep, since it needs tables or columns of ours, and the keys of their rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from strongback.errors import Fault
from strongback.model.entity import Entity
from strongback.model.faults.place import Placed, fault, place
from strongback.model.field import Field
from strongback.model.model import Model

UNMANAGED: Final = "`managed=False`"
# PostgreSQL cuts a longer name without a word (NAMEDATALEN - 1).
NAME_BYTES: Final = 63


def existing_faults(model: Model) -> Iterator[Fault]:
    for entity in model.entities:
        if entity.table and not is_table_name(entity.table):
            message = f"`table={entity.table!r}` is a name that no table of a service can have, or that Strongback needs itself"
            yield fault("SB193", place(entity), message, "a name of at most 63 bytes, without its schema")
        yield from _managed(entity) if entity.managed else _existing(model, entity)
        yield from _around(model, entity)


def is_table_name(name: str) -> bool:
    """
    Whether a table can be called *name* on every store.

    >>> is_table_name("tbl_customers"), is_table_name("old.customers"), is_table_name("_strongback")
    (True, False, False)
    """
    kept = name.lower().startswith(("_strongback", "_erasures", "sqlite_", "_building_"))
    return bool(name.strip()) and len(name.encode()) <= NAME_BYTES and not kept and not set(name) & set('."\x00')


def _managed(entity: Entity) -> Iterator[Fault]:
    if entity.key is not None:
        message = f"`{entity.name}` has a key of its own, and its table is Strongback's"
        hint = 'a table that is there already says so: `table="customers", managed=False`; take `sb.key` away otherwise'
        yield fault("SB199", place(entity, entity.key), message, hint)
    named: list[tuple[Placed, str]] = [(field, field.column) for field in entity.fields]
    named += [(relation, relation.stored_as) for relation in entity.relations]
    for member, column in named:
        if column:
            message = f"`{member.name}` names its column `{column}`, and the table is Strongback's: a column has the name of its field"
            yield fault("SB193", place(entity, member), message, f"it is for {UNMANAGED}; a renamed field says `was=`")


def _existing(model: Model, entity: Entity) -> Iterator[Fault]:
    if not entity.table:
        message = f"`{entity.name}` is {UNMANAGED}, and no table is named"
        yield fault("SB193", place(entity), message, 'write `table="customers"`')
    yield from _key(entity)
    yield from _columns(entity)
    for what, why in _not_kept(model, entity):
        yield fault(
            "SB186",
            place(entity),
            f"`{entity.name}`: {what} needs {why}, and its table is not Strongback's",
            "take it away, or let Strongback manage the table",
        )
    for field in entity.fields:
        if field.pii is not None or field.blob is not None:
            what = "`sb.pii` keeps ciphertext" if field.pii is not None else "`sb.blob` keeps what is known of a file"
            message = f"`{field.name}`: {what} in a column of its own form, and the table is not Strongback's"
            yield fault("SB186", place(entity, field), message, "map the column as what it holds, or leave it out")
        if field.was:
            yield fault(
                "SB186",
                place(entity, field),
                f"`{field.name}`: `was=` renames a column, and the table is not Strongback's",
                "say `column=`",
            )
    for relation in entity.to_one():
        if relation.on_delete != "restrict" or relation.was:
            what = "`was=`" if relation.was else f'`on_delete="{relation.on_delete}"`'
            message = f"`{relation.name}`: {what} changes the table, which is not Strongback's"
            yield fault("SB186", place(entity, relation), message, "the foreign key in the database says what happens")


def _key(entity: Entity) -> Iterator[Fault]:
    key = entity.key
    if key is None:
        message = f"`{entity.name}` is {UNMANAGED}, and does not say what the key of its rows is"
        yield fault("SB199", place(entity), message, "write `id: int = sb.key()`, with the class on `sb.Entity[int]`")
    elif key.type.kind == "str" and key.type.max is None:
        message = "`id`: nothing says how long the key can be, and it stands in paths and indexes"
        yield fault("SB199", place(entity, key), message, "write `id: str = sb.key(max=20)`")
    if key is not None and key.generated:
        yield from _generated(entity, key)


def _generated(entity: Entity, key: Field) -> Iterator[Fault]:
    """A row is written, and brings others along, without an id that nobody knows yet."""
    if key.type.kind != "int":
        message = "`id`: a key that the database generates is a whole number"
        yield fault("SB199", place(entity, key), message, "write `id: int`, or let whoever makes a row give its key")
    stored = [field for field in entity.fields if field.stored]
    if all(field.read_only for field in stored) and all(each.read_only for each in entity.to_one()):
        message = f"`{entity.name}` has no member that a new row is made of: its key is generated, and nothing else is written"
        yield fault("SB199", place(entity, key), message, "map a column beside the key")
    for relation in entity.to_many():
        if relation.nested:
            message = f"`{relation.name}`: rows of a new `{entity.name}` are judged by its id, which the database gives once it is there"
            yield fault(
                "SB199", place(entity, relation), message, "take `nested=True` away, and make those rows afterwards"
            )


def _columns(entity: Entity) -> Iterator[Fault]:
    """Two members never write one column."""
    named = {"id": entity.id_field.column or "id"}
    named |= {field.name: field.column or field.name for field in entity.fields if field.stored}
    named |= {relation.name: relation.stored_as or relation.column for relation in entity.to_one()}
    seen: dict[str, str] = {}
    for member, column in named.items():
        if column.lower() in seen:
            message = f"`{member}` and `{seen[column.lower()]}` of `{entity.name}` are both the column `{column}`"
            yield fault("SB193", place(entity), message, "map a column once")
        seen.setdefault(column.lower(), member)


def _not_kept(model: Model, entity: Entity) -> Iterator[tuple[str, str]]:
    """What is declared of *entity*, and what it would need."""
    if entity.history:
        yield "`history=True`", "a version in each row, and a second table"
    if entity.soft_delete:
        yield "`soft_delete=True`", "a column that says when a row was deleted"
    if entity.conditional_writes:
        yield "`conditional_writes=True`", "a version in each row"
    if entity.tenant:
        yield "`tenant=`", "keys that hold the tenant as well"
    if entity.was:
        yield "`was=`", "a rename of the table"
    if entity.checks:
        yield "`@sb.check`", "a check in the table"
    if any(unique.where is not None for unique in entity.uniques):
        yield "`where=` of a unique rule", "a unique index over some rows"
    if any(query.text for query in entity.queries):
        yield "`text=` of a query", "columns of words"
    if model.actor is not None and model.actor.entity == entity.name and model.actor.provision:
        yield "`provision=True`", "rows that a token alone can make"


def _around(model: Model, entity: Entity) -> Iterator[Fault]:
    """What others ask of an entity whose table is not ours."""
    here = entity
    for step in entity.tenant:
        relation = here.relation(step)
        if relation is None or relation.target not in model.by_name:
            return
        here = model.entity(relation.target)
    if entity.tenant and not here.managed:
        message = f"the tenant of `{entity.name}` is a `{here.name}`, whose table is not Strongback's"
        yield fault("SB186", place(entity), message, "a tenant is an entity that Strongback manages")
    for relation in entity.to_many():
        target = model.by_name.get(relation.target)
        if relation.nested and target is not None and target.key is not None:
            message = f"`{relation.name}`: rows of `{target.name}` have keys of their own, so that an id tells no new row from one there is"
            yield fault("SB186", place(entity, relation), message, "take `nested=True` away")
