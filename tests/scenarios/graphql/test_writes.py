"""Mutations: each its own transaction, one after the other, with typed payloads and refusals that say where."""

from __future__ import annotations

import re
from typing import Any

from strongback.testing import async_client
from tests.scenarios.graphql.asking import ask, codes, data, opened
from tests.scenarios.test_nested import opened as bazaar_opened
from tests.services.shop import shop


async def test_a_create_gives_the_row_its_id_and_its_version(store_url: str) -> None:
    async with opened(store_url, jobs_posted=0) as at:
        document = """
        mutation ($company: UUID!) {
          createJob(input: {companyId: $company, title: "T", body: "B", city: "Oslo"}) {
            id etag __typename job { id etag status company { name } }
          }
        }
        """
        made = (await data(at.ada, document, company=at.company_row))["createJob"]
        assert made["id"] == made["job"]["id"]
        assert (made["__typename"], made["job"]["status"]) == ("CreateJobPayload", "draft")
        rest = (await at.ada.get("/v1/jobs/" + made["id"].partition(":")[2])).expect(200)
        assert (rest.json["title"], rest.json["body"]) == ("T", "B")
        assert made["job"]["etag"] == rest.headers["etag"].strip('"').partition(".")[0]


async def test_an_update_changes_what_is_given_and_nothing_else(store_url: str) -> None:
    async with opened(store_url) as at:
        document = 'mutation ($id: ID!) { updateJob(id: $id, input: {title: "new"}) { job { title city } etag } }'
        assert (await data(at.ada, document, id=at.ids["job 0"]))["updateJob"]["job"] == {
            "title": "new",
            "city": "Oslo",
        }


async def test_a_version_that_is_no_longer_there_is_refused(store_url: str) -> None:
    async with opened(store_url) as at:
        document = """
        mutation ($id: ID!, $tag: String!) {
          one: updateJob(id: $id, ifMatch: [$tag], input: {title: "one"}) { job { title } }
          two: updateJob(id: $id, ifMatch: [$tag], input: {title: "two"}) { job { title } }
        }
        """
        read = await data(at.ada, "query ($id: ID!) { job(id: $id) { etag } }", id=at.ids["job 0"])
        answer = await ask(at.ada, document, id=at.ids["job 0"], tag=read["job"]["etag"])
        assert answer["data"] == {"one": {"job": {"title": "one"}}, "two": None}
        assert codes(answer) == [("SB220", "two")]


async def test_mutations_are_done_in_order_and_one_that_fails_undoes_itself_alone(store_url: str) -> None:
    async with opened(store_url) as at:
        document = """
        mutation ($id: ID!, $row: ID!) {
          a: updateJob(id: $id, input: {title: "a"}) { job { title } }
          b: publishJob(id: $row) { done }
          c: updateJob(id: $id, input: {city: "c"}) { job { title city } }
        }
        """
        row = at.ids["job 0"].partition(":")[2]  # the id itself is taken as well
        answer = await ask(at.ada, document, id=at.ids["job 0"], row=row)
        assert answer["data"] == {"a": {"job": {"title": "a"}}, "b": None, "c": {"job": {"title": "a", "city": "c"}}}
        assert codes(answer) == [("SB230", "b")]
        assert answer["errors"][0]["extensions"]["reason"] == "not_a_draft"


async def test_faults_of_values_come_at_once_with_pointers_into_the_arguments(store_url: str) -> None:
    async with opened(store_url) as at:
        long = "x" * 200
        document = """
        mutation ($id: ID!, $title: String!, $company: UUID!) {
          createJob(input: {companyId: $company, title: $title, body: "", city: ""}) { id }
          updateJob(id: $id, input: {title: $title}) { id }
        }
        """
        answer = await ask(at.ada, document, id=at.ids["job 0"], title=long, company=at.company_row)
        pointers = [[e["pointer"] for e in each["extensions"]["errors"]] for each in answer["errors"]]
        assert pointers == [["/input/title"], ["/input/title"]]


async def test_a_reference_to_no_row_and_to_a_hidden_one_are_refused_alike(store_url: str) -> None:
    async with opened(store_url) as at:
        document = 'mutation ($c: UUID!) { createJob(input: {companyId: $c, title: "", body: "", city: ""}) { id } }'
        nothing = "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"
        answers = [await ask(at.bob, document, c=id_) for id_ in (nothing, at.company_row)]
        assert [codes(answer) for answer in answers] == [[("SB211", "createJob")]] * 2


async def test_who_may_not_is_told_so_before_any_fault_of_values(store_url: str) -> None:
    async with opened(store_url) as at:
        document = "mutation ($id: ID!, $t: String!) { updateJob(id: $id, input: {title: $t}) { id } }"
        answer = await ask(at.bob, document, id=at.ids["job 0"], t="x" * 200)
        assert codes(answer) == [("SB211", "updateJob")]
        assert "errors" not in answer["errors"][0]["extensions"]
        stranger = await ask(at.stranger, document, id=at.ids["job 0"], t="x")
        assert codes(stranger) == [("SB210", "updateJob")]


async def test_a_delete_gives_the_id_of_what_is_gone(store_url: str) -> None:
    async with opened(store_url) as at:
        document = "mutation ($id: ID!) { deleteApplication(id: $id) { id __typename } }"
        gone = await data(at.bob, document, id=at.application)
        assert gone == {"deleteApplication": {"id": at.application, "__typename": "DeleteApplicationPayload"}}
        assert codes(await ask(at.bob, document, id=at.application)) == [("SB212", "deleteApplication")]


async def test_an_action_gives_the_row_it_returns_through_the_callers_own_eyes(store_url: str) -> None:
    async with opened(store_url) as at:
        document = """
        mutation ($id: ID!) {
          applyJob(id: $id, input: {letter: "Dear"}) { id application { letter note job { title } candidate { name } } }
        }
        """
        answer = await ask(at.bob, document, id=at.ids["job 1"])
        made = answer["data"]["applyJob"]
        assert made["id"].startswith("Application:")
        assert made["application"] == {
            "letter": "Dear",
            "note": None,
            "job": {"title": "job 1"},
            "candidate": {"name": "Bob"},
        }
        assert codes(answer) == [("SB262", "applyJob.application.note")]
        again = await ask(at.bob, document, id=at.ids["job 1"])
        assert (codes(again), again["errors"][0]["extensions"]["reason"]) == (
            [("SB231", "applyJob")],
            "already_applied",
        )


async def test_a_batch_is_done_whole_or_not_at_all(store_url: str) -> None:
    async with opened(store_url) as at:
        document = """
        mutation ($operations: [BatchJobOperation!]!) {
          batchJob(operations: $operations) { results { id etag job { title } publish { done } __typename } }
        }
        """
        new = {"companyId": at.company_row, "title": "new", "body": "", "city": "Oslo"}
        change = {"update": {"id": at.ids["job 0"], "ifMatch": ["*"], "set": {"title": "changed"}}}
        done = (await data(at.ada, document, operations=[{"create": new}, change]))["batchJob"]["results"]
        assert [(each["job"], each["publish"]) for each in done] == [
            ({"title": "new"}, None),
            ({"title": "changed"}, None),
        ]
        draft = done[0]["id"]
        ran = await data(at.ada, document, operations=[{"publish": {"id": draft}}])
        expected = {"id": None, "etag": None, "job": None, "publish": {"done": True}, "__typename": "BatchJobResult"}
        assert ran["batchJob"]["results"] == [expected]
        wrong = [{"update": {"id": draft, "set": {"title": "x" * 200}}}, {"publish": {"id": draft}}, {"create": new}]
        answer = await ask(at.ada, document, operations=wrong)
        assert answer["data"] == {"batchJob": None}
        told = answer["errors"][0]["extensions"]["errors"]
        assert [(each["pointer"], each["code"]) for each in told] == [
            ("/operations/0/update/set/title", "SB201"),
        ] or ("/operations/1", "SB230") in [(each["pointer"], each["code"]) for each in told]
        count = await data(at.ada, "{ jobs { totalCount } }")
        assert count["jobs"]["totalCount"] == 4


async def test_one_operation_of_a_batch_is_one_thing() -> None:
    async with opened() as at:
        document = "mutation ($id: ID!) { batchJob(operations: [{publish: {id: $id}, update: {id: $id, set: {}}}]) { results { id } } }"
        answer = await ask(at.ada, document, id=at.ids["job 0"])
        assert codes(answer) == [("SB260", "")]


async def test_a_mutation_counts_each_of_its_fields_against_its_rate() -> None:
    async with opened() as at:
        document = "query { " + " ".join(f"a{i}: jobs(first: 1) {{ totalCount }}" for i in range(20)) + " }"
        seen: list[Any] = [codes(await ask(at.bob, document)) for _ in range(4)]
        refused = [code for each in seen for code, _ in each]
        assert refused == ["SB246"] * 20  # sixty a minute are allowed, and eighty were asked
        answer = await ask(at.bob, "{ jobs { totalCount } }")
        assert answer["errors"][0]["extensions"]["retryAfter"] >= 1


async def test_rows_are_written_with_those_they_bring_along(store_url: str) -> None:
    async with bazaar_opened(store_url) as at:
        document = """
        mutation ($buyer: UUID!, $lines: [OrderLinesChild!]) {
          createOrder(input: {buyerId: $buyer, lines: $lines}) {
            order { id lines(orderBy: ID_ASC) { nodes { id place qty } } }
          }
        }
        """
        lines = [{"goodId": at.good, "place": place} for place in (1, 2)]
        made = (await data(at.ann, document, buyer=at.ids["ann"], lines=lines))["createOrder"]["order"]
        assert [line["place"] for line in made["lines"]["nodes"]] == [1, 2]
        kept, _ = made["lines"]["nodes"]
        change = """
        mutation ($id: ID!, $lines: [OrderLinesChild!]) {
          updateOrder(id: $id, input: {lines: $lines}) { order { lines(orderBy: ID_ASC) { nodes { id place qty } } } }
        }
        """
        new = [{"id": kept["id"], "qty": 3}, {"goodId": at.good, "place": 7}]
        changed = (await data(at.ann, change, id=made["id"], lines=new))["updateOrder"]["order"]["lines"]["nodes"]
        assert [(line["place"], line["qty"]) for line in changed] == [(1, 3), (7, 1)]
        wrong = await ask(at.ann, change, id=made["id"], lines=[{"goodId": at.good, "place": 99}])
        assert wrong["errors"][0]["extensions"]["errors"][0]["pointer"] == "/input/lines/0/place"


ARTICLE = {
    "title": "Chair", "ready": True, "stock": 3, "views": 2**53 + 1, "score": 0.25, "price": "12.50", "discount": "0.1000",
    "released": "2026-01-02T03:04:05.000006Z", "bestBefore": "2026-01-02", "lasts": "PT90S", "colour": "deep-blue", "grade": "b",
    "serial": "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11", "picture": "AAEC", "extra": {"a_b": [1, {"cD": None}]}, "words": ["x", "y"],
    "ratings": [1, 2], "prices": ["1.00"], "days": ["2026-01-02"], "size": {"width": 1.5, "unit": "in"},
    "parcel": {"weight": "1.500", "labels": ["a"], "code": "AB1234"}, "supplier": "Acme", "margin": "1.00",
}  # fmt: skip
MEMBERS = """
  rowId shelfId title note ready stock views score ratio price discount released bestBefore lasts returnsWithin serial picture thumbnail
  colour grade extra words ratings prices days size { width height unit } parcel { weight sent labels code } supplier margin
  createdAt updatedAt dear loved
"""


def snake(name: str) -> str:
    return re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", name)


async def test_a_value_of_every_type_goes_in_and_comes_out_as_over_rest(store_url: str) -> None:
    async with async_client(shop, store_url) as stranger:
        ann = stranger.as_user("ann")
        brand = (await data(ann, 'mutation { registerBrand(input: {name: "Acme"}) { brand { rowId } } }'))[
            "registerBrand"
        ]
        document = 'mutation ($b: UUID!) { createShelf(input: {brandId: $b, label: "low"}) { shelf { rowId } } }'
        shelf = (await data(ann, document, b=brand["brand"]["rowId"]))["createShelf"]["shelf"]["rowId"]
        document = (
            f"mutation ($input: CreateArticleInput!) {{ createArticle(input: $input) {{ article {{ {MEMBERS} }} }} }}"
        )
        made = (await data(ann, document, input={**ARTICLE, "shelfId": shelf}))["createArticle"]["article"]
        rest = (await ann.get(f"/v1/articles/{made['rowId']}")).expect(200).json
        assert {snake(name): value for name, value in made.items() if name != "rowId"} | {"id": made["rowId"]} == rest
        document = f"query ($id: ID!) {{ article(id: $id) {{ {MEMBERS} }} }}"
        seen = await ask(stranger, document, id=made["rowId"])
        assert codes(seen) == [("SB262", "article.supplier"), ("SB262", "article.margin")]
        assert seen["data"]["article"] == {**made, "supplier": None, "margin": None}


async def test_values_of_a_value_object_are_judged_in_the_words_of_graphql() -> None:
    async with async_client(shop) as stranger:
        document = """
        mutation ($id: ID!, $size: ArticleSizeInput) { updateArticle(id: $id, input: {size: $size, bestBefore: "x"}) { id } }
        """
        ann = stranger.as_user("ann")
        answer = await ask(ann, document, id="0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11", size={"width": -1})
        assert codes(answer) == [("SB212", "updateArticle")]  # a row that is not there has no faults
