"""The schema of a Model in the schema definition language."""

from __future__ import annotations

from typing import Final

from strongback.contract.graphql.rows import PAGE, Rows
from strongback.contract.graphql.types import Definitions, Line, described
from strongback.contract.graphql.writes import Writes
from strongback.model.graphql import Root, roots
from strongback.model.model import Model

NODE: Final = Line("id: ID!", "The id by which `node` finds it.")
PAGE_INFO: Final = (
    Line("hasNextPage: Boolean!"),
    Line("hasPreviousPage: Boolean!"),
    Line("startCursor: String"),
    Line("endCursor: String"),
)
BY_ID: Final = "(id: ID!)"


def write_sdl(model: Model) -> str:
    """
    Print the schema of *model*: one line feed at its end.

    Source: GraphQL, September 2025; GraphQL Cursor Connections Specification; Global Object Identification Specification.
    """
    made = Definitions()
    made.add("interface", "Node", [NODE], "What has an id of its own.")
    made.add("type", "PageInfo", PAGE_INFO, "Where a page stands among the others.")
    rows = Rows(model, made)
    writes = Writes(model, made, rows)
    known = tuple(roots(model))
    queries = [_query(rows, root) for root in known if not root.is_mutation]
    mutations = [writes.field(root, model.entity(root.entity)) for root in known if root.is_mutation]
    operations = Definitions()
    operations.add("type", "Query", queries)
    if mutations:
        operations.add("type", "Mutation", mutations)
    parts = (_head(model), *operations.texts.values(), *made.scalars(), *made.texts.values())
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(model: Model) -> str:
    mutation = "\n  mutation: Mutation" if any(root.is_mutation for root in roots(model)) else ""
    doc = model.doc.strip() or f"The service {model.name}."
    return "\n".join([*described(doc), f"schema {{\n  query: Query{mutation}\n}}"])


def _query(rows: Rows, root: Root) -> Line:
    if root.kind == "node":
        return Line(f"node{BY_ID}: Node", "The row of this id, of whatever type.")
    entity = rows.model.entity(root.entity)
    if root.kind == "get":
        return Line(f"{root.name}(id: ID!): {rows.row(entity)}", "The row of this id: a global one, or its `rowId`.")
    query = entity.query(root.operation)
    assert query is not None
    if root.kind == "aggregate":
        groups = rows.groups(entity, query)
        by = [f"groupBy: [{groups}!]"] if groups else []
        given = [*by, *rows.list_arguments(entity, query, ordered=False), "first: Int", "after: String"]
        return Line(
            f"{root.name}({', '.join(given)}): {rows.aggregate(entity, query)}", "Counts and figures, by group."
        )
    page = f"A page holds {query.page_default} rows where nothing is said, {query.page_max} at most."
    doc = "\n".join(part for part in (query.doc.strip(), page) if part)
    arguments = ", ".join([PAGE, *rows.list_arguments(entity, query)])
    return Line(f"{root.name}({arguments}): {rows.list_connection(entity)}", doc)
