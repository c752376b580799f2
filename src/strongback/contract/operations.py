"""One endpoint as an OpenAPI operation."""

from __future__ import annotations

from typing import Any, Final

from strongback.contract import aggregates, batch, bodies, files, history, parameters, responses
from strongback.contract.bodies import Names, refer
from strongback.contract.examples import NoExample, example_of
from strongback.contract.rest import Endpoint, endpoints
from strongback.contract.schema import Schema, schema_of
from strongback.contract.words import lets_anonymous, sentence, spoken, who, with_article
from strongback.model.action import Action
from strongback.model.blob import Blob
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.query import Query, Rate
from strongback.predicate.tree import FALSE, TRUE, Expr, Or, both

JSON: Final = "application/json"
MERGE_PATCH: Final = "application/merge-patch+json"
# Every operation can end so: framing, credentials, what is accepted, speed and sizes, and what is not the caller's fault.
ALWAYS: Final = frozenset({400, 401, 406, 408, 414, 422, 431, 500, 503, 504})
OF_WRITE: Final = ("ETag", "PreferenceApplied")
CONTENT: Final = frozenset({413, 415})


class Describer:
    """Describes the endpoints of one Model."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.names = Names(model)
        self.on_rows = [endpoint for endpoint in endpoints(model) if endpoint.on_row]

    def describe(self, endpoint: Endpoint) -> dict[str, Any]:
        """The OpenAPI operation object of *endpoint*."""
        entity = self.model.entity(endpoint.entity)
        action, query = entity.action(endpoint.name), entity.query(endpoint.name)
        allow = _allow(entity, endpoint, action, query)
        summary, text = _prose(entity, endpoint, action, query)
        may = "whoever may do each of the operations" if endpoint.kind == "batch" else who(allow)
        operation: dict[str, Any] = {
            "operationId": endpoint.operation_id,
            "tags": [entity.name],
            "summary": summary,
            "description": f"{text}\n\nWho may: {may}." if text else f"Who may: {may}.",
            "parameters": self._parameters(entity, endpoint, query),
            "requestBody": self._body(entity, endpoint, action),
            "responses": self._responses(entity, endpoint, action, query),
            "security": [{"bearer": []}, {}]
            if endpoint.kind == "download" or lets_anonymous(entity, allow)
            else [{"bearer": []}],
        }
        if self.model.actor is None:
            operation["security"] = []
        if not entity.managed:
            operation["parameters"] = [each for each in operation["parameters"] if each not in OF_VERSIONS]
            operation["responses"].pop("304", None)
        answered = self.model.entity(action.returns_entity) if action is not None and action.returns_entity else entity
        for answer in operation["responses"].values() if not answered.managed else ():
            answer.get("headers", {}).pop("ETag", None)
        return {name: value for name, value in operation.items() if value or name == "security"}

    # -- parameters and content

    def _parameters(self, entity: Entity, endpoint: Endpoint, query: Query | None) -> list[dict[str, Any]]:
        match endpoint.kind:
            case "download":
                return [*parameters.of_download(), _shared("IfNoneMatch"), _shared("IfMatch")]
            case "link":
                return []
            case "upload":
                return [parameters.FILE_NAME, _if_match(entity), _shared("Prefer")]
            case "get":
                as_of = [history.AS_OF] if entity.access.history != FALSE else []
                return [
                    *parameters.of_row(self.model, entity),
                    *as_of,
                    *parameters.of_deleted(entity),
                    _shared("IfNoneMatch"),
                    _shared("IfMatch"),
                ]
            case "history":
                return list(parameters.of_history())
            case "list" if query is not None:
                return list(parameters.of_list(self.model, entity, query))
            case "remove":
                return [_if_match(entity)]
            case "aggregate" if query is not None:
                return list(parameters.of_aggregate(self.model, entity, query))
            case "delete":
                return [_if_match(entity), _shared("Prefer")]
            case "restore":
                return [_shared("IfMatch"), _shared("Prefer")]
            case "create":
                return [_shared("Prefer")]
            case "update":
                return [_if_match(entity), _shared("Prefer")]
            case _:
                return [_shared("IfMatch"), _shared("Prefer")] if endpoint.on_row else [_shared("Prefer")]

    def _body(self, entity: Entity, endpoint: Endpoint, action: Action | None) -> dict[str, Any]:
        match endpoint.kind:
            case "link":
                return files.LINK_BODY
            case "upload":
                return {"required": True, "content": files.content_of(_blob(entity, endpoint))}
            case "create":
                return _content(self.names.of(entity.name, "Create"), bodies.create_example(entity), JSON)
            case "update":
                return _content(self.names.of(entity.name, "Update"), bodies.update_example(entity), MERGE_PATCH, JSON)
            case "batch":
                return _content(self.names.of(entity.name, "Batch"), batch.example(entity), JSON)
            case "action" if action is not None:
                needed = any(parameter.default is None for parameter in action.parameters)
                content = _content(
                    self.names.of_action(entity.name, action.name), bodies.arguments_example(action), JSON
                )
                return {**content, "required": needed}
            case _:
                return {}

    # -- answers

    def _responses(
        self, entity: Entity, endpoint: Endpoint, action: Action | None, query: Query | None
    ) -> dict[str, Any]:
        rate = action.rate if endpoint.kind == "action" and action else query.rate if query else None
        refused = responses.refused(_refusals(entity, endpoint, query, rate))
        if endpoint.kind == "upload":
            refused["415"] = refer(responses.FILE_NOT_TAKEN, "responses")
        return {**self._successes(entity, endpoint, action), **refused}

    def _successes(self, entity: Entity, endpoint: Endpoint, action: Action | None) -> dict[str, Any]:
        match endpoint.kind:
            case "get":
                unchanged = _answer("The row is at the version the caller holds.", None, "ETag")
                return {
                    "200": self._row(entity, "The row.", bodies.row(self.names, entity.name), "ETag"),
                    "304": unchanged,
                }
            case "aggregate":
                query = entity.query(endpoint.name)
                assert query is not None
                media = _media(aggregates.page_schema(entity, query), aggregates.page_example(entity, query))
                return {"200": _answer("A page of groups.", media)}
            case "list":
                example = bodies.row_example(entity)
                page = _media(refer(self.names.of(entity.name, "Page")), {"items": [example]} if example else None)
                return {"200": _answer("A page of the rows the caller may read.", page)}
            case "link":
                return {"200": _answer("The link.", files.LINK_MEDIA)}
            case "download":
                return files.downloads(_blob(entity, endpoint))
            case "restore":
                fields = ("ContentLocation", *OF_WRITE)
                hidden = _answer("Restored; the caller asked for no content.", None, *fields)
                return {"200": self._row(entity, "Restored.", refer(entity.name), *fields), "204": hidden}
            case "history":
                example = history.example(self.model, bodies.row_example(entity))
                page = _media(refer(self.names.of(entity.name, "HistoryPage")), example)
                return {"200": _answer("A page of the versions the caller may read.", page)}
            case "create":
                fields = ("Location", *OF_WRITE)
                hidden = _answer("Made; the caller may not read it, or asked for no content.", None, *fields)
                return {"201": self._made(entity, "Made.", *fields), "204": hidden}
            case "update" | "upload":
                fields = ("ContentLocation", *OF_WRITE)
                hidden = _answer("Changed; the caller may not read it, or asked for no content.", None, *fields)
                return {"200": self._row(entity, "Changed.", refer(entity.name), *fields), "204": hidden}
            case "action" if action is not None:
                return self._done(entity, action)
            case "batch":
                results = _media(refer(self.names.of(entity.name, "Results")), None)
                return {"200": _answer("All is done.", results, "PreferenceApplied")}
            case "remove":
                return {"204": _answer("Taken away; the row stays.", None, "PreferenceApplied")}
            case _:
                return {"204": _answer("Deleted.", None, "PreferenceApplied")}

    def _row(self, entity: Entity, text: str, schema: Schema, *fields: str) -> dict[str, Any]:
        return _answer(text, _media(schema, bodies.row_example(entity)), *fields)

    def _made(self, entity: Entity, text: str, *fields: str) -> dict[str, Any]:
        """The answer with a row that may be new to the caller, and what can be done with it."""
        answer = self._row(entity, text, refer(entity.name), *fields)
        links = {
            endpoint.operation_id: {"operationId": endpoint.operation_id, "parameters": {"id": "$response.body#/id"}}
            for endpoint in self.on_rows
            if endpoint.entity == entity.name
        }
        return {**answer, "links": links} if links else answer

    def _done(self, entity: Entity, action: Action) -> dict[str, Any]:
        """What an action answers: rows, a row, a value, or nothing."""
        if action.returns_type is not None:
            return {"200": _answer("Done.", _value(action), "PreferenceApplied")}
        if not action.returns_entity:
            return {"204": _answer("Done.", None, "PreferenceApplied")}
        returned = self.model.entity(action.returns_entity)
        if action.returns_many:
            items = bodies.closed({"items": {"type": "array", "items": bodies.row_or_id(returned)}}, ("items",))
            return {"200": _answer("Done.", _media(items, None), "PreferenceApplied")}
        fields = ("ContentLocation", *OF_WRITE)
        hidden = _answer("Done; there is no row to show, or the caller asked for no content.", None, *fields)
        return {"200": self._made(returned, "Done.", *fields), "204": hidden}


def _shared(name: str) -> Schema:
    return refer(name, "parameters")


# What is said of versions; rows of a table that is not ours have none.
OF_VERSIONS: Final = (_shared("IfMatch"), _shared("IfNoneMatch"))


def _if_match(entity: Entity) -> Schema:
    """The version a write means; required where the entity's writes are conditional."""
    if not entity.conditional_writes:
        return _shared("IfMatch")
    return {**parameters.SHARED["IfMatch"], "required": True}


def _media(schema: Schema, example: Any) -> dict[str, Any]:
    return {"schema": schema} if example is None else {"schema": schema, "example": example}


def _content(name: str, example: dict[str, Any] | None, *media: str) -> dict[str, Any]:
    return {"required": True, "content": {of: _media(refer(name), example) for of in media}}


def _value(action: Action) -> dict[str, Any]:
    assert action.returns_type is not None
    schema = bodies.closed({"value": schema_of(action.returns_type)}, ("value",))
    try:
        return _media(schema, {"value": example_of(action.returns_type)})
    except NoExample:
        return _media(schema, None)


def _answer(text: str, media: dict[str, Any] | None, *fields: str) -> dict[str, Any]:
    spelt = {"ContentLocation": "Content-Location", "PreferenceApplied": "Preference-Applied"}
    headers = {"X-Request-Id": responses.field("RequestId")}
    headers |= {spelt.get(name, name): responses.field(name) for name in fields}
    answer: dict[str, Any] = {"description": text, "headers": headers}
    return answer if media is None else {**answer, "content": {JSON: media}}


def _refusals(entity: Entity, endpoint: Endpoint, query: Query | None, rate: Rate | None) -> set[int]:
    statuses = set(ALWAYS)
    if endpoint.on_row:
        statuses |= {404} if endpoint.kind == "history" else {404, 412}
    if endpoint.kind == "history" or (endpoint.kind == "get" and entity.access.history != FALSE):
        statuses.add(403)
    if endpoint.kind in ("update", "delete", "upload", "remove") and entity.conditional_writes:
        statuses.add(428)
    if endpoint.kind in ("create", "update", "delete", "restore", "action", "upload", "remove"):
        statuses |= {403, 409}
    if endpoint.kind == "batch":
        statuses |= batch.refusals(entity)
    if endpoint.kind in ("create", "update", "action", "batch", "upload"):
        statuses |= CONTENT
    if endpoint.kind == "restore":
        statuses.add(413)  # nothing is wanted, and what is sent all the same is bounded before anybody looks
    if endpoint.kind == "download":
        statuses = (statuses | {410, 416}) - {406}
    if endpoint.kind == "link":
        statuses = (statuses | CONTENT) - {406, 412}
    if endpoint.kind in ("upload", "remove"):
        statuses -= {406}
    if endpoint.kind in ("list", "aggregate") and query is not None and query.allow is not None:
        statuses.add(403)
    return statuses | ({429} if rate is not None else set())


def _allow(entity: Entity, endpoint: Endpoint, action: Action | None, query: Query | None) -> Expr:
    """The permission of an endpoint, as declared."""
    access = entity.access
    match endpoint.kind:
        case "list" | "aggregate" if query is not None:
            return access.read if query.allow is None else both(access.read, query.allow)
        case "action" if action is not None:
            return action.allow
        case "restore":
            return both(access.read, access.restore)
        case "history":
            return both(access.read, access.history)
        case "create":
            return access.create
        case "batch":
            return Or(tuple(batch.allowed(entity)))
        case "update" | "upload" | "remove":
            return both(access.update, _seen(entity, endpoint))
        case "download" | "link":
            return both(access.read, _seen(entity, endpoint))
        case "delete":
            return access.delete
        case _:
            return access.read


def _seen(entity: Entity, endpoint: Endpoint) -> Expr:
    """The permission of the field that holds a file; `TRUE` where there is none of its own."""
    return next((each.allow for each in entity.access.fields if each.field == endpoint.field), TRUE)


def _blob(entity: Entity, endpoint: Endpoint) -> Blob:
    field = entity.field(endpoint.field)
    assert field is not None and field.blob is not None  # noqa: PT018 - an endpoint of a file
    return field.blob


def _prose(entity: Entity, endpoint: Endpoint, action: Action | None, query: Query | None) -> tuple[str, str]:
    """A summary and what more there is to say."""
    noun, many = spoken(entity.name), entity.plural.replace("_", " ").replace("-", " ")
    match endpoint.kind:
        case "aggregate" if query is not None:
            return sentence(f"count and measure {many}: {spoken(query.name)}"), aggregates.TEXT
        case "list" if query is not None:
            return sentence(
                f"list {many}" if query.name == "search" else f"list {many}: {spoken(query.name)}"
            ), query.doc.strip()
        case "action" if action is not None:
            first, _, rest = action.doc.strip().partition("\n")
            return first.rstrip(".") or sentence(f"{spoken(action.name)} {with_article(noun)}"), rest.strip()
        case "restore":
            text = "Bring a deleted row back. One that is hidden, or may not be restored, is not found. Unique values are judged again."
            return f"Restore {with_article(noun)}", text
        case "history":
            return f"List the versions of {with_article(noun)}", history.TEXT
        case "batch":
            return batch.summary(entity, many), batch.TEXT
        case "download" | "upload" | "remove" | "link":
            return files.prose(_blob(entity, endpoint), endpoint, noun)
        case "update":
            text = "A merge patch (RFC 7396): members that are given are changed, null clears one. An object is replaced whole."
            return f"Update {with_article(noun)}", text
        case _:
            return sentence(f"{endpoint.kind} {with_article(noun)}"), ""
