"""
The rules of the GraphQL Cursor Connections Specification and of Global Object Identification, one test each.

The schema's rules hold for every sample model, those of pages for a list and for the rows of a relation alike.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    get_nullable_type,
)

from strongback.contract.graphql.sdl import write_sdl
from tests.jobs_model import jobs_model
from tests.scenarios.graphql.asking import Board, ask, codes, data, opened, post_job
from tests.services.clinic import clinic
from tests.services.guild import guild
from tests.services.shop import shop

SCHEMAS = [build_schema(write_sdl(m)) for m in (jobs_model(), guild.draft(), clinic.draft(), shop.draft())]
each_schema = pytest.mark.parametrize("schema", SCHEMAS, ids=["jobs", "guild", "clinic", "shop"])


def objects(schema: GraphQLSchema, ending: str) -> Iterator[GraphQLObjectType]:
    found = [t for n, t in schema.type_map.items() if n.endswith(ending) and not n.startswith("__")]
    assert found
    for each in found:
        assert isinstance(each, GraphQLObjectType), f"{each.name} is no object"
        yield each


def connecting(schema: GraphQLSchema) -> Iterator[GraphQLField]:
    """Every field that answers a connection."""
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType):
            yield from (f for f in type_.fields.values() if get_named_type(f.type).name.endswith("Connection"))


# -- of the schema


@each_schema
def test_a_connection_has_edges_a_list_of_an_edge_type(schema: GraphQLSchema) -> None:
    for connection in objects(schema, "Connection"):
        edges = get_nullable_type(connection.fields["edges"].type)
        assert isinstance(edges, GraphQLList)
        assert get_named_type(edges).name.endswith("Edge")


@each_schema
def test_a_connection_has_a_page_info_that_is_never_null(schema: GraphQLSchema) -> None:
    assert {str(c.fields["pageInfo"].type) for c in objects(schema, "Connection")} == {"PageInfo!"}


@each_schema
def test_an_edge_has_a_node_that_is_no_list(schema: GraphQLSchema) -> None:
    for edge in objects(schema, "Edge"):
        assert not isinstance(get_nullable_type(edge.fields["node"].type), GraphQLList)


@each_schema
def test_an_edge_has_a_cursor_that_is_a_text(schema: GraphQLSchema) -> None:
    assert {str(edge.fields["cursor"].type) for edge in objects(schema, "Edge")} == {"String!"}


@each_schema
def test_a_field_with_a_connection_goes_forward_by_first_and_after(schema: GraphQLSchema) -> None:
    fields = list(connecting(schema))
    assert fields
    assert {(str(f.args["first"].type), str(f.args["after"].type)) for f in fields} == {("Int", "String")}


@each_schema
def test_a_field_with_a_connection_goes_backward_by_last_and_before(schema: GraphQLSchema) -> None:
    assert {(str(f.args["last"].type), str(f.args["before"].type)) for f in connecting(schema)} == {("Int", "String")}


@each_schema
def test_page_info_is_as_specified(schema: GraphQLSchema) -> None:
    info = schema.type_map["PageInfo"]
    assert isinstance(info, GraphQLObjectType)
    assert {name: str(field.type) for name, field in info.fields.items()} == {
        "hasNextPage": "Boolean!",
        "hasPreviousPage": "Boolean!",
        "startCursor": "String",
        "endCursor": "String",
    }


@each_schema
def test_node_is_an_interface_with_an_id_and_nothing_else(schema: GraphQLSchema) -> None:
    node = schema.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    assert {name: str(field.type) for name, field in node.fields.items()} == {"id": "ID!"}


@each_schema
def test_a_root_field_finds_a_node_by_its_id_alone(schema: GraphQLSchema) -> None:
    assert schema.query_type is not None
    field = schema.query_type.fields["node"]
    assert (str(field.type), {n: str(a.type) for n, a in field.args.items()}) == ("Node", {"id": "ID!"})


@each_schema
def test_every_node_of_an_edge_is_a_node(schema: GraphQLSchema) -> None:
    for edge in objects(schema, "Edge"):
        node = get_named_type(edge.fields["node"].type)
        assert isinstance(node, GraphQLObjectType)
        assert [each.name for each in node.interfaces] == ["Node"]


# -- of pages


@dataclass
class Pages:
    """
    Five rows in an order, as one connection.

    Attributes:
        document: With the arguments of the connection in place of `%s`.
    """

    board: Board
    document: str
    path: tuple[str, ...]
    rows: list[str]

    async def answer(self, arguments: str) -> dict[str, Any]:
        return await ask(self.board.ada, self.document % arguments, company=self.board.company)

    async def page(self, arguments: str) -> dict[str, Any]:
        found: Any = await data(self.board.ada, self.document % arguments, company=self.board.company)
        for name in self.path:
            found = found[name]
        return dict(found)

    async def titles(self, arguments: str) -> list[str]:
        return [edge["node"]["title"] for edge in (await self.page(arguments))["edges"]]

    async def cursors(self) -> list[str]:
        return [edge["cursor"] for edge in (await self.page("first: 50"))["edges"]]


PARTS = (
    "{ edges { cursor node { title } } nodes { title } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }"
)
LIST = "query ($company: ID!) { company(id: $company) { id } jobs(%s, orderBy: CREATED_AT_DESC) " + PARTS + " }"
RELATED = "query ($company: ID!) { company(id: $company) { jobs(%s, orderBy: CREATED_AT_DESC) " + PARTS + " } }"


@asynccontextmanager
async def _pages(kind: str) -> AsyncIterator[Pages]:
    async with opened(jobs_posted=5) as board:
        document, path = (LIST, ("jobs",)) if kind == "list" else (RELATED, ("company", "jobs"))
        yield Pages(board, document, path, board.titles[::-1])


each_kind = pytest.mark.parametrize("kind", ["list", "relation"])


@each_kind
async def test_first_takes_from_the_beginning(kind: str) -> None:
    async with _pages(kind) as at:
        assert await at.titles("first: 2") == at.rows[:2]


@each_kind
async def test_last_takes_from_the_end_in_the_same_order(kind: str) -> None:
    async with _pages(kind) as at:
        assert await at.titles("last: 2") == at.rows[-2:]


@each_kind
async def test_after_goes_on_behind_the_row_of_the_cursor(kind: str) -> None:
    async with _pages(kind) as at:
        cursors = await at.cursors()
        assert await at.titles(f'first: 2, after: "{cursors[1]}"') == at.rows[2:4]


@each_kind
async def test_before_ends_in_front_of_the_row_of_the_cursor(kind: str) -> None:
    async with _pages(kind) as at:
        cursors = await at.cursors()
        assert await at.titles(f'last: 2, before: "{cursors[3]}"') == at.rows[1:3]


@each_kind
async def test_after_the_last_row_there_is_nothing(kind: str) -> None:
    async with _pages(kind) as at:
        page = await at.page(f'first: 2, after: "{(await at.cursors())[-1]}"')
        info = {"hasNextPage": False, "hasPreviousPage": True, "startCursor": None, "endCursor": None}
        assert page == {"edges": [], "nodes": [], "pageInfo": info}


@each_kind
async def test_first_0_is_no_row_and_tells_whether_there_are_any(kind: str) -> None:
    async with _pages(kind) as at:
        page = await at.page("first: 0")
        assert (page["edges"], page["pageInfo"]["hasNextPage"]) == ([], True)


@each_kind
@pytest.mark.parametrize("argument", ["first", "last"])
async def test_a_negative_number_is_refused(kind: str, argument: str) -> None:
    async with _pages(kind) as at:
        answer = await at.answer(f"{argument}: -1")
        assert [code for code, _ in codes(answer)] == ["SB201"]


@each_kind
async def test_has_next_page_says_whether_rows_follow_when_first_is_given(kind: str) -> None:
    async with _pages(kind) as at:
        told = [(await at.page(f"first: {n}"))["pageInfo"]["hasNextPage"] for n in (4, 5, 6)]
        assert told == [True, False, False]


@each_kind
async def test_has_previous_page_says_whether_rows_precede_when_last_is_given(kind: str) -> None:
    async with _pages(kind) as at:
        told = [(await at.page(f"last: {n}"))["pageInfo"]["hasPreviousPage"] for n in (4, 5, 6)]
        assert told == [True, False, False]


@each_kind
async def test_has_previous_page_is_false_at_the_beginning_and_true_after_a_cursor(kind: str) -> None:
    async with _pages(kind) as at:
        first = await at.page("first: 2")
        later = await at.page(f'first: 2, after: "{first["pageInfo"]["endCursor"]}"')
        assert [page["pageInfo"]["hasPreviousPage"] for page in (first, later)] == [False, True]


@each_kind
async def test_has_next_page_is_false_at_the_end_and_true_before_a_cursor(kind: str) -> None:
    async with _pages(kind) as at:
        last = await at.page("last: 2")
        before = await at.page(f'last: 2, before: "{last["pageInfo"]["startCursor"]}"')
        assert [page["pageInfo"]["hasNextPage"] for page in (last, before)] == [False, True]


@each_kind
async def test_start_and_end_cursor_are_those_of_the_first_and_the_last_edge(kind: str) -> None:
    async with _pages(kind) as at:
        for arguments in ("first: 3", "last: 3"):
            page = await at.page(arguments)
            ends = page["edges"][0]["cursor"], page["edges"][-1]["cursor"]
            assert (page["pageInfo"]["startCursor"], page["pageInfo"]["endCursor"]) == ends


@each_kind
async def test_nodes_are_the_nodes_of_the_edges(kind: str) -> None:
    async with _pages(kind) as at:
        page = await at.page("first: 3")
        assert page["nodes"] == [edge["node"] for edge in page["edges"]]


@each_kind
@pytest.mark.parametrize("size", [1, 2, 3])
async def test_page_by_page_every_row_comes_once_in_order(kind: str, size: int) -> None:
    async with _pages(kind) as at:
        got, page = [], await at.page(f"first: {size}")
        while True:
            got += [node["title"] for node in page["nodes"]]
            if not page["pageInfo"]["hasNextPage"]:
                break
            page = await at.page(f'first: {size}, after: "{page["pageInfo"]["endCursor"]}"')
        assert got == at.rows


@each_kind
@pytest.mark.parametrize("size", [1, 2, 3])
async def test_page_by_page_from_the_end_every_row_comes_once_in_order(kind: str, size: int) -> None:
    async with _pages(kind) as at:
        got, page = [], await at.page(f"last: {size}")
        while True:
            got = [node["title"] for node in page["nodes"]] + got
            if not page["pageInfo"]["hasPreviousPage"]:
                break
            page = await at.page(f'last: {size}, before: "{page["pageInfo"]["startCursor"]}"')
        assert got == at.rows


@each_kind
async def test_a_cursor_of_a_forward_page_is_one_of_a_backward_page(kind: str) -> None:
    async with _pages(kind) as at:
        forward = [edge["cursor"] for edge in (await at.page("first: 5"))["edges"]]
        backward = [edge["cursor"] for edge in (await at.page("last: 5"))["edges"]]
        assert forward == backward


@each_kind
async def test_a_row_that_is_made_between_two_pages_moves_no_other(kind: str) -> None:
    async with _pages(kind) as at:
        first = await at.page("first: 2")
        await post_job(at.board, "new")
        assert await at.titles(f'first: 2, after: "{first["pageInfo"]["endCursor"]}"') == at.rows[2:4]


@each_kind
@pytest.mark.parametrize(
    "arguments", ["first: 1, last: 1", 'first: 1, before: "x"', 'last: 1, after: "x"', 'after: "x", before: "y"']
)
async def test_forward_and_backward_together_are_refused_with_what_to_write(kind: str, arguments: str) -> None:
    async with _pages(kind) as at:
        [error] = (await at.answer(arguments))["errors"]
        assert "go forward" in error["extensions"]["errors"][0]["hint"]


@each_kind
@pytest.mark.parametrize("cursor", ["", "x", "W10", "\u00e9", "A" * 5000])
async def test_what_is_no_cursor_is_refused(kind: str, cursor: str) -> None:
    async with _pages(kind) as at:
        answer = await at.answer(f'first: 1, after: "{cursor}"')
        if cursor:
            assert [each["code"] for each in answer["errors"][0]["extensions"]["errors"]] == ["SB205"]
            assert answer["errors"][0]["extensions"]["errors"][0]["pointer"] == "/after"
        else:
            assert "errors" not in answer  # no cursor at all


@each_kind
async def test_a_cursor_is_good_for_its_caller_alone(kind: str) -> None:
    async with _pages(kind) as at:
        cursor = (await at.cursors())[0]
        document = at.document % f'first: 1, after: "{cursor}"'
        answer = await ask(at.board.bob, document, company=at.board.company)
        assert [each["code"] for each in answer["errors"][0]["extensions"]["errors"]] == ["SB205"]


async def test_a_cursor_of_a_list_is_none_of_a_relation_and_the_other_way_round() -> None:
    async with _pages("list") as at, _pages("relation") as other:
        for mine, document in ((at, RELATED), (other, LIST)):
            cursor = (await mine.cursors())[0]
            answer = await ask(mine.board.ada, document % f'first: 1, after: "{cursor}"', company=mine.board.company)
            assert [each["code"] for each in answer["errors"][0]["extensions"]["errors"]] == ["SB205"]


async def test_a_cursor_is_good_for_the_filters_it_was_made_with() -> None:
    async with opened() as board:
        page = await data(board.ada, '{ jobs(first: 1, where: {city: {eq: "Oslo"}}) { pageInfo { endCursor } } }')
        document = "query ($after: String) { jobs(first: 1, after: $after) { totalCount } }"
        answer = await ask(board.ada, document, after=page["jobs"]["pageInfo"]["endCursor"])
        assert [each["code"] for each in answer["errors"][0]["extensions"]["errors"]] == ["SB205"]


# -- of nodes


async def test_a_row_is_found_again_by_its_id_and_has_that_id() -> None:
    async with opened() as board:
        ids = [*board.ids.values(), board.company, board.application]
        for id_ in ids:
            assert await data(board.ada, "query ($id: ID!) { node(id: $id) { id } }", id=id_) == {"node": {"id": id_}}


async def test_ids_are_unlike_across_entities_and_say_which() -> None:
    async with opened() as board:
        found = await data(board.ada, "query ($id: ID!) { node(id: $id) { __typename } }", id=board.company)
        assert found == {"node": {"__typename": "Company"}}
        of_another = board.company.replace("Company", "Job")
        answer = await ask(board.ada, "query ($id: ID!) { node(id: $id) { id } }", id=of_another)
        assert (answer["data"], codes(answer)) == ({"node": None}, [("SB212", "node")])


@pytest.mark.parametrize("id_", ["", ":", "Job", "Job:", "Jobs:1", "Query:1", "job:x", "Job:\u00e9", "x" * 5000])
async def test_what_is_no_id_is_no_node(id_: str) -> None:
    async with opened(jobs_posted=0) as board:
        answer = await ask(board.ada, "query ($id: ID!) { node(id: $id) { id } }", id=id_)
        assert (answer["data"], codes(answer)) == ({"node": None}, [("SB212", "node")])
