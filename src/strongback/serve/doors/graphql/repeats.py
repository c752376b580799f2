"""
How often fields of one name stand at one place of the answer, the same field again or another: each two of them have to be compared.

Validation takes a time that grows with these pairs, which grow with the square of what is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
)

Place = tuple[str, ...]


def count_pairs(selected: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> int:
    """
    The pairs of fields of one name at one place, fragments spread.

    The number of fields and of spreads must be bounded already, and no fragment spread in itself: each is looked at.
    """
    found = Counter(_places(selected, fragments, ()))
    return sum(number * (number - 1) // 2 for number in found.values())


def _places(
    selected: SelectionSetNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    above: Place,
) -> Iterator[Place]:
    """The place of each field: names in the answer, from the root."""
    for node in selected.selections:
        if isinstance(node, FieldNode):
            place = (*above, node.alias.value if node.alias is not None else node.name.value)
            yield place
            if node.selection_set is not None:
                yield from _places(node.selection_set, fragments, place)
        elif isinstance(node, InlineFragmentNode):
            yield from _places(node.selection_set, fragments, above)
        elif isinstance(node, FragmentSpreadNode):
            found = fragments.get(node.name.value)
            if found is not None:
                yield from _places(found.selection_set, fragments, above)
