"""The journeys of the real shop: cached products, N+1, pages, the admin, refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

TOKEN = {"X-Workbench-Token": "workbench-token-of-the-tests"}


def follow(shop: httpx.Client, path: str, **rest: Any) -> dict[str, Any]:
    """The journey of one GET."""
    answer = shop.get(path, **rest)
    found = shop.get(f"/_trace/{answer.headers['x-trace-id']}", headers=TOKEN)
    journey: dict[str, Any] = found.raise_for_status().json()
    return journey


def kinds(journey: dict[str, Any]) -> list[str]:
    return [span["kind"] for span in journey["spans"]]


@pytest.mark.parametrize(
    "path",
    ["/api/products/17", "/api/products?page=3", "/api/categories", "/api/tags"],
)
def test_second_answer_comes_from_the_cache_without_sql(shop: httpx.Client, path: str) -> None:
    fresh = path + ("&" if "?" in path else "?") + "fields=id"
    first, second = follow(shop, fresh), follow(shop, fresh)
    assert first["status"] == second["status"] == 200
    assert second["counters"]["sql"] == 0
    assert second["counters"]["cache_hits"] >= 1
    assert second["counters"]["cache_misses"] == 0
    assert "db" not in kinds(second)


def test_api_journey_has_every_phase(shop: httpx.Client) -> None:
    journey = follow(shop, "/api/products?page=5&page_size=7")
    assert journey["route"] == "/api/products"
    assert [kind for kind in dict.fromkeys(kinds(journey)) if kind != "send"] == [
        "server",
        "setup",
        "middleware",
        "routing",
        "view",
        "auth",
        "cache",
        "db",
        "serialize",
    ]
    assert journey["counters"]["sql"] >= 1
    assert journey["counters"]["rows"] >= 7


def test_page_and_admin_show_djangos_own_stack(shop: httpx.Client) -> None:
    for path in ("/", "/admin/login/"):
        journey = follow(shop, path)
        names = [span["name"] for span in journey["spans"]]
        assert journey["status"] == 200
        assert "SessionMiddleware" in names
        assert "CsrfViewMiddleware" in names
        assert any(name.startswith("render ") for name in names)


def test_refused_host_is_a_journey_that_ends_at_the_guard(shop: httpx.Client) -> None:
    answer = shop.get("/api/products", headers={"Host": "evil.example"})
    assert answer.status_code >= 400
    found = shop.get(f"/_trace/{answer.headers['x-trace-id']}", headers=TOKEN).json()
    assert found["status"] == answer.status_code
    assert found["counters"]["sql"] == 0


def test_workbench_endpoints_make_no_journeys(shop: httpx.Client) -> None:
    before = follow(shop, "/api/tags")["sequence"]
    for path in ("/healthz", "/_workbench"):
        assert "x-trace-id" not in shop.get(path, headers=TOKEN).headers
    assert follow(shop, "/api/tags")["sequence"] == before + 1
