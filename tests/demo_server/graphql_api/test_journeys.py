"""N+1 seen and mended, and every resolver as a span with the SQL that it caused."""

from __future__ import annotations

from typing import Any

from tests.demo_server.graphql_api.conftest import Graph

SHELF = """query Shelf {
  products(first: 20) { nodes { name category { name } tags { name } rating } } }"""


def test_the_data_loaders_turn_61_statements_into_4(graph: Graph) -> None:
    on, off = graph.post(SHELF), graph.post(SHELF, headers={"X-Data-Loader": "off"})
    assert on.json() == off.json()
    many, few = graph.journey(off)["counters"], graph.journey(on)["counters"]
    assert many["sql"] == 61
    assert few["sql"] == 4
    assert many["duplicates"] >= 57
    assert few["duplicates"] == 0
    assert 'desc="61 queries"' in off.headers["server-timing"]


def named(journey: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [span for span in journey["spans"] if span["name"] == name]


def test_each_resolver_is_a_span_with_its_statements(graph: Graph) -> None:
    journey = graph.journey(graph.post(SHELF, headers={"X-Data-Loader": "off"}))
    spans = {span["id"]: span for span in journey["spans"]}
    categories = named(journey, "Product.category")
    assert [each["attributes"]["graphql.field.path"] for each in categories] == [
        f"products.nodes.{number}.category" for number in range(20)
    ]

    def above(span: dict[str, Any]) -> list[str]:
        names = []
        while span["parent"] is not None:
            span = spans[span["parent"]]
            names.append(span["name"])
        return names

    statements = [span for span in journey["spans"] if span["kind"] == "db"]
    assert len(statements) == 61
    for statement in statements:
        assert any(
            name in {"Query.products", "Product.category", "Product.tags", "Product.rating"}
            for name in above(statement)
        )
    assert journey["spans"][0]["attributes"]["graphql.operation.name"] == "Shelf"


def test_a_batch_of_a_loader_is_a_span_that_counts_its_keys(graph: Graph) -> None:
    journey = graph.journey(graph.post(SHELF))
    batch = named(journey, "load tags_of_products")
    assert [each["attributes"]["graphql.batch.keys"] for each in batch] == [20]


def test_a_document_is_validated_once(graph: Graph) -> None:
    query = "query Once { product(id: 7) { name stock } }"
    first, second = graph.journey(graph.post(query)), graph.journey(graph.post(query))
    kept = [
        named(each, "parse and validate")[0]["attributes"]["graphql.document.kept"]
        for each in (first, second)
    ]
    assert kept == [False, True]


def test_reviews_of_many_products_and_their_authors_are_four_statements(graph: Graph) -> None:
    answer = graph.post(
        """{ products(first: 20) { nodes { reviews(first: 2) {
        totalCount pageInfo { hasNextPage } nodes { author rating } } } } }"""
    )
    assert graph.journey(answer)["counters"]["sql"] == 4
    shown = answer.json()["data"]["products"]["nodes"]
    assert all(len(each["reviews"]["nodes"]) <= 2 for each in shown)
    assert any(each["reviews"]["pageInfo"]["hasNextPage"] for each in shown)


def test_what_nobody_asked_for_is_not_counted(graph: Graph) -> None:
    without = graph.journey(graph.post("{ products(first: 5) { nodes { id } } }"))
    counted = graph.journey(graph.post("{ products(first: 5) { totalCount nodes { id } } }"))
    assert (without["counters"]["sql"], counted["counters"]["sql"]) == (1, 2)
    assert graph.journey(graph.post("{ __typename }"))["counters"]["sql"] == 0
