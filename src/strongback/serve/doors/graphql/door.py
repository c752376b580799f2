"""The GraphQL door."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from strongback import errors
from strongback.contract.problems import problem_of
from strongback.engine.door import Result, Several
from strongback.engine.request import Reply, Request
from strongback.errors import DocumentUnknown, IntrospectionRefused, MethodNotAllowed, StrongbackError
from strongback.model.model import Model
from strongback.plan.actor import Actor
from strongback.plan.page import Tokens
from strongback.serve.authn.bearer import challenge, read_bearer
from strongback.serve.doors.graphql.collect import TYPENAME
from strongback.serve.doors.graphql.compile import OF_SCHEMA, Ask, Compiler, Meant
from strongback.serve.doors.graphql.document import Document, Documents
from strongback.serve.doors.graphql.errors import word_error
from strongback.serve.doors.graphql.http import ENCODED, JSON, METHODS, RESPONSE, Said, answer_type, chosen, read_http
from strongback.serve.doors.graphql.introspection import Introspection, introspect, may_introspect
from strongback.serve.doors.graphql.limits import DEFAULT, DocumentLimits
from strongback.serve.doors.graphql.stored import Stored
from strongback.serve.doors.graphql.told import Told
from strongback.serve.guard.limits import DEFAULT_LIMITS, Limits

_encode = msgspec.json.Encoder().encode
HEADERS: Final = (
    ("cache-control", "no-store"),
    ("vary", "authorization, accept"),
    ("x-content-type-options", "nosniff"),
)


class GraphqlDoor:
    """
    Serves a Model by GraphQL over HTTP.

    Args:
        tokens: Makes the cursors of rows: page tokens.
        introspection: Who may ask for the schema.
        stored: Documents by their ids, where no others are answered; None where any are.
    Raises:
        DocumentsRefused: One of *stored* is none of the schema.
    """

    name = "graphql"

    def __init__(
        self,
        model: Model,
        tokens: Tokens,
        *,
        introspection: Introspection = "everyone",
        stored: Mapping[str, str] | None = None,
        limits: Limits = DEFAULT_LIMITS,
        document_limits: DocumentLimits = DEFAULT,
    ) -> None:
        self.model = model
        self.tokens = tokens
        self.limits = limits
        self.introspection: Introspection = introspection
        self.documents = Documents(model, document_limits, told=introspection == "everyone")
        self.compiler = Compiler(self.documents)
        self.stored = None if stored is None else Stored(stored, self.documents)

    def read(self, request: Request) -> Several:
        """
        Read what *request* asks for.

        Raises:
            RequestError: It is no request, its document is none of the schema, or asks for too much.
        """
        said = read_http(request, self.limits)
        meant = self.compiler.read(self._document(said), said.operation, said.variables)
        if meant.is_mutation and request.method != "POST":
            raise MethodNotAllowed(request.method[:20], ("POST",))
        return Several(meant.asked, meant.is_mutation, meant)

    def _document(self, said: Said) -> Document:
        if self.stored is not None:
            return self.stored.find(said)
        if not said.query:
            raise DocumentUnknown("this service keeps no documents", hint="send the text of the document as `query`")
        return self.documents.read(said.query)

    def credentials(self, request: Request) -> str | None:
        return read_bearer(request.headers)

    def render(self, request: Request, several: Several, actor: Actor, results: Sequence[Result]) -> Reply:
        meant = several.meant
        assert isinstance(meant, Meant)
        told = Told(self.tokens, actor, lambda error, above: word_error(error, above, request.request_id))
        data = self._data(meant, actor, iter(results), told)
        answer: dict[str, Any] = {"errors": told.errors, "data": data} if told.errors else {"data": data}
        return self._reply(request, 200, _encode(answer))

    def _data(self, meant: Meant, actor: Actor, results: Iterator[Result], told: Told) -> dict[str, Any]:
        asks_schema = any(ask.root.node.name.value in OF_SCHEMA for ask in meant.asks)
        schema: Mapping[str, Any] | None = None
        if asks_schema and may_introspect(self.introspection, actor):
            schema = introspect(self.documents.schema, meant)
        return {ask.root.key: self._value(ask, meant, schema, results, told) for ask in meant.asks}

    def _value(
        self, ask: Ask, meant: Meant, schema: Mapping[str, Any] | None, results: Iterator[Result], told: Told
    ) -> Any:
        root, at = ask.root, (None, ask.root.key)
        if root.field is None:
            if root.node.name.value == TYPENAME:
                return meant.compiled.type_name
            if schema is None:
                told.refuse(IntrospectionRefused(), at)
                return None
            return schema.get(root.key)
        error = ask.error
        if ask.filled is not None:
            result = next(results)
            if result.outcome is not None:
                return root.field.shape(ask.filled, result.outcome, at, told)
            error = result.error
        assert error is not None
        told.refuse(error, at, root.field.above)
        return None

    def refuse(self, request: Request, error: StrongbackError) -> Reply:
        """Word *error* of a whole request: there is no data (GraphQL, section 7.1.2)."""
        problem = problem_of(type(error))
        told = [word_error(error, "", request.request_id)]
        if isinstance(error, errors.DocumentInvalid):
            told = [{**each, "extensions": told[0]["extensions"]} for each in error.errors]
        # Old clients of JSON read any other status as a failure of the network (GraphQL over HTTP, section 6.4.1).
        document = isinstance(error, errors.DocumentInvalid | errors.DocumentTooLarge)
        plain = document and chosen(request.headers.get("accept", "")) != RESPONSE
        reply = self._reply(request, 200 if plain else problem.status, _encode({"errors": told}))
        return Reply(reply.status, (*reply.headers, *self._more(request, error)), reply.body)

    def _more(self, request: Request, error: StrongbackError) -> Sequence[tuple[str, str]]:
        match error:
            case errors.Unauthenticated():
                return (challenge(request.headers, self.model.name),)
            case MethodNotAllowed():
                return (("allow", ", ".join(error.allowed)),)
            case errors.UnsupportedMedia():
                return (("accept-post", JSON),)
            case _:
                return ()

    def _reply(self, request: Request, status: int, body: bytes) -> Reply:
        try:
            media_type = answer_type(request)
        except errors.NotAcceptable:
            media_type = JSON
        headers = (("content-type", media_type + ENCODED), ("x-request-id", request.request_id), *HEADERS)
        return Reply(status, headers, body)

    def wants_page(self, request: Request) -> bool:
        """Whether somebody has come here with a browser, and asks nothing."""
        return (
            request.method in ("GET", "HEAD") and not request.query and "text/html" in request.headers.get("accept", "")
        )

    def options(self, request: Request) -> Reply:
        """What can be done here (RFC 9110, section 9.3.7)."""
        allow = (("allow", ", ".join(METHODS)), ("accept-post", JSON))
        return Reply(204, (*allow, ("x-request-id", request.request_id), *HEADERS))
