"""How much one document may ask for, counted before it is validated: no rule of validation then meets a document without end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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

from strongback.errors import DocumentInvalid, DocumentTooLarge
from strongback.serve.doors.graphql.repeats import count_pairs


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """
    The bounds of one document. What a fragment holds counts wherever it is spread.

    Attributes:
        source_size: Characters of its text.
        tokens: Names, numbers, texts and signs in it.
        depth: Levels of fields.
        fields: Fields in all, and places where fragments are spread.
        aliases: Fields with a name of the document's own.
        pairs: Two fields of one name at one place of the answer: each two are compared.
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
    pairs: int = 2_000
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


# A fragment that is spread is work, even where it has no field.
SPREAD = Size(fields=1)


def check_document(document: DocumentNode, limits: DocumentLimits) -> None:
    """
    Raises:
        DocumentTooLarge: It asks for more than *limits* have.
        DocumentInvalid: A fragment is spread in itself.
    """
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    _within("operations", len(operations), limits.operations)
    _within("fragments", len(fragments), limits.fragments)
    _within("directives", sum(1 for _ in _directives(document)), limits.directives)
    measure, pairs = _Measure(fragments), 0
    for each in (*operations, *fragments.values()):  # validation looks at fragments that nobody spreads, too
        size = measure.selection(each.selection_set)
        _within("levels", size.depth, limits.depth)
        _within("fields", size.fields, limits.fields)
        _within("aliases", size.aliases, limits.aliases)
        pairs += count_pairs(each.selection_set, fragments)
        _within("repetitions of fields", pairs, limits.pairs)
    for operation in operations:
        _within("variables", len(operation.variable_definitions or ()), limits.variables)
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
        known: Of the fragments.
        measuring: The fragments around what is measured: one that is spread in itself has no end.
    """

    fragments: Mapping[str, FragmentDefinitionNode]
    known: dict[str, Size] = field(default_factory=dict)
    measuring: set[str] = field(default_factory=set)
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
                    size = size.beside(SPREAD).beside(self.selection(node.selection_set))
                case FragmentSpreadNode():
                    size = size.beside(SPREAD).beside(self._fragment(node.name.value))
                case _:
                    pass
        return size

    def _fragment(self, name: str) -> Size:
        if name in self.measuring:
            raise DocumentInvalid([{"message": f"Cannot spread fragment '{name[:80]}' within itself."}])
        if name not in self.known:
            found = self.fragments.get(name)
            with self._inside(name):
                self.known[name] = Size() if found is None else self.selection(found.selection_set)
        return self.known[name]

    @contextmanager
    def _inside(self, name: str) -> Iterator[None]:
        self.measuring.add(name)
        yield
        self.measuring.discard(name)

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
