"""Personal data, through the whole path: ciphertext wherever it rests, nothing of it in what operators and strangers see."""

from __future__ import annotations

import base64
import io
import random
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from strongback.crypto.keyring import Keyring
from strongback.errors import SealBroken, UnknownKey
from strongback.observe.output import LogOutput
from strongback.observe.sink import FanOut
from strongback.observe.sinks.log import LogSink
from strongback.serve.metrics import make_metrics
from strongback.store.store import Statement
from strongback.testing.client import AsyncClient, async_client
from tests.scenarios.jobs import Stage, stage, where
from tests.scenarios.test_writes import opened
from tests.services.workshop import workshop

SECRET = "Canary Zürich 4711"
TABLES = ("person", "shop", "hand", '"order"', "order_history", "item")


def spellings(text: str) -> list[bytes]:
    """How *text* could rest somewhere without being hidden."""
    raw = text.encode()
    return [raw, text.encode("utf-16-le"), base64.b64encode(raw)[:-4], raw.hex().encode(), repr(text)[1:-1].encode()]


async def run(on: Stage, sql: str, *values: object, writes: bool = False) -> list[tuple[Any, ...]]:
    """Run SQL with `?` for each value."""
    parts = sql.split("?")
    marks = [f"${i}" if on.app.store.dialect == "postgresql" else "?" for i in range(1, len(parts))]
    sql = parts[0] + "".join(mark + part for mark, part in zip(marks, parts[1:], strict=True))
    names = tuple(f"v{i}" for i in range(len(values)))
    return [tuple(row) for row in await on.app.store.fetch(Statement(sql, names, writes), values)]


async def all_at_rest(on: Stage, folder: Path) -> bytes:
    """Everything the database holds: its files, or every cell of every table."""
    if on.app.store.dialect == "sqlite":
        return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    dumped = b""
    for table in TABLES:
        for row in await run(on, f"SELECT * FROM {table}"):
            dumped += b"\n".join(cell if isinstance(cell, bytes) else str(cell).encode() for cell in row)
    return dumped


async def test_personal_data_rest_as_ciphertext_everywhere(store_url: str, tmp_path: Path) -> None:
    """In the file, the log of writes, the history; also after it was changed and deleted."""
    async with stage(store_url, service=workshop) as on:
        ann = await on.user("ann")
        shop = (await ann("Shop.start", body={"name": "Visible"})).item["id"]
        place = {"shop_id": shop, "title": "t", "letter": SECRET}
        order = (await ann("Order.create", body=place)).item
        assert order["letter"] == SECRET
        assert (await ann("Order.update", order["id"], body={"letter": f"{SECRET} again"})).error is None
        me = (await ann("Person.search")).items[0]["id"]
        changed = await ann("Person.update", me, body={"name": SECRET, "email": f"{SECRET}@example.org"})
        assert changed.item["email"] == f"{SECRET}@example.org"
        assert (await ann("Order.delete", order["id"])).error is None
        rest = await all_at_rest(on, tmp_path)
    assert b"Visible" in rest
    for secret in (SECRET, "ann@example.org"):
        assert [hidden for hidden in spellings(secret) if hidden in rest] == []


async def test_equal_values_do_not_look_equal(store_url: str) -> None:
    """Each sealing has a nonce of its own: neither two rows nor two versions of one show that they hold the same."""
    async with stage(store_url, service=workshop) as on:
        ann = await on.user("ann")
        shop = (await ann("Shop.start", body={"name": "W"})).item["id"]
        for _ in range(3):
            await ann("Order.create", body={"shop_id": shop, "title": "t", "letter": SECRET})
        cells = [c for table in ('"order"', "order_history") for (c,) in await run(on, f"SELECT letter FROM {table}")]
        assert len(cells) == 6 and len(set(cells)) == 3, "the history keeps the very envelope"


async def test_no_two_ciphertexts_can_be_exchanged(store_url: str) -> None:
    """
    Whoever can write to the database cannot make one person's data show as another's, nor one field's as another's.

    The read fails as a fault of ours that says nothing; other rows are still read.
    """
    async with stage(store_url, service=workshop) as on:
        callers = {name: await on.user(name) for name in ("ann", "bob", "eve")}
        ids = {name: (await each("Person.search")).items[0]["id"] for name, each in callers.items()}
        cells = [(name, column) for name in ("ann", "bob") for column in ("name", "email")]
        for (one, first), (other, second) in combinations(cells, 2):
            held = []
            for name, column in ((one, first), (other, second)):
                held += [row[0] for row in await run(on, f"SELECT {column} FROM person WHERE subject = ?", name)]
            await run(on, f"UPDATE person SET {first} = ? WHERE subject = ?", held[1], one, writes=True)
            await run(on, f"UPDATE person SET {second} = ? WHERE subject = ?", held[0], other, writes=True)
            for name in {one, other}:
                for said in (callers[name]("Person.get", ids[name]), callers[name]("Person.search")):
                    error = (await said).error
                    assert isinstance(error, SealBroken)
                    assert not any(word in str(error) for word in ("Ann", "Bob", "example.org"))
            assert (await callers["eve"]("Person.get", ids["eve"])).item["name"] == "Eve"
            await run(on, f"UPDATE person SET {first} = ? WHERE subject = ?", held[0], one, writes=True)
            await run(on, f"UPDATE person SET {second} = ? WHERE subject = ?", held[1], other, writes=True)
            assert (await callers[one]("Person.get", ids[one])).item["name"] == one.title()


async def test_a_ciphertext_does_not_open_in_another_tenant(store_url: str) -> None:
    """An envelope is bound to its tenant, its row and its entity; a changed or cut one opens nowhere."""
    async with stage(store_url, service=workshop) as on:
        ann, orders = await on.user("ann"), []
        for name in ("a", "b"):
            shop = (await ann("Shop.start", body={"name": name})).item["id"]
            orders += [(await ann("Order.create", body={"shop_id": shop, "title": "t", "letter": name})).item["id"]]
        envelopes = [
            (await run(on, 'SELECT letter FROM "order" WHERE title = ? ORDER BY id', "t"))[i][0] for i in (0, 1)
        ]
        flipped = bytes([*envelopes[0][:-1], envelopes[0][-1] ^ 1])
        for wrong in (envelopes[1], flipped, envelopes[0][:-1], b"", b"\x01plain"):
            await run(on, 'UPDATE "order" SET letter = ? WHERE letter = ?', wrong, envelopes[0], writes=True)
            assert isinstance((await ann("Order.get", orders[0])).error, SealBroken)
            assert (await ann("Order.finish", orders[0])).code == "SB910", "an action reads by the same way"
            if wrong != envelopes[1]:
                assert (await ann("Order.get", orders[1])).item["letter"] == "b"
                back = (envelopes[0], wrong)
                await run(on, 'UPDATE "order" SET letter = ? WHERE letter = ?', *back, writes=True)
            else:
                sql = 'UPDATE "order" SET letter = ? WHERE shop_id = (SELECT id FROM shop WHERE name = ?)'
                await run(on, sql, envelopes[0], "a", writes=True)
        assert (await ann("Order.get", orders[0])).item["letter"] == "a"


async def test_an_encrypted_field_is_found_by_what_it_equals(store_url: str) -> None:
    """Exactly, by code point, and behind the permission as every filter."""
    async with stage(store_url, service=workshop) as on:
        ann, bob = await on.user("ann"), await on.user("bob")
        found = await ann("Person.search", filters=where(email="ann@example.org"))
        assert [item["email"] for item in found.items] == ["ann@example.org"]
        for email in ("Ann@example.org", "ann@example.or", "bob@example.org", ""):
            assert (await ann("Person.search", filters=where(email=email))).items == []
        me = found.items[0]["id"]
        assert (await ann("Person.update", me, body={"email": "ann@example.com"})).error is None
        assert (await ann("Person.search", filters=where(email="ann@example.org"))).items == []
        assert len((await ann("Person.search", filters=where(email="ann@example.com"))).items) == 1
        assert (await bob("Person.search", filters=where(email="ann@example.com"))).items == []


async def test_no_value_is_null_and_stays_it(store_url: str) -> None:
    async with opened(store_url) as at:
        shelf = await at.make("Shelf", team_id=at.ours, name="s")
        thing = await at.make("Thing", shelf_id=shelf, code=1)
        for secret in (None, "x", None, ""):
            said = await at.ann("Thing.update", thing, body={"secret": secret})
            assert said.item["secret"] == secret == (await at.ann("Thing.get", thing)).item["secret"]
            assert (await at.run("SELECT secret IS NULL FROM thing"))[0][0] in (
                (1, True) if secret is None else (0, False)
            )


async def test_a_keyring_reads_what_any_of_its_keys_sealed(store_url: str) -> None:
    """A new primary key seals from now on; rows of the older one are read as long as it is there."""
    old, new = bytes(range(32)), bytes(range(1, 33))
    async with stage(store_url, service=workshop) as on:
        await on.user("ann")
        me = (await (await on.user("ann"))("Person.search")).items[0]["id"]
    async with stage(store_url, service=workshop, ring=Keyring({1: old, 2: new}, primary=2)) as on:
        ann, bob = await on.user("ann"), await on.user("bob")
        assert (await ann("Person.get", me)).item["name"] == "Ann"
        his = (await bob("Person.search")).items[0]["id"]
    async with stage(store_url, service=workshop, ring=Keyring({2: new}, primary=2)) as on:
        ann, bob = await on.user("ann"), await on.user("bob")
        assert (await bob("Person.get", his)).item["name"] == "Bob"
        with pytest.raises(UnknownKey):
            error = (await ann("Person.get", me)).error
            raise error or AssertionError


# What others see ----------------------------------------------------------------------------------------------------

NAME = "canary-name-51"
VALUE = "canary-value-93"


def break_handlers(caller: AsyncClient) -> None:
    """Make actions fail as the team's own code does: with values in the text of the error."""
    runtime = caller.app.runtime

    async def fail(*given: Any, **more: Any) -> None:
        try:
            raise KeyError(VALUE)
        except KeyError as error:
            raise RuntimeError(f"cannot work with {given} {more} {VALUE}") from error

    runtime.handlers = {
        **runtime.handlers,
        ("Order", "break_down"): fail,
        ("Order", "greet"): lambda *_, **__: VALUE * 2,
    }


def requests(order: str, chance: random.Random) -> tuple[str, str, dict[str, Any]]:
    """One request that is wrong somewhere, or makes the service fail; its values and names are canaries."""
    path, wrong = f"/v1/orders/{order}", [VALUE, {VALUE: VALUE}, [VALUE], 1e300, None, True, VALUE * 5_000]
    body = {name: chance.choice(wrong) for name in chance.sample(["title", "letter", "size", "tags", "state", NAME], 3)}
    token = {"authorization": f"Bearer {VALUE}"}
    return chance.choice(
        [
            ("POST", "/v1/orders", {"json": body}),
            ("PATCH", path, {"json": body}),
            ("PATCH", path, {"json": {"title": "ok"}, "headers": {"if-match": f'"{VALUE}"'}}),
            ("PATCH", path, {"json": {"title": "ok"}, "headers": {"content-type": VALUE}}),
            ("POST", f"{path}/break-down", {"json": {}}),
            ("POST", f"{path}/greet", {"json": {}}),
            ("POST", f"{path}/rename", {"json": {"title": VALUE * 9}}),
            ("POST", f"{path}/{NAME}", {"json": {}}),
            ("GET", f"/v1/orders/{VALUE}", {}),
            ("GET", f"/v1/{NAME}", {"headers": {NAME: VALUE}}),
            ("GET", f"/v1/people?email={VALUE}&state[eq]={VALUE}", {}),
            ("GET", f"/v1/orders?state={VALUE}&page_token={VALUE}&page_size={VALUE}", {}),
            ("GET", path, {}),
            ("GET", "/v1/orders", {}),
            ("GET", path, {"headers": token}),
            ("GET", path, {"headers": {**token, "cookie": f"{NAME}={VALUE}", "x-request-id": f"{VALUE}\n{VALUE}"}}),
            (NAME.replace("-", "").upper()[:10], path, {}),
        ]
    )


async def test_no_value_of_a_request_or_a_row_is_seen_by_others(store_url: str, lines: io.BytesIO) -> None:
    """500 requests, most of them wrong, some of them broken: no value in an error's body, neither value nor name in logs and figures."""
    chance = random.Random(7)
    async with async_client(workshop, store_url) as stranger:
        metrics = make_metrics(stranger.app.model)
        output = LogOutput(lines, style="json")
        stranger.app.runtime.sink = FanOut([metrics, LogSink(output)])
        ann = stranger.as_user("ann", name=f"{VALUE} Ann", email=f"{VALUE}@example.org")
        shop = (await ann.post("/v1/shops/start", json={"name": "Wood"})).expect(200, 201).json["id"]
        made = await ann.post("/v1/orders", json={"shop_id": shop, "title": "t", "letter": f"{VALUE} letter"})
        order = made.expect(201).json["id"]
        break_handlers(ann)
        seen: dict[int, int] = {}
        for i in range(500):
            if i == 400:
                await stranger.app.store.fetch(Statement("DROP TABLE item", writes=True))
                await stranger.app.store.fetch(
                    Statement('ALTER TABLE "order" RENAME COLUMN letter TO lost', writes=True)
                )
            method, path, more = requests(order, chance)
            caller = chance.choice([ann, ann, stranger])
            answer = await caller.request(method, path, **more)
            seen[answer.status] = seen.get(answer.status, 0) + 1
            if answer.status >= 400:
                assert VALUE.encode() not in answer.body, (method, path, answer.body)
        output.flush()
        text = lines.getvalue() + metrics.render()
    assert seen.get(500, 0) > 10 and seen[422] > 30 and len(seen) >= 6, seen
    assert lines.getvalue().count(b"\n") >= 500
    for canary in (VALUE, NAME):
        assert not [line for line in text.splitlines() if any(s in line for s in spellings(canary)[:4])]
