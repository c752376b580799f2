"""The GraphQL schema is valid, complete and the same for the same model."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import GraphQLEnumType, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, build_schema, validate_schema
from hypothesis import given, settings
from msgspec.structs import replace

from strongback.contract.graphql.sdl import write_sdl
from strongback.contract.rest import endpoints
from strongback.model.access import Access
from strongback.model.entity import Entity
from strongback.model.faults.find import find_faults
from strongback.model.faults.graphql import graphql_faults
from strongback.model.field import Field
from strongback.model.graphql import roots
from strongback.model.model import Model
from strongback.model.query import Query
from strongback.predicate.tree import TRUE
from strongback.predicate.types import Type
from tests.jobs_model import jobs_model
from tests.services.clinic import clinic
from tests.services.guild import guild
from tests.services.shop import shop
from tests.strategies import models
from tests.unit.contract.things import things_model

GOLDEN = Path(__file__).parents[2] / "golden" / "schema_jobs.graphql"
MODELS = {
    "jobs": jobs_model(),
    "things": things_model(),
    "guild": guild.draft(),
    "clinic": clinic.draft(),
    "shop": shop.draft(),
}
each_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


def schema_of(model: Model) -> GraphQLSchema:
    schema = build_schema(write_sdl(model))
    assert validate_schema(schema) == []
    return schema


def test_the_example_has_the_schema_that_was_read_and_agreed(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("update_golden"):
        GOLDEN.write_text(write_sdl(jobs_model()))
    assert write_sdl(jobs_model()) == GOLDEN.read_text()


@each_model
def test_equal_models_give_equal_bytes(model: Model) -> None:
    assert write_sdl(model) == write_sdl(replace(model))


@each_model
def test_every_operation_but_those_on_files_and_on_the_past_has_a_field(model: Model) -> None:
    schema = schema_of(model)
    of_rest = {
        (e.entity, e.kind, e.name)
        for e in endpoints(model)
        if e.kind not in ("download", "upload", "remove", "link", "history")
    }
    known = [root for root in roots(model) if root.entity]
    assert {(root.entity, root.kind, root.operation) for root in known} == of_rest
    fields = {**schema.query_type.fields, **(schema.mutation_type.fields if schema.mutation_type else {})}
    assert set(fields) == {"node", *(root.name for root in known)}


@settings(max_examples=60)
@given(models())
def test_any_model_has_a_valid_schema(model: Model) -> None:
    if not list(graphql_faults(model)):
        schema_of(model)


def test_what_somebody_may_not_see_can_be_null() -> None:
    schema = schema_of(jobs_model())
    application, job = (schema.type_map[name] for name in ("Application", "Job"))
    assert isinstance(application, GraphQLObjectType)
    assert isinstance(job, GraphQLObjectType)
    nullable = {name for name, field in application.fields.items() if not isinstance(field.type, GraphQLNonNull)}
    assert nullable == {"note", "job", "candidate"}
    assert "company" in {name for name, field in job.fields.items() if not isinstance(field.type, GraphQLNonNull)}


def test_a_closed_set_of_texts_is_an_enum_where_all_of_them_are_names() -> None:
    named, unnamed = Type("enum", members=("new", "old")), Type("enum", members=("new", "not yet", ""))
    fields = (Field("status", named), Field("state", unnamed))
    schema = schema_of(things_model(*[replace(each, name=f"a_{each.name}") for each in fields]))
    status, thing = schema.type_map["ThingAStatus"], schema.type_map["Thing"]
    assert isinstance(status, GraphQLEnumType)
    assert isinstance(thing, GraphQLObjectType)
    assert (list(status.values), str(thing.fields["aState"].type)) == (["new", "old"], "String!")


def test_scalars_say_where_their_form_is_specified() -> None:
    schema = schema_of(things_model())
    ours = [t for n, t in schema.type_map.items() if n in ("UUID", "DateTime", "Date", "Duration", "Decimal", "Int64")]
    assert len(ours) == 6
    assert all(t.specified_by_url.startswith("https://") for t in ours)


def test_docs_with_quotes_end_no_description() -> None:
    model = things_model(Field("odd", Type("str"), doc='He said """stop""" \\ and "went"'))
    assert schema_of(model).type_map["Thing"].fields["odd"].description == 'He said """stop""" \\ and "went"'


def thing(name: str, plural: str, *fields: str) -> Entity:
    return Entity(
        name,
        plural=plural,
        members=fields or ("a",),
        fields=tuple(Field(each, Type("str", max=5)) for each in fields or ("a",)),
        access=Access(read=TRUE),
        queries=(Query("search"),),
    )


@pytest.mark.parametrize(
    ("entities", "said"),
    [
        ([thing("Thing", "things", "a_b", "aB")], "are both `aB`"),
        ([thing("Thing", "things", "row_id")], "are both `rowId`"),
        ([thing("UUID", "uuids")], "type of every GraphQL schema"),
        ([thing("Thing", "things"), thing("ThingEdge", "edges")], "the type `ThingEdge`"),
        ([thing("Thing", "user"), thing("User", "users")], "the field `user`"),
        ([thing("Thing", "node")], "the field `node`"),
    ],
    ids=["members", "row id", "scalar", "types", "fields", "node"],
)
def test_names_that_meet_in_graphql_are_faults_where_it_is_served(entities: list[Entity], said: str) -> None:
    model = Model("things", entities=tuple(entities))
    assert find_faults(model) == ()
    assert [f.message for f in find_faults(replace(model, graphql=True)) if said in f.message]


def test_an_entity_whose_plural_is_its_name_has_a_list_all_the_same() -> None:
    model = Model("things", entities=(thing("Sheep", "sheep"),), graphql=True)
    assert find_faults(model) == ()
    schema = schema_of(model)
    assert schema.query_type is not None
    assert set(schema.query_type.fields) == {"node", "sheep", "sheepList"}
