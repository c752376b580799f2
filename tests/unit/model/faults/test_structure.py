"""What is wrong with names, types, relations, queries, permissions, tenants and the actor is told at once."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from strongback.model.access import Access, FieldAccess, Role
from strongback.model.action import Action, Injected, Parameter
from strongback.model.blob import FILE, Blob
from strongback.model.entity import Check, Entity, Index, Unique
from strongback.model.faults.find import find_faults
from strongback.model.field import Default, Field, Pii
from strongback.model.model import Actor, Claim, Model
from strongback.model.origin import Origin
from strongback.model.query import Query, Rate, Waived
from strongback.model.relation import Relation
from strongback.predicate.tree import FALSE, TRUE, And, Call, Compare, Const, Exists, Expr, IsNone, Not, Path, both
from strongback.predicate.types import INT, TEXT, Member, Type
from tests.jobs_model import call, inverse, jobs_model, path, same, text, to_one
from tests.unit.model.faults.small import changed, hints, messages, model_of, person, told, with_field

ONESELF = call("self.oneself")
SEARCH = Query("search")


def query(**options: object) -> Model:
    return changed(queries=(replace(SEARCH, **options),))


# -- checks and computed fields


@pytest.mark.parametrize(
    ("body", "asks"),
    [
        (Compare("<", path("self.created_at"), Call("now")), "the time or the caller"),
        (same("self", "me"), "another row, `me`"),
        (
            both(IsNone(path("self.boss"), True), same("self.boss.active", Const(True))),
            "another row, `self.boss.active`",
        ),
        (Exists("r", path("self.reports"), path("r.active")), "other rows, `self.reports`"),
        (ONESELF, "the role `self.oneself`"),
    ],
)
def test_a_check_speaks_of_its_own_row_only(body: Expr, asks: str) -> None:
    model = changed(checks=(Check("fair", body),))
    assert messages(model) == [f"the check `fair` asks {asks}"]
    assert told(model) == ["SB159"]


def test_a_check_over_its_own_fields_is_fine() -> None:
    body = both(Compare(">", path("self.price"), Const(0)), IsNone(path("self.boss"), negated=True))
    assert told(changed(checks=(Check("fair", body),))) == []


def computed(type_: Type, body: Expr) -> Model:
    return with_field(Field("derived", type_, computed=body))


def test_a_computed_field_has_the_type_of_its_expression() -> None:
    assert told(computed(Type("bool"), Compare(">", path("self.price"), Const(1)))) == []
    assert told(computed(Type("int", optional=True), path("self.age"))) == []
    assert told(computed(INT, path("self.age"))) == ["SB160"]
    assert told(computed(TEXT, path("self.price"))) == ["SB160"]
    assert told(computed(TEXT, path("self.boss.subject"))) == ["SB151", "SB160"]
    assert told(computed(TEXT, path("self.reports"))) == ["SB160"]


def test_a_computed_field_is_the_same_for_everyone() -> None:
    assert messages(computed(Type("bool"), ONESELF)) == ["the computed field `derived` asks the caller"]
    assert told(computed(Type("bool"), same("self", "me"))) == ["SB160"]


def test_computed_fields_are_read_by_roles_alone() -> None:
    derived = Field("derived", Type("bool"), computed=path("self.active"))
    asked = path("self.derived")
    assert told(with_field(derived, roles=(*person().roles, Role("asked", asked)))) == []
    assert messages(with_field(derived, checks=(Check("fair", asked),))) == [
        "`self.derived` is computed, and only stored values can be asked here"
    ]
    assert told(with_field(derived, Field("again", Type("bool"), computed=asked))) == ["SB160"]


# -- personal data


def personal(**options: object) -> Field:
    return Field("email", replace(text(254), **options), pii=Pii(lookup="exact"))


def test_predicates_do_not_read_personal_data() -> None:
    role = Role("asked", same("self.email", Const("x")))
    assert told(with_field(personal(), roles=(*person().roles, role))) == ["SB158"]
    there = Role("asked", IsNone(path("self.email"), negated=True))
    assert told(with_field(personal(optional=True), roles=(*person().roles, there))) == []
    inside = Role("asked", Exists("r", path("self.reports"), same("r.email", Const("x"))))
    assert told(with_field(personal(), roles=(*person().roles, inside))) == ["SB158"]


def test_a_blind_index_needs_many_possible_values() -> None:
    assert told(with_field(Field("pin", text(4), pii=Pii(lookup="exact")))) == ["SB174"]
    assert told(with_field(Field("born", Type("date"), pii=Pii(lookup="exact")))) == ["SB174"]
    assert told(with_field(Field("born", Type("date"), pii=Pii()))) == []


def test_personal_and_unique_says_what_a_refused_caller_reads() -> None:
    assert told(with_field(replace(personal(), unique=True))) == ["SB174"]
    assert told(with_field(personal(), uniques=(Unique("once", ("email",)),))) == ["SB174"]
    assert told(with_field(personal(), uniques=(Unique("once", ("email",), code="taken"),))) == []
    sealed = Field("email", text(254), pii=Pii())
    assert told(with_field(sealed, uniques=(Unique("once", ("email",), code="taken"),))) == ["SB174"]


def test_an_index_over_ciphertext_finds_nothing() -> None:
    assert told(with_field(Field("email", text(254), pii=Pii(), index=True))) == ["SB174"]


def test_a_filter_over_personal_data_needs_a_lookup() -> None:
    search = replace(SEARCH, where=("email",))
    assert told(with_field(personal(), queries=(search,))) == []
    assert told(with_field(Field("email", text(254), pii=Pii()), queries=(search,))) == ["SB174"]
    by_email = replace(SEARCH, sort=("email",))
    assert told(with_field(personal(), queries=(by_email,))) == ["SB166"]


# -- queries


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ({"where": ("stauts",)}, "SB166", "the query `search` filters by `stauts`, which `Person` does not have"),
        ({"where": ("reports",)}, "SB166", "the query `search` filters by `reports`, which `Person` does not have"),
        ({"where": ("status",)}, "SB167", "the query `search` filters by `status`, which has no index"),
        ({"where": ("created_at",)}, "SB167", "the query `search` filters by `created_at`, which has no index"),
        (
            {"where": ("reprots.age",)},
            "SB166",
            "the query `search` filters by `reprots.age`, but `reprots` is no to-many",
        ),
        ({"where": ("boss.age",)}, "SB166", "the query `search` filters by `boss.age`, but `boss` is no to-many"),
        ({"where": ("reports.aeg",)}, "SB166", "`reports.aeg`: `Person` has no `aeg`"),
        ({"where": ("reports.age",)}, "SB167", "no index of `Person` starts with `boss` and `age`"),
        ({"sort": ("-creatd_at",)}, "SB166", "the query `search` sorts by `creatd_at`, which `Person` does not have"),
        ({"sort": ("boss",)}, "SB166", "the query `search` sorts by `boss`, which `Person` does not have"),
        ({"sort": ()}, "SB166", "the query `search` has no order"),
        ({"sort": ("id", "id")}, "SB166", "the query `search` names the order `id` twice"),
        (
            {"waived": (Waived("age", "few"),)},
            "SB167",
            "the query `search` waives the index of `age`, which it does not",
        ),
        (
            {"where": ("age",), "waived": (Waived("age", " "),)},
            "SB167",
            "the query `search` waives the index of `age` without",
        ),
        ({"page_default": 0}, "SB168", "the query `search` has pages of 0, at most 100 rows"),
        ({"page_max": 10}, "SB168", "the query `search` has pages of 20, at most 10 rows"),
        ({"rate": Rate(0, 60)}, "SB168", "`search` has a rate that lets nothing through"),
    ],
)
def test_a_query_that_cannot_work_is_told(options: dict[str, object], code: str, message: str) -> None:
    model = query(**options)
    assert told(model) == [code]
    assert messages(model)[0].startswith(message)


def test_what_leads_an_index_can_be_filtered() -> None:
    search = replace(SEARCH, where=("id", "subject", "boss", "status", "age", "price"), sort=("price",))
    first = (Index("by_status", ("-status", "age")),)
    waived = (Waived("age", "at most 50 rows"),)
    assert told(changed(queries=(replace(search, waived=waived),), indexes=first)) == []


def test_what_no_store_can_search_is_no_filter() -> None:
    tags = Field("tags", Type("list", item=TEXT))
    assert told(with_field(tags, queries=(replace(SEARCH, where=("tags",)),))) == ["SB166"]


# -- permissions


def test_an_entity_without_permission_is_refused_unless_it_says_so() -> None:
    assert told(changed(access=Access())) == ["SB161"]
    assert told(changed(access=Access(origin=Origin("people.py", 3)))) == []


def test_what_nobody_may_read_is_never_found() -> None:
    assert told(changed(access=Access(update=ONESELF, delete=ONESELF))) == ["SB161", "SB161"]
    row_action = Action("praise", "row", allow=ONESELF)
    assert told(changed(access=Access(), actions=(row_action,))) == ["SB161"]
    assert told(changed(access=Access(create=Call("signed_in")), queries=(SEARCH,))) == ["SB161"]


def test_an_action_that_nobody_may_run_is_refused() -> None:
    assert told(changed(actions=(Action("praise", "row", allow=FALSE),))) == ["SB161"]


def test_a_create_can_fill_every_required_field() -> None:
    access = Access(read=ONESELF, create=Call("signed_in"))
    number = Field("number", INT, read_only=True)
    assert told(with_field(number, access=access)) == ["SB162"]
    assert told(with_field(replace(number, default=Default("1")), access=access)) == []
    assert told(with_field(replace(number, type=replace(INT, optional=True)), access=access)) == []
    boss = Relation("chief", "to_one", "Other", read_only=True)
    other = replace(
        person(), name="Other", plural="others", relations=(), roles=(), access=Access(read=Call("signed_in"))
    )
    entity = replace(person(), access=access, relations=(*person().relations, boss))
    assert told(Model("m", entities=(entity, other), actor=model_of().actor)) == ["SB162"]


def test_a_history_that_is_granted_is_kept() -> None:
    access = Access(read=ONESELF, history=ONESELF)
    assert told(changed(access=access)) == ["SB142"]
    assert told(changed(access=access, history=True)) == []
    assert told(changed(access=Access(history=ONESELF), history=True)) == ["SB161"]


def test_what_may_be_restored_stays_when_it_is_deleted() -> None:
    access = Access(read=ONESELF, restore=ONESELF)
    assert told(changed(access=access)) == ["SB143"]
    assert told(changed(access=access, soft_delete=True)) == []
    twice = (Action("restore", "row", allow=ONESELF),)
    assert told(changed(access=access, soft_delete=True, actions=twice)) == ["SB144"]


def test_an_update_can_change_something() -> None:
    fixed = tuple(replace(f, immutable=True) for f in person().fields)
    relations = (replace(person().relations[0], read_only=True), person().relations[1])
    access = Access(read=ONESELF, update=ONESELF)
    assert told(changed(fields=fixed, relations=relations, access=access)) == ["SB162"]


def test_a_permission_names_roles_that_are_there() -> None:
    assert told(changed(access=Access(read=call("self.onself")))) == ["SB157"]
    assert told(query(allow=call("self.onself"))) == ["SB157"]
    assert told(changed(actions=(Action("praise", "row", allow=call("self.onself")),))) == ["SB157"]


def test_an_action_on_the_class_has_no_row_to_ask() -> None:
    assert told(changed(actions=(Action("make", "class", allow=ONESELF),))) == ["SB155"]
    assert told(changed(actions=(Action("make", "class", allow=Call("signed_in")),))) == []


def test_an_action_that_needs_me_keeps_anonymous_callers_out() -> None:
    roles = (*person().roles, Role("public", path("self.active"), anonymous=True))
    given = (Injected("me", "me"),)
    praise = Action("praise", "row", allow=call("self.public"), injected=given)
    assert told(changed(roles=roles, actions=(praise,))) == ["SB187"]
    signed_in = replace(praise, allow=both(Call("signed_in"), call("self.public")))
    assert told(changed(roles=roles, actions=(signed_in,))) == []
    assert told(changed(roles=roles, actions=(replace(praise, injected=(Injected("me", "me", optional=True),)),))) == []
    assert told(changed(actions=(replace(praise, allow=ONESELF),))) == []


# -- hidden fields


def hiding(allow: Expr, **more: object) -> Model:
    roles = (*person().roles, Role("staff", path("me.active")))
    return changed(roles=roles, access=Access(read=ONESELF, fields=(FieldAccess("price", allow),)), **more)


def test_a_hidden_field_does_not_show_through_order_unique_or_computed() -> None:
    by_price = (replace(SEARCH, sort=("price",)),)
    assert told(hiding(ONESELF, queries=by_price)) == ["SB163"]
    assert told(hiding(ONESELF, uniques=(Unique("once", ("price", "status")),))) == ["SB163"]
    dear = Field("dear", Type("bool"), computed=Compare(">", path("self.price"), Const(9)))
    assert told(hiding(ONESELF, fields=(*person().fields, dear))) == ["SB163"]
    single = tuple(replace(f, unique=f.unique or f.name == "price") for f in person().fields)
    assert told(hiding(ONESELF, fields=single)) == ["SB163"]


def test_a_field_whose_visibility_depends_on_the_caller_alone_may_be_sorted() -> None:
    assert told(hiding(call("self.staff"), queries=(replace(SEARCH, sort=("price",)),))) == []


def test_what_is_computed_from_a_hidden_field_is_hidden_in_the_same_way() -> None:
    dear = Field("dear", Type("bool"), computed=Compare(">", path("self.price"), Const(9)))
    for allow in (ONESELF, call("self.staff")):
        model = hiding(allow, fields=(*person().fields, dear))
        assert told(model) == ["SB163"]
        both_hidden = Access(read=ONESELF, fields=(FieldAccess("price", allow), FieldAccess("dear", allow)))
        roles = (*person().roles, Role("staff", path("me.active")))
        assert told(changed(roles=roles, access=both_hidden, fields=(*person().fields, dear))) == []


def test_visibility_is_of_a_declared_field() -> None:
    access = Access(read=ONESELF, fields=(FieldAccess("pirce", ONESELF), FieldAccess("id", ONESELF)))
    model = changed(access=access)
    assert told(model) == ["SB163", "SB163"]
    assert "did you mean `price`?" in hints(model)


# -- uniques and indexes


def test_a_unique_rule_over_several_does_not_hold_none() -> None:
    assert told(changed(uniques=(Unique("once", ("boss", "status")),))) == ["SB169"]
    assert told(changed(uniques=(Unique("once", ("age", "status")),))) == ["SB169"]
    assert told(changed(uniques=(Unique("once", ("age",)),))) == []


@pytest.mark.parametrize(
    "rule",
    [
        "soon",
        "0d after created_at",
        "365d",
        "365 days after created_at",
        "1y after created_at",
        "1d after nothing",
        "1d after age",
        "1d after deletion",
    ],
)
def test_a_rule_of_erasure_names_a_time_of_the_row(rule: str) -> None:
    assert told(with_field(Field("secret", text(20), pii=Pii(erase=rule)))) == ["SB198"]


def test_what_is_erased_may_be_empty() -> None:
    def erased(type_: Type, **more: object) -> list[str]:
        return told(with_field(Field("secret", type_, pii=Pii("exact", "1d after updated_at")), **more))

    optional = replace(text(20), optional=True)
    assert erased(text(20)) == erased(optional) == []
    assert erased(text(20), uniques=(Unique("once", ("secret",), "taken"),)) == ["SB198"]
    assert erased(optional, uniques=(Unique("once", ("secret",), "taken"),)) == []
    assert erased(replace(text(20), min=1)) == erased(replace(text(20), pattern="[a-z]*")) == ["SB198"]
    assert told(with_field(Field("born", Type("date"), pii=Pii(erase="1d after created_at")))) == ["SB198"]
    there = IsNone(path("self.secret"), negated=True)
    assert erased(optional, checks=(Check("known", there, "known"),)) == ["SB198"]
    assert erased(optional, uniques=(Unique("once", ("status",), where=there),)) == ["SB198"]


def test_a_file_is_erased_by_a_rule_as_well() -> None:
    assert told(with_field(Field("scan", FILE, blob=Blob(erase="1d after created_at")))) == []
    assert told(with_field(Field("scan", FILE, blob=Blob(erase="some day")))) == ["SB198"]


def test_a_rule_for_some_rows_speaks_of_the_row_alone() -> None:
    def bound(where: Expr, *members: str) -> Model:
        return changed(uniques=(Unique("once", members or ("status",), where=where),))

    assert told(bound(path("self.active"))) == []
    assert told(bound(IsNone(path("self.boss"), negated=True), "boss", "status")) == []
    assert told(bound(IsNone(path("self.boss")), "boss", "status")) == ["SB169"]
    assert told(bound(And((IsNone(path("self.boss"), negated=True), path("self.boss.active"))))) == ["SB159"]
    assert told(bound(call("self.staff"))) == ["SB159"]
    assert told(bound(Compare("<", path("self.created_at"), Call("now")))) == ["SB159"]
    assert told(bound(path("self.status"))) == ["SB155"]


def test_two_rules_for_other_rows_are_two() -> None:
    active, whole = Unique("lively", ("status",), where=path("self.active")), Unique("whole", ("status",))
    aside = Unique("aside", ("status",), where=Not(path("self.active")))
    assert told(changed(uniques=(active, aside))) == []
    assert told(changed(uniques=(whole, active))) == ["SB170"]
    assert told(changed(uniques=(active, replace(active, name="again")))) == ["SB170"]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (("stauts",), "`once` names `stauts`, which is no field or to-one relation"),
        (("reports",), "`once` names `reports`, which is no field or to-one relation"),
        (("status", "status"), "`once` names `status` twice"),
        ((), "`once` names no field"),
        (("tags",), "`once` names `tags`, which is of type list: no store can index it"),
    ],
)
def test_a_unique_rule_names_what_a_store_can_index(members: tuple[str, ...], message: str) -> None:
    tags = Field("tags", Type("list", item=TEXT))
    assert messages(with_field(tags, uniques=(Unique("once", members),))) == [message]
    assert messages(with_field(tags, indexes=(Index("once", members),))) == [message]


def test_a_list_is_not_unique() -> None:
    assert told(with_field(Field("tags", Type("list", item=TEXT), unique=True))) == ["SB170"]


def test_two_unique_rules_over_the_same_members_are_one_too_many() -> None:
    twice = (Unique("once", ("price", "active")), Unique("again", ("active", "price")))
    model = with_field(Field("code", text(20), unique=True), uniques=(*twice, Unique("alone", ("code",))))
    assert messages(model) == [
        "`again` says what `once` says already: active, price",
        "`alone` says what `unique=True` of `code` says already: code",
    ]


# -- relations


def test_a_relation_refers_to_an_entity_that_is_listed_and_is_told_once() -> None:
    base = person()
    lost = replace(base, relations=(*base.relations, to_one("friend", "Persn")))
    asked = replace(lost, roles=(*base.roles, Role("asked", same("self.friend", "me"))))
    assert told(model_of(asked)) == ["SB172"]
    assert hints(model_of(asked)) == ["did you mean `Person`?"]


def test_an_inverse_names_a_relation_that_refers_back() -> None:
    wrong = replace(person(), relations=(person().relations[0], inverse("reports", "Person", "bos")))
    assert told(model_of(wrong)) == ["SB171"]
    assert hints(model_of(wrong)) == ["did you mean `boss`?"]
    other = Entity(
        "Other",
        plural="others",
        relations=(inverse("persons", "Person", "boss"),),
        access=Access(read=Call("signed_in")),
    )
    assert told(model_of(person(), other)) == ["SB171"]


def test_a_required_relation_is_not_set_to_none() -> None:
    boss, reports = person().relations
    assert told(changed(relations=(replace(boss, on_delete="set_null"), reports))) == []
    required = replace(boss, optional=False, on_delete="set_null")
    assert told(changed(relations=(required, reports))) == ["SB173", "SB173"]


def test_rows_are_brought_along_only_where_somebody_may_write_both() -> None:
    boss, reports = person().relations
    relations, signed_in = (boss, replace(reports, nested=True)), Call("signed_in")
    assert told(changed(relations=relations, access=Access(read=signed_in))) == ["SB194", "SB194"]
    assert told(changed(relations=relations, access=Access(read=signed_in, update=signed_in))) == []
    assert told(
        changed(relations=relations, access=Access(read=signed_in, update=signed_in), conditional_writes=True)
    ) == ["SB195"]


# -- types


@pytest.mark.parametrize(
    ("type_", "code"),
    [
        (Type("str", pattern="(?!x)a"), "SB175"),
        (Type("str", pattern="("), "SB175"),
        (Type("int", pattern="a"), "SB175"),
        (Type("str", min=3, max=2), "SB176"),
        (Type("str", min=-1), "SB176"),
        (Type("int", max=2**63), "SB176"),
        (Type("int", min="x"), "SB176"),
        (Type("float", max=float("nan")), "SB176"),
        (Type("bool", max=1), "SB176"),
        (Type("decimal"), "SB176"),
        (Type("decimal", precision=2, scale=3), "SB176"),
        (Type("decimal", precision=1001, scale=3), "SB176"),
        (Type("enum"), "SB176"),
        (Type("enum", members=("a", "a")), "SB176"),
        (Type("enum", members=("a\0",)), "SB176"),
        (Type("list"), "SB176"),
        (Type("list", item=Type("list", item=TEXT)), "SB176"),
        (Type("list", item=Type("enum")), "SB176"),
        (Type("object"), "SB176"),
        (Type("object", fields=(Member("a", TEXT), Member("a", TEXT))), "SB176"),
        (Type("object", fields=(Member("a", Type("str", pattern="(")),)), "SB175"),
        (Type("ref", target="Person"), "SB176"),
        (Type("int", fold=True), "SB176"),
    ],
)
def test_a_type_that_contradicts_itself_is_refused_for_fields_and_parameters(type_: Type, code: str) -> None:
    assert told(with_field(Field("more", type_))) == [code]
    if type_.kind != "ref":
        action = Action("praise", "row", allow=ONESELF, parameters=(Parameter("more", type_),))
        assert told(changed(actions=(action,))) == [code]


@pytest.mark.parametrize(
    ("type_", "json", "fits"),
    [
        (TEXT, '"x"', True),
        (TEXT, "1", False),
        (TEXT, "null", False),
        (TEXT, '"\\u0000"', False),
        (TEXT, "{", False),
        (Type("str", optional=True), "null", True),
        (Type("str", max=2), '"abc"', False),
        (Type("str", pattern="[a-z]+"), '"ab1"', False),
        (Type("str", pattern="[a-z]+"), '"ab"', True),
        (INT, "1", True),
        (INT, "9223372036854775808", False),
        (Type("int", min=2), "1", False),
        (Type("bool"), "1", False),
        (Type("float"), "1.5", True),
        (Type("decimal", precision=4, scale=2), '"12.50"', True),
        (Type("decimal", precision=4, scale=2), '"123.5"', False),
        (Type("decimal", precision=4, scale=2), '"1.505"', False),
        (Type("decimal", precision=4, scale=2), "1.5", False),
        (Type("enum", members=("a",)), '"a"', True),
        (Type("enum", members=("a",)), '"b"', False),
        (Type("datetime"), '"2026-01-02T03:04:05Z"', True),
        (Type("datetime"), '"2026-01-02T03:04:05"', False),
        (Type("date"), '"2023-02-29"', False),
        (Type("uuid"), '"x"', False),
        (Type("bytes", max=1), '"AAA="', False),
        (Type("list", item=INT, max=1), "[1]", True),
        (Type("list", item=INT, max=1), "[1, 2]", False),
        (Type("list", item=INT), '["a"]', False),
        (Type("object", fields=(Member("a", INT),)), '{"a": 1}', True),
        (Type("object", fields=(Member("a", INT),)), "{}", False),
        (Type("object", fields=(Member("a", INT),)), '{"a": 1, "b": 1}', False),
        (Type("object", fields=(Member("a", INT),)), '{"a": "x"}', False),
        (Type("json"), '{"a": [null]}', True),
    ],
)
def test_a_default_is_a_value_of_its_type(type_: Type, json: str, fits: bool) -> None:
    assert told(with_field(Field("more", type_, default=Default(json)))) == ([] if fits else ["SB176"])


def test_a_parameter_refers_to_an_entity_that_is_listed() -> None:
    wrong = Action("praise", "row", allow=ONESELF, parameters=(Parameter("by", Type("ref", target="Persn")),))
    assert told(changed(actions=(wrong,))) == ["SB172"]
    assert told(changed(actions=(Action("praise", "row", allow=ONESELF, returns_entity="Persn"),))) == ["SB172"]


def test_an_action_prefetches_paths_that_are_there() -> None:
    assert told(changed(actions=(Action("praise", "row", allow=ONESELF, prefetch=(path("self.bos"),)),))) == ["SB150"]
    by = Parameter("by", Type("ref", target="Person"))
    fine = Action("praise", "row", allow=ONESELF, parameters=(by,), prefetch=(path("by.boss"), path("self.reports")))
    assert told(changed(actions=(fine,))) == []


# -- names


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("id", "SB177"),
        ("sort", "SB177"),
        ("page_token", "SB177"),
        ("me", "SB177"),
        ("_x", "SB177"),
        ("a__b", "SB177"),
        ("größe", "SB177"),
        ("x" * 49, "SB177"),
        ("status", "SB178"),
        ("oneself", "SB178"),
        ("boss_id", "SB178"),
    ],
)
def test_names_that_are_taken_or_cannot_be_spelt_are_refused(field: str, code: str) -> None:
    assert told(with_field(Field(field, TEXT))) == [code]


def test_entities_do_not_meet_in_tables_or_paths() -> None:
    assert told(model_of(person(), person())) == ["SB178", "SB178"]
    history = replace(person(), history=True)
    other = replace(person(), name="PersonHistory", plural="histories", relations=())
    assert told(model_of(history, other)) == ["SB178", "SB153"]
    assert told(model_of(person(), replace(other, name="Node"))) == ["SB177", "SB153"]
    assert told(changed(plural="People X")) == ["SB177"]


def test_the_prefix_of_paths_is_a_path() -> None:
    assert told(replace(model_of(person()), rest="/v1")) == []
    assert told(replace(model_of(person()), rest="v1/")) == ["SB177"]


# -- the actor


@pytest.mark.parametrize(
    ("actor", "codes"),
    [
        (Actor("Persn", (Claim("sub", "subject"),)), ["SB179"]),
        (Actor("Person", ()), ["SB179"]),
        (Actor("Person", (Claim("sub", "subjct"),)), ["SB179"]),
        (Actor("Person", (Claim("sub", "id"),)), ["SB179", "SB179"]),
        (Actor("Person", (Claim("sub", "status"),)), ["SB179", "SB179", "SB179"]),
        (Actor("Person", (Claim("sub", "subject"), Claim("name", "subject"))), ["SB179"]),
        (Actor("Person", (Claim("sub", "subject"), Claim("cost", "price"))), ["SB179"]),
        (None, ["SB184"]),
    ],
)
def test_the_actor_is_found_by_its_token(actor: Actor | None, codes: list[str]) -> None:
    assert sorted(told(Model("m", entities=(person(),), actor=actor))) == sorted(codes)


def test_the_actor_has_no_tenant_and_a_key_that_is_not_personal() -> None:
    model = jobs_model()
    email = Actor("User", (Claim("email", "email"),))
    assert told(replace(model, actor=email)) == ["SB179", "SB179"]


def test_provisioning_fills_every_required_field() -> None:
    model = model_of(person())
    actor = Actor("Person", (Claim("sub", "subject"),), provision=True)
    provisioned = find_faults(replace(model, actor=actor))
    assert [(fault.code, fault.where) for fault in provisioned] == [
        ("SB180", "Person.active"),
        ("SB180", "Person.price"),
        ("SB180", "Person.status"),
        ("SB180", "Person.weight"),
    ]


# -- all at once


def test_faults_come_in_the_order_of_files_and_lines() -> None:
    fields = [Field(name, TEXT, origin=Origin("b.py", line)) for name, line in (("sort", 10), ("q", 9), ("id", 100))]
    other = Field("items", TEXT, origin=Origin("a.py", 50))
    places = [fault.where for fault in find_faults(with_field(*fields, other))]
    assert places == ["a.py:50", "b.py:9", "b.py:10", "b.py:100"]


def test_faults_of_every_family_come_together() -> None:
    spoilt = with_field(
        Field("sort", TEXT),
        Field("pin", text(4), pii=Pii(lookup="exact")),
        queries=(replace(SEARCH, where=("status",)),),
        uniques=(Unique("once", ("nobody",)),),
        checks=(Check("fair", ONESELF),),
        access=Access(read=both(ONESELF, call("self.nobody")), update=TRUE),
    )
    assert sorted(told(spoilt)) == ["SB157", "SB159", "SB167", "SB170", "SB174", "SB177"]


def test_a_path_is_not_part_of_the_model_by_accident() -> None:
    assert told(changed(access=Access(read=Path("self", ("active",))))) == []
