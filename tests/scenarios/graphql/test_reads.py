"""Queries: what is selected is answered, in the shape of the selection, and nothing that the caller may not see."""

from __future__ import annotations

from strongback.app import App
from tests.scenarios.counting import CountingStore
from tests.scenarios.graphql.asking import ask, codes, data, opened, post


async def test_members_come_in_the_order_and_under_the_names_of_the_selection(store_url: str) -> None:
    async with opened(store_url) as at:
        document = "query ($id: ID!) { found: job(id: $id) { city __typename name: title rowId company { name } id } }"
        found = (await data(at.stranger, document, id=at.ids["job 0"]))["found"]
        assert list(found) == ["city", "__typename", "name", "rowId", "company", "id"]
        row = at.ids["job 0"].partition(":")[2]
        assert found == {
            "city": "Oslo", "__typename": "Job", "name": "job 0", "rowId": row,
            "company": {"name": "Engines"}, "id": f"Job:{row}",
        }  # fmt: skip


async def test_values_are_those_of_rest_scalar_for_scalar(store_url: str) -> None:
    async with opened(store_url) as at:
        rest = (await at.ada.get("/v1/jobs/" + at.ids["job 1"].partition(":")[2])).expect(200)
        document = (
            "query ($id: ID!) { job(id: $id) { rowId companyId title body city status createdAt updatedAt etag } }"
        )
        found = (await data(at.ada, document, id=at.ids["job 1"]))["job"]
        names = {"id": "rowId", "company_id": "companyId", "created_at": "createdAt", "updated_at": "updatedAt"}
        same = {names.get(name, name): value for name, value in rest.json.items() if names.get(name, name) in found}
        assert found == {**same, "etag": rest.headers["etag"].strip('"').partition(".")[0]}


async def test_fragments_are_spread_and_merged(store_url: str) -> None:
    async with opened(store_url) as at:
        document = """
        query ($id: ID!) {
          node(id: $id) { __typename ...A ... on Company { name } ... on Node { id } ...A }
        }
        fragment A on Job { title ...B company { name } }
        fragment B on Job { company { id } city }
        """
        found = (await data(at.stranger, document, id=at.ids["job 0"]))["node"]
        assert list(found) == ["__typename", "title", "company", "city", "id"]
        assert found["company"] == {"id": at.company, "name": "Engines"}


async def test_variables_decide_what_is_skipped_and_have_defaults(store_url: str) -> None:
    async with opened(store_url) as at:
        document = """
        query ($id: ID!, $with: Boolean = true, $without: Boolean!) {
          job(id: $id) { id title @include(if: $with) city @skip(if: $without) ... @skip(if: $with) { status } }
        }
        """
        plain = await data(at.stranger, document, id=at.ids["job 0"], without=True)
        assert list(plain["job"]) == ["id", "title"]
        other = await data(at.stranger, document, id=at.ids["job 0"], without=False, **{"with": False})
        assert list(other["job"]) == ["id", "city", "status"]


async def test_one_relation_may_be_asked_for_under_several_names(store_url: str) -> None:
    async with opened(store_url) as at:
        document = """
        query ($id: ID!) { company(id: $id) {
          first: jobs(first: 1, orderBy: ID_ASC) { nodes { title } }
          last: jobs(last: 2, orderBy: ID_ASC) { nodes { title } edges { node { company { name } } } }
        } }
        """
        found = (await data(at.ada, document, id=at.company))["company"]
        assert found["first"] == {"nodes": [{"title": "job 0"}]}
        assert [node["title"] for node in found["last"]["nodes"]] == ["job 1", "job 2"]
        assert found["last"]["edges"] == [{"node": {"company": {"name": "Engines"}}}] * 2


async def test_a_hidden_field_is_null_with_an_error_at_its_path(store_url: str) -> None:
    async with opened(store_url) as at:
        document = "query ($id: ID!) { application(id: $id) { letter note remark: note } }"
        bob = await ask(at.bob, document, id=at.application)
        assert bob["data"]["application"] == {"letter": "Dear", "note": None, "remark": None}
        assert codes(bob) == [("SB262", "application.note"), ("SB262", "application.remark")]
        ada = await ask(at.ada, document, id=at.application)
        assert ada == {"data": {"application": {"letter": "Dear", "note": "", "remark": ""}}}


async def test_a_related_row_that_is_hidden_is_null_with_an_error_at_its_path(store_url: str) -> None:
    async with opened(store_url) as at:
        application = await data(at.ada, "query ($id: ID!) { application(id: $id) { candidateId } }", id=at.application)
        bob = application["application"]["candidateId"]
        joined = """
        mutation ($company: UUID!, $user: UUID!) {
          createMembership(input: {companyId: $company, userId: $user, role: viewer}) { membership { user { name } } }
        }
        """
        await data(at.ada, joined, company=at.company_row, user=bob)
        document = "query ($id: ID!) { company(id: $id) { staff(orderBy: ID_ASC) { nodes { role user { name } } } } }"
        answer = await ask(at.bob, document, id=at.company)
        colleagues = [{"role": "recruiter", "user": None}, {"role": "viewer", "user": {"name": "Bob"}}]
        assert answer["data"]["company"]["staff"]["nodes"] == colleagues
        assert codes(answer) == [("SB262", "company.staff.nodes.0.user")]
        carl = await ask(at.stranger.as_user("carl"), document, id=at.company)
        assert carl == {"data": {"company": {"staff": {"nodes": []}}}}  # rows that are not read are not there


async def test_what_a_caller_may_not_read_is_not_there_and_says_so_alike(store_url: str) -> None:
    async with opened(store_url) as at:
        document = "query ($a: ID!, $b: ID!, $c: ID!) { a: application(id: $a) { id } b: node(id: $b) { id } c: job(id: $c) { id } }"
        nowhere = "Application:0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"
        carl = at.stranger.as_user("carl")
        answer = await ask(carl, document, a=at.application, b=nowhere, c="no id at all")
        assert answer["data"] == {"a": None, "b": None, "c": None}
        assert codes(answer) == [("SB212", "a"), ("SB212", "b"), ("SB212", "c")]
        assert len({error["message"] for error in answer["errors"]}) == 1


async def test_filters_orders_and_words_of_a_list(store_url: str) -> None:
    async with opened(store_url) as at:
        document = """
        query ($city: String, $in: [String!]) {
          one: jobs(where: {city: {eq: $city}}) { totalCount nodes { title } }
          some: jobs(where: {city: {in: $in}, companyId: {ne: "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"}}) { totalCount }
        }
        """
        found = await data(at.stranger, document, city="Oslo", **{"in": ["Oslo", "Bergen"]})
        assert found["one"]["totalCount"] == found["some"]["totalCount"] == 3
        none = await data(at.stranger, document, city="Rome", **{"in": ["Rome"]})
        assert none == {"one": {"totalCount": 0, "nodes": []}, "some": {"totalCount": 0}}


async def test_a_filter_that_is_null_does_not_widen_what_is_asked(store_url: str) -> None:
    async with opened(store_url) as at:
        document = "query ($city: String, $where: StringFilter) { jobs(where: {city: {eq: $city}}) { totalCount } }"
        answer = await ask(at.stranger, document.replace(", $where: StringFilter", ""), city=None)
        assert answer["data"] == {"jobs": None}
        assert answer["errors"][0]["extensions"]["errors"][0]["pointer"] == "/where/city/eq"
        left_out = await ask(at.stranger, document.replace(", $where: StringFilter", ""))
        assert left_out["data"]["jobs"]["totalCount"] == 3  # a variable that is not given leaves its argument out


async def test_a_value_of_another_type_is_told_with_its_place(store_url: str) -> None:
    async with opened(store_url) as at:
        answer = await ask(at.stranger, '{ jobs(where: {companyId: {eq: "none"}}, first: -1) { totalCount } }')
        [error] = answer["errors"]
        assert (error["path"], error["extensions"]["code"]) == (["jobs"], "SB201")
        assert [each["pointer"] for each in error["extensions"]["errors"]] == ["/first", "/where/companyId/eq"]


async def test_a_whole_tree_is_one_statement(store_url: str) -> None:
    async with opened(store_url) as at:
        app: App = at.ada.app
        counting = CountingStore(app)
        document = """
        { jobs(first: 2) { edges { cursor node { title company { name staff { nodes { role } } }
            applications(first: 2) { nodes { candidate { name } } pageInfo { hasNextPage endCursor } } } } } }
        """
        await data(at.ada, document)
        counting.take()
        await data(at.ada, document)
        assert len(counting.take()) == 1


async def test_roots_are_independent_of_each_other(store_url: str) -> None:
    async with opened(store_url) as at:
        document = "query ($id: ID!) { a: jobs { totalCount } b: application(id: $id) { id } c: jobs(first: 1) { nodes { title } } }"
        answer = await ask(at.stranger, document, id=at.application)
        assert answer["data"] == {"a": {"totalCount": 3}, "b": None, "c": {"nodes": [{"title": "job 2"}]}}
        assert codes(answer) == [("SB210", "b")]


async def test_the_same_document_with_other_variables_is_answered_anew(store_url: str) -> None:
    async with opened(store_url) as at:
        document = "query ($n: Int!) { jobs(first: $n) { nodes { applications(first: $n) { nodes { id } } title } } }"
        for number in (1, 3, 2, 3):
            found = await data(at.ada, document, n=number)
            assert len(found["jobs"]["nodes"]) == number


async def test_an_operation_is_chosen_by_its_name(store_url: str) -> None:
    async with opened(store_url) as at:
        document = "query A { jobs { totalCount } } query B { __typename }"
        both = await at.stranger.post("/graphql", json={"query": document, "operationName": "B"})
        assert both.json == {"data": {"__typename": "Query"}}
        neither = await post(at.stranger, document)
        assert codes(neither.json) == [("SB260", "")]
