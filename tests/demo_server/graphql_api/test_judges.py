"""Foreign judges: the audits of graphql-http, the reference clients graphql-sse and graphql-ws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.demo_server.conftest import ShopServer
from tests.demo_server.graphql_api.conftest import tokens_of

pytestmark = pytest.mark.service("node")

COUNTDOWN = [{"data": {"countdown": number}} for number in (3, 2, 1, 0)]


def test_every_audit_of_graphql_over_http_is_passed(
    node_tools: Callable[..., Any], shop_server: ShopServer
) -> None:
    results = node_tools("audit.mjs", f"{shop_server.url}/graphql")
    assert [each for each in results if each["status"] != "ok"] == []
    assert len(results) == 61


def merged(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The lab of an answer whose only deferred part belongs to it."""
    lab = dict(events[0]["data"]["lab"])
    for event in events[1:]:
        for part in event.get("incremental", ()):
            lab.update(part["data"])
    assert events[-1]["hasNext"] is False
    return lab


def test_the_reference_client_of_graphql_sse_is_served(
    node_tools: Callable[..., Any], fresh_shop: ShopServer
) -> None:
    told = node_tools("sse.mjs", fresh_shop.url, tokens_of(fresh_shop)["customer"])
    assert told["query"] == [{"data": {"me": {"username": "customer"}, "product": {"id": "7"}}}]
    assert told["countdown"] == COUNTDOWN
    assert [each["message"] for each in told["invalid"][0]["errors"]] == [
        "Cannot query field 'nothing' on type 'Query'."
    ]
    assert merged(told["deferred"])["wait"] == 30
    assert told["orderPlaced"] == {
        "data": {
            "orderPlaced": {
                "status": "PLACED",
                "user": {"username": "customer"},
                "lines": [{"quantity": 1}],
            }
        }
    }
    assert told["stranger"]["status"] == 401
    assert told["nobody"][0]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_the_reference_client_of_graphql_ws_is_served(
    node_tools: Callable[..., Any], fresh_shop: ShopServer
) -> None:
    told = node_tools("ws.mjs", fresh_shop.url, tokens_of(fresh_shop)["staff"])
    assert told["query"] == [{"data": {"me": {"username": "staff"}, "product": {"id": "7"}}}]
    assert told["countdown"] == COUNTDOWN
    assert told["invalid"]["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert merged(told["deferred"])["wait"] == 30
    assert told["patched"] == 200
    change = told["priceChanged"]["data"]["priceChanged"]
    assert change["product"] == {"id": "9", "price": "123.45"}
    assert change["after"] == "123.45"
    assert change["before"] != "123.45"
    assert [len(each) for each in told["both"]] == [6, 3]
    assert told["pongs"] >= 1
    assert told["stranger"]["code"] == 4403
    assert told["nobody"]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
