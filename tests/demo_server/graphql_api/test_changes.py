"""Mutations: typed user errors, the rights of REST, one transaction each."""

from __future__ import annotations

from typing import Any

import pytest

from tests.demo_server.conftest import ShopServer
from tests.demo_server.graphql_api.conftest import Graph, tokens_of

ERRORS = "errors { __typename message path ... on StaleError { currentVersion } }"
UPDATE = f"""mutation($id: ID!, $input: ProductChanges!, $version: Int) {{
  updateProduct(id: $id, input: $input, version: $version) {{
    product {{ id name price stock version tags {{ slug }} }} {ERRORS} }} }}"""


@pytest.fixture
def staff(fresh_shop: ShopServer) -> dict[str, str]:
    return {"authorization": f"Bearer {tokens_of(fresh_shop)['staff']}"}


@pytest.fixture
def customer(fresh_shop: ShopServer) -> dict[str, str]:
    return {"authorization": f"Bearer {tokens_of(fresh_shop)['customer']}"}


def test_a_product_is_created_changed_and_withdrawn(
    fresh_graph: Graph, staff: dict[str, str]
) -> None:
    create = f"""mutation($input: ProductInput!) {{ createProduct(input: $input) {{
      product {{ id sku price stock category {{ id }} tags {{ slug }} version }} {ERRORS} }} }}"""
    tag = fresh_graph.data("{ tags { slug } }")["tags"][0]["slug"]
    made = fresh_graph.data(
        create,
        {"input": {"sku": "NEW-0001", "name": "New", "categoryId": "1", "price": "9.90",
                   "stock": 3, "tags": [tag]}},
        **staff,
    )["createProduct"]  # fmt: skip
    assert made["errors"] == []
    product = made["product"]
    assert product["tags"] == [{"slug": tag}]
    assert graph_price(fresh_graph, product["id"]) == "9.90"

    changed = fresh_graph.data(
        UPDATE, {"id": product["id"], "input": {"price": "8.50"}, "version": 1}, **staff
    )["updateProduct"]
    assert changed["product"]["price"] == "8.50"
    assert graph_price(fresh_graph, product["id"]) == "8.50"

    stale = fresh_graph.data(
        UPDATE, {"id": product["id"], "input": {"price": "1.00"}, "version": 1}, **staff
    )["updateProduct"]
    assert stale["product"] is None
    assert stale["errors"][0]["__typename"] == "StaleError"
    assert stale["errors"][0]["currentVersion"] == 2

    withdraw = f"""mutation($id: ID!) {{ withdrawProduct(id: $id) {{
      product {{ withdrawnAt }} {ERRORS} }} }}"""
    gone = fresh_graph.data(withdraw, {"id": product["id"]}, **staff)["withdrawProduct"]
    assert gone["product"]["withdrawnAt"]
    again = fresh_graph.data(withdraw, {"id": product["id"]}, **staff)["withdrawProduct"]
    assert again["errors"][0]["__typename"] == "WithdrawnError"
    assert fresh_graph.http.get(f"/api/products/{product['id']}").status_code == 410


def graph_price(graph: Graph, key: str) -> Any:
    """The price that the other API shows: its cache has forgotten the old one."""
    return graph.http.get(f"/api/products/{key}").json()["price"]


@pytest.mark.parametrize(
    ("change", "kind", "path"),
    [
        ({"price": "0.00"}, "InvalidInputError", ["input", "price"]),
        ({"name": ""}, "InvalidInputError", ["input", "name"]),
        ({"name": None}, "InvalidInputError", ["input", "name"]),
        ({"stock": -1}, "InvalidInputError", ["input", "stock"]),
        ({"categoryId": "99999"}, "InvalidInputError", ["input", "categoryId"]),
        ({"categoryId": "x"}, "InvalidInputError", ["input", "categoryId"]),
        ({"tags": ["outdoor", "no-such"]}, "InvalidInputError", ["input", "tags", "1"]),
        ({"description": "a\x00b"}, "InvalidInputError", ["input", "description"]),
        ({"sku": "TAKEN"}, None, None),
    ],
)
def test_a_value_that_breaks_a_rule_is_named(
    graph: Graph, as_staff: dict[str, str], change: dict[str, Any], kind: str | None, path: Any
) -> None:
    headers = {"authorization": as_staff["Authorization"]}
    answer = graph.ask(UPDATE, {"id": "7", "input": change}, **headers)
    if kind is None:  # not even the scalar accepts it
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        return
    payload = answer["data"]["updateProduct"]
    assert payload["product"] is None
    assert (payload["errors"][0]["__typename"], payload["errors"][0]["path"]) == (kind, path)


def test_what_does_not_exist_and_what_contradicts_are_told_apart(
    graph: Graph, as_staff: dict[str, str]
) -> None:
    headers = {"authorization": as_staff["Authorization"]}
    unknown = graph.data(UPDATE, {"id": "999999", "input": {"name": "X"}}, **headers)
    assert unknown["updateProduct"]["errors"][0]["__typename"] == "NotFoundError"
    taken = graph.data("{ product(id: 8) { sku } }")["product"]["sku"]
    conflict = graph.data(UPDATE, {"id": "7", "input": {"sku": taken}}, **headers)
    assert conflict["updateProduct"]["errors"][0]["__typename"] == "ConflictError"


@pytest.mark.parametrize(
    "mutation",
    [
        'createTag(input: { name: "x", slug: "x" }) { tag { id } }',
        'createCategory(input: { name: "x", slug: "x" }) { category { id } }',
        "setStock(id: 7, stock: 1) { product { id } }",
        "tagProduct(id: 7, tagId: 1) { product { id } }",
        "withdrawProduct(id: 7) { product { id } }",
    ],
)
def test_only_the_staff_changes_the_catalogue(
    graph: Graph, as_customer: dict[str, str], mutation: str
) -> None:
    query = f"mutation {{ {mutation} }}"
    assert graph.error(query)["extensions"]["code"] == "UNAUTHENTICATED"
    error = graph.error(query, authorization=as_customer["Authorization"])
    assert error["extensions"]["code"] == "FORBIDDEN"


def test_an_order_takes_from_the_stock_and_cancelling_gives_it_back(
    fresh_graph: Graph, customer: dict[str, str], staff: dict[str, str]
) -> None:
    fresh_graph.data("mutation { setStock(id: 7, stock: 10) { errors { path } } }", None, **staff)
    place = f"""mutation($input: OrderInput!) {{ placeOrder(input: $input) {{
      order {{ id status total lines {{ product {{ stock }} }} }} {ERRORS} }} }}"""
    order = fresh_graph.data(place, {"input": {"lines": [{"productId": "7", "quantity": 4}]}},
                             **customer)["placeOrder"]["order"]  # fmt: skip
    assert order["status"] == "PLACED"
    assert order["lines"] == [{"product": {"stock": 6}}]

    much = fresh_graph.data(
        place, {"input": {"lines": [{"productId": "7", "quantity": 7}]}}, **customer
    )
    assert much["placeOrder"]["errors"][0]["__typename"] == "ConflictError"
    wrong = fresh_graph.data(place, {"input": {"lines": [{"productId": "7", "quantity": 0}]}},
                             **customer)  # fmt: skip
    assert wrong["placeOrder"]["errors"][0]["path"] == ["input", "lines", "0", "quantity"]

    move = f"""mutation($id: ID!, $status: OrderStatus!) {{
      changeOrderStatus(id: $id, status: $status) {{ order {{ status version }} {ERRORS} }} }}"""
    refused = fresh_graph.error(move, {"id": order["id"], "status": "SHIPPED"}, **customer)
    assert refused["extensions"]["code"] == "FORBIDDEN"
    cancel = f"mutation($id: ID!) {{ cancelOrder(id: $id) {{ order {{ status }} {ERRORS} }} }}"
    cancelled = fresh_graph.data(cancel, {"id": order["id"]}, **customer)["cancelOrder"]
    assert cancelled["order"]["status"] == "CANCELLED"
    late = fresh_graph.data(move, {"id": order["id"], "status": "SHIPPED"}, **staff)
    assert late["changeOrderStatus"]["errors"][0]["__typename"] == "ConflictError"
    assert fresh_graph.data("{ product(id: 7) { stock } }")["product"]["stock"] == 10


def test_a_review_is_written_once_changed_and_deleted(
    fresh_graph: Graph, customer: dict[str, str]
) -> None:
    add = f"""mutation {{ addReview(productId: 7, input: {{ rating: 2, title: "Well" }}) {{
      review {{ id rating author product {{ id }} }} {ERRORS} }} }}"""
    before = fresh_graph.data("{ product(id: 7) { reviewCount } }")["product"]["reviewCount"]
    review = fresh_graph.data(add, None, **customer)["addReview"]["review"]
    assert (review["author"], review["product"]["id"]) == ("Clara Lindqvist", "7")
    again = fresh_graph.data(add, None, **customer)["addReview"]
    assert again["errors"][0]["__typename"] == "ConflictError"
    update = f"""mutation($id: ID!, $input: ReviewChanges!) {{
      updateReview(id: $id, input: $input) {{ review {{ rating }} {ERRORS} }} }}"""
    wrong = fresh_graph.data(update, {"id": review["id"], "input": {"rating": 6}}, **customer)
    assert wrong["updateReview"]["errors"][0]["path"] == ["input", "rating"]
    foreign = fresh_graph.error(update, {"id": "1", "input": {"rating": 1}}, **customer)
    assert foreign["extensions"]["code"] == "FORBIDDEN"
    delete = f"mutation($id: ID!) {{ deleteReview(id: $id) {{ deletedId {ERRORS} }} }}"
    gone = fresh_graph.data(delete, {"id": review["id"]}, **customer)["deleteReview"]
    assert gone == {"deletedId": review["id"], "errors": []}
    after = fresh_graph.data("{ product(id: 7) { reviewCount } }")["product"]["reviewCount"]
    assert after == before


def test_mutations_run_one_after_the_other(fresh_graph: Graph, staff: dict[str, str]) -> None:
    stocks = " ".join(
        f"m{number}: setStock(id: 7, stock: {number}) {{ product {{ stock version }} }}"
        for number in range(1, 8)
    )
    data = fresh_graph.data(f"mutation {{ {stocks} }}", None, **staff)
    versions = [data[f"m{number}"]["product"]["version"] for number in range(1, 8)]
    assert versions == list(range(versions[0], versions[0] + 7))
    assert data["m7"]["product"]["stock"] == 7
