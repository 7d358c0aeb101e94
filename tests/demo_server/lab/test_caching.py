"""The strategy lab against a real server: what a trainer shows, and what cannot be had."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.demo_server.conftest import TOKEN, ShopServer
from tests.real_caches import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADERS = {"X-Workbench-Token": TOKEN}


@pytest.fixture(scope="module", params=["", "valkey"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ShopServer]:
    """A shop of its own, with the cache in process and with one on a real Valkey."""
    folder: Path = tmp_path_factory.mktemp("shop")
    if request.param:
        with running("valkey") as valkey:
            shop = ShopServer(folder, DEMO_REDIS_URL=valkey.url).start()
            yield shop
            assert shop.stop() == 0, "".join(shop.log)
    else:
        shop = ShopServer(folder).start()
        yield shop
        assert shop.stop() == 0, "".join(shop.log)


@pytest.fixture
def lab(server: ShopServer) -> Iterator[httpx.Client]:
    with server.client(headers=HEADERS) as client:
        client.post("/_cache/reset").raise_for_status()
        yield client


def policy(lab: httpx.Client, name: str, **members: Any) -> dict[str, Any]:
    answer = lab.patch(f"/_cache/routes/{name}", json=members)
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()
    return changed


def counted(lab: httpx.Client, name: str) -> dict[str, Any]:
    routes = lab.get("/_cache").json()["routes"]
    found: dict[str, Any] = next(each["counters"] for each in routes if each["name"] == name)
    return found


def burst(lab: httpx.Client, path: str, clients: int = 20) -> list[dict[str, Any]]:
    with ThreadPoolExecutor(clients) as pool:
        answers = list(pool.map(lambda _: lab.get(path), range(clients)))
    assert {answer.status_code for answer in answers} == {200}
    return [answer.json() for answer in answers]


@pytest.mark.parametrize(
    ("protection", "fewest", "most"), [("none", 5, 20), ("flight", 1, 1), ("lease", 1, 1)]
)
def test_stampede(lab: httpx.Client, protection: str, fewest: int, most: int) -> None:
    policy(lab, "lab-a", protection=protection)
    burst(lab, "/lab/cache/lab-a?load_ms=300")
    counters = counted(lab, "lab-a")
    assert fewest <= counters["loads"] <= most
    assert counters["requests"] == counters["hits"] + counters["misses"] == 20
    assert counters["statements"] >= 2 * counters["loads"]
    assert counters["load_us"] >= 300_000 * counters["loads"]


def test_ttl_and_stale_read_and_clock(lab: httpx.Client) -> None:
    policy(lab, "lab-a", ttl_s=30, jitter=0)
    first = lab.get("/lab/cache/lab-a?load_ms=0").json()
    lab.post("/lab/cache/lab-a?around=true&value=77").raise_for_status()
    seen = lab.get("/lab/cache/lab-a?load_ms=0&compare=true").json()
    assert seen["version"] == first["version"] < seen["source_version"]
    assert lab.post("/_cache/clock", json={"advance_s": 31}).json()["offset_s"] == 31
    assert lab.get("/lab/cache/lab-a?load_ms=0").json()["value"] == 77


def test_write_through_is_read_without_a_load(lab: httpx.Client) -> None:
    policy(lab, "lab-a", strategy="write-through")
    written = lab.post("/lab/cache/lab-a?value=5").json()
    assert lab.get("/lab/cache/lab-a").json() == written
    assert counted(lab, "lab-a")["loads"] == 0


def test_write_of_a_product_goes_through_its_strategy(lab: httpx.Client) -> None:
    policy(lab, "product", strategy="write-through")
    token = _staff(lab)
    path = f"/api/products/{_in_stock(lab)}"
    price = lab.get(path).json()["price"]
    new = "11.00" if price != "11.00" else "12.00"
    changed = lab.patch(path, json={"price": new}, headers=token)
    assert changed.status_code == 200, changed.text
    before = counted(lab, "product")["loads"]
    assert lab.get(path).json()["price"] == new
    assert counted(lab, "product")["loads"] == before


def test_absences_are_kept_when_the_policy_says_so(lab: httpx.Client) -> None:
    path = f"/api/products/{2**40}"
    assert [lab.get(path).status_code for _ in range(2)] == [404, 404]
    assert counted(lab, "product")["loads"] == 2
    policy(lab, "product", negative_ttl_s=10)
    said = [lab.get(path).json()["detail"] for _ in range(3)]
    assert len(set(said)) == 1
    counters = counted(lab, "product")
    assert (counters["loads"], counters["negative_hits"]) == (3, 2)


def test_refresh_ahead_never_makes_anybody_wait_again(lab: httpx.Client) -> None:
    policy(lab, "lab-a", strategy="refresh-ahead", ttl_s=60, refresh_at=0.5, jitter=0)
    lab.get("/lab/cache/lab-a?load_ms=0")
    lab.post("/lab/cache/lab-a?around=true&value=9")
    lab.post("/_cache/clock", json={"advance_s": 31})
    old = lab.get("/lab/cache/lab-a?load_ms=0").json()["value"]
    for _ in range(200):
        if (new := lab.get("/lab/cache/lab-a?load_ms=0").json()["value"]) != old:
            break
    assert new == 9
    counters = counted(lab, "lab-a")
    assert (counters["loads"], counters["misses"]) == (2, 1)
    assert counters["stale_reads"] >= 1


def test_client_may_keep_it_as_long_as_it_says(lab: httpx.Client) -> None:
    first = lab.get("/lab/cache/lab-a?load_ms=0&max_age=60")
    assert first.headers["Cache-Control"] == "public, max-age=60"
    assert first.headers["Age"] == "0"
    lab.post("/_cache/clock", json={"advance_s": 20})
    second = lab.get("/lab/cache/lab-a?load_ms=0&max_age=60")
    assert 20 <= int(second.headers["Age"]) <= 22
    again = lab.get("/lab/cache/lab-a?load_ms=0", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Cache-Control"] == "public, no-cache"


def test_stored_report_drifts_until_it_is_refreshed(lab: httpx.Client) -> None:
    fresh = lab.post("/lab/cache/sales-report").json()
    assert fresh["drift"] == "0.00"
    assert fresh["stored_in"] == "shop_categoryrevenue"
    token = lab.get("/_workbench").json()["tokens"]["customer"]
    lines = {"lines": [{"product_id": _in_stock(lab), "quantity": 1}]}
    buyer = {"Authorization": f"Bearer {token}"}
    order = lab.post("/api/orders", json=lines, headers=buyer)
    assert order.status_code == 201, order.text
    drifted = lab.get("/lab/cache/sales-report").json()
    assert float(drifted["drift"]) > 0
    assert drifted["units"] + 1 == drifted["true_units"]
    assert lab.post("/lab/cache/sales-report").json()["drift"] == "0.00"
    counters = counted(lab, "sales-report")
    assert (counters["requests"], counters["hits"], counters["loads"]) == (3, 3, 2)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("PATCH", "/_cache/routes/product", {"strategy": "magic"}, 422, "choose none"),
        ("PATCH", "/_cache/routes/product", {"colour": "red"}, 422, "Unknown: colour"),
        ("PATCH", "/_cache/routes/product", [], 422, "JSON object"),
        ("PATCH", "/_cache/routes/nothing", {}, 404, "There is no route"),
        ("PATCH", "/_cache/routes/sales-report", {"ttl_s": 3}, 422, "kept by the database"),
        ("POST", "/_cache/clock", {"advance_s": -1}, 422, "above 0"),
        ("POST", "/_cache/clock", {"advance_s": "30"}, 422, "Say how far"),
        ("POST", "/_cache/clock", {}, 422, "Say how far"),
        ("POST", "/_cache/expire", {"key": 7}, 422, "Say which key"),
        ("GET", "/_cache/reset", None, 405, "POST"),
    ],
)
def test_what_cannot_be_had_says_why(
    lab: httpx.Client, method: str, path: str, body: Any, status: int, said: str
) -> None:
    answer = lab.request(method, path, json=body)
    assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text


def test_nobody_steers_without_the_token(server: ShopServer) -> None:
    with server.client() as stranger:
        assert stranger.post("/_cache/reset").status_code == 404
        assert stranger.patch("/_cache/routes/product", json={}).status_code == 404


def _staff(lab: httpx.Client) -> dict[str, str]:
    """The Authorization header of a member of the staff, who is a customer, too."""
    tokens = lab.get("/_workbench").json()["tokens"]
    return {"Authorization": f"Bearer {tokens['staff']}"}


def _in_stock(lab: httpx.Client) -> int:
    found: int = lab.get("/api/products?in_stock=true&page_size=1").json()["items"][0]["id"]
    return found
