"""Tables that are there already: answered, written and referred to as any, left as they are, and looked at before the service starts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from strongback import testing
from strongback.contract.openapi import make_openapi
from strongback.errors import NotLoaded, TableUnfit
from strongback.store.open import open_store
from strongback.store.store import Store
from strongback.testing.client import AsyncClient
from tests.services.legacy import Country, Customer, Gate, User, Visit, legacy

TABLES = (
    """CREATE TABLE tbl_countries (
         iso2 varchar(2) NOT NULL PRIMARY KEY, cntry_nm varchar(60) NOT NULL, listed boolean NOT NULL, population integer)""",
    """CREATE TABLE tbl_customers (
         customer_no bigint NOT NULL PRIMARY KEY, cust_nm varchar(80) NOT NULL, vat_no varchar(20) NOT NULL, rating bigint,
         country_iso varchar(2) NOT NULL REFERENCES tbl_countries, keeper_id {uuid}, remark varchar(200) DEFAULT 'old' NOT NULL)""",
    """CREATE TABLE tbl_visits (
         visit_no {number}, customer_no bigint NOT NULL REFERENCES tbl_customers, keeper_id {uuid} NOT NULL,
         after_id bigint REFERENCES tbl_visits, note varchar(80) NOT NULL)""",
    "CREATE UNIQUE INDEX one_vat ON tbl_customers (vat_no)",
    "INSERT INTO tbl_countries VALUES ('NO', 'Norway', true, 5), ('XX', 'Nowhere', false, 0), ('SE', 'Sweden', true, 10)",
    "INSERT INTO tbl_customers VALUES (7, 'Fjord', 'V7', 3, 'NO', NULL, 'kept'), (9, 'Ås', 'V9', NULL, 'NO', NULL, 'kept')",
)


NUMBERED = "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"


async def run_sql(store: Store, *statements: str, numbered: str = NUMBERED) -> None:
    words = {"uuid": "uuid", "number": numbered}
    if store.dialect == "sqlite":
        words = {"uuid": "TEXT", "number": "INTEGER PRIMARY KEY"}
    async with store.session() as session:
        for statement in statements:
            await session.run(statement.format(**words))


async def prepare(store_url: str, *more: str, tables: tuple[str, ...] = TABLES, numbered: str = NUMBERED) -> None:
    store, _ = open_store(store_url)
    await store.start()
    try:
        await run_sql(store, *tables, *more, numbered=numbered)
    finally:
        await store.close()


@asynccontextmanager
async def served(store_url: str, *more: str, numbered: str = NUMBERED) -> AsyncIterator[AsyncClient]:
    await prepare(store_url, *more, numbered=numbered)
    async with testing.async_client(legacy, store=store_url) as client:
        yield client


async def test_rows_are_answered_under_declared_names_with_their_own_keys(store_url: str) -> None:
    async with served(store_url) as client:
        ann = client.as_user("ann")
        country = await client.get("/v1/countries/NO")
        assert country.json == {"id": "NO", "name": "Norway", "listed": True}
        assert "etag" not in country.headers
        customer = (await ann.get("/v1/customers/7?include=country")).expect(200).json
        assert customer == {
            "id": 7,
            "name": "Fjord",
            "number": "V7",
            "country_id": "NO",
            "keeper_id": None,
            "country": country.json,
        }
        assert [row["id"] for row in (await client.get("/v1/countries")).json["items"]] == ["NO", "SE"]
        assert [row["id"] for row in (await ann.get("/v1/customers?country_id=NO")).json["items"]] == [7]


@pytest.mark.parametrize("id_", ["8", "no-id", "99999999999999999999", "1.5", "%00", "-1"])
async def test_what_is_no_key_is_the_key_of_no_row(store_url: str, id_: str) -> None:
    async with served(store_url) as client:
        refused = await client.as_user("ann").get(f"/v1/customers/{id_}")
        assert (refused.status, refused.json["code"], refused.json["detail"]) == (
            404,
            "SB212",
            "there is no such resource",
        )


async def test_a_page_goes_on_behind_any_key(store_url: str) -> None:
    async with served(store_url) as client:
        first = (await client.get("/v1/countries?page_size=1")).expect(200).json
        second = (await client.get(f"/v1/countries?page_size=1&page_token={first['next_page_token']}")).expect(200).json
        assert [row["id"] for page in (first, second) for row in page["items"]] == ["NO", "SE"]


async def test_rows_are_made_with_the_key_that_is_given_and_changed_and_deleted(store_url: str) -> None:
    async with served(store_url) as client:
        ann = client.as_user("ann")
        me = (
            (await ann.post("/v1/customers/enter", json={"number": 12, "name": "Ny", "country_id": "SE"}))
            .expect(200)
            .json
        )
        assert (me["id"], me["rating"]) == (12, None)
        await_rated = await ann.post("/v1/customers/12/rate", json={"rating": 4})
        assert await_rated.expect(200).json["rating"] == 4
        changed = await ann.patch("/v1/customers/12", json={"name": "Nytt"})
        assert changed.expect(200).json["name"] == "Nytt" and "etag" not in changed.headers
        body = {"id": 12, "name": "Ny", "number": "V12", "country_id": "SE", "keeper_id": me["keeper_id"]}
        again = await ann.post("/v1/customers", json=body)
        assert (again.status, again.json["reason"]) == (409, "tbl_customers_id_taken")
        other = await ann.post("/v1/customers", json={**body, "id": 13, "number": "V7"})
        assert (other.status, other.json["reason"]) == (409, "tbl_customers_number_taken")
        made = (await ann.post("/v1/customers", json={**body, "id": 13})).expect(201)
        assert made.headers["location"] == "/v1/customers/13"
        assert (await ann.delete("/v1/customers/13")).status == 204
        missing = await ann.post("/v1/customers", json={name: value for name, value in body.items() if name != "id"})
        assert (missing.status, missing.json["errors"][0]["pointer"]) == (422, "/id")
        assert (await ann.patch("/v1/customers/12", json={"id": 14})).status == 422


async def test_what_is_not_mapped_stays_as_it_is(store_url: str) -> None:
    async with served(store_url) as client:
        ann = client.as_user("ann")
        (await ann.post("/v1/customers/enter", json={"number": 12, "name": "Ny", "country_id": "SE"})).expect(200)
        (await ann.patch("/v1/customers/12", json={"name": "Nytt"})).expect(200)
        async with client.app.store.session() as session:
            rows = await session.fetch("SELECT customer_no, remark FROM tbl_customers ORDER BY customer_no")
            columns = await session.fetch("SELECT * FROM tbl_countries")
        assert [tuple(row) for row in rows] == [(7, "kept"), (9, "kept"), (12, "old")]
        assert len(columns[0]) == 4


async def test_no_precondition_on_a_version_holds(store_url: str) -> None:
    """No write is done under a condition that nothing can judge; `*` asks only that the row is there."""
    async with served(store_url) as client:
        ann = client.as_user("ann")
        for tag in ('"0"', '"1"', '"x"'):
            refused = await ann.patch("/v1/countries/NO", json={"name": "Norge"}, headers={"if-match": tag})
            assert (refused.status, refused.json["code"]) == (412, "SB252")
        read = await ann.get("/v1/countries/NO", headers={"if-match": '"1"'})
        assert (read.status, read.json["code"]) == (412, "SB252")
        batch = {"operations": [{"update": {"id": "NO", "if_match": "1", "set": {"name": "Norge"}}}]}
        assert (await ann.post("/v1/countries/batch", json=batch)).status == 412
        assert (await client.get("/v1/countries/NO")).json["name"] == "Norway"
        done = await ann.patch("/v1/countries/NO", json={"name": "Norge"}, headers={"if-match": "*"})
        assert done.expect(200).json["name"] == "Norge"


async def test_rows_of_ours_refer_to_them(store_url: str) -> None:
    async with served(store_url) as client:
        ann = client.as_user("ann")
        me = (await ann.post("/v1/customers/enter", json={"number": 12, "name": "Ny", "country_id": "SE"})).json[
            "keeper_id"
        ]
        order = {"customer_id": 12, "origin_id": "NO", "taken_by_id": me, "text": "Ten"}
        id_ = (await ann.post("/v1/orders", json=order)).expect(201).json["id"]
        made = (await ann.get(f"/v1/orders/{id_}?include=customer,origin")).expect(200).json
        assert (made["customer"]["name"], made["origin"]["name"]) == ("Ny", "Norway")
        wrong = await ann.post(
            "/v1/orders", json={**order, "customer_id": 9, "origin_id": "ZZ"}
        )  # 9 is not theirs to read
        assert [(e["pointer"], e["code"]) for e in wrong.json["errors"]] == [
            ("/customer_id", "SB203"),
            ("/origin_id", "SB203"),
        ]
        assert (await ann.get("/v1/orders?customer_id=12&origin_id=NO")).json["items"][0]["id"] == made["id"]
        held = await ann.delete("/v1/customers/12")
        assert (held.status, held.json["code"]) == (409, "SB232")
        batch = {"operations": [{"update": {"id": 12, "set": {"name": "B"}}}, {"update": {"id": "12", "set": {}}}]}
        refused = await ann.post("/v1/customers/batch", json=batch)
        assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/operations/1/update/id")
        done = await ann.post("/v1/customers/batch", json={"operations": batch["operations"][:1]})
        assert done.expect(200).json["results"][0]["id"] == 12


async def test_an_action_never_loses_what_another_wrote_between(postgres_url: str) -> None:
    """The row has no version: it is compared with what was loaded, and the action is run once more."""
    async with served(postgres_url) as client:
        ann = client.as_user("ann")
        for number in (12, 13):
            (
                await ann.post("/v1/customers/enter", json={"number": number, "name": f"N{number}", "country_id": "SE"})
            ).expect(200)
        Gate.between.append(write_of(client, 3))
        (await ann.post("/v1/customers/12/lend", json={"other_id": 13})).expect(204)
        assert (await ann.get("/v1/customers/13")).json["rating"] == 4
        Gate.between += [write_of(client, 1), write_of(client, 2)]
        twice = await ann.post("/v1/customers/12/lend", json={"other_id": 13})
        assert (twice.status, twice.json["code"]) == (409, "SB234")


def write_of(client: AsyncClient, rating: int) -> Callable[[], Awaitable[None]]:
    async def write() -> None:
        await run_sql(client.app.store, f"UPDATE tbl_customers SET rating = {rating} WHERE customer_no = 13")

    return write


async def test_text_is_ordered_by_code_point_whatever_its_collation(postgres_url: str) -> None:
    """Rows and pages come in the order in which SQLite has them; a key of another collation joins rows of ours."""
    names = "INSERT INTO tbl_countries VALUES ('A1', 'norge', true, 0), ('A2', 'Åland', true, 0)"
    async with served(postgres_url, names) as client:
        rows, token = [], ""
        while True:
            page = (await client.get(f"/v1/countries?page_size=1{token}")).expect(200).json
            rows += [row["name"] for row in page["items"]]
            if "next_page_token" not in page:
                break
            token = f"&page_token={page['next_page_token']}"
        assert rows == sorted(["Norway", "Sweden", "norge", "Åland"])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("DROP TABLE tbl_visits", "there is no table `tbl_visits`, which `Visit` names"),
        (
            "ALTER TABLE tbl_customers RENAME COLUMN cust_nm TO nm",
            "`Customer.name`: the table `tbl_customers` has no column `cust_nm`",
        ),
        ("DROP INDEX one_vat", "`Customer`: no unique index of `tbl_customers` is on (vat_no)"),
    ],
)
async def test_a_table_that_is_not_as_declared_stops_the_start(store_url: str, change: str, told: str) -> None:
    await prepare(store_url, change)
    app = testing.async_client(legacy, store=store_url).app
    try:
        with pytest.raises(TableUnfit, match="SB437") as refused:
            await app.start(create=True)
        assert told in refused.value.message
    finally:
        await app.close()


async def test_everything_that_does_not_fit_is_told_at_once(store_url: str) -> None:
    tables = (
        """CREATE TABLE tbl_countries (iso2 varchar(2) NOT NULL, cntry_nm varchar(60) NOT NULL, listed date NOT NULL,
             continent varchar(9) NOT NULL)""",
        """CREATE TABLE tbl_customers (customer_no bigint NOT NULL PRIMARY KEY, cust_nm bigint NOT NULL,
             vat_no varchar(20), rating bigint NOT NULL, country_iso varchar(2) NOT NULL, keeper_id {uuid})""",
    )
    await prepare(store_url, tables=tables)
    app = testing.async_client(legacy, store=store_url).app
    try:
        with pytest.raises(TableUnfit) as refused:
            await app.start(create=True)
    finally:
        await app.close()
    told = refused.value.message
    for each in (
        "nothing keeps `iso2` of `tbl_countries` unique by itself, so that it is no key",
        "a new row needs a value for `continent` of `tbl_countries`, and no member is that column",
        "`Customer.name`: the column `cust_nm` of `tbl_customers` is `bigint`",
        "`Customer.number`: the column `vat_no` of `tbl_customers` may be null",
        "`Customer.rating`: the column `rating` of `tbl_customers` does not take null",
    ):
        assert each in told
    if store_url.startswith("postgresql"):
        assert "`Country.listed`: the column `listed` of `tbl_countries` is `date`, which does not hold a bool" in told


async def test_a_migration_leaves_them_alone(store_url: str) -> None:
    async with served(store_url) as client:
        told = await client.app.migrate(dry_run=True)
        assert told == []
        (await client.get("/v1/countries/NO")).expect(200)
        async with client.app.store.session() as session:
            made = [row[0] for row in await session.fetch("SELECT key FROM _strongback")]
        assert "made" in made


# -- keys that the database generates


async def entered(client: AsyncClient, number: int = 12) -> str:
    """A customer of ann's; her id."""
    body = {"number": number, "name": f"N{number}", "country_id": "SE"}
    made = await client.as_user("ann").post("/v1/customers/enter", json=body)
    return str(made.expect(200).json["keeper_id"])


@pytest.mark.parametrize(
    "numbered", [NUMBERED, "bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY", "bigserial PRIMARY KEY"]
)
async def test_the_database_numbers_new_rows(store_url: str, numbered: str) -> None:
    async with served(store_url, numbered=numbered) as client:
        ann = client.as_user("ann")
        visit = {"customer_id": 12, "keeper_id": await entered(client), "note": "first"}
        made = (await ann.post("/v1/visits", json=visit)).expect(201)
        assert made.headers["location"] == f"/v1/visits/{made.json['id']}"
        assert made.json == {"id": made.json["id"], "after_id": None, **visit}
        next_ = (await ann.post("/v1/visits", json={**visit, "after_id": made.json["id"]})).expect(201)
        assert next_.json["id"] == made.json["id"] + 1
        assert (await ann.get(next_.headers["location"])).json == next_.json
        given = await ann.post("/v1/visits", json={**visit, "id": 99})
        assert (given.status, [(e["pointer"], e["code"]) for e in given.json["errors"]]) == (422, [("/id", "SB202")])
        assert (await ann.patch(made.headers["location"], json={"id": 99})).status == 422
        operations = [{"create": visit}, {"create": visit}, {"update": {"id": made.json["id"], "set": {"note": "b"}}}]
        batch = (await ann.post("/v1/visits/batch", json={"operations": operations})).expect(200)
        ids = [each["id"] for each in batch.json["results"]]
        assert ids[0] > next_.json["id"] and ids[1:] == [ids[0] + 1, made.json["id"]]
        listed = (await ann.get("/v1/visits?customer_id=12")).json["items"]
        assert [row["id"] for row in listed] == [ids[1], ids[0], next_.json["id"], made.json["id"]]


async def test_a_refused_create_leaves_no_row_and_tells_no_number(store_url: str) -> None:
    async with served(store_url) as client:
        visit = {"customer_id": 12, "keeper_id": await entered(client), "note": "first"}
        bob = await client.as_user("bob").post("/v1/visits", json=visit)
        assert bob.status == 403 and "location" not in bob.headers
        async with client.app.store.session() as session:
            assert not await session.fetch("SELECT 1 FROM tbl_visits")


async def test_rows_that_an_action_makes_are_numbered_in_the_order_of_their_references(store_url: str) -> None:
    async with served(store_url) as client:
        ann = client.as_user("ann")
        await entered(client)
        first, second = (await ann.post("/v1/visits/tour", json={"customer_id": 12})).expect(200).json["items"]
        assert (first["note"], first["after_id"]) == ("first", None)
        assert (second["note"], second["after_id"]) == ("second", first["id"]) and second["id"] > first["id"]
        (order,) = (await ann.get("/v1/orders")).json["items"]
        assert order["visit_id"] == second["id"]


async def test_rows_that_refer_to_each_other_and_to_themselves_are_numbered(store_url: str) -> None:
    async with served(store_url) as client:
        ann = client.as_user("ann")
        await entered(client)
        made = (await ann.post("/v1/visits/circle", json={"customer_id": 12})).expect(200).json["items"]
        one, other, alone = (row["id"] for row in made)
        assert [row["after_id"] for row in made] == [other, one, alone]
        assert [row["note"] for row in made] == [f"{one} True True", f"{other} True False", f"{alone} True False"]


def test_the_document_gives_a_create_no_key_that_the_database_generates() -> None:
    schemas = make_openapi(testing.async_client(legacy).app.model)["components"]["schemas"]
    assert "id" in schemas["CustomerCreate"]["properties"] and "id" not in schemas["VisitCreate"]["properties"]
    assert schemas["Visit"]["properties"]["id"]["type"] == "integer" and "id" in schemas["Visit"]["required"]


def test_a_number_is_not_there_before_the_row_is_saved() -> None:
    ann = User(subject="ann")
    customer = Customer(id=1, name="N", number="V1", country=Country(id="NO", name="Norway"))
    one, other = (Visit(customer=customer, keeper=ann, note="same") for _ in range(2))
    assert one == one and one != other and len({one, other, one}) == 2  # noqa: PLR0124 - a row is itself
    with pytest.raises(NotLoaded, match="when the row is saved") as refused:
        print(one.id)
    assert refused.value.code == "SB140" and repr(one) == "<Visit ?>"
    with pytest.raises(TypeError, match="no `id` to be made with"):
        Visit(id=3, customer=customer, keeper=ann)  # type: ignore[call-arg]  # the database gives it


@pytest.mark.parametrize("default", ["", "DEFAULT 0"])
async def test_a_key_that_is_not_generated_is_not_declared_so(store_url: str, default: str) -> None:
    tables = (*TABLES[:2], TABLES[2].replace("{number}", f"bigint NOT NULL {default} PRIMARY KEY"), *TABLES[3:])
    await prepare(store_url, tables=tables)
    assert "take `generated=True` away" in await refused_start(store_url)


async def test_a_key_that_the_database_alone_gives_is_declared_so(postgres_url: str) -> None:
    tables = (TABLES[0], TABLES[1].replace("bigint NOT NULL PRIMARY KEY", "{number}"), *TABLES[2:4])
    await prepare(postgres_url, tables=tables)
    assert "write `sb.key(generated=True)`" in await refused_start(postgres_url)


async def test_sqlite_numbers_no_key_that_an_index_keeps(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shop.db"
    visits = TABLES[2].replace("{number}", "INTEGER NOT NULL PRIMARY KEY") + " WITHOUT ROWID"
    await prepare(url, tables=(*TABLES[:2], visits, *TABLES[3:]))
    assert "take `generated=True` away" in await refused_start(url)


async def refused_start(store_url: str) -> str:
    app = testing.async_client(legacy, store=store_url).app
    try:
        with pytest.raises(TableUnfit) as refused:
            await app.start(create=True)
    finally:
        await app.close()
    return refused.value.message
