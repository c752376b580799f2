"""A model with a field of every type, and an action of every kind of answer."""

from __future__ import annotations

from strongback.model.access import Access, FieldAccess, Role
from strongback.model.action import Action, Parameter
from strongback.model.entity import Entity
from strongback.model.field import Default, Field, Pii
from strongback.model.model import Model
from strongback.model.query import Query, Rate
from strongback.model.relation import Relation
from strongback.predicate.tree import Compare, Const, Path, RoleCall
from strongback.predicate.types import BOOL, INT, Member, Type

SELF = Path("self")
ANYONE = RoleCall(SELF, "anyone")
PLACE = Type("object", fields=(Member("street", Type("str", max=80)), Member("zip", Type("str", max=10), "0150", True)))

TYPES: dict[str, Type] = {
    "flag": BOOL,
    "number": INT,
    "small": Type("int", min=1, max=5, optional=True),
    "ratio": Type("float", min=0, max=1),
    "price": Type("decimal", precision=8, scale=2, min="0.00"),
    "factor": Type("decimal", precision=3, scale=3),
    "title": Type("str", min=2, max=40),
    "slug": Type("str", max=40, pattern="[a-z]+(-[a-z]+)*"),
    "folded": Type("str", max=40, pattern="(?i)[a-z]+"),
    "at": Type("datetime", optional=True),
    "day": Type("date"),
    "took": Type("timedelta"),
    "token": Type("uuid"),
    "photo": Type("bytes", max=10),
    "status": Type("enum", members=("new", "old"), optional=True),
    "extra": Type("json"),
    "tags": Type("list", item=Type("str", max=10), min=1, max=5),
    "place": PLACE,
}


def things_model(*more: Field) -> Model:
    fields = tuple(
        Field(name, type_, default=Default('"new"') if name == "status" else None) for name, type_ in TYPES.items()
    )
    thing = Entity(
        "Thing",
        doc="A thing of every kind.",
        plural="odd_things",
        members=(*TYPES, *(f.name for f in more), "email", "owner", "parts"),
        fields=(
            *fields,
            *more,
            Field("email", Type("str", max=80), pii=Pii("exact")),
            Field("is_new", BOOL, computed=Compare("==", Path("self", ("status",)), Const("new"))),
        ),
        relations=(
            Relation("owner", "to_one", "Thing", optional=True),
            Relation("parts", "to_many", "Thing", inverse="owner"),
        ),
        roles=(Role("anyone", Compare("==", Path("self", ("flag",)), Const(True)), anonymous=True),),
        access=Access(ANYONE, ANYONE, ANYONE, ANYONE, (FieldAccess("title", ANYONE),)),
        queries=(
            Query("search", where=("number", "at", "status", "owner", "email", "title"), sort=("-number", "at,owner")),
            Query("of_late", doc="Those of late.", allow=ANYONE, rate=Rate(5, 1)),
        ),
        actions=(
            Action(
                "rename", "row", ANYONE, doc="Rename it.\n\nFor good.", parameters=(Parameter("title", TYPES["title"]),)
            ),
            Action("measure", "row", ANYONE, returns_type=Type("decimal", precision=8, scale=2)),
            Action("split", "row", ANYONE, returns_entity="Thing", returns_many=True),
            Action(
                "join",
                "class",
                ANYONE,
                parameters=(Parameter("other", Type("ref", target="Thing")),),
                returns_entity="Thing",
            ),
            Action("update", "row", ANYONE),
        ),
    )
    return Model("things", version="2.1.0", rest="/v1", entities=(thing,))
