"""Many at once, and a database or cache that does not play along."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

TAG = {"name": "Held up", "slug": "held-up"}


def staff(server: Any, client: Any) -> dict[str, str]:
    token = {"X-Workbench-Token": server.environment["DEMO_WORKBENCH_TOKEN"]}
    tokens = client.get("/_workbench", headers=token).json()["tokens"]
    return {"Authorization": f"Bearer {tokens['staff']}"}


def test_twenty_buyers_of_the_last_pieces_get_exactly_what_is_there(fresh_shop: Any) -> None:
    with fresh_shop.client() as client:
        headers = staff(fresh_shop, client)
        assert (
            client.patch(
                "/api/products/7",
                json={"stock": 13},
                headers={**headers, "Content-Type": "application/merge-patch+json"},
            ).status_code
            == 200
        )

        def buy(_: int) -> int:
            body = {"lines": [{"product_id": 7, "quantity": 1}]}
            return int(client.post("/api/orders", json=body, headers=headers).status_code)

        with ThreadPoolExecutor(20) as pool:
            outcomes = list(pool.map(buy, range(40)))
        assert sorted(set(outcomes)) == [201, 409]
        assert outcomes.count(201) == 13
        assert client.get("/api/products/7").json()["stock"] == 0


def test_a_busy_database_is_503_with_a_time_to_return_and_reads_go_on(fresh_shop: Any) -> None:
    with fresh_shop.client() as client:
        headers = staff(fresh_shop, client)
        other = sqlite3.connect(fresh_shop.data_dir / "shop.sqlite3", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(client.post, "/api/tags", json=TAG, headers=headers)
            assert client.get("/api/products/8").status_code == 200
            answer = waiting.result(20)
        other.execute("ROLLBACK")
        other.close()
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"] == "1"
        assert "locked" not in answer.text
        assert client.post("/api/tags", json=TAG, headers=headers).status_code == 201


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("database or disk is full", "free some space"),
        ("attempt to write a readonly database", "permissions"),
        ("database is locked", "repeat in a second"),
        ("server closed the connection unexpectedly", "repeat in a second"),
    ],
)
def test_database_errors_are_told_in_words(message: str, words: str) -> None:
    from demo_server.shop.middleware.database_unavailable import explain

    assert words in explain(message)


def test_the_shop_works_without_its_cache_and_says_so(start_shop: Callable[..., Any]) -> None:
    server = start_shop(DEMO_REDIS_URL="redis://127.0.0.1:1/0")
    with server.client() as client:
        assert client.get("/api/products/7").status_code == 200
        health = client.get("/healthz").json()
    assert health["status"] == "degraded"
    assert health["cache"] == {"kind": "redis", "reachable": False}


def test_the_second_read_needs_no_sql(shop: Any) -> None:
    shop.get("/api/products/99")
    timing = shop.get("/api/products/99").headers["server-timing"]
    assert "cache;desc=hit" in timing
    assert "db;" not in timing


def test_connections_are_kept_and_come_back_clean(shop_data: None) -> None:
    from django.db import connection, transaction

    from demo_server.shop.models import Tag

    connection.ensure_connection()
    first = connection.connection
    with transaction.atomic():
        Tag.objects.filter(pk=1).update(name="not committed")
        connection.connection.execute("SELECT 1")
        raw = connection.connection
        transaction.set_rollback(True)
    connection.close()
    connection.ensure_connection()
    assert connection.connection is first is raw
    assert not first.in_transaction
    assert Tag.objects.get(pk=1).name == "bestseller"
