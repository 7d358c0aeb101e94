"""Whatever comes in, an answer goes out, and never one of a defect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.demo_server.conftest import ShopServer

JSON = {"Content-Type": "application/json"}
CALM = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
PIECES = ["{", "}", "(", ")", "...", "on", "query", "subscription", "products", "nodes", "id", ":",
          "first", "-1", '"', '"""', "$", "@defer", "@stream", "[", "]", "!", "fragment", "A", "#",
          "\n", "\x00", "\ufeff", "__schema", "null", "1e999", "{a:", "lab", "numbers"]  # fmt: skip


@pytest.fixture(scope="module")
def client(shop_server: ShopServer) -> Iterator[httpx.Client]:
    with shop_server.client() as client:
        yield client


def check(answer: httpx.Response) -> None:
    assert answer.status_code < 500, answer.text
    assert "INTERNAL_SERVER_ERROR" not in answer.text
    told: Any = answer.json()
    for each in told if isinstance(told, list) else [told]:
        assert "data" in each or each["errors"]


@CALM
@given(st.binary(max_size=200))
def test_any_bytes_as_body(client: httpx.Client, body: bytes) -> None:
    check(client.post("/graphql", content=body, headers=JSON))


@CALM
@given(ANY_JSON)
def test_any_json_as_body(client: httpx.Client, value: Any) -> None:
    check(client.post("/graphql", content=json.dumps(value), headers=JSON))


@CALM
@given(ANY_JSON, ANY_JSON, ANY_JSON)
def test_any_json_as_members(client: httpx.Client, name: Any, variables: Any, extra: Any) -> None:
    query = "query A($a: Int, $b: ProductFilter) { products(first: $a, filter: $b) { totalCount } }"
    body = {"query": query, "operationName": name, "variables": variables, "extensions": extra}
    check(client.post("/graphql", content=json.dumps(body), headers=JSON))
    given_values = {"query": query, "variables": {"a": name, "b": variables}}
    check(client.post("/graphql", content=json.dumps(given_values), headers=JSON))


@CALM
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=30).map(" ".join))
def test_any_document(client: httpx.Client, document: str) -> None:
    check(client.post("/graphql", content=json.dumps({"query": document}), headers=JSON))


@CALM
@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=60))
def test_any_accept_header_and_query_string(client: httpx.Client, text: str) -> None:
    headers = {"Accept": text.strip()}
    answer = client.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
    assert answer.status_code in {200, 406}
    check(client.get("/graphql", params={"variables": text, "query": "{ __typename }"}))
