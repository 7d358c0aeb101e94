"""The catalogue over HTTP, against the real server."""

import httpx


def test_a_product_is_read(shop: httpx.Client) -> None:
    answer = shop.get("/api/products/7")
    assert answer.status_code == 200
    assert answer.json()["id"] == 7
