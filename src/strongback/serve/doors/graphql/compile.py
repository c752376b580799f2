"""
One request of a document: its operation, compiled once for what decides its shape, and its arguments.

What is selected depends on the document and on the variables that stand in `@skip`, `@include` and the arguments of inner fields. For
equal values of these a request only reads the arguments of its root fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from graphql import (
    FieldNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_variable_values,
)
from graphql.execution.values import VariableValues
from msgspec.structs import replace

from strongback.errors import DocumentInvalid, DocumentTooLarge, MalformedRequest, StrongbackError
from strongback.model.graphql import Root, roots
from strongback.plan.asked import Asked
from strongback.serve.doors.graphql.collect import TYPENAME, Scope
from strongback.serve.doors.graphql.document import Document, Documents, words
from strongback.serve.doors.graphql.fields import Field, Filled, query_field
from strongback.serve.doors.graphql.mutations import mutation_field
from strongback.serve.doors.graphql.selection import Selector

# Compiled forms that one document keeps.
FORMS_KEPT = 32
OF_SCHEMA = frozenset({"__schema", "__type"})
ROOT_TYPES: Mapping[OperationType, str] = {OperationType.QUERY: "Query", OperationType.MUTATION: "Mutation"}


@dataclass(frozen=True, slots=True)
class RootField:
    """
    One field at the root.

    Attributes:
        field: What it asks; None for `__typename`, and for what is asked of the schema.
    """

    key: str
    node: FieldNode
    field: Field | None
    selector: Selector | None = None


@dataclass(frozen=True, slots=True)
class Compiled:
    """An operation, compiled."""

    operation: OperationDefinitionNode
    scope: Scope
    roots: tuple[RootField, ...]

    @property
    def type_name(self) -> str:
        return ROOT_TYPES[self.operation.operation]


@dataclass(frozen=True, slots=True)
class Ask:
    """One field at the root with its arguments: what it asks, or why there is nothing to ask."""

    root: RootField
    filled: Filled | None = None
    error: StrongbackError | None = None


@dataclass(frozen=True, slots=True)
class Meant:
    """What one request means."""

    document: Document
    compiled: Compiled
    variables: Mapping[str, Any]
    asks: tuple[Ask, ...]

    @property
    def asked(self) -> tuple[Asked, ...]:
        return tuple(ask.filled.asked for ask in self.asks if ask.filled is not None)

    @property
    def is_mutation(self) -> bool:
        return self.compiled.operation.operation is OperationType.MUTATION


class Compiler:
    """Compiles documents of one model's schema."""

    def __init__(self, documents: Documents) -> None:
        self.documents = documents
        self.model = documents.model
        self._roots: dict[str, Root] = {root.name: root for root in roots(self.model)}

    def read(self, document: Document, name: str | None, given: Mapping[str, Any]) -> Meant:
        """
        What *document* asks with these variables.

        Raises:
            DocumentInvalid: The variables do not fit, or there is no such operation.
            DocumentTooLarge: It could be answered with more rows than one request may.
        """
        operation = document.operation(name)
        variables = self._variables(operation, given)
        compiled = self._compiled(document, operation, variables)
        scope = Scope(self.documents.schema, document.fragments, variables)
        asks = tuple(_ask(root, scope, compiled.type_name) for root in compiled.roots)
        self._check_rows(asks)
        return Meant(document, compiled, given, asks)

    def _variables(self, operation: OperationDefinitionNode, given: Mapping[str, Any]) -> VariableValues:
        if not operation.variable_definitions:
            return VariableValues({}, {})
        found = get_variable_values(
            self.documents.schema,
            operation.variable_definitions,
            dict(given),
            max_errors=8,
            hide_suggestions=not self.documents.told,
        )
        if isinstance(found, VariableValues):
            return found
        raise DocumentInvalid(list(words(found)))

    def _compiled(self, document: Document, operation: OperationDefinitionNode, variables: VariableValues) -> Compiled:
        name = None if operation.name is None else operation.name.value
        deciding = document.made.get(name)
        if deciding is None:
            deciding = document.made[name] = frozenset(_deciding(document, operation))
        key = name, _key({each: variables.coerced.get(each) for each in sorted(deciding)})
        found: Compiled | None = document.made.get(key)
        if found is None:
            if len(document.made) >= FORMS_KEPT:  # callers choose values: what is kept is bounded
                document.made.clear()
            found = document.made[key] = self._compile(document, operation, variables)
        return found

    def _compile(self, document: Document, operation: OperationDefinitionNode, variables: VariableValues) -> Compiled:
        scope = Scope(self.documents.schema, document.fragments, variables)
        type_name = ROOT_TYPES[operation.operation]
        found = scope.collect([operation.selection_set], type_name)
        return Compiled(
            operation, scope, tuple(self._root(scope, type_name, key, nodes) for key, nodes in found.items())
        )

    def _root(self, scope: Scope, type_name: str, key: str, nodes: Sequence[FieldNode]) -> RootField:
        said = nodes[0].name.value
        if said == TYPENAME or said in OF_SCHEMA:
            return RootField(key, nodes[0], None)
        selector, root = Selector(self.model, scope), self._roots[said]
        make = mutation_field if root.is_mutation else query_field
        return RootField(key, nodes[0], make(selector, root, nodes), selector)

    def _check_rows(self, asks: Sequence[Ask]) -> None:
        most, rows = self.documents.limits.rows, 0
        for ask in asks:
            if ask.filled is not None and ask.root.field is not None:
                rows += ask.root.field.rows(ask.filled.arguments)
        if rows > most:
            raise DocumentTooLarge("rows to answer", most)


def _ask(root: RootField, scope: Scope, type_name: str) -> Ask:
    if root.field is None:
        return Ask(root)
    try:
        arguments = scope.arguments(type_name, root.node)
        asked = root.field.ask(arguments)
    except StrongbackError as error:
        return Ask(root, error=error)
    if root.selector is not None and root.selector.faults:
        asked = replace(asked, faults=(*asked.faults, *root.selector.faults))
    return Ask(root, Filled(arguments, asked))


def _key(values: Mapping[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(values, order="sorted") if values else b""
    except (TypeError, ValueError):
        raise MalformedRequest("a variable is no JSON value") from None


def _deciding(document: Document, operation: OperationDefinitionNode) -> Iterator[str]:
    """The variables that decide what is selected: all but those that stand in arguments of root fields alone."""
    yield from _of_directives(operation.selection_set, document, set(), root=True)


def _of_directives(selected: SelectionSetNode, document: Document, seen: set[str], *, root: bool) -> Iterator[str]:
    for node in selected.selections:
        yield from (name for directive in node.directives or () for name in _variables_in(directive))
        if isinstance(node, FieldNode):
            if not root:
                yield from (name for argument in node.arguments or () for name in _variables_in(argument))
            if node.selection_set is not None:
                yield from _of_directives(node.selection_set, document, seen, root=False)
        elif isinstance(node, InlineFragmentNode):
            yield from _of_directives(node.selection_set, document, seen, root=root)
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
            seen.add(node.name.value)
            # A fragment on the root type has root fields, and so have no others.
            fragment = document.fragments[node.name.value]
            yield from _of_directives(fragment.selection_set, document, seen, root=root)


def _variables_in(node: Node) -> Iterator[str]:
    waiting: list[Node] = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, VariableNode):
            yield each.name.value
        for key in each.keys:
            value = getattr(each, key, None)
            if isinstance(value, Node):
                waiting.append(value)
            elif isinstance(value, list | tuple):
                waiting.extend(below for below in value if isinstance(below, Node))
