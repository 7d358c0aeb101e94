"""The catalogue over HTTP, against the real server."""

from typing import Any

import httpx
import pytest


def _address(product: dict[str, Any]) -> str:
    return str(product["_links"]["self"]["href"])


def test_a_product_is_read_with_links_and_money_as_text(
    anyone: httpx.Client, product: dict[str, Any]
) -> None:
    answer = anyone.get(_address(product))
    assert answer.status_code == 200
    assert answer.json() == product
    assert product["price"] == "12.50"
    for link in product["_links"].values():
        assert anyone.get(link["href"]).status_code == 200


def test_what_the_client_has_is_not_sent_again(
    anyone: httpx.Client, product: dict[str, Any]
) -> None:
    first = anyone.get(_address(product))
    again = anyone.get(_address(product), headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


def test_a_list_is_filtered_sorted_paged_and_thinned(
    anyone: httpx.Client, staff: httpx.Client, product: dict[str, Any]
) -> None:
    category = product["category"]["id"]
    for number, price in enumerate(("3.00", "1.00", "2.00")):
        staff.post(
            "/api/products",
            json={
                "sku": f"LST-{product['id'] % 1000:03d}{number}",
                "name": f"Listed {number}",
                "category_id": category,
                "price": price,
            },
        ).raise_for_status()
    answer = anyone.get(
        "/api/products",
        params={
            "category": category,
            "q": "listed",
            "in_stock": "false",
            "min_price": "1.50",
            "sort": "-price",
            "page_size": 1,
            "fields": "name,price",
        },
    )
    page = answer.json()
    assert page["items"] == [{"name": "Listed 0", "price": "3.00"}]
    assert (page["total"], page["pages"]) == (2, 2)
    following = anyone.get(page["_links"]["next"]["href"]).json()
    assert following["items"] == [{"name": "Listed 2", "price": "2.00"}]


def test_a_change_is_seen_at_once_although_reads_are_cached(
    anyone: httpx.Client, staff: httpx.Client, product: dict[str, Any]
) -> None:
    here = _address(product)
    nested = f"/api/categories/{product['category']['id']}/products"
    assert anyone.get(here).json()["price"] == "12.50"
    assert anyone.get(nested).json()["items"][0]["price"] == "12.50"
    changed = staff.patch(here, json={"price": "9.00"})
    assert (changed.status_code, changed.json()["price"]) == (200, "9.00")
    assert changed.json()["stock"] == 10
    assert anyone.get(here).json()["price"] == "9.00"
    assert anyone.get(nested).json()["items"][0]["price"] == "9.00"


def test_put_gives_what_is_left_out_its_default(
    staff: httpx.Client, product: dict[str, Any]
) -> None:
    body = {
        "sku": product["sku"],
        "name": "Renamed",
        "category_id": product["category"]["id"],
        "price": "1.00",
    }
    replaced = staff.put(_address(product), json=body).json()
    assert (replaced["name"], replaced["stock"], replaced["description"]) == ("Renamed", 0, "")
    assert replaced["version"] > product["version"]


def test_who_has_not_seen_the_last_change_changes_nothing(
    staff: httpx.Client, product: dict[str, Any]
) -> None:
    here = _address(product)
    seen = staff.get(here).headers["ETag"]
    assert staff.patch(here, json={"price": "2.00"}, headers={"If-Match": seen}).is_success
    late = staff.patch(here, json={"price": "3.00"}, headers={"If-Match": seen})
    assert late.status_code == 412
    assert late.headers["ETag"] == staff.get(here).headers["ETag"]
    assert staff.get(here).json()["price"] == "2.00"


def test_a_withdrawn_product_is_gone_for_good(
    anyone: httpx.Client, staff: httpx.Client, product: dict[str, Any]
) -> None:
    here = _address(product)
    assert anyone.get(here).is_success
    assert staff.delete(here).status_code == 204
    for method in ("GET", "PATCH", "DELETE"):
        body = {"price": "1.00"} if method == "PATCH" else None
        answer = staff.request(method, here, json=body)
        assert (answer.status_code, answer.json()["title"]) == (410, "Withdrawn")
    assert anyone.get("/api/products", params={"q": product["name"]}).json()["total"] == 0


def test_every_broken_rule_is_named(staff: httpx.Client) -> None:
    body = {"sku": "nope", "price": 5, "category_id": 1, "colour": "red"}
    answer = staff.post("/api/products", json=body)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert pointers == {"#/sku", "#/name", "#/price", "#/colour"}


def test_a_category_that_does_not_exist_is_named(
    staff: httpx.Client, product: dict[str, Any]
) -> None:
    answer = staff.patch(_address(product), json={"category_id": 999_999})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["#/category_id"]


def test_a_taken_sku_is_a_conflict(staff: httpx.Client, product: dict[str, Any]) -> None:
    body = {
        "sku": product["sku"],
        "name": "Again",
        "category_id": product["category"]["id"],
        "price": "1.00",
    }
    assert staff.post("/api/products", json=body).status_code == 409


def test_a_product_gets_and_loses_a_tag(staff: httpx.Client, product: dict[str, Any]) -> None:
    slug = f"tag-{product['id']}"
    tag = staff.post("/api/tags", json={"name": slug, "slug": slug}).json()
    place = f"{_address(product)}/tags/{tag['id']}"
    assert [staff.put(place).status_code for _ in range(2)] == [204, 204]
    assert staff.get(_address(product)).json()["tags"] == [slug]
    assert staff.get("/api/products", params={"tag": slug}).json()["total"] == 1
    assert staff.delete(f"/api/tags/{tag['id']}").status_code == 204
    assert staff.get(_address(product)).json()["tags"] == []
    assert staff.put(place).status_code == 404


def test_a_category_with_something_in_it_stays(
    staff: httpx.Client, product: dict[str, Any]
) -> None:
    here = f"/api/categories/{product['category']['id']}"
    assert staff.delete(here).status_code == 409
    assert staff.patch(here, json={"name": f"New {product['id']}"}).is_success
    assert staff.get(_address(product)).json()["category"]["name"] == f"New {product['id']}"


@pytest.mark.parametrize("address", ["/api/products", "/api/categories", "/api/tags"])
def test_only_the_staff_adds(anyone: httpx.Client, customer: httpx.Client, address: str) -> None:
    stranger = anyone.post(address, json={})
    assert stranger.status_code == 401
    assert stranger.headers["WWW-Authenticate"].startswith("Bearer ")
    assert customer.post(address, json={}).status_code == 403


@pytest.mark.parametrize(
    "address",
    ["/api/products/7", "/api/products?category=1&sort=-price", "/api/categories", "/api/tags/1"],
)
def test_what_was_asked_before_comes_from_the_cache_without_sql(
    shop: httpx.Client, address: str
) -> None:
    first, second = shop.get(address), shop.get(address)
    assert first.status_code == second.status_code == 200
    assert second.content == first.content
    phases = second.headers["Server-Timing"]
    assert "cache;desc=hit" in phases
    assert "db;" not in phases
