"""Requests at the edge of what the document offers are answered, since it offers them."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from strongback.contract.openapi import make_openapi
from strongback.model.load import load
from strongback.testing.client import Client, client
from tests.services.shop import shop

SIZE = {"width": 1.0}


def make_article(ada: Client) -> str:
    """An article on sale, of whose margin only its brand knows."""
    brand = ada.post("/v1/brands/register", json={"name": "Acme"}).expect(200).json["id"]
    shelf = ada.post("/v1/shelves", json={"brand_id": brand, "label": "top"}).expect(201).json["id"]
    given = {"shelf_id": shelf, "title": "Pen", "price": "1.00", "size": SIZE, "stock": 1, "ready": True}
    return str(ada.post("/v1/articles", json={**given, "margin": "0.50"}).expect(201).json["id"])


def test_every_filter_may_be_given_at_once() -> None:
    listed = make_openapi(load(shop))["paths"]["/v1/articles"]["get"]["parameters"]
    filters = [p["name"] for p in listed if p.get("name", "").endswith("[null]")]
    compared = [
        f"{name}[{op}]" for name in ("stock", "views", "ratio", "price") for op in ("gt", "gte", "lt", "lte", "ne")
    ]
    compared += [f"{name}[{op}]" for name in ("best_before", "released") for op in ("gt", "gte", "lt", "lte", "ne")]
    values = {"best_before": "2026-01-02", "released": "2026-01-02T03:04:05Z"}
    pairs = [f"{quote(name)}=true" for name in filters]
    pairs += [f"{quote(name)}={quote(values.get(name.partition('[')[0], '1'))}" for name in compared]
    assert len(pairs) > 32
    answer = client(shop).as_user("ada").get("/v1/articles?" + "&".join(pairs))
    assert answer.expect(200).json == {"items": []}


def test_a_member_that_a_caller_never_sees_is_absent_when_asked_for() -> None:
    stranger = client(shop)
    ada = stranger.as_user("ada")
    path = f"/v1/articles/{make_article(ada)}?fields=title,margin"
    assert ada.get(path).json == {"title": "Pen", "margin": "0.50"}
    assert stranger.get(path).expect(200).json == {"title": "Pen"}


def test_null_is_no_json_value_where_one_is_needed() -> None:
    ada = client(shop).as_user("ada")
    brand = ada.post("/v1/brands/register", json={"name": "Acme"}).expect(200).json["id"]
    shelf = ada.post("/v1/shelves", json={"brand_id": brand, "label": "top"}).expect(201).json["id"]
    given = {"shelf_id": shelf, "title": "Pen", "price": "1.00", "size": SIZE}
    article = ada.post("/v1/articles", json=given).expect(201).json["id"]
    for answer in (
        ada.post("/v1/articles", json={**given, "extra": None}),
        ada.patch(f"/v1/articles/{article}", json={"extra": None}),
    ):
        assert [fault["pointer"] for fault in answer.expect(422).json["errors"]] == ["/extra"]


@pytest.mark.parametrize("query", ["", "&include=article.shelf"])
def test_of_what_is_included_a_caller_may_see_no_member(store_url: str, query: str) -> None:
    """Of the rows that are included only what this caller never sees is asked for, alone or with relations of theirs."""
    stranger = client(shop, store_url)
    ada = stranger.as_user("ada")
    article = make_article(ada)
    tag = ada.post("/v1/tags", json={"word": "new"}).expect(201).json["id"]
    tagging = ada.post("/v1/taggings", json={"article_id": article, "tag_id": tag}).expect(201).json["id"]
    asked = f"?fields=id{query or '&include=article'}&article.fields=margin"
    found = stranger.get(f"/v1/taggings/{tagging}{asked}").expect(200).json
    assert found == {"id": tagging, "article": {"shelf": found["article"]["shelf"]} if query else {}}
    seen = ada.get(f"/v1/taggings/{tagging}{asked}").expect(200).json
    assert seen["article"] == {"margin": "0.50", **found["article"]}
