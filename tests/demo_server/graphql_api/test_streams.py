"""@defer and @stream in parts, and subscriptions over server-sent events."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from demo_server.graphql_api.streams import multipart, paced, server_sent
from tests.demo_server.conftest import ShopServer
from tests.demo_server.graphql_api.conftest import Graph, tokens_of

EVENTS = "text/event-stream"
PARTS = "multipart/mixed; deferSpec=20220824, application/json"
LATER = """{ lab { hostile ... @defer(label: "slow") { wait(milliseconds: 50) }
  numbers(count: 5, everyMilliseconds: 2) @stream(initialCount: 2) } }"""


def payloads_of(answer: httpx.Response) -> list[dict[str, Any]]:
    """The parts of a multipart answer, read as the specification writes them."""
    assert answer.headers["content-type"].startswith('multipart/mixed; boundary="-"')
    before, *parts, end = answer.text.split("\r\n---")
    assert end == "--\r\n"
    parts.insert(0, before.removeprefix("---"))
    told = []
    for part in parts:
        head, _, body = part.partition("\r\n\r\n")
        assert head == "\r\nContent-Type: application/json; charset=utf-8"
        told.append(json.loads(body))
    return told


def events_of(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    """The events of an SSE answer."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data:"):
            yield name, json.loads(line[5:]) if line[5:].strip() else None


def together(payloads: list[dict[str, Any]]) -> dict[str, Any]:
    """The whole answer, by the format of pending, incremental and completed."""
    data: dict[str, Any] = payloads[0]["data"]
    places: dict[str, list[Any]] = {}
    for payload in payloads:
        places |= {each["id"]: each["path"] for each in payload.get("pending", ())}
        for part in payload.get("incremental", ()):
            place: Any = data
            for step in [*places[part["id"]], *part.get("subPath", ())]:
                place = place[step]
            place.extend(part["items"]) if "items" in part else place.update(part["data"])
    assert [payload["hasNext"] for payload in payloads] == [True] * (len(payloads) - 1) + [False]
    return data


def test_parts_come_later_by_multipart(graph: Graph) -> None:
    payloads = payloads_of(graph.post(LATER, headers={"Accept": PARTS}))
    assert "wait" not in payloads[0]["data"]["lab"]
    labels = [each.get("label") for payload in payloads for each in payload.get("pending", ())]
    assert "slow" in labels
    lab = together(payloads)["lab"]
    assert lab["wait"] == 50
    assert lab["numbers"] == [1, 2, 3, 4, 5]


def test_parts_come_later_by_server_sent_events(graph: Graph) -> None:
    answer = graph.post(LATER, headers={"Accept": EVENTS})
    told = list(events_of(iter(answer.text.splitlines())))
    assert told[-1] == ("complete", None)
    payloads = [payload for name, payload in told if name == "next"]
    assert together(payloads)["lab"]["numbers"] == [1, 2, 3, 4, 5]


def test_who_cannot_read_parts_gets_everything_at_once(graph: Graph) -> None:
    lab = graph.data(LATER)["lab"]
    assert (lab["wait"], lab["numbers"]) == (50, [1, 2, 3, 4, 5])


def test_an_answer_without_parts_is_json_also_for_who_reads_parts(graph: Graph) -> None:
    answer = graph.post("{ __typename }", headers={"Accept": PARTS})
    assert answer.json() == {"data": {"__typename": "Query"}}
    alone = graph.post("{ __typename }", headers={"Accept": "multipart/mixed"})
    assert payloads_of(alone) == [{"data": {"__typename": "Query"}}]


def test_a_failure_in_a_later_part_is_masked_too(graph: Graph) -> None:
    answer = graph.post(
        "{ lab { hostile ... @defer { crash wait(milliseconds: 1) } ... @defer { crashHard } } }",
        headers={"Accept": PARTS},
    )
    payloads = payloads_of(answer)
    errors = [
        error
        for payload in payloads
        for part in [*payload.get("incremental", ()), *payload.get("completed", ())]
        for error in part.get("errors", ())
    ]
    assert [each["extensions"]["code"] for each in errors] == [
        "INTERNAL_SERVER_ERROR",
        "INTERNAL_SERVER_ERROR",
    ]
    assert "hunter2" not in answer.text


def test_a_deferred_shelf_arrives_with_its_data(graph: Graph) -> None:
    query = """{ products(first: 3) { nodes { name ... @defer { category { name }
      reviews(first: 1) { nodes { author } } } } totalCount } }"""
    parts = together(payloads_of(graph.post(query, headers={"Accept": PARTS})))
    assert parts == graph.data(query)


@contextmanager
def subscribed(server: ShopServer, query: str, **headers: str) -> Iterator[Iterator[Any]]:
    """The events of a subscription over SSE, which has begun when this is entered."""
    with (
        server.client() as client,
        client.stream(
            "POST", "/graphql", json={"query": query}, headers={"Accept": EVENTS, **headers}
        ) as answer,
    ):
        lines = answer.iter_lines()
        assert next(lines) == ":"
        yield (payload for _, payload in events_of(lines))


@pytest.fixture
def staff(fresh_shop: ShopServer) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens_of(fresh_shop)['staff']}"}


@pytest.fixture
def customer(fresh_shop: ShopServer) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens_of(fresh_shop)['customer']}"}


def patch(server: ShopServer, staff: dict[str, str], product: int, **changes: Any) -> None:
    """Change a product by REST."""
    headers = {**staff, "Content-Type": "application/merge-patch+json"}
    with server.client(headers=headers) as client:
        answer = client.patch(f"/api/products/{product}", content=json.dumps(changes))
        assert answer.status_code == 200, answer.text


def test_a_price_changed_by_rest_is_told(fresh_shop: ShopServer, staff: dict[str, str]) -> None:
    query = "subscription { priceChanged { product { id price } before after } }"
    with subscribed(fresh_shop, query) as events:
        patch(fresh_shop, staff, 7, name="Another name")  # no price: nothing to tell
        for price in ("11.00", "12.00"):
            patch(fresh_shop, staff, 7, price=price)
        first, second = next(events), next(events)
    assert first["data"]["priceChanged"]["after"] == "11.00"
    assert second["data"]["priceChanged"] == {
        "product": {"id": "7", "price": "12.00"},
        "before": "11.00",
        "after": "12.00",
    }


def test_a_stock_is_told_when_it_falls_below_the_threshold(
    fresh_shop: ShopServer, staff: dict[str, str], customer: dict[str, str]
) -> None:
    patch(fresh_shop, staff, 7, stock=20)
    query = "subscription { stockLow(threshold: 5) { product { id stock } before after } }"
    with subscribed(fresh_shop, query) as events, fresh_shop.client(headers=customer) as client:
        for quantity in (10, 6, 1):  # 20 → 10 → 4 → 3: only one crosses the line
            body = {"lines": [{"product_id": 7, "quantity": quantity}]}
            assert client.post("/api/orders", json=body).status_code == 201
        patch(fresh_shop, staff, 8, stock=20)
        patch(fresh_shop, staff, 8, stock=0)
        first, second = (next(events)["data"]["stockLow"] for _ in range(2))
    assert (first["product"]["id"], first["before"], first["after"]) == ("7", 10, 4)
    assert (second["product"], second["after"]) == ({"id": "8", "stock": 0}, 0)


def test_orders_are_told_to_their_customer_and_to_the_staff(
    fresh_shop: ShopServer, staff: dict[str, str], customer: dict[str, str]
) -> None:
    placed = "subscription { orderPlaced { id status user { username } } }"
    moved = "subscription { orderMoved { id status } }"
    order = {"lines": [{"product_id": 7, "quantity": 1}]}
    with (
        subscribed(fresh_shop, placed, **customer) as to_customer,
        subscribed(fresh_shop, placed, **staff) as to_staff,
        subscribed(fresh_shop, moved, **customer) as moves,
        fresh_shop.client() as client,
    ):
        foreign = client.post("/api/orders", json=order, headers=staff).json()["id"]
        own = client.post("/api/orders", json=order, headers=customer).json()["id"]
        assert [next(to_staff)["data"]["orderPlaced"]["id"] for _ in range(2)] == [
            str(foreign),
            str(own),
        ]
        assert next(to_customer)["data"]["orderPlaced"]["id"] == str(own)
        headers = {**staff, "Content-Type": "application/merge-patch+json"}
        for number in (foreign, own):
            client.patch(f"/api/orders/{number}", content=b'{"status":"shipped"}', headers=headers)
        assert next(moves)["data"]["orderMoved"] == {"id": str(own), "status": "SHIPPED"}


def test_what_is_not_committed_is_not_told(
    fresh_shop: ShopServer, staff: dict[str, str], customer: dict[str, str]
) -> None:
    patch(fresh_shop, staff, 7, stock=50)
    patch(fresh_shop, staff, 8, stock=1)
    query = "subscription { stockLow(threshold: 45) { product { id } after } }"
    with subscribed(fresh_shop, query) as events, fresh_shop.client(headers=customer) as client:
        lines = [{"product_id": 7, "quantity": 10}, {"product_id": 8, "quantity": 5}]
        assert client.post("/api/orders", json={"lines": lines}).status_code == 409
        patch(fresh_shop, staff, 7, stock=44)
        assert next(events)["data"]["stockLow"] == {"product": {"id": "7"}, "after": 44}


def test_a_source_that_fails_says_so_and_ends(graph: Graph) -> None:
    query = "subscription { countdown(from: 9, everyMilliseconds: 1, failAfter: 2) }"
    answer = graph.post(query, headers={"Accept": EVENTS})
    told = list(events_of(iter(answer.text.splitlines())))
    assert [payload["data"] for _, payload in told[:2]] == [{"countdown": 9}, {"countdown": 8}]
    assert told[2][1]["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert told[3] == ("complete", None)


def test_each_event_is_a_journey_of_its_own(fresh_shop: ShopServer, staff: dict[str, str]) -> None:
    query = "subscription Prices { priceChanged { product { category { name } } } }"
    with subscribed(fresh_shop, query) as events:
        patch(fresh_shop, staff, 7, price="1.23")
        assert next(events)["data"]["priceChanged"]["product"]["category"]["name"]
        with fresh_shop.client() as client:
            headers = {"X-Workbench-Token": "workbench-token-of-the-tests"}
            with client.stream("GET", "/_trace?since=0", headers=headers) as stream:
                journey = next(
                    found
                    for name, found in events_of(stream.iter_lines())
                    if name == "trace" and found["method"] == "EVENT"
                )
    assert journey["spans"][0]["name"] == "EVENT /graphql Prices"
    assert journey["counters"]["sql"] == 2


def test_the_server_stops_at_once_with_streams_open(fresh_shop: ShopServer) -> None:
    query = "subscription { countdown(from: 100, everyMilliseconds: 60000) }"
    ended: list[Any] = []

    def read() -> None:
        with subscribed(fresh_shop, query) as events:
            assert next(events) == {"data": {"countdown": 100}}
            has_begun.set()
            ended.extend(events)

    has_begun = threading.Event()
    reader = threading.Thread(target=read)
    reader.start()
    assert has_begun.wait(10)
    assert fresh_shop.process is not None
    fresh_shop.process.send_signal(signal.SIGTERM)
    reader.join(3)
    assert not reader.is_alive()
    assert ended == [None]  # complete
    assert fresh_shop.process.wait(3) == 0


async def test_a_quiet_stream_has_a_heartbeat_and_loses_nothing() -> None:
    import asyncio

    may_go_on = asyncio.Event()
    is_closed = asyncio.Event()

    async def source() -> Any:
        try:
            yield {"data": 1}
            await may_go_on.wait()
            yield {"data": 2}
        finally:
            is_closed.set()

    seen = []
    async for item in paced(source(), every=0.01):
        seen.append(item)
        if seen.count(None) == 3:
            may_go_on.set()
    assert [item for item in seen if item] == [{"data": 1}, {"data": 2}]
    assert is_closed.is_set()


async def test_bytes_of_both_kinds_of_streams() -> None:
    async def source() -> Any:
        yield {"data": {}, "hasNext": True}
        yield {"hasNext": False}

    def encode(value: Any) -> bytes:
        return json.dumps(value).encode()

    sent = b"".join([part async for part in server_sent(source(), encode)])
    assert sent == (
        b':\n\nevent: next\ndata: {"data": {}, "hasNext": true}\n\n'
        b'event: next\ndata: {"hasNext": false}\n\nevent: complete\ndata:\n\n'
    )
    head = b"\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
    parts = [part async for part in multipart(source(), encode)]
    assert b"".join(parts) == (
        b"---" + head + b'{"data": {}, "hasNext": true}\r\n---'
        + head + b'{"hasNext": false}\r\n-----\r\n'
    )  # fmt: skip
    assert parts[1].endswith(b"\r\n---")
