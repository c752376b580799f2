"""What is asked of the schema itself: answered by graphql-core, once for each document without variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    execute_sync,
)
from graphql.execution import ExecutionResult

from strongback.plan.actor import Actor
from strongback.serve.doors.graphql.compile import OF_SCHEMA, Meant

Introspection = Literal["everyone", "signed_in", "nobody"]
KEY = "introspection"


def may_introspect(allowed: Introspection, actor: Actor) -> bool:
    """Whether *actor* may ask for the schema."""
    return allowed == "everyone" or (allowed == "signed_in" and not actor.is_anonymous)


def introspect(schema: GraphQLSchema, meant: Meant) -> Mapping[str, Any]:
    """What the fields `__schema` and `__type` of a request come to, by their names in the answer."""
    nodes = [ask.root.node for ask in meant.asks if ask.root.node.name.value in OF_SCHEMA]
    key = KEY, meant.compiled.operation.name.value if meant.compiled.operation.name is not None else None
    if meant.variables:
        return _executed(schema, meant, nodes)
    if key not in meant.document.made:
        meant.document.made[key] = _executed(schema, meant, nodes)
    found: Mapping[str, Any] = meant.document.made[key]
    return found


def _executed(schema: GraphQLSchema, meant: Meant, nodes: list[FieldNode]) -> Mapping[str, Any]:
    operation = meant.compiled.operation
    alone = OperationDefinitionNode(
        operation=operation.operation,
        name=operation.name,
        variable_definitions=operation.variable_definitions,
        directives=(),
        selection_set=SelectionSetNode(selections=tuple(nodes)),
    )
    document = DocumentNode(definitions=(alone, *meant.document.fragments.values()))
    result = execute_sync(schema, document, variable_values=dict(meant.variables))
    return (result.data if isinstance(result, ExecutionResult) else None) or {}
