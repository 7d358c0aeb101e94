"""graphql-transport-ws to the letter: every close code, order, ids, ping; and who may come in."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.demo_server.conftest import ShopServer
from tests.demo_server.graphql_api.conftest import Graph

PROTOCOL = "graphql-transport-ws"
FOREVER = "subscription { countdown(from: 100000, everyMilliseconds: 20) }"


class Talk:
    """One connection."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def say(self, kind: str, **members: Any) -> None:
        self.socket.send(json.dumps({"type": kind, **members}))

    def hear(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self.socket.recv(timeout=10))
        return message

    def begin(self, **payload: Any) -> None:
        self.say("connection_init", **({"payload": payload} if payload else {}))
        assert self.hear() == {"type": "connection_ack"}

    def subscribe(self, query: str, key: str = "1", **members: Any) -> None:
        self.say("subscribe", id=key, payload={"query": query, **members})

    def closed(self) -> tuple[int, str]:
        """The code and reason the server closes with, whatever it says before."""
        with pytest.raises(ConnectionClosed):
            deque(self.heard(), maxlen=0)
        assert self.socket.close_code is not None
        return self.socket.close_code, self.socket.close_reason or ""

    def heard(self) -> Iterator[str | bytes]:
        """Everything that comes, until the connection is closed."""
        while True:
            yield self.socket.recv(timeout=10)


@contextmanager
def talking(server: ShopServer, path: str = "/graphql", **options: Any) -> Iterator[Talk]:
    """A connection to the server."""
    options = {"subprotocols": [PROTOCOL], "proxy": None, **options}
    with connect(server.url.replace("http", "ws") + path, **options) as socket:
        yield Talk(socket)


@pytest.fixture
def talk(shop_server: ShopServer) -> Iterator[Talk]:
    with talking(shop_server) as talk:
        yield talk


def test_a_query_is_answered_once_and_complete(talk: Talk) -> None:
    talk.begin()
    talk.subscribe("query($id: ID!) { product(id: $id) { id } }", variables={"id": 7})
    assert talk.hear() == {
        "id": "1",
        "type": "next",
        "payload": {"data": {"product": {"id": "7"}}},
    }
    assert talk.hear() == {"id": "1", "type": "complete"}


def test_ping_is_answered_before_and_after_the_acknowledgement(talk: Talk) -> None:
    talk.say("ping", payload={"n": 1})
    assert talk.hear() == {"type": "pong", "payload": {"n": 1}}
    talk.begin()
    talk.say("pong")
    talk.say("ping")
    assert talk.hear() == {"type": "pong"}


def test_a_request_error_ends_the_operation_alone(talk: Talk) -> None:
    talk.begin()
    for query, code in [("{", "GRAPHQL_PARSE_FAILED"), ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
                        ("subscription { orderPlaced { id } }", "UNAUTHENTICATED"),
                        ("subscription($n: Int!) { countdown(from: $n) }", "BAD_USER_INPUT"),
                        (None, "BAD_REQUEST")]:  # fmt: skip
        talk.say("subscribe", id="x", payload={"query": query})
        told = talk.hear()
        assert (told["type"], told["id"]) == ("error", "x")
        assert told["payload"][0]["extensions"]["code"] == code
    talk.subscribe("{ __typename }", "x")
    assert talk.hear()["type"] == "next"


def test_complete_stops_a_subscription_and_frees_its_id(talk: Talk) -> None:
    talk.begin()
    talk.subscribe(FOREVER)
    assert talk.hear()["payload"] == {"data": {"countdown": 100000}}
    talk.say("complete", id="1")
    talk.subscribe("{ __typename }", "after")
    while (told := talk.hear())["id"] == "1":
        assert told["type"] == "next"
    assert told["id"] == "after"
    assert talk.hear() == {"id": "after", "type": "complete"}
    talk.subscribe("{ __typename }", "1")
    assert [talk.hear()["type"] for _ in range(2)] == ["next", "complete"]
    talk.say("complete", id="never-was")


def test_the_token_of_the_initialisation_counts(
    shop_server: ShopServer, as_customer: dict[str, str]
) -> None:
    for name in ("authorization", "Authorization"):
        with talking(shop_server) as talk:
            talk.begin(**{name: as_customer["Authorization"]})
            talk.subscribe("{ me { username } orders(first: 1) { nodes { id } } }")
            assert talk.hear()["payload"]["data"]["me"] == {"username": "customer"}
    with talking(shop_server, additional_headers=as_customer) as talk:
        talk.begin()
        talk.subscribe("{ me { username } }")
        assert talk.hear()["payload"]["data"]["me"] == {"username": "customer"}


def test_parts_are_messages_of_their_own(talk: Talk) -> None:
    talk.begin()
    talk.subscribe("{ lab { hostile ... @defer { wait(milliseconds: 20) } } }")
    first, second = talk.hear()["payload"], talk.hear()["payload"]
    assert first["hasNext"] is True
    assert second["incremental"][0]["data"] == {"wait": 20}
    assert second["hasNext"] is False
    assert talk.hear() == {"id": "1", "type": "complete"}


@pytest.mark.parametrize(
    "message",
    ["", "no json", "[]", "7", "{}", '{"type": 7}', '{"type": "start", "id": "1"}',
     '{"type": "subscribe", "payload": {"query": "{ a }"}}', '{"type": "subscribe", "id": "1"}',
     '{"type": "subscribe", "id": "", "payload": {"query": "{ a }"}}',
     '{"type": "ping", "payload": 7}', '{"type": "complete"}', "[" * 5000, b"\xff\x00"],
)  # fmt: skip
def test_what_the_protocol_does_not_know_closes_with_4400(talk: Talk, message: str | bytes) -> None:
    talk.begin()
    talk.socket.send(message)
    assert talk.closed()[0] == 4400


def test_subscribing_before_the_acknowledgement_closes_with_4401(talk: Talk) -> None:
    talk.subscribe("{ __typename }")
    assert talk.closed() == (4401, "Unauthorized")


def test_a_wrong_token_closes_with_4403(talk: Talk) -> None:
    talk.say("connection_init", payload={"authorization": "Bearer wrong"})
    assert talk.closed()[0] == 4403


@pytest.mark.parametrize("offered", [None, ["graphql-ws"], ["nonsense"]])
def test_another_subprotocol_closes_with_4406(
    shop_server: ShopServer, offered: list[str] | None
) -> None:
    with talking(shop_server, subprotocols=offered) as talk:
        assert talk.closed() == (4406, "Subprotocol not acceptable")


def test_saying_nothing_closes_with_4408(talk: Talk) -> None:
    assert talk.closed() == (4408, "Connection initialisation timeout")


def test_an_id_twice_at_once_closes_with_4409(talk: Talk) -> None:
    talk.begin()
    talk.subscribe(FOREVER)
    talk.subscribe(FOREVER)
    assert talk.closed() == (4409, "Subscriber for 1 already exists")


def test_a_second_initialisation_closes_with_4429(talk: Talk) -> None:
    talk.begin()
    talk.say("connection_init")
    assert talk.closed() == (4429, "Too many initialisation requests")


def test_a_message_that_is_too_long_is_not_read(talk: Talk) -> None:
    talk.begin()
    talk.socket.send(json.dumps({"type": "ping", "payload": {"x": "y" * 300_000}}))
    assert talk.closed()[0] == 1009


def test_more_than_fifty_operations_at_once_are_too_many(talk: Talk) -> None:
    talk.begin()
    for number in range(51):
        talk.subscribe("subscription { countdown(from: 9, everyMilliseconds: 60000) }", str(number))
    assert talk.closed()[0] == 4400


@pytest.mark.parametrize(
    "options",
    [
        {"origin": "http://evil.example"},
        {"additional_headers": {"Sec-Fetch-Site": "cross-site"}},
        {"path": "/elsewhere"},
        {"path": "/graphql/"},
    ],
)
def test_strangers_and_other_addresses_are_refused_at_the_door(
    shop_server: ShopServer, options: dict[str, Any]
) -> None:
    with pytest.raises(InvalidStatus) as caught, talking(shop_server, **options):
        pass
    assert caught.value.response.status_code == 403


def test_our_own_page_may_come_in(shop_server: ShopServer) -> None:
    with talking(shop_server, origin=shop_server.url) as talk:
        talk.begin()


def test_who_leaves_is_forgotten(start_shop: Callable[..., ShopServer]) -> None:
    server = start_shop()
    for _ in range(20):
        with talking(server) as talk:
            talk.begin()
            talk.subscribe("subscription { priceChanged { after } }")
            talk.subscribe(FOREVER, "2")
            assert talk.hear()["id"] == "2"
    with talking(server) as talk:
        talk.begin()
        talk.subscribe("{ __typename }")
        assert talk.hear()["type"] == "next"
    assert server.stop() == 0
    assert not [line for line in server.log if "Traceback" in line or "ERROR" in line], server.log


def test_an_operation_of_a_socket_is_a_journey_of_its_own(
    shop_server: ShopServer, graph: Graph
) -> None:
    with talking(shop_server) as talk:
        talk.begin()
        talk.subscribe("query OverSocket { lab { crash } product(id: 7) { category { name } } }")
        payload = talk.hear()["payload"]
    assert payload["data"]["product"]["category"]["name"]
    journey = graph.kept(payload["errors"][0]["extensions"]["traceId"])
    assert (journey["method"], journey["counters"]["sql"]) == ("WS", 2)
    assert journey["spans"][0]["name"] == "WS /graphql OverSocket"


def test_a_session_of_our_own_page_counts(
    shop_server: ShopServer, graph: Graph, introduction: dict[str, Any]
) -> None:
    known = introduction["users"]["customer"]
    for _ in range(100):  # the password is hashed shortly after the start
        if graph.http.post("/api/auth/login", json=known).status_code == 200:
            break
    cookies = "; ".join(f"{name}={value}" for name, value in graph.http.cookies.items())
    with talking(
        shop_server, origin=shop_server.url, additional_headers={"Cookie": cookies}
    ) as talk:
        talk.begin()
        talk.subscribe("{ me { username } }")
        assert talk.hear()["payload"] == {"data": {"me": {"username": "customer"}}}
