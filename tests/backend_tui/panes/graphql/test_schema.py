"""Schemas read from servers, files and disk, explored, and refused when they are broken."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest
from graphql import introspection_from_schema, print_schema

from backend_tui.core.errors import BackendError, UsageError
from backend_tui.core.text import is_clean
from backend_tui.panes.graphql.client import StackGraphqlClient
from backend_tui.panes.graphql.explorer import roots, search, type_entry, type_names, used_by
from backend_tui.panes.graphql.request import Draft
from backend_tui.panes.graphql.schema_reading import read_schema
from backend_tui.panes.graphql.schema_store import SchemaStore
from backend_tui.panes.graphql.sliced_json import decoded
from tests.backend_tui.core.raw_server import Talk, plain, saying, serving
from tests.backend_tui.panes.graphql.shop_schema import SDL, SHOP
from tests.bench.graphql_client import introspection

RESULT = json.dumps({"data": introspection_from_schema(SHOP.graphql)}, indent=1).encode()
JSON = b"Content-Type: application/json\r\n"
UNKNOWN_CALLER = b"HTTP/1.1 401 Unauthorized\r\n" + plain(
    b'{"errors":[{"message":"who are you"}]}', JSON
).removeprefix(b"HTTP/1.1 200 OK\r\n")


async def test_files_of_both_kinds_give_the_same_schema(tmp_path: Path) -> None:
    client = StackGraphqlClient(None)
    (tmp_path / "a.graphql").write_text("\ufeff" + SDL)
    (tmp_path / "b.json").write_bytes(RESULT)
    (tmp_path / "c.json").write_bytes(json.dumps(json.loads(RESULT)["data"]).encode())
    names = ("a.graphql", "b.json", "c.json")
    found = [await client.schema_file(tmp_path / name) for name in names]
    assert len({print_schema(each.graphql) for each in found[1:]}) == 1
    assert [each.source.kind for each in found] == ["sdl"] + ["introspection file"] * 2
    assert all(each.type_count == SHOP.type_count for each in found)
    with pytest.raises(UsageError, match="cannot be read"):
        await client.schema_file(tmp_path / "none")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[1]",
        b"type Query {",
        b"type Query { a: Nope }",
        b"\xff\xfe\x00",
        b'{"data": {"__schema": 1}}',
        b'{"data": {"__schema": {"types": [{"kind": "OBJECT"}]}}}',
        b'{"data": ' + b"[" * 100_000,
        RESULT[: len(RESULT) // 2],
        b"{a" * 20_000,
    ],
)
async def test_what_is_no_schema_is_told(data: bytes) -> None:
    with pytest.raises(BackendError, match=r"test\.graphql") as problem:
        await read_schema(data, SHOP.source)
    assert is_clean(str(problem.value))


async def test_less_is_asked_for_when_the_whole_query_is_refused() -> None:
    asked: list[str] = []

    async def older(talk: Talk) -> None:
        query = json.loads(talk.body)["query"]
        asked.append(query)
        if "isOneOf" in query or "specifiedByURL" in query:
            body = b'{"errors":[{"message":"Cannot query field isOneOf on type __Type"}]}'
            await talk.say(b"HTTP/1.1 400 Bad\r\n" + plain(body, JSON).partition(b"\r\n")[2])
        else:
            await talk.say(plain(RESULT, JSON))

    client = StackGraphqlClient(None)
    async with serving(older) as server:
        schema = await client.schema(Draft(server.url("/graphql")))
    await client.aclose()
    assert len(asked) == 3
    assert "older introspection" in schema.source.notes[0]
    assert schema.type_count == SHOP.type_count


@pytest.mark.parametrize(
    ("answer", "words", "tries"),
    [
        (plain(b'{"errors":[{"message":"it is off"}]}', JSON), "it is off", 5),
        (UNKNOWN_CALLER, "who are you", 1),
        (plain(b"<html>", b"Content-Type: text/html\r\n"), "A page for people", 1),
    ],
)
async def test_a_server_that_hides_its_schema_says_why(
    answer: bytes, words: str, tries: int
) -> None:
    client = StackGraphqlClient(None)
    async with serving(saying(answer)) as server:
        with pytest.raises(BackendError, match="did not tell its schema") as problem:
            await client.schema(Draft(server.url("/graphql")))
        assert len(server.asked) == tries
    await client.aclose()
    assert words in problem.value.why
    assert problem.value.hint


async def test_a_broken_file_of_the_cache_is_forgotten(tmp_path: Path) -> None:
    async with serving(saying(plain(RESULT, JSON))) as server:
        url = server.url("/graphql")
        store = SchemaStore(tmp_path)
        store.keep(url, b"{broken")
        client = StackGraphqlClient(None, cache=tmp_path)
        schema = await client.schema(Draft(url))
        assert schema.source.kind == "introspection"
        assert (await client.schema(Draft(url))).source.kind == "cache"
        await client.aclose()
        assert len(server.asked) == 1


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = SchemaStore(tmp_path / "file" / "schemas")
    store.keep("http://a/", b"{}")
    assert store.load("http://a/") is None
    store.forget("http://a/")


@pytest.mark.alone
async def test_a_large_introspection_stalls_nothing() -> None:
    data = introspection(11)
    worst, is_over = [0.0], asyncio.Event()

    async def tick() -> None:
        while not is_over.is_set():
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            worst[0] = max(worst[0], time.perf_counter() - before - 0.005)

    ticking = asyncio.create_task(tick())
    schema = await read_schema(data, SHOP.source)
    is_over.set()
    await ticking
    assert len(data) > 10_000_000
    assert schema.type_count > 1_900
    assert worst[0] < 0.1


@pytest.mark.parametrize("text", ['{"a": [1, {"b": null}], "types": [1, 2]}', "[]", "1"])
def test_sliced_json_is_json(text: str) -> None:
    assert decoded(f" {text}\n") == json.loads(text)


@pytest.mark.parametrize("text", ["", "{", '{"types": [1 2]}', "{} {}", '{"a" 1}', "{1: 2}"])
def test_broken_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        decoded(text)


def test_types_are_listed_and_described() -> None:
    assert roots(SHOP) == ("Query", "Mutation", "Subscription")
    assert type_names(SHOP)[:4] == ("Query", "Mutation", "Subscription", "Boolean")
    product = type_entry(SHOP, "Product")
    assert product is not None
    assert (product.kind, product.description) == ("object", "Something to buy.")
    price = next(field for field in product.fields if field.name == "price")
    assert (price.type, price.arguments[0].default) == ("Decimal!", "EUR")
    assert price.is_leaf
    old = next(field for field in product.fields if field.name == "oldPrice")
    assert old.deprecation == "Use price."
    assert product.interfaces == ("Node",)
    node = type_entry(SHOP, "Node")
    assert node is not None
    assert "Product" in node.possible
    entry = type_entry(SHOP, "ReviewInput")
    assert entry is not None
    assert [(each.name, each.is_required) for each in entry.inputs] == [
        ("product", True),
        ("stars", True),
        ("text", False),
    ]
    order = type_entry(SHOP, "Order")
    assert order is not None
    assert [value.name for value in order.values] == ["NAME", "PRICE", "NEWEST"]
    trace = type_entry(SHOP, "@trace")
    assert trace is not None
    assert "Stands at: query, field." in trace.description or "field, query" in trace.description
    assert type_entry(SHOP, "Nope") is None
    assert type_entry(SHOP, "@nope") is None
    query = type_entry(SHOP, "Query")
    assert query is not None
    assert query.operation == "query"


def test_uses_and_searches_lead_to_places() -> None:
    assert used_by(SHOP, "ProductFilter") == ("Query.products(where)", "ProductFilter.all")
    assert "SearchResult" in used_by(SHOP, "Product")
    assert "Product" in used_by(SHOP, "Node")
    assert search(SHOP, "product")[0].title == "Product"
    assert search(SHOP, "Product.pr")[0].title == "Product.price"
    assert "Product" in [found.title for found in search(SHOP, "something to buy")]
    assert search(SHOP, "PRICE")[0].member
    assert search(SHOP, "  ") == ()
    assert search(SHOP, "zzz") == ()
    assert len(search(SHOP, "e", limit=7)) == 7
