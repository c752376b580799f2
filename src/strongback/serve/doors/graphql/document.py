"""A document: its text, parsed, counted and validated once, and kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    StringValueNode,
    build_schema,
    parse,
    validate,
)
from graphql.language import visit
from graphql.language.visitor import Visitor

from strongback.contract.graphql.sdl import write_sdl
from strongback.errors import DocumentInvalid, DocumentTooLarge, MalformedRequest
from strongback.model.model import Model
from strongback.model.text import text_fault
from strongback.serve.doors.graphql.limits import DEFAULT, DocumentLimits, check_document

DOCUMENTS_KEPT = 500
ERRORS_MAX = 8
MESSAGE_MAX = 300


@dataclass
class Document:
    """
    A valid document.

    Attributes:
        made: What the compiler made of its operations, kept by it.
    """

    operations: Mapping[str | None, OperationDefinitionNode]
    fragments: Mapping[str, FragmentDefinitionNode]
    made: dict[Any, Any] = field(default_factory=dict)

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """
        The operation of this name; without a name the only one.

        Raises:
            DocumentInvalid: There is none, or a name is needed.
        """
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        found = self.operations.get(name) if name is not None else None
        if found is None:
            told = "must be named, since there are several" if name is None else "is not in the document"
            raise DocumentInvalid([{"message": f"The operation {told}."}])
        return found


class Documents:
    """Reads documents of one model's schema. Callers choose texts: what is kept of them is bounded."""

    def __init__(self, model: Model, limits: DocumentLimits = DEFAULT, *, told: bool = True) -> None:
        self.model = model
        self.limits = limits
        self.told = told
        self._kept: dict[str, Document] = {}

    @cached_property
    def schema(self) -> GraphQLSchema:
        """The schema, built when it is first needed: a service starts without it."""
        return build_schema(write_sdl(self.model), assume_valid=True, assume_valid_sdl=True, no_location=True)

    def read(self, text: str) -> Document:
        """
        Raises:
            DocumentInvalid: It is no document of the schema.
            DocumentTooLarge: It asks for more than one may.
        """
        found = self._kept.get(text)
        if found is None:
            found = self._read(text)
            if len(self._kept) >= DOCUMENTS_KEPT:
                self._kept.clear()
            self._kept[text] = found
        return found

    def _read(self, text: str) -> Document:
        if len(text) > self.limits.source_size:
            raise DocumentTooLarge("characters", self.limits.source_size)
        tree = self._parse(text)
        check_document(tree, self.limits)
        wrong = validate(self.schema, tree, max_errors=ERRORS_MAX, hide_suggestions=not self.told)
        if wrong:
            raise DocumentInvalid([word(each) for each in wrong])
        visit(tree, _Texts())
        operations = [d for d in tree.definitions if isinstance(d, OperationDefinitionNode)]
        if not operations:
            raise DocumentInvalid([{"message": "The document has no operation."}])
        fragments = {d.name.value: d for d in tree.definitions if isinstance(d, FragmentDefinitionNode)}
        named = {None if d.name is None else d.name.value: d for d in operations}
        return Document(named, fragments)

    def _parse(self, text: str) -> DocumentNode:
        try:
            return parse(text, max_tokens=self.limits.tokens, allow_empty_selection_sets=False)
        except GraphQLError as wrong:
            if "token" in wrong.message and "limit" in wrong.message:
                raise DocumentTooLarge("tokens", self.limits.tokens) from None
            raise DocumentInvalid([word(wrong)]) from None
        except RecursionError:
            raise DocumentTooLarge("levels", self.limits.depth) from None


class _Texts(Visitor):
    """Refuses texts that no store keeps, wherever they stand (values.md section 1)."""

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        wrong = text_fault(node.value)
        if wrong:
            raise MalformedRequest(f"a text of the document {wrong}")


def word(error: GraphQLError) -> dict[str, object]:
    """An error of the grammar, of validation or of variables, as it is answered; long ones cut, since they repeat the document."""
    told: dict[str, object] = {"message": error.message[:MESSAGE_MAX]}
    if error.locations:
        told["locations"] = [{"line": each.line, "column": each.column} for each in error.locations[:4]]
    return told


def words(errors: Sequence[GraphQLError]) -> Iterator[dict[str, object]]:
    return (word(each) for each in errors[:ERRORS_MAX])
