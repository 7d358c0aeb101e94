"""Which cache the shop uses is said by a URL, or by CACHES, and each serves the whole shop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from demo_server.caching.url import UnusableCacheUrl, parse
from tests.demo_server.conftest import TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.demo_server.conftest import ShopServer

LOCMEM = "django.core.cache.backends.locmem.LocMemCache"
KEY = {"X-Workbench-Token": TOKEN}


@pytest.mark.parametrize(
    ("url", "backend"),
    [
        ("redis://localhost", "RedisCache"),
        ("rediss://user:pass@cache.example:6380/2", "RedisCache"),
        ("unix:///run/redis.sock?db=1", "RedisCache"),
        ("memcached://localhost:11211", "MemcachedCache"),
        ("locmem://", "LocalCache"),
    ],
)
def test_a_url_names_the_cache(url: str, backend: str) -> None:
    assert parse(url) == {
        "BACKEND": f"demo_server.caching.backend.{backend}",
        "LOCATION": url,
        "KEY_PREFIX": "shop",
    }


def test_a_path_names_a_backend_of_somebody_else() -> None:
    found = parse(f"{LOCMEM}://a/b")
    assert found == {"BACKEND": LOCMEM, "LOCATION": "a/b", "KEY_PREFIX": "shop"}
    with pytest.raises(UnusableCacheUrl, match="cannot be imported"):
        parse("no.such.Backend://")


@pytest.mark.parametrize("url", ["", "localhost", "http://x", "redis://", "memcached://:1x", "//["])
def test_another_url_is_refused_with_a_reason(url: str) -> None:
    with pytest.raises(UnusableCacheUrl, match="It "):
        parse(url)


def shows(server: ShopServer, kind: str) -> dict[str, Any]:
    """Read, read again, change, read: true at once, and the second from the cache."""
    with server.client() as shop:
        tokens = shop.get("/_workbench", headers=KEY).json()["tokens"]
        staff = {"Authorization": f"Bearer {tokens['staff']}"}
        first = shop.get("/api/products/7")
        second = shop.get("/api/products/7")
        assert first.json() == second.json()
        trace = shop.get(f"/_trace/{second.headers['x-trace-id']}", headers=KEY).json()
        assert (trace["counters"]["cache_hits"], trace["counters"]["sql"]) == (1, 0)
        change = {"price": "123.45"}
        match = {"If-Match": second.headers["etag"]}
        changed = shop.patch("/api/products/7", json=change, headers=staff | match)
        assert changed.status_code == 200, changed.text
        assert shop.get("/api/products/7").json()["price"] == "123.45"
        assert shop.get("/api/products").status_code == 200
        health = shop.get("/healthz").json()
        assert health["cache"] == {"kind": kind, "reachable": True}
        state: dict[str, Any] = shop.get("/_cache", headers=KEY).json()
    assert state["store"]["kind"] == kind
    assert state["sequence"] > 4
    product = next(route for route in state["routes"] if route["name"] == "product")
    assert product["counters"]["requests"] == 3
    assert product["counters"]["hits"] == 1
    return state


@pytest.mark.service("memcached")
def test_the_shop_runs_on_memcached(
    memcached_address: str, start_shop: Callable[..., ShopServer]
) -> None:
    state = shows(start_shop(DEMO_CACHE_URL=f"memcached://{memcached_address}"), "memcached")
    assert state["store"]["prefix"] == "shop"
    assert state["store"]["tells_expiry"] is False


@pytest.mark.service("redis")
def test_the_shop_runs_on_redis(redis_url: str, start_shop: Callable[..., ShopServer]) -> None:
    state = shows(start_shop(DEMO_CACHE_URL=redis_url, DEMO_REDIS_PREFIX=""), "redis")
    assert state["store"] == {
        "kind": "redis",
        "prefix": "shop",
        "tells_expiry": False,
        "fsync": "no",
    }


def test_the_shop_runs_in_process(start_shop: Callable[..., ShopServer]) -> None:
    assert shows(start_shop(), "local")["store"]["tells_expiry"] is True


def test_the_shop_runs_on_a_cache_of_djangos_own(start_shop: Callable[..., ShopServer]) -> None:
    shows(start_shop(DEMO_CACHE_URL=f"{LOCMEM}://shop"), "foreign")


def test_an_unusable_url_is_explained_at_the_start(start_shop: Callable[..., ShopServer]) -> None:
    with pytest.raises(AssertionError, match="The URL of the cache cannot be used") as failed:
        start_shop(DEMO_CACHE_URL="memcache://localhost")
    assert "memcached://" in str(failed.value)
