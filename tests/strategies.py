"""
Random models, worlds of rows and predicates, for every test that needs them.

A predicate is made well typed and guarded, so that the checks at load accept it and Python itself can run it; `python_source` spells it.
Values come from small pools full of traps, so that equal ones meet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from msgspec.structs import replace

from strongback.model.access import Access, Role
from strongback.model.entity import Entity
from strongback.model.field import Field
from strongback.model.model import Actor, Claim, Model
from strongback.model.relation import Relation
from strongback.model.typing import Known, Row, Rows, Scalar, Typed, known_if, path_type, spell
from strongback.predicate.constant import constant_of, python_value
from strongback.predicate.tree import (
    And,
    Call,
    Compare,
    Const,
    Exists,
    Expr,
    In,
    IsNone,
    Not,
    Or,
    Param,
    Path,
    RoleCall,
)
from strongback.predicate.types import INT_MAX, INT_MIN, Kind, Type

NOW = datetime(2024, 2, 29, 12, 0, 0, 1, tzinfo=UTC)

TEXTS = (
    *("", " ", "a", "A", "ab", "aa", "b", "%", "_", "\\", "'", '"', "a%", "A_b", "red", "blue"),
    *("\u00e9", "e\u0301", "\u00df", "ss", "\u0130", "i\u0307", "\u212a", "\uff21", "\ud7ff", "\ue000", "\uffff"),
    *("\U00010000", "\U0001f600", "\U0010ffff", "\U0001f600a", "\x01", "\x7f", "\u2028", "\ufeff"),
)
COLOURS = ("red", "blue", "\u00e9", "")
POOLS: Mapping[Kind, tuple[Any, ...]] = {
    "bool": (False, True),
    "int": (0, 1, -1, 2, 2**53, 2**53 + 1, -(2**53) - 1, INT_MIN, INT_MAX, INT_MAX - 1),
    "float": (0.0, 1.0, -1.0, 0.1, 0.30000000000000004, 1e15, 1e300, -1e300, 2.0**53, 5e-324, 1e-7),
    "decimal": tuple(map(Decimal, ("0", "0.00", "1.00", "1.50", "-1.50", "0.01", "-0.01", "99999999.99", "10", "9"))),
    "str": TEXTS,
    "enum": COLOURS,
    "datetime": (
        NOW,
        NOW - timedelta(microseconds=1),
        NOW.astimezone(timezone(timedelta(hours=5, minutes=45))),
        datetime(2023, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-8))),
    ),
    "date": (
        date(2024, 2, 29),
        date(2023, 2, 28),
        date(1900, 3, 1),
        date(1, 1, 1),
        date(9999, 12, 31),
        date(2024, 3, 1),
    ),
    "timedelta": (
        timedelta(0),
        timedelta(microseconds=1),
        timedelta(microseconds=-1),
        timedelta(days=1),
        timedelta(hours=24, microseconds=1),
        timedelta(days=-365),
    ),
    "uuid": tuple(map(UUID, ("0" * 32, "f" * 32, "0" * 31 + "a", "a" + "0" * 31, "018f3e1c7b2a7c3d8e4f5a6b7c8d9e0f"))),
    "bytes": (b"", b"\x00", b"\x00\xff", b"a", b"ab", b"\xff"),
}
TYPES: Mapping[Kind, tuple[Type, ...]] = {
    "decimal": (Type("decimal", precision=10, scale=2), Type("decimal", precision=18, scale=4)),
    "enum": (Type("enum", members=COLOURS), Type("enum", members=("red", "blue"))),
}
ORDERED = frozenset({"int", "float", "decimal", "str", "enum", "datetime", "date", "timedelta", "uuid", "bytes"})
MEETS: Mapping[str, frozenset[str]] = {
    "int": frozenset({"int", "decimal"}),
    "decimal": frozenset({"int", "decimal"}),
    "str": frozenset({"str"}),
    "enum": frozenset({"str"}),
}


def types() -> st.SearchStrategy[Type]:
    """The type of a field whose values can be asked in a predicate."""
    kinds = st.sampled_from(sorted(POOLS))
    plain = kinds.flatmap(lambda kind: st.sampled_from(TYPES.get(kind, (Type(kind),))))
    return st.builds(lambda type_, optional: replace(type_, optional=optional), plain, st.booleans())


def values(type_: Type) -> st.SearchStrategy[Any]:
    """A value of *type_*; None too when it is optional."""
    pool = st.sampled_from(type_.members or POOLS[type_.kind])
    if type_.kind == "str":
        pool = pool | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=3)
    if type_.precision == 18:
        pool = pool | st.sampled_from(tuple(map(Decimal, ("99999999999999.9999", "-99999999999999.9999", "0.0001"))))
    if type_.kind == "int":
        pool = pool | st.integers(INT_MIN, INT_MAX)
    return st.none() | pool if type_.optional else pool


# -- models


@st.composite
def models(draw: st.DrawFn) -> Model:
    """A model of 1 to 3 entities that refer to each other, without roles; the first is the actor's."""
    names = ["User", "Thing", "Part"][: draw(st.integers(1, 3))]
    drafts: list[Entity] = []
    for name in names:
        drafts.append(_with_tenant(draw, _entity(draw, name, names), drafts))
    entities = tuple(_with_inverses(draw, entity, drafts) for entity in drafts)
    return Model("world", entities=entities, actor=Actor("User", (Claim("sub", "subject"),)))


def _entity(draw: st.DrawFn, name: str, names: Sequence[str]) -> Entity:
    kinds = draw(st.lists(types(), min_size=2, max_size=5))
    fields = [Field(f"{type_.kind}_{i}", type_) for i, type_ in enumerate(kinds)]
    if name == "User":
        fields.append(Field("subject", Type("str", max=200), unique=True))
    relations = [_to_one(draw, f"to_{i}", name, names) for i in range(draw(st.integers(0, 2)))]
    return Entity(
        name,
        plural=name.lower() + "s",
        members=tuple(item.name for item in (*fields, *relations)),
        fields=tuple(fields),
        relations=tuple(relations),
        access=Access(read=Call("signed_in")),
        soft_delete=draw(st.booleans()),
    )


def _to_one(draw: st.DrawFn, relation: str, name: str, names: Sequence[str]) -> Relation:
    target = draw(st.sampled_from(names))
    # Required relations only go back in the list: so every row can be made.
    required = names.index(target) < names.index(name) and draw(st.booleans())
    return Relation(relation, "to_one", target, optional=not required)


def _with_tenant(draw: st.DrawFn, entity: Entity, before: Sequence[Entity]) -> Entity:
    """Perhaps with the first relation as the way to its tenant, where that is required."""
    relations = entity.relations
    if not relations or relations[0].optional or draw(st.booleans()):
        return entity
    target = next(each for each in before if each.name == relations[0].target)
    fixed = (replace(relations[0], immutable=True), *relations[1:])
    return replace(entity, relations=fixed, tenant=(relations[0].name, *target.tenant))


def _with_inverses(draw: st.DrawFn, entity: Entity, drafts: Sequence[Entity]) -> Entity:
    pointing = [(other, r) for other in drafts for r in other.to_one() if r.target == entity.name]
    inverses = tuple(
        Relation(f"of_{other.name.lower()}_{r.name}", "to_many", other.name, inverse=r.name)
        for other, r in pointing
        if draw(st.integers(0, 3))
    )
    names = tuple(r.name for r in inverses)
    return replace(entity, relations=(*entity.relations, *inverses), members=(*entity.members, *names))


# -- worlds


@dataclass(eq=False, repr=False)
class Instance:
    """A row as a plain object: attributes for fields, rows for to-one, lists for to-many relations."""

    id: UUID
    created_at: datetime
    updated_at: datetime
    deleted: bool = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id.int}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Instance) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)


@dataclass(repr=False)
class World:
    """The rows of each entity, deleted ones too; their classes hold the roles as methods once `with_roles` was called."""

    model: Model
    rows: dict[str, list[Any]] = field(default_factory=dict)

    def __repr__(self) -> str:
        roles = [f"{e.name}.{r.name}: {python_source(r.body)}" for e in self.model.entities for r in e.roles]
        rows = [f"{name}: {vars(row)}" for name, rows in self.rows.items() for row in rows]
        return "\n".join(["World", *roles, *rows])

    def present(self, entity: str) -> list[Any]:
        return [row for row in self.rows[entity] if not row.deleted]


@st.composite
def worlds(draw: st.DrawFn, model: Model, most: int = 4) -> World:
    """Up to *most* rows of each entity, related as the model says."""
    world = World(model)
    for number, entity in enumerate(model.entities):
        kind = type(entity.name, (Instance,), {})
        count = draw(st.integers(1, most))
        world.rows[entity.name] = [_row(draw, kind, entity, 100 * number + i) for i in range(count)]
    for entity in model.entities:
        for row in world.rows[entity.name]:
            _relate(draw, world, entity, row)
    _collect(world)
    return world


def _row(draw: st.DrawFn, kind: type[Any], entity: Entity, number: int) -> Any:
    times = [draw(values(Type("datetime"))) for _ in range(2)]
    row = kind(UUID(int=number + 1), *times, entity.soft_delete and draw(st.integers(0, 3)) == 0)
    for each in entity.fields:
        setattr(row, each.name, f"subject {number}" if each.unique else draw(values(each.type)))
    return row


def _relate(draw: st.DrawFn, world: World, entity: Entity, row: Any) -> None:
    for relation in entity.to_one():
        targets = list(world.rows[relation.target])
        setattr(row, relation.name, draw(st.sampled_from([None, *targets] if relation.optional else targets)))


def _collect(world: World) -> None:
    for entity in world.model.entities:
        for relation in entity.to_many():
            for row in world.rows[entity.name]:
                others = world.present(relation.target)
                setattr(row, relation.name, [o for o in others if getattr(o, relation.inverse) is row])


# -- predicates


@dataclass(frozen=True)
class Grower:
    """Grows conditions over the variables in *scope*; *roles* may be called, by entity."""

    draw: st.DrawFn
    model: Model
    scope: Mapping[str, str]
    roles: Mapping[str, Sequence[Role]]
    optional: frozenset[str]
    taken: frozenset[str] = frozenset()

    def within(self, scope: Mapping[str, str], var: str, entity: str) -> Grower:
        """Inside a quantifier over *var*."""
        taken = self.taken | {var}
        return Grower(self.draw, self.model, {**scope, var: entity}, self.roles, self.optional - {var}, taken)

    def name(self, first: str) -> str:
        """A variable's name that has no meaning yet: Python sources have no two meanings of one."""
        return first * (1 + len([name for name in self.taken if name[0] == first]))

    def condition(self, depth: int, known: Known) -> Expr:
        shape = self.draw(st.sampled_from(("atom", "atom", "not", "and", "or") if depth else ("atom",)))
        if shape == "atom":
            return self.atom(depth, known)
        if shape == "not":
            return Not(self.condition(depth - 1, known))
        parts: list[Expr] = []
        for _ in range(self.draw(st.integers(2, 3))):
            parts.append(self.condition(depth - 1, known))
            known = known | known_if(parts[-1], shape == "and")
        return And(tuple(parts)) if shape == "and" else Or(tuple(parts))

    def atom(self, depth: int, known: Known) -> Expr:
        makers = [self.compared, self.compared, self.among, self.tested, self.asked, self.same_row, self.called]
        makers += [self.role] * 2 + ([self.quantified] * 3 + [self.tied] * 2 if depth else [])
        made, needs = self.draw(st.sampled_from(makers))(depth, known)
        return self.guarded(made, needs, known)

    def guarded(self, atom: Expr, needs: Sequence[Path], known: Known) -> Expr:
        """*atom* where everything in *needs* is there."""
        missing = [path for path in dict.fromkeys(needs) if path not in known]
        if not missing:
            return atom
        if self.draw(st.booleans()):
            return And((*(IsNone(path, negated=True) for path in missing), atom))
        return Or((*(IsNone(path) for path in missing), atom))

    def paths(self) -> list[tuple[Path, Typed]]:
        """Every path of at most three steps, with its type; two steps more cost more than they show."""
        found = [(Path(var), self.typed(Path(var))) for var in self.scope]
        for path, typed in found:
            if isinstance(typed, Row) and len(path.steps) < (3 if len(self.scope) < 3 else 2):
                members = self.model.entity(typed.entity)
                names = [*(f.name for f in members.all_fields()), *(r.name for r in members.relations)]
                found.extend(
                    (longer, self.typed(longer)) for longer in (Path(path.var, (*path.steps, n)) for n in names)
                )
        return found

    def typed(self, path: Path) -> Typed:
        return path_type(self.model, self.scope, path, optional=self.optional)

    def scalar(self, kinds: frozenset[str] | None = None) -> tuple[Path, Type]:
        """A path to a value of one of *kinds*; the id of `self` when there is none."""
        found = [(p, t.type) for p, t in self.paths() if isinstance(t, Scalar)]
        fitting = [(p, t) for p, t in found if kinds is None or t.kind in kinds]
        return self.draw(st.sampled_from(fitting or found[:1]))

    def before(self, path: Path) -> list[Path]:
        """What has to be there before *path* can be followed: optional rows on the way."""
        ways = [Path(path.var, path.steps[:n]) for n in range(len(path.steps))]
        return [way for way in ways if self.may_be_none(way)]

    def may_be_none(self, path: Path) -> bool:
        """Whether *path* itself may be None, whatever comes before it."""
        if not path.steps:
            return path.var in self.optional
        here = self.typed(Path(path.var, path.steps[:-1]))
        assert isinstance(here, Row)
        return path_type(self.model, {path.var: here.entity}, Path(path.var, path.steps[-1:])).optional

    def there(self, path: Path) -> list[Path]:
        return [*self.before(path), *([path] if self.may_be_none(path) else [])]

    def compared(self, depth: int, known: Known) -> tuple[Expr, list[Path]]:
        path, type_ = self.scalar()
        ordered = type_.kind in ORDERED and self.draw(st.booleans())
        op = self.draw(st.sampled_from(("<", "<=", ">", ">=") if ordered else ("==", "!=")))
        other, needs = self.other_side(path, type_, ordered)
        sides = (path, other) if self.draw(st.booleans()) else (other, path)
        return Compare(op, *sides), [*(self.there(path) if ordered else self.before(path)), *needs]

    def other_side(self, path: Path, type_: Type, ordered: bool) -> tuple[Expr, list[Path]]:
        if type_.kind == "datetime" and self.draw(st.integers(0, 3)) == 0:
            return Call("now"), []
        if self.draw(st.booleans()):
            other, found = self.scalar(MEETS.get(type_.kind, frozenset({type_.kind})))
            if found.kind in MEETS.get(type_.kind, {type_.kind}):
                return other, self.there(other) if ordered else self.before(other)
        if not ordered and self.draw(st.integers(0, 5)) == 0:
            return Const(None), []
        return self.constant(type_), []

    def constant(self, type_: Type) -> Const:
        return constant_of(self.draw(values(replace(type_, optional=False))))

    def among(self, depth: int, known: Known) -> tuple[Expr, list[Path]]:
        path, type_ = self.scalar()
        options = [self.constant(type_) for _ in range(self.draw(st.integers(0, 3)))]
        if self.draw(st.integers(0, 3)) == 0:
            options.append(Const(None))
        return In(path, tuple(options), self.draw(st.booleans())), self.before(path)

    def tested(self, depth: int, known: Known) -> tuple[Expr, list[Path]]:
        found = [p for p, t in self.paths() if not isinstance(t, Rows)]
        path = self.draw(st.sampled_from(found))
        return IsNone(path, self.draw(st.booleans())), self.before(path)

    def asked(self, depth: int, known: Known) -> tuple[Expr, list[Path]]:
        path, type_ = self.scalar(frozenset({"bool"}))
        if type_.kind != "bool":
            return self.compared(depth, known)
        return path, self.there(path)

    def same_row(self, depth: int, known: Known) -> tuple[Expr, list[Path]]:
        rows = [(p, t.entity) for p, t in self.paths() if isinstance(t, Row)]
        left, entity = self.draw(st.sampled_from(rows))
        right = self.draw(st.sampled_from([p for p, e in rows if e == entity]))
        needs = [*self.before(left), *self.before(right), *(p for p in (left, right) if p in map(Path, self.optional))]
        return Compare(self.draw(st.sampled_from(("==", "!="))), left, right), needs

    def called(self, depth: int, known: Known) -> tuple[Expr, list[Path]]:
        path, type_ = self.scalar(frozenset({"str", "enum"}))
        if type_.kind not in ("str", "enum"):
            return self.compared(depth, known)
        function = self.draw(st.sampled_from(("startswith", "endswith", "contains", "len")))
        if function == "len":
            size = Const(self.draw(st.integers(0, 3)), Type("int"))
            return Compare(self.draw(st.sampled_from(("==", "<", ">="))), Call("len", (path,)), size), self.there(path)
        part = constant_of(self.draw(values(Type("str"))))
        return Call(function, (path, part)), self.there(path)

    def quantified(self, depth: int, known: Known) -> tuple[Expr, list[Path]]:
        found = [(p, t.entity) for p, t in self.paths() if isinstance(t, Rows)]
        if not found:
            return self.role(depth, known)
        relation, entity = self.draw(st.sampled_from(found))
        var, needs = self.name("x"), self.before(relation)
        where = self.within(self.scope, var, entity).condition(depth - 1, known | frozenset(needs))
        return Exists(var, relation, where, self.draw(st.booleans())), needs

    def tied(self, depth: int, known: Known) -> tuple[Expr, list[Path]]:
        """A fact about the caller: `any(x.user == me and ... for x in ...)`, which says nothing of the row outside."""
        found = [(p, t.entity) for p, t in self.paths() if isinstance(t, Rows) and p.var != "me"]
        ties = [(p, e, r.name) for p, e in found for r in self.model.entity(e).to_one() if r.target == "User"]
        if not ties or "me" not in self.scope:
            return self.quantified(depth, known)
        relation, entity, name = self.draw(st.sampled_from(ties))
        var = self.name("y")
        inner = self.within({"me": "User"}, var, entity)
        tie = Compare("==", Path(var, (name,)), Path("me"))
        needs = [*self.before(relation), *([Path("me")] if "me" in self.optional else [])]
        more = inner.condition(depth - 1, frozenset({*needs, Path("me")}))
        return Exists(var, relation, And((tie, more)) if self.draw(st.booleans()) else tie), needs

    def role(self, depth: int, known: Known) -> tuple[Expr, list[Path]]:
        rows = [(p, r) for p, t in self.paths() if isinstance(t, Row) for r in self.roles.get(t.entity, ())]
        if not rows:
            return self.compared(depth, known)
        path, role = self.draw(st.sampled_from(rows))
        me = [] if role.anonymous else self.there(Path("me"))
        return RoleCall(path, role.name), [*self.there(path), *me]


@st.composite
def roles(draw: st.DrawFn, model: Model, entity: str, known: Mapping[str, Sequence[Role]], name: str) -> Role:
    """A role of *entity* that may call those in *known*."""
    anonymous = draw(st.booleans())
    optional = frozenset({"me"}) if anonymous else frozenset[str]()
    grower = Grower(draw, model, {"self": entity, "me": "User"}, known, optional)
    body = grower.condition(draw(st.integers(1, 3)), frozenset())
    return Role(name, body, anonymous=anonymous, spans_tenants=bool(model.entity(entity).tenant))


@st.composite
def models_with_roles(draw: st.DrawFn, count: int = 6) -> Model:
    """A random model with *count* roles, which may call those made before them."""
    model = draw(models())
    made: dict[str, list[Role]] = {entity.name: [] for entity in model.entities}
    for number in range(count):
        entity = draw(st.sampled_from([e.name for e in model.entities]))
        made[entity].append(draw(roles(model, entity, made, f"role_{number}")))
    return replace(model, entities=tuple(replace(e, roles=tuple(made[e.name])) for e in model.entities))


# -- Python source


def python_source(expr: Expr) -> str:
    """Spell *expr* as the Python that a team would write."""
    match expr:
        case Const():
            return repr(python_value(expr)).replace("datetime.", "")
        case Path():
            return spell(expr)
        case Not(part):
            return f"(not {python_source(part)})"
        case And(parts):
            return f"({' and '.join(map(python_source, parts))})" if parts else "True"
        case Or(parts):
            return f"({' or '.join(map(python_source, parts))})" if parts else "False"
        case Compare(op, left, right):
            return f"({python_source(left)} {op} {python_source(right)})"
        case IsNone(operand, negated):
            return f"({python_source(operand)} is {'not ' if negated else ''}None)"
        case In(item, options, negated):
            spelt = "".join(f"{python_source(option)}, " for option in options)
            return f"({python_source(item)} {'not ' if negated else ''}in ({spelt}))"
        case Exists(var, relation, where, every):
            return f"{'all' if every else 'any'}({python_source(where)} for {var} in {spell(relation)})"
        case RoleCall(of, role):
            return f"{spell(of)}.{role}(me)"
        case Call("now"):
            return "now()"
        case Call("len", (text,)):
            return f"len({python_source(text)})"
        case Call("contains", (text, part)):
            return f"({python_source(part)} in {python_source(text)})"
        case Call(function, (text, part)):
            return f"{python_source(text)}.{function}({python_source(part)})"
        case Call() | Param():
            raise AssertionError(expr)


def python_roles(model: Model) -> Mapping[str, Mapping[str, Any]]:
    """Every role of *model* as a Python function, by entity and name."""
    names = {"Decimal": Decimal, "UUID": UUID, "now": lambda: NOW, "timezone": timezone, "timedelta": timedelta}
    made: dict[str, dict[str, Any]] = {}
    for entity in model.entities:
        made[entity.name] = {}
        for role in entity.roles:
            text = f"def {role.name}(self, me):\n    return {python_source(role.body)}\n"
            space: dict[str, Any] = {**names, "datetime": datetime, "date": date}
            exec(compile(text, f"<{entity.name}.{role.name}>", "exec"), space)
            made[entity.name][role.name] = space[role.name]
    return made


def with_roles(world: World) -> World:
    """Make the roles of the model methods of the rows' classes."""
    for name, functions in python_roles(world.model).items():
        for row in world.rows[name]:
            for role, function in functions.items():
                setattr(type(row), role, function)
    return world
