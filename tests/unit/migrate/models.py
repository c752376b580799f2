"""Models to migrate between, and rows to put into them."""

from __future__ import annotations

from strongback.model.entity import Check, Entity, Index, Unique
from strongback.model.field import Field, Pii
from strongback.model.model import Model
from strongback.model.relation import Relation
from strongback.predicate.tree import Compare, Const, Path
from strongback.predicate.types import INT, Member, Type
from strongback.store.sql.metadata import quote
from strongback.store.sql.types import constant_sql
from strongback.store.store import Dialect, Statement, Store
from strongback.tables.make import make_schema
from strongback.tables.schema import Column, Schema, Table, TableCheck

ROW = "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"
TIME = "2026-01-02T03:04:05.000006Z"

KINDS = {
    "bool": Type("bool"),
    "int": INT,
    "float": Type("float"),
    "decimal": Type("decimal", precision=12, scale=3),
    "str": Type("str", max=200),
    "datetime": Type("datetime"),
    "date": Type("date"),
    "timedelta": Type("timedelta"),
    "uuid": Type("uuid"),
    "bytes": Type("bytes"),
    "enum": Type("enum", members=("draft", "it's: 100%")),
    "json": Type("json"),
    "list": Type("list", item=Type("str")),
    "object": Type("object", fields=(Member("street", Type("str")), Member("number", INT))),
}
# One value of each kind, in wire form.
SAMPLES = {
    "bool": True,
    "int": -(2**63),
    "float": 1.5,
    "decimal": "-12.050",
    "str": "it's: 100% \u00e9",
    "datetime": TIME,
    "date": "2024-02-29",
    "timedelta": "PT90S",
    "uuid": ROW,
    "ref": ROW,
    "bytes": "AP8=",
    "json": {"b": [1, None], "a": ":x"},
    "list": ["b", "a"],
    "object": {"street": "S", "number": 1},
}


def optional(type_: Type) -> Type:
    return Type(**{name: getattr(type_, name) for name in type_.__struct_fields__} | {"optional": True})


def entity(name: str, *members: Field | Relation, **more: object) -> Entity:
    fields = tuple(member for member in members if isinstance(member, Field))
    relations = tuple(member for member in members if isinstance(member, Relation))
    names = tuple(member.name for member in members)
    return Entity(name, members=names, fields=fields, relations=relations, **more)  # type: ignore[arg-type]


def to_one(name: str, target: str, **more: object) -> Relation:
    return Relation(name, "to_one", target, **more)  # type: ignore[arg-type]


def schema_of(*entities: Entity) -> Schema:
    return make_schema(Model("test", entities=entities))


def every_type() -> Schema:
    """Every kind of field: as it must be, optional, with a default, indexed, sealed."""
    plain = [Field(f"a_{kind}", type_) for kind, type_ in KINDS.items()]
    maybe = [
        Field(f"b_{kind}", optional(type_), index=kind not in ("json", "list", "object"))
        for kind, type_ in KINDS.items()
    ]
    sealed = [Field(f"c_{kind}", type_, pii=Pii(lookup="exact")) for kind, type_ in KINDS.items()]
    thing = entity(
        "Thing",
        *plain,
        *maybe,
        *sealed,
        to_one("owner", "Owner"),
        to_one("parent", "Thing", optional=True, on_delete="set_null"),
        to_one("order", "Order", optional=True, on_delete="cascade"),
        uniques=(Unique("once", ("a_str", "owner"), "taken"),),
        indexes=(Index("recent", ("-b_datetime", "a_int")),),
        checks=(Check("positive", Compare(">", Path("self", ("a_float",)), Const(0.0, Type("float")))),),
        tenant=("owner",),
        soft_delete=True,
        history=True,
    )
    # A word that SQL reserves, and a cycle of references.
    order = entity(
        "Order",
        to_one("owner", "Owner"),
        to_one("thing", "Thing", optional=True),
        Field("group", INT),
        tenant=("owner",),
    )
    return schema_of(entity("Owner", Field("name", Type("str"), unique=True)), thing, order)


def render_check(table: Table, check: TableCheck) -> str:
    """The only check of these models."""
    return "a_float > 0"


async def fill(store: Store, schema: Schema) -> None:
    """One row in every table. All have the same id, so every reference finds its row."""
    names = list(schema.tables.values())
    async with store.session() as session:
        # The order does not matter, since tables may refer to each other in a circle.
        await session.run("BEGIN")
        if store.dialect == "postgresql":
            await session.run("SET LOCAL session_replication_role = replica")
        for table in names:
            await session.run(_insert(table, store.dialect))
        await session.run("COMMIT")


def _insert(table: Table, dialect: Dialect) -> str:
    columns = ", ".join(quote(column.name, dialect) for column in table.columns)
    values = ", ".join(_value(column, dialect) for column in table.columns)
    return f"INSERT INTO {quote(table.name, dialect)} ({columns}) VALUES ({values})"


def _value(column: Column, dialect: Dialect) -> str:
    if column.sealed:
        return constant_sql("AA==", Type("bytes"), dialect)
    if column.role == "deleted":
        return "NULL"
    if column.role == "version":
        return "1"
    value = column.type.members[-1] if column.type.kind == "enum" else SAMPLES[column.type.kind]
    return constant_sql(value, column.type, dialect)


async def rows(store: Store, table: str) -> list[dict[str, object]]:
    """The rows of *table* by column."""
    quoted = quote(table, store.dialect)
    if store.dialect == "sqlite":
        names = [row[1] for row in await store.fetch(Statement(f"PRAGMA table_info({quoted})"))]
    else:
        ask = "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
        names = [row[0] for row in await store.fetch(Statement(ask), (quoted,))]
    return [dict(zip(names, row, strict=True)) for row in await store.fetch(Statement(f"SELECT * FROM {quoted}"))]
