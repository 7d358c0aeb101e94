"""What a document may ask for, and that refusing it is cheap."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import pytest

from tests.demo_server.conftest import ShopServer
from tests.demo_server.graphql_api.conftest import Graph

DEEP = "{ category(id: 1) " + "{ parent " * 15 + "{ id }" + " }" * 16
WIDE = "{ " + " ".join(f"a{number}: __typename" for number in range(31)) + " }"
LONG = "{ " + "__typename " * 401 + "}"
DEAR = "{ products(first: 50) { nodes { category { products(first: 100) { nodes { name } } } } } }"
LACED = "{ __typename " + "@include(if: true) " * 51 + "}"
COMMENTS = "#\n" * 201 + "{ __typename }"
FRAGMENTS = (
    "{ ...A } "
    + " ".join(
        f"fragment {chr(65 + n)} on Query {{ ...{chr(66 + n)} ...{chr(66 + n)} }}"
        for n in range(20)
    )
    + " fragment U on Query { categories { id name } }"
)


@pytest.mark.parametrize(
    ("query", "limit"),
    [
        (DEEP, "depth"),
        (WIDE, "aliases"),
        (LONG, "fields"),
        ("{ " + "a " * 2100 + "}", "tokens"),
        (DEAR, "cost"),
        (LACED, "directives"),
        (COMMENTS, "tokens"),
        ("{ __typename " + " " * 70_000 + "}", "document"),
        (FRAGMENTS, "fields"),
    ],
    ids=["depth", "aliases", "fields", "tokens", "cost", "directives", "comments", "length",
         "fragments"],
)  # fmt: skip
def test_a_document_that_asks_too_much_is_refused_quickly(
    graph: Graph, query: str, limit: str
) -> None:
    graph.data("{ __typename }")
    began = perf_counter()
    error = graph.error(query)
    assert perf_counter() - began < 1
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert error["extensions"]["limit"] == limit


def test_the_cost_depends_on_the_variables(graph: Graph) -> None:
    query = """query($n: Int! = 1) { products(first: $n) { nodes {
      category { products(first: $n) { nodes { name } } } } } }"""
    assert graph.data(query)["products"]["nodes"]
    assert graph.data(query, {"n": 20})["products"]["nodes"]
    error = graph.error(query, {"n": 100})
    assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": "cost", "most": 5000}


def test_the_cost_is_told(graph: Graph) -> None:
    cheap = graph.post("{ product(id: 7) { name } }").headers["x-graphql-cost"]
    assert cheap == "1; limit=5000"
    dear = graph.post("{ products(first: 100) { nodes { name } } }").headers["x-graphql-cost"]
    assert int(dear.partition(";")[0]) > 100


@pytest.mark.parametrize(
    "query",
    [
        "{" * 10_000,
        "query($v: " + "[" * 10_000 + "Int" + "]" * 10_000 + ") { __typename }",
        "{ product(id: " + "[" * 900 + "]" * 900 + ") { id } }",
        "fragment A on Query { ...B } fragment B on Query { ...A } { ...A }",
        "fragment A on Query { ...A } { ...A }",
        '{ product(id: "' + "x" * 60_000,
        "\x00",
        "{ product(id: 7) { \ufeff\u202e } }",
    ],
    ids=["braces", "lists", "values", "cycle", "self", "string", "nul", "marks"],
)
def test_a_broken_document_is_an_error_and_no_more(graph: Graph, query: str) -> None:
    answer = graph.post(query)
    assert answer.status_code == 200
    assert answer.json()["errors"]
    assert "INTERNAL_SERVER_ERROR" not in answer.text


def test_a_body_that_is_too_large_is_refused(graph: Graph) -> None:
    answer = graph.post("#" + "x" * 300_000)
    assert answer.status_code == 413
    assert answer.json()["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert graph.post("#" + "x" * 5_000_000).status_code == 413


def test_introspection_does_not_dig_for_ever(graph: Graph) -> None:
    nested = "{ __schema { types " + "{ fields { type " * 4 + "{ name }" + " } }" * 4 + " } }"
    assert "introspection depth" in graph.error(nested)["message"]


def test_introspection_can_be_switched_off(start_shop: Callable[..., ShopServer]) -> None:
    with start_shop(DEMO_GRAPHQL_INTROSPECTION="0").client() as client:
        graph = Graph(client)
        assert (
            "introspection"
            in graph.ask("{ __schema { queryType { name } } }")["errors"][0]["message"]
        )
        assert graph.data("{ __typename product(id: 7) { id } }")["product"] == {"id": "7"}
        assert "Did you mean" not in graph.error("{ product(id: 7) { nam } }")["message"]


def test_an_operation_that_takes_too_long_is_ended(graph: Graph) -> None:
    waits = " ".join(f"w{n}: lab {{ wait(milliseconds: 5000) }}" for n in range(3))
    query = "{ lab { numbers(count: 100, everyMilliseconds: 1000) } " + waits + " }"
    error = graph.error(query)
    assert error["extensions"]["code"] == "TIME_OUT"
