"""Queries: connections, filters, interfaces, the union, rights, and what REST says of the same."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest

from tests.demo_server.graphql_api.conftest import Graph

PAGE = """
query Page($first: Int, $after: String, $last: Int, $before: String, $sort: ProductSort) {
  products(first: $first, after: $after, last: $last, before: $before, sort: $sort) {
    edges { cursor node { id name price createdAt } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    totalCount
  }
}"""


def ids(page: dict[str, Any]) -> list[int]:
    return [int(edge["node"]["id"]) for edge in page["products"]["edges"]]


def test_a_product_says_the_same_as_in_rest(graph: Graph) -> None:
    rest = graph.http.get("/api/products/7").json()
    data = graph.data(
        """{ product(id: 7) { id sku name title description category { id name slug } price stock
        tags { slug } rating reviewCount version createdAt updatedAt inStock withdrawnAt } }"""
    )["product"]
    assert data["id"] == str(rest["id"])
    assert data["title"] == data["name"] == rest["name"]
    assert data["category"] == {**rest["category"], "id": str(rest["category"]["id"])}
    assert sorted(tag["slug"] for tag in data["tags"]) == rest["tags"]
    assert data["reviewCount"] == rest["review_count"]
    assert data["createdAt"] == rest["created_at"]
    for same in ("sku", "description", "price", "stock", "rating", "version"):
        assert data[same] == rest[same]
    assert data["inStock"] is (rest["stock"] > 0)
    assert data["withdrawnAt"] is None


@pytest.mark.parametrize("by", ["ID", "NAME", "PRICE", "CREATED_AT"])
@pytest.mark.parametrize("direction", ["ASCENDING", "DESCENDING"])
def test_pages_follow_each_other_without_gap_or_repetition(
    graph: Graph, by: str, direction: str
) -> None:
    sort = {"by": by, "direction": direction}
    whole = ids(graph.data(PAGE, {"first": 60, "sort": sort}))
    forward: list[int] = []
    after = None
    for _ in range(4):
        page = graph.data(PAGE, {"first": 15, "after": after, "sort": sort})
        forward += ids(page)
        after = page["products"]["pageInfo"]["endCursor"]
    assert forward == whole
    back = graph.data(PAGE, {"last": 15, "before": after, "sort": sort})
    assert ids(back) == whole[-16:-1]
    info = back["products"]["pageInfo"]
    assert (info["hasPreviousPage"], info["hasNextPage"]) == (True, True)


def test_the_last_page_knows_that_it_is_the_last(graph: Graph) -> None:
    total = graph.http.get("/api/products?page_size=1").json()["total"]
    page = graph.data(PAGE, {"last": 5})
    assert page["products"]["totalCount"] == total
    assert page["products"]["pageInfo"]["hasNextPage"] is False
    beyond = graph.data(PAGE, {"first": 5, "after": page["products"]["pageInfo"]["endCursor"]})
    assert beyond["products"]["edges"] == []
    assert beyond["products"]["pageInfo"]["startCursor"] is None


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "%%%", "bnVsbA", base64.urlsafe_b64encode(b'["id","x",7]').decode(), "[" * 3000,
     base64.urlsafe_b64encode(json.dumps(["price", "1", 2]).encode()).decode()],
)  # fmt: skip
def test_a_foreign_cursor_is_bad_input(graph: Graph, cursor: str) -> None:
    error = graph.error(PAGE, {"first": 1, "after": cursor})
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["path"] == ["products"]


@pytest.mark.parametrize("variables", [{"first": -1}, {"first": 101}, {"first": 1, "last": 1}])
def test_a_size_out_of_range_is_bad_input(graph: Graph, variables: dict[str, int]) -> None:
    assert graph.error(PAGE, variables)["extensions"]["code"] == "BAD_USER_INPUT"


def test_filters_are_those_of_rest(graph: Graph) -> None:
    rest = graph.http.get(
        "/api/products?q=oak&min_price=50.00&max_price=300.00&in_stock=true&page_size=100"
    ).json()
    data = graph.data(
        """query($filter: ProductFilter) { products(first: 100, filter: $filter) {
        nodes { id } totalCount } }""",
        {"filter": {"search": "oak", "minPrice": "50.00", "maxPrice": "300.00", "inStock": True}},
    )["products"]
    assert [int(node["id"]) for node in data["nodes"]] == [each["id"] for each in rest["items"]]
    assert data["totalCount"] == rest["total"] > 0


def test_a_category_leads_up_down_and_to_its_products(graph: Graph) -> None:
    data = graph.data(
        "{ categories { name parent { id } children { name parent { name } "
        "products(first: 2) { totalCount nodes { category { name } } } } } }"
    )["categories"]
    assert len(data) > 1
    for top in data:
        assert top["parent"] is None
        for below in top["children"]:
            assert below["parent"]["name"] == top["name"]


def test_a_search_finds_several_kinds(graph: Graph) -> None:
    found = graph.data(
        """{ search(text: "or", kinds: [PRODUCT, CATEGORY, TAG, REVIEW], first: 3) {
        __typename ... on Node { id } ... on Shelf { name slug } ... on Review { title } } }"""
    )["search"]
    assert {each["__typename"] for each in found} >= {"Product", "Category", "Tag"}
    assert all(each["id"] for each in found)


@pytest.mark.parametrize("kind", ["Product", "Category", "Tag", "Review"])
def test_anything_public_is_found_by_type_and_id(graph: Graph, kind: str) -> None:
    query = "query($type: String!) { node(type: $type, id: 1) { __typename id } }"
    assert graph.data(query, {"type": kind})["node"] == {"__typename": kind, "id": "1"}


@pytest.mark.parametrize("key", ["0", "-1", "x", "", "1.0", "9" * 30, "９"])
def test_an_id_of_nothing_gives_null(graph: Graph, key: str) -> None:
    data = graph.data(
        "query($id: ID!) { product(id: $id) { id } tag(id: $id) { id } }", {"id": key}
    )
    assert data == {"product": None, "tag": None}


def test_a_product_is_named_by_exactly_one_thing(graph: Graph) -> None:
    sku = graph.data("{ product(id: 7) { sku } }")["product"]["sku"]
    query = "query($lookup: ProductLookup!) { productBy(lookup: $lookup) { id } }"
    assert graph.data(query, {"lookup": {"sku": sku}})["productBy"] == {"id": "7"}
    assert graph.data(query, {"lookup": {"id": "7"}})["productBy"] == {"id": "7"}
    for wrong in ({}, {"id": "7", "sku": sku}, {"id": None}):
        assert graph.ask(query, {"lookup": wrong})["errors"]


def test_reviews_of_a_product_page_on(graph: Graph) -> None:
    query = """query($after: String) { product(id: 7) { reviewCount reviews(first: 2, after: $after)
      { totalCount nodes { id author rating } pageInfo { hasNextPage endCursor } } } }"""
    seen: list[str] = []
    after = None
    while True:
        product = graph.data(query, {"after": after})["product"]
        piece = product["reviews"]
        seen += [each["id"] for each in piece["nodes"]]
        after = piece["pageInfo"]["endCursor"]
        if not piece["pageInfo"]["hasNextPage"]:
            break
    rest = graph.http.get("/api/products/7/reviews?page_size=100").json()
    assert seen == [str(each["id"]) for each in rest["items"]]
    assert product["reviewCount"] == piece["totalCount"] == len(seen) > 2


def test_orders_are_those_that_rest_shows_the_same_person(
    graph: Graph, as_customer: dict[str, str], as_staff: dict[str, str]
) -> None:
    query = """{ orders(first: 5) { totalCount nodes { id status placedAt total version
      user { username } address { city } lines { quantity unitPrice total product { id } } } } }"""
    for who in (as_customer, as_staff):
        data = graph.data(query, authorization=who["Authorization"])["orders"]
        rest = graph.http.get("/api/orders?page_size=5", headers=who).json()
        assert data["totalCount"] == rest["total"]
        for one, other in zip(data["nodes"], rest["items"], strict=True):
            assert one["total"] == other["total"]
            assert one["status"] == other["status"].upper()
            assert [line["total"] for line in one["lines"]] == [
                line["total"] for line in other["lines"]
            ]


@pytest.mark.parametrize(
    ("query", "nobody", "customer"),
    [
        ("{ orders { totalCount } }", "UNAUTHENTICATED", None),
        ("{ users { totalCount } }", "UNAUTHENTICATED", "FORBIDDEN"),
        ("{ user(id: 1) { username } }", "UNAUTHENTICATED", "FORBIDDEN"),
        ('{ node(type: "User", id: 1) { id } }', "UNAUTHENTICATED", "FORBIDDEN"),
        ("{ revenueByCategory { category revenue } }", "UNAUTHENTICATED", "FORBIDDEN"),
        ("{ bestSellers { units product { name } } }", "UNAUTHENTICATED", "FORBIDDEN"),
        ("{ product(id: 7) { revenue } }", "UNAUTHENTICATED", "FORBIDDEN"),
    ],
)
def test_who_may_read_what(
    graph: Graph,
    as_customer: dict[str, str],
    as_staff: dict[str, str],
    query: str,
    nobody: str,
    customer: str | None,
) -> None:
    assert graph.error(query)["extensions"]["code"] == nobody
    if customer:
        error = graph.error(query, authorization=as_customer["Authorization"])
        assert error["extensions"]["code"] == customer
    graph.data(query, authorization=as_staff["Authorization"])


def test_a_refused_field_leaves_the_others_alone(graph: Graph) -> None:
    answer = graph.ask("{ me { id } users { totalCount } product(id: 7) { name revenue } }")
    assert answer["data"]["me"] is None
    assert answer["data"]["users"] is None
    assert answer["data"]["product"]["name"]
    assert [each["path"] for each in answer["errors"]] == [["users"], ["product", "revenue"]]


def test_another_customers_order_is_as_good_as_none(
    graph: Graph, as_customer: dict[str, str], as_staff: dict[str, str]
) -> None:
    me = graph.data("{ me { id } }", authorization=as_customer["Authorization"])["me"]["id"]
    orders = graph.data(
        "{ orders(first: 50) { nodes { id user { id } } } }",
        authorization=as_staff["Authorization"],
    )["orders"]["nodes"]
    foreign = next(each["id"] for each in orders if each["user"]["id"] != me)
    query = "query($id: ID!) { order(id: $id) { id } }"
    assert graph.data(query, {"id": foreign}, **lower(as_customer)) == {"order": None}
    assert graph.data(query, {"id": foreign}, **lower(as_staff)) == {"order": {"id": foreign}}


def lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def test_a_wrong_token_is_401_with_a_challenge(graph: Graph) -> None:
    answer = graph.post("{ __typename }", headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_a_session_needs_its_csrf_token(graph: Graph, introduction: dict[str, Any]) -> None:
    known = introduction["users"]["customer"]
    with httpx.Client(base_url=graph.http.base_url, trust_env=False, timeout=20) as browser:
        for _ in range(100):  # the password is hashed shortly after the start
            login = browser.post("/api/auth/login", json=known)
            if login.status_code == 200:
                break
        here = Graph(browser)
        refused = here.post("{ me { username } }")
        assert refused.status_code == 403
        headers = {"X-CSRFToken": login.json()["csrf_token"]}
        answer = here.post("{ me { username } }", headers=headers).json()
        assert answer["data"]["me"]["username"] == "customer"
        read = browser.get("/graphql", params={"query": "{ me { username } }"}).json()
        assert read["data"]["me"]["username"] == "customer"
