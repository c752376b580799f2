"""The OpenAPI document is complete, consistent with itself and with the door, and the same for the same model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from strongback.contract.openapi import make_openapi, write_openapi
from strongback.contract.rest import endpoints
from strongback.model.field import Field
from strongback.model.model import Model
from strongback.model.wire import writable
from strongback.predicate.types import Type
from strongback.serve.doors.rest.routes import Routes
from strongback.serve.guard.query import parse_query
from tests.jobs_model import jobs_model
from tests.unit.contract.things import TYPES, things_model

GOLDEN = Path(__file__).parents[2] / "golden" / "openapi_jobs.json"
MODELS = {"jobs": jobs_model(), "things": things_model()}

each_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict):
                yield method, path, operation


def media_of(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every media type object, wherever it is."""
    waiting: list[Any] = [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield from (media for media in node.get("content", {}).values() if isinstance(media, dict))
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


def validator(document: dict[str, Any], schema: Any) -> Any:
    return jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]}, validate_formats=True)


def test_the_example_has_the_document_that_was_read_and_agreed() -> None:
    assert write_openapi(jobs_model()).decode() == GOLDEN.read_text()


@each_model
def test_every_operation_of_the_model_is_described_once(model: Model) -> None:
    described = [(m, p, o["operationId"]) for m, p, o in operations(make_openapi(model))]
    assert sorted(described) == sorted((e.method.lower(), e.path, e.operation_id) for e in endpoints(model))


@each_model
def test_every_example_fits_its_schema(model: Model) -> None:
    document, seen = make_openapi(model), 0
    for media in media_of(document):
        values = [media["example"]] if "example" in media else [e["value"] for e in media.get("examples", {}).values()]
        for value in values:
            validator(document, media["schema"]).validate(value)
            seen += 1
    assert seen > 20


def declared_defaults(model: Model) -> set[str]:
    """The names of fields with a default that some caller may give."""
    return {
        field.name
        for entity in model.entities
        if entity.access.create is not None
        for field in entity.fields
        if field.default is not None and field.name in writable(entity, create=True)
    }


@each_model
def test_every_default_fits_its_schema(model: Model) -> None:
    document, defaults = make_openapi(model), declared_defaults(model)
    for schema in document["components"]["schemas"].values():
        for name, member in schema.get("properties", {}).items():
            if "default" in member:
                assert list(validator(document, member).iter_errors(member["default"])) == []
                defaults.discard(name)
    assert defaults == set(), "a default that is declared is told"


@each_model
def test_every_component_is_used_and_every_reference_leads_somewhere(model: Model) -> None:
    document = make_openapi(model)
    text = json.dumps(document)
    for kind, parts in document["components"].items():
        for name in parts:
            assert kind == "securitySchemes" or f'"#/components/{kind}/{name}"' in text


@each_model
def test_every_operation_says_how_it_can_be_refused(model: Model) -> None:
    for method, path, operation in operations(make_openapi(model)):
        statuses = set(operation["responses"])
        assert {"400", "401", "406", "422", "500", "503", "504"} <= statuses
        assert ("404" in statuses) == ("{id}" in path or path.endswith("/batch"))
        assert ("415" in statuses) == ("requestBody" in operation)
        assert ("413" in statuses) == ("requestBody" in operation or path.endswith("/restore"))
        assert method == "get" or "409" in statuses
        assert any(status.startswith("2") for status in statuses)


@each_model
def test_every_described_query_parameter_is_one_the_door_knows(model: Model) -> None:
    document, routes = make_openapi(model), Routes(model)
    for method, path, operation in operations(document):
        route = routes.find(path.replace("{id}", "0"))[0].route(method.upper())
        for parameter in operation.get("parameters", []):
            shared = document["components"]["parameters"].get(parameter.get("$ref", "").rpartition("/")[2], parameter)
            if shared["in"] == "query":
                schema = shared["schema"].get("items", shared["schema"])
                value = schema.get("enum", ["true"])[0]
                assert route.parameters.read(parse_query(f"{shared['name']}={value}")).faults == (), shared["name"]


def test_a_model_gives_the_same_bytes_each_time() -> None:
    assert write_openapi(things_model()) == write_openapi(things_model())


def test_hidden_members_are_not_required_and_others_are() -> None:
    schemas = make_openapi(jobs_model())["components"]["schemas"]
    required = ["id", "job_id", "candidate_id", "letter", "status", "created_at", "updated_at"]
    assert schemas["Application"]["required"] == required and "note" in schemas["Application"]["properties"]
    assert "required" not in schemas["ApplicationPartial"]


def test_a_create_needs_what_has_no_default() -> None:
    create = make_openapi(jobs_model())["components"]["schemas"]["JobCreate"]
    assert create["required"] == ["company_id", "title", "body", "city"]
    assert "status" not in create["properties"] and create["additionalProperties"] is False


def test_an_update_takes_what_may_change() -> None:
    update = make_openapi(jobs_model())["components"]["schemas"]["JobUpdate"]
    assert set(update["properties"]) == {"title", "body", "city"} and "required" not in update


def test_anonymous_callers_are_let_in_where_a_role_lets_them() -> None:
    found = {o["operationId"]: o["security"] for _, _, o in operations(make_openapi(jobs_model()))}
    assert found["jobs_search"] == [{"bearer": []}, {}]
    assert found["jobs_create"] == found["jobs_apply"] == [{"bearer": []}]


def test_a_rate_is_a_way_to_be_refused() -> None:
    found = {o["operationId"]: o["responses"] for _, _, o in operations(make_openapi(jobs_model()))}
    assert "429" in found["jobs_search"] and "429" not in found["jobs_get"]


def test_what_an_action_answers_follows_its_declaration() -> None:
    found = {o["operationId"]: o["responses"] for _, _, o in operations(make_openapi(things_model()))}

    def shown(name: str) -> dict[str, Any]:
        schema: dict[str, Any] = found[name]["200"]["content"]["application/json"]["schema"]
        return schema

    assert "204" in found["odd_things_rename"] and "200" not in found["odd_things_rename"]
    assert set(shown("odd_things_measure")["properties"]) == {"value"}
    row, only_id = shown("odd_things_split")["properties"]["items"]["items"]["anyOf"]
    assert row == {"$ref": "#/components/schemas/Thing"}
    assert (list(only_id["properties"]), only_id["required"], only_id["additionalProperties"]) == (
        ["id"],
        ["id"],
        False,
    )
    assert shown("odd_things_join") == {"$ref": "#/components/schemas/Thing"} and "204" in found["odd_things_join"]


def test_names_are_spelt_for_paths_and_never_meet() -> None:
    paths = make_openapi(things_model())["paths"]
    assert "/v1/odd-things/of-late" in paths and "/v1/odd-things/{id}/update" in paths
    assert paths["/v1/odd-things/{id}/update"]["post"]["operationId"] == "odd_things_update_action"
    assert paths["/v1/odd-things/{id}"]["patch"]["operationId"] == "odd_things_update"


def test_the_first_line_of_a_docstring_is_the_summary() -> None:
    operation = make_openapi(things_model())["paths"]["/v1/odd-things/{id}/rename"]["post"]
    assert operation["summary"] == "Rename it" and operation["description"].startswith("For good.")


def test_a_pattern_without_an_example_costs_the_example_only() -> None:
    model = things_model(Field("odd", Type("str", pattern="x{7}y[0-9]{9}")))
    document = make_openapi(model)
    media = document["paths"]["/v1/odd-things"]["post"]["requestBody"]["content"]["application/json"]
    assert "example" not in media and document["components"]["schemas"]["Thing"]["properties"]["odd"]


def test_ciphertext_is_filtered_by_equality_only() -> None:
    names = {p.get("name") for p in make_openapi(things_model())["paths"]["/v1/odd-things"]["get"]["parameters"]}
    assert {"email", "email[in]", "number[gte]", "at[null]", "owner_id[null]"} <= names
    assert not names & {"email[ne]", "email[gt]", "title[gt]", "number[null]"}


def test_every_type_has_a_member() -> None:
    assert set(TYPES) <= set(make_openapi(things_model())["components"]["schemas"]["ThingCreate"]["properties"])


def test_a_batch_says_of_itself_only_what_somebody_may_do() -> None:
    paths = make_openapi(jobs_model())["paths"]
    told = {path: paths[f"/v1/{path}/batch"]["post"]["summary"] for path in ("users", "companies", "applications")}
    assert told == {
        "users": "Change several users at once",
        "companies": "Change and act on several companies at once",
        "applications": "Delete and act on several applications at once",
    }
