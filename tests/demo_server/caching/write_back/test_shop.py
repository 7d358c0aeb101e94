"""Write-back as the shop's readers, writers and the workbench meet it, over HTTP."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from json import loads
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.demo_server.conftest import TOKEN, ShopServer
from tests.real_caches import CacheServer, running

WORKBENCH = {"X-Workbench-Token": TOKEN}
FLUSHER = "/_cache/write-back/flusher"


class Shop:
    """A server under write-back, whose flusher stands still until it is told."""

    def __init__(self, server: ShopServer, number: int = 7) -> None:
        self.number = number
        self.key = f"products:{number}"
        self.path = f"/api/products/{number}"
        self.server = server
        self.client = server.client()
        known = self.client.get("/_workbench", headers=WORKBENCH).json()
        self.staff = {"Authorization": f"Bearer {known['tokens']['staff']}"}

    def defer(self, *routes: str) -> Shop:
        for route in routes or ("product", "views"):
            answer = self.strategy(route, "write-back")
            assert answer.status_code == 200, answer.text
        self.steer(action="stop")
        return self

    def strategy(self, route: str, name: str) -> httpx.Response:
        return self.client.patch(
            f"/_cache/routes/{route}", json={"strategy": name}, headers=WORKBENCH
        )

    def steer(self, **members: Any) -> dict[str, Any]:
        answer = self.client.post(FLUSHER, json=members, headers=WORKBENCH)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get("/_cache/write-back", headers=WORKBENCH).json()
        return found

    def change(self, headers: dict[str, str] | None = None, **members: Any) -> httpx.Response:
        return self.client.patch(self.path, json=members, headers=self.staff | (headers or {}))

    def read(self) -> httpx.Response:
        return self.client.get(self.path)

    def stored(self, statement: str) -> Any:
        import sqlite3

        with sqlite3.connect(self.server.data_dir / "shop.sqlite3") as database:
            return database.execute(statement).fetchone()[0]

    def stored_price(self) -> float:
        return float(self.stored(f"SELECT price FROM shop_product WHERE id = {self.number}"))


@pytest.fixture(scope="module")
def durable() -> Iterator[CacheServer]:
    with running("valkey", "--appendonly", "yes", "--appendfsync", "everysec") as server:
        yield server


@pytest.fixture(scope="module")
def server(durable: CacheServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopServer]:
    folder = tmp_path_factory.mktemp("write-back")
    server = ShopServer(folder, DEMO_REDIS_URL=durable.url, DEMO_RATE_LIMIT="0").start()
    yield server
    assert server.stop() == 0, "".join(server.log)


@pytest.fixture(scope="module")
def numbers(server: ShopServer) -> Iterator[int]:
    """Products that are on sale, each for one test."""
    with server.client() as client:
        found = client.get("/api/products?page_size=100&in_stock=true").json()["items"]
    return iter([each["id"] for each in found])


@pytest.fixture
def shop(server: ShopServer, numbers: Iterator[int]) -> Iterator[Shop]:
    """The server of all tests, on a product of this test's own."""
    shop = Shop(server, next(numbers)).defer()
    yield shop
    shop.steer(mode="durable", every_s=1)
    for route in ("product", "views"):
        shop.strategy(route, "none")
    assert not shop.state()["is_on"]


@pytest.fixture
def own_shop(durable: CacheServer, start_shop: Callable[..., ShopServer]) -> Shop:
    """A server that the test may end."""
    own = {"DEMO_REDIS_URL": durable.url, "DEMO_REDIS_PREFIX": uuid4().hex[:8]}
    return Shop(start_shop(**own)).defer()


pytestmark = pytest.mark.service("valkey")


def test_every_reader_sees_an_acknowledged_write_before_the_database_has_it(shop: Shop) -> None:
    before = shop.read().json()
    shop.client.get("/api/products?page_size=100")
    answer = shop.change(price="1.23", name="Waiting")
    assert answer.status_code == 200
    assert (answer.json()["price"], answer.json()["version"]) == ("1.23", before["version"] + 1)
    now = shop.read()
    assert now.json() == answer.json()
    assert now.headers["etag"] == answer.headers["etag"]
    listed = shop.client.get("/api/products?page_size=100").json()["items"]
    assert next(each for each in listed if each["id"] == shop.number) == answer.json()
    words = "query($id: ID!) {product(id: $id) {price title} products(first: 100) {nodes {price}}}"
    question = {"query": words, "variables": {"id": str(shop.number)}}
    told = shop.client.post("/graphql", json=question).json()["data"]
    assert told["product"] == {"price": "1.23", "title": "Waiting"}
    assert {"price": "1.23"} in told["products"]["nodes"]
    assert shop.stored_price() == float(before["price"])

    state = shop.steer(action="flush")
    assert state["dirty"] == []
    assert shop.stored_price() == 1.23
    flushed = shop.read()
    assert flushed.json() == answer.json()
    assert flushed.headers["etag"] == answer.headers["etag"]


def test_pages_of_a_list_sorted_by_price_stay_whole_while_prices_wait(shop: Shop) -> None:
    shop.change(price="9999.00")
    question = (
        "query($after: String) {products(first: 40, after: $after, sort: {by: PRICE})"
        " {nodes {id} pageInfo {hasNextPage endCursor}}}"
    )
    found: list[str] = []
    after = None
    while True:
        body = {"query": question, "variables": {"after": after}}
        told = shop.client.post("/graphql", json=body).json()["data"]["products"]
        found += [node["id"] for node in told["nodes"]]
        after = told["pageInfo"]["endCursor"]
        if not told["pageInfo"]["hasNextPage"]:
            break
    assert len(found) == len(set(found))
    assert str(shop.number) in found


def test_fifty_changes_are_one_update(shop: Shop) -> None:
    for number in range(1, 51):
        assert shop.change(price=f"{number}.00").status_code == 200
    state = shop.state()
    assert state["dirty_count"] == 1
    assert (state["log_length"], state["pending"]) == (50, 50)
    [dirty] = state["dirty"]
    assert (dirty["key"], dirty["entries"]) == (shop.key, 50)
    assert dirty["value"] == {"price": "50.00", "version": "+50"}
    assert 0 < state["lag_s"] < 30
    before = shop.state()
    state = shop.steer(action="flush")
    counters = ("applied", "merged", "flushes")
    assert [state[name] - before[name] for name in counters] == [50, 49, 1]
    assert state["last_flush"]["statements"] == 1
    assert state["watermark"] == state["last_id"]


def test_the_same_rules_hold_as_without(shop: Shop) -> None:
    assert shop.change(price="0.00").status_code == 422
    assert shop.change(name="").status_code == 422
    tag = shop.read().headers["etag"]
    assert shop.change({"If-Match": tag}, price="2.00").status_code == 200
    assert shop.change({"If-Match": tag}, price="3.00").status_code == 412
    missing = shop.client.patch("/api/products/999999", json={"price": "1.00"}, headers=shop.staff)
    assert missing.status_code == 404
    assert shop.client.patch(shop.path, json={"price": "1.00"}).status_code == 401
    assert shop.state()["log_length"] == 1


def test_a_repeated_change_counts_once_and_a_reused_key_is_refused(shop: Shop) -> None:
    tag = shop.read().headers["etag"]
    headers = {"Idempotency-Key": "once", "If-Match": tag}
    assert shop.change(headers, price="2.00").status_code == 200
    assert shop.change(price="3.00").status_code == 200
    again = shop.change(headers, price="2.00")
    assert again.status_code == 200
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json()["price"] == "3.00"
    assert shop.change({"Idempotency-Key": "once"}, price="5.00").json()["title"] == (
        "Idempotency-Key reused"
    )
    assert shop.state()["log_length"] == 2


def test_what_may_not_wait_is_written_after_what_waits(shop: Shop) -> None:
    before = shop.read().json()
    shop.change(price="2.00")
    answer = shop.change(stock=77, name="Both")
    assert answer.status_code == 200
    assert (answer.json()["price"], answer.json()["stock"]) == ("2.00", 77)
    assert answer.json()["version"] == before["version"] + 2
    assert shop.state()["pending"] == 0
    assert shop.stored_price() == 2.00


def test_an_order_pays_the_price_that_was_acknowledged(shop: Shop) -> None:
    shop.change(price="2.50")
    body = {"lines": [{"product_id": shop.number, "quantity": 1}]}
    known = shop.client.get("/_workbench", headers=WORKBENCH).json()["tokens"]["customer"]
    headers = {"Authorization": f"Bearer {known}"}
    answer = shop.client.post("/api/orders", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.json()["lines"][0]["unit_price"] == "2.50"


@pytest.mark.parametrize("strategy", ["none", "write-through", "write-back"])
def test_views_count_each_key_once_under_every_strategy(shop: Shop, strategy: str) -> None:
    assert shop.strategy("views", strategy).status_code == 200
    path = f"{shop.path}/views"
    assert shop.client.get(path).json()["views"] == 0
    for number in (1, 2, 2, 3, 3, 3):
        answer = shop.client.post(path, headers={"Idempotency-Key": f"v{number}"})
        assert answer.status_code == 200
    assert shop.client.post(path).json()["views"] == 4
    assert shop.client.get(path).json()["views"] == 4
    shop.steer(action="flush")
    assert shop.client.get(path).json()["views"] == 4
    rows = f"SELECT views FROM shop_productviews WHERE product_id = {shop.number}"
    assert shop.stored(rows) == 4
    assert shop.client.post("/api/products/999999/views").status_code == 404


def test_leaving_brings_everything_home(shop: Shop) -> None:
    shop.change(price="4.00")
    shop.client.post(f"{shop.path}/views")
    assert shop.strategy("product", "cache-aside").status_code == 200
    assert shop.state()["is_on"]  # the views still wait
    assert shop.strategy("views", "none").status_code == 200
    state = shop.state()
    assert (state["is_on"], state["pending"], state["flusher"]["state"]) == (False, 0, "stopped")
    assert shop.stored_price() == 4.00
    assert shop.read().json()["price"] == "4.00"
    assert shop.change(price="5.00").status_code == 200
    assert shop.stored_price() == 5.00


def test_a_killed_flusher_stays_away_until_it_is_started_and_loses_nothing(shop: Shop) -> None:
    assert shop.steer(action="start", every_s=0)["flusher"]["state"] == "running"
    state = shop.steer(action="kill")
    assert state["flusher"]["state"] == "killed"
    assert state["flusher"]["pid_or_task"] is None
    shop.change(price="6.00")
    assert shop.state()["pending"] == 1
    assert shop.read().json()["price"] == "6.00"
    shop.steer(action="start")
    wait_for(lambda: shop.state()["pending"] == 0)
    assert shop.stored_price() == 6.00


def test_a_flusher_that_dies_by_itself_is_started_again(shop: Shop) -> None:
    first = shop.steer(action="start", every_s=0)["flusher"]["pid_or_task"]
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: shop.state()["flusher"]["pid_or_task"] not in {first, None})
    shop.change(price="6.50")
    wait_for(lambda: shop.stored_price() == 6.50)


def test_the_flusher_ends_with_its_server(own_shop: Shop) -> None:
    from tests.backend_tui.stack.waiting import is_running

    shop = own_shop
    pid = shop.steer(action="start")["flusher"]["pid_or_task"]
    shop.change(price="7.00")
    assert shop.server.process is not None
    shop.server.process.kill()
    wait_for(lambda: not is_running(pid))
    assert shop.stored_price() == 7.00


def test_the_naive_way_loses_with_its_flusher(shop: Shop) -> None:
    before = shop.stored_price()
    assert shop.steer(mode="naive")["mode"] == "naive"
    shop.steer(every_s=60)
    for number in range(5):
        assert shop.change(price=f"{number + 1}.00").status_code == 200
    assert shop.read().json()["price"] == "5.00"
    state = shop.steer(action="kill")
    assert (state["lost"], state["dirty_count"]) == (5, 0)
    assert float(shop.read().json()["price"]) == before == shop.stored_price()
    shop.steer(mode="durable")
    shop.steer(action="stop")
    shop.change(price="8.00")
    shop.steer(action="kill")
    shop.steer(action="flush")
    assert shop.stored_price() == 8.00


def test_the_naive_way_writes_when_it_is_left_alone(shop: Shop) -> None:
    shop.steer(mode="naive", every_s=0)
    shop.steer(action="start")
    shop.change(price="3.50")
    wait_for(lambda: shop.stored_price() == 3.50)
    assert shop.read().json()["price"] == "3.50"


def test_flushes_stand_in_the_feed(shop: Shop) -> None:
    shop.change(price="3.00")
    with shop.client.stream("GET", "/_cache/events", headers=WORKBENCH) as stream:
        shop.steer(action="flush")
        for line in stream.iter_lines():
            if line.startswith("data:") and '"flush"' in line:
                assert f':{shop.key}"' in line
                assert '"flushed"' in line
                assert '"write-back"' in line
                break


def test_a_flush_is_a_journey_with_its_statements(shop: Shop) -> None:
    shop.change(price="3.00")
    with shop.client.stream("GET", "/_trace", headers=WORKBENCH) as stream:
        shop.steer(action="start", every_s=0)
        for line in stream.iter_lines():
            if line.startswith("data:") and '"FLUSH"' in line:
                break
    journey = loads(line.removeprefix("data:"))
    texts = [span["name"] for span in journey["spans"] if span["kind"] == "db"]
    assert "UPDATE shop_product" in texts
    assert "UPDATE shop_writebackmark" in texts


def test_a_log_that_vanished_is_an_alarm_and_is_begun_anew_only_when_told(
    own_shop: Shop, durable: CacheServer
) -> None:
    import redis

    shop = own_shop
    before = shop.stored_price()
    shop.change(price="3.00")
    with redis.Redis.from_url(durable.url) as client:
        client.flushall()
    assert float(shop.read().json()["price"]) == before
    refused = shop.change(price="4.00")
    assert refused.status_code == 503
    assert "vanished" in refused.json()["detail"]
    state = shop.state()
    assert state["lost_log"]
    assert "vanished" in state["away"]
    assert not shop.steer(action="renew")["lost_log"]
    assert shop.change(price="5.00").status_code == 200
    shop.steer(action="flush")
    assert shop.stored_price() == 5.00


def test_the_mode_of_the_disk_can_be_set_and_is_read_from_the_cache(shop: Shop) -> None:
    assert shop.state()["fsync"] == "everysec"
    state = shop.steer(fsync="always")
    assert state["fsync"] == "always"
    assert "power failure" in state["survives"]
    assert shop.steer(fsync="everysec")["fsync"] == "everysec"


def test_wrong_words_are_refused_with_the_right_ones(shop: Shop) -> None:
    for body, word in (
        ({"action": "dance"}, "stop, start, flush, kill, renew"),
        ({"fsync": "never"}, "always, everysec"),
        ({"mode": "hopeful"}, "durable, naive"),
        ({"every_s": -1}, "0 to 60"),
        ({"speed": 1}, "every_s"),
        ({}, "action"),
    ):
        answer = shop.client.post(FLUSHER, json=body, headers=WORKBENCH)
        assert answer.status_code == 422
        assert word in answer.json()["detail"]
    assert shop.client.get("/_cache/write-back").status_code == 404


def wait_for(claim: Callable[[], bool]) -> None:
    """Until it holds; of another process there is no event."""

    async def until() -> None:
        async with asyncio.timeout(15):
            while not claim():  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    asyncio.run(until())
