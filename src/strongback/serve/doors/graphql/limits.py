"""How much one document may ask for, counted before it is validated: no rule of validation then meets a document without end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
)

from strongback.errors import DocumentTooLarge


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """
    The bounds of one document. What a fragment holds counts wherever it is spread.

    Attributes:
        source_size: Characters of its text.
        tokens: Names, numbers, texts and signs in it.
        depth: Levels of fields.
        fields: Fields in all.
        aliases: Fields with a name of the document's own.
        roots: Fields at the root of an operation: each is an operation of its own.
        directives: Directives in all.
        fragments: Named fragments.
        operations: Operations.
        variables: Variables of one operation.
        rows: Rows that it could be answered with.
    """

    source_size: int = 100_000
    tokens: int = 4_000
    depth: int = 16
    fields: int = 1_000
    aliases: int = 100
    roots: int = 20
    directives: int = 50
    fragments: int = 50
    operations: int = 10
    variables: int = 50
    rows: int = 10_000


DEFAULT: DocumentLimits = DocumentLimits()


@dataclass(frozen=True, slots=True)
class Size:
    """What a selection comes to, with the fragments that are spread in it."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0

    def beside(self, other: Size) -> Size:
        return Size(max(self.depth, other.depth), self.fields + other.fields, self.aliases + other.aliases)


def check_document(document: DocumentNode, limits: DocumentLimits) -> None:
    """
    Raises:
        DocumentTooLarge: It asks for more than *limits* have.
    """
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    _within("operations", len(operations), limits.operations)
    _within("fragments", len(fragments), limits.fragments)
    _within("directives", sum(1 for _ in _directives(document)), limits.directives)
    measure = _Measure(fragments)
    for operation in operations:
        _within("variables", len(operation.variable_definitions or ()), limits.variables)
        size = measure.selection(operation.selection_set)
        _within("levels", size.depth, limits.depth)
        _within("fields", size.fields, limits.fields)
        _within("aliases", size.aliases, limits.aliases)
        _within("operations at its root", measure.roots(operation.selection_set), limits.roots)


def _within(what: str, number: int, most: int) -> None:
    if number > most:
        raise DocumentTooLarge(what, most)


def _directives(document: DocumentNode) -> Iterator[DirectiveNode]:
    """Every directive, wherever it stands."""
    waiting: list[Node] = [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, DirectiveNode):
            yield node
        for key in node.keys:
            value = getattr(node, key, None)
            if isinstance(value, Node):
                waiting.append(value)
            elif isinstance(value, list | tuple):
                waiting.extend(each for each in value if isinstance(each, Node))


@dataclass
class _Measure:
    """
    Sizes of selections. A fragment is measured once, however often it is spread: 2^24 spreads are 24 sums.

    Attributes:
        known: Of the fragments; one that is being measured has no size, so that a circle, which validation refuses, ends.
    """

    fragments: Mapping[str, FragmentDefinitionNode]
    known: dict[str, Size] = field(default_factory=dict)
    known_roots: dict[str, int] = field(default_factory=dict)

    def selection(self, selected: SelectionSetNode | None) -> Size:
        size = Size()
        for node in selected.selections if selected is not None else ():
            match node:
                case FieldNode():
                    below = self.selection(node.selection_set)
                    alias = int(node.alias is not None)
                    size = size.beside(Size(below.depth + 1, below.fields + 1, below.aliases + alias))
                case InlineFragmentNode():
                    size = size.beside(self.selection(node.selection_set))
                case FragmentSpreadNode():
                    size = size.beside(self._fragment(node.name.value))
                case _:
                    pass
        return size

    def _fragment(self, name: str) -> Size:
        if name not in self.known:
            self.known[name] = Size()
            found = self.fragments.get(name)
            if found is not None:
                self.known[name] = self.selection(found.selection_set)
        return self.known[name]

    def roots(self, selected: SelectionSetNode) -> int:
        """Fields of the outermost level."""
        number = 0
        for node in selected.selections:
            if isinstance(node, FragmentSpreadNode):
                number += self._fragment_roots(node.name.value)
            elif isinstance(node, InlineFragmentNode):
                number += self.roots(node.selection_set)
            else:
                number += 1
        return number

    def _fragment_roots(self, name: str) -> int:
        if name not in self.known_roots:
            self.known_roots[name] = 0
            found = self.fragments.get(name)
            if found is not None:
                self.known_roots[name] = self.roots(found.selection_set)
        return self.known_roots[name]
