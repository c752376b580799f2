"""Which fields a selection has for a type: fragments spread, `@skip` and `@include` decided, fields of one name together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_argument_values,
)
from graphql.execution.values import VariableValues

Fields = Mapping[str, Sequence[FieldNode]]
TYPENAME = "__typename"


@dataclass(frozen=True, slots=True)
class Scope:
    """
    What a selection is read in.

    Attributes:
        variables: Coerced: those given, and defaults.
    """

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: VariableValues

    def collect(self, selected: Sequence[SelectionSetNode], type_name: str) -> Fields:
        """
        The fields of *selected* for an object of this type, by response name, in order.

        Source: GraphQL, section 6.3.2, "CollectFields".
        """
        found: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for each in selected:
            for node in self._fields(each.selections, type_name, seen):
                key = node.alias.value if node.alias is not None else node.name.value
                found.setdefault(key, []).append(node)
        return found

    def _fields(self, nodes: Sequence[SelectionNode], type_name: str, seen: set[str]) -> Iterator[FieldNode]:
        for node in nodes:
            if not self._is_wanted(node.directives or ()):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                if node.type_condition is None or self._applies(node.type_condition.name.value, type_name):
                    yield from self._fields(node.selection_set.selections, type_name, seen)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                fragment = self.fragments[node.name.value]
                if self._applies(fragment.type_condition.name.value, type_name):
                    yield from self._fields(fragment.selection_set.selections, type_name, seen)

    def _applies(self, condition: str, type_name: str) -> bool:
        if condition == type_name:
            return True
        type_ = self.schema.type_map[type_name]
        return isinstance(type_, GraphQLObjectType) and any(each.name == condition for each in type_.interfaces)

    def _is_wanted(self, directives: Sequence[DirectiveNode]) -> bool:
        return all(
            self._truth(directive) is (directive.name.value == "include")
            for directive in directives
            if directive.name.value in ("skip", "include")
        )

    def _truth(self, directive: DirectiveNode) -> bool:
        value = next(argument.value for argument in directive.arguments or ())
        if isinstance(value, VariableNode):
            return self.variables.coerced[value.name.value] is True
        return isinstance(value, BooleanValueNode) and value.value

    def arguments(self, type_name: str, node: FieldNode) -> dict[str, Any]:
        """The arguments of a field of an object of this type."""
        type_ = self.schema.type_map[type_name]
        assert isinstance(type_, GraphQLObjectType)
        return get_argument_values(type_.fields[node.name.value], node, self.variables)


def below(nodes: Sequence[FieldNode]) -> list[SelectionSetNode]:
    """What is selected of the object that fields of one name are."""
    return [node.selection_set for node in nodes if node.selection_set is not None]
