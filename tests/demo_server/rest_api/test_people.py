"""Users, orders, reviews and signing in, against the real server."""

from typing import Any

import httpx
import pytest


def test_an_order_takes_the_stock_and_cancelling_gives_it_back(
    customer: httpx.Client, product: dict[str, Any]
) -> None:
    lines = [{"product_id": product["id"], "quantity": 4}]
    placed = customer.post("/api/orders", json={"lines": lines})
    assert placed.status_code == 201
    order = customer.get(placed.headers["Location"]).json()
    assert (order["total"], order["status"]) == ("50.00", "placed")
    here = product["_links"]["self"]["href"]
    assert customer.get(here).json()["stock"] == 6
    assert customer.delete(placed.headers["Location"]).status_code == 204
    assert customer.get(placed.headers["Location"]).json()["status"] == "cancelled"
    assert customer.get(here).json()["stock"] == 10


def test_what_is_not_in_stock_is_not_sold(customer: httpx.Client, product: dict[str, Any]) -> None:
    lines = [{"product_id": product["id"], "quantity": 11}]
    answer = customer.post("/api/orders", json={"lines": lines})
    assert answer.status_code == 409
    assert customer.get(product["_links"]["self"]["href"]).json()["stock"] == 10


def test_only_the_staff_ships_and_only_in_order(
    customer: httpx.Client, staff: httpx.Client, product: dict[str, Any]
) -> None:
    lines = [{"product_id": product["id"], "quantity": 1}]
    here = customer.post("/api/orders", json={"lines": lines}).headers["Location"]
    assert customer.patch(here, json={"status": "shipped"}).status_code == 403
    assert staff.patch(here, json={"status": "delivered"}).status_code == 409
    assert staff.patch(here, json={"status": "shipped"}).json()["status"] == "shipped"
    assert customer.delete(here).status_code == 409


def test_another_users_order_is_not_found_and_their_account_not_allowed(
    customer: httpx.Client, staff: httpx.Client, product: dict[str, Any]
) -> None:
    lines = [{"product_id": product["id"], "quantity": 1}]
    foreign = staff.post("/api/orders", json={"lines": lines}).headers["Location"]
    assert customer.get(foreign).status_code == 404
    me = staff.get("/api/users/me").json()
    assert customer.get(me["_links"]["self"]["href"]).status_code == 403
    assert customer.get(me["_links"]["orders"]["href"]).status_code == 403
    assert customer.get("/api/users").status_code == 403


def test_a_customer_lists_their_own_orders_only(
    customer: httpx.Client, product: dict[str, Any]
) -> None:
    me = customer.get("/api/users/me").json()["id"]
    lines = [{"product_id": product["id"], "quantity": 1}]
    customer.post("/api/orders", json={"lines": lines}).raise_for_status()
    page = customer.get("/api/orders", params={"page_size": 100}).json()
    assert {order["user_id"] for order in page["items"]} == {me}
    nested = customer.get(f"/api/users/{me}/orders", params={"page_size": 100}).json()
    assert nested["items"] == page["items"]


def test_a_review_counts_and_is_its_authors(
    customer: httpx.Client, staff: httpx.Client, product: dict[str, Any]
) -> None:
    here = product["_links"]["self"]["href"]
    body = {"rating": 4, "title": "Sturdy"}
    written = customer.post(f"{here}/reviews", json=body)
    assert written.status_code == 201
    assert customer.post(f"{here}/reviews", json=body).status_code == 409
    assert (customer.get(here).json()["rating"], customer.get(here).json()["review_count"]) == (
        4,
        1,
    )
    foreign = staff.post(f"{here}/reviews", json={**body, "rating": 1}).headers["Location"]
    assert customer.patch(foreign, json={"rating": 5}).status_code == 403
    assert customer.patch(written.headers["Location"], json={"rating": 5}).is_success
    assert customer.get(here).json()["rating"] == 3
    assert customer.get(f"{here}/reviews", params={"rating": 5}).json()["total"] == 1
    assert customer.delete(written.headers["Location"]).status_code == 204
    assert customer.get(here).json()["rating"] == 1


def test_a_user_comes_and_goes(staff: httpx.Client, product: dict[str, Any]) -> None:
    name = f"grace{product['id']}"
    body = {"username": name, "password": "correct horse battery"}
    made = staff.post("/api/users", json=body)
    assert made.status_code == 201
    assert "password" not in made.json()
    assert staff.post("/api/users", json=body).status_code == 409
    here = made.headers["Location"]
    assert staff.patch(here, json={"first_name": "Grace"}).json()["first_name"] == "Grace"
    assert staff.delete(here).status_code == 204
    assert staff.get(here).status_code == 404


def test_the_staff_does_not_change_the_admin(staff: httpx.Client) -> None:
    found = staff.get("/api/users", params={"q": "admin", "is_staff": "true"}).json()["items"]
    admin = next(user for user in found if user["username"] == "admin")
    here = admin["_links"]["self"]["href"]
    assert staff.patch(here, json={"password": "a new password"}).status_code == 403
    assert staff.delete(here).status_code == 409


def test_a_token_is_got_used_and_revoked(anyone: httpx.Client, known: dict[str, Any]) -> None:
    got = anyone.post("/api/auth/token", json=known["users"]["customer"])
    assert (got.status_code, got.headers["Cache-Control"]) == (201, "no-store")
    bearer = {"Authorization": f"Bearer {got.json()['token']}"}
    assert anyone.get("/api/users/me", headers=bearer).json()["username"] == "customer"
    assert anyone.delete("/api/auth/token", headers=bearer).status_code == 204
    assert anyone.get("/api/users/me", headers=bearer).status_code == 401


def test_a_session_begins_needs_its_csrf_token_to_change_and_ends(
    anyone: httpx.Client, known: dict[str, Any]
) -> None:
    begun = anyone.post("/api/auth/login", json=known["users"]["customer"])
    assert begun.status_code == 200
    me = anyone.get("/api/users/me").json()["_links"]["self"]["href"]
    refused = anyone.patch(me, json={"first_name": "Clara"})
    assert (refused.status_code, refused.json()["title"]) == (403, "CSRF check failed")
    token = {begun.json()["csrf_header"]: begun.json()["csrf_token"]}
    assert anyone.patch(me, json={"first_name": "Clara"}, headers=token).status_code == 200
    assert anyone.post("/api/auth/logout", headers=token).status_code == 204
    assert anyone.get("/api/users/me").status_code == 401


def test_a_wrong_password_says_neither_what_is_wrong(
    anyone: httpx.Client, known: dict[str, Any]
) -> None:
    wrong = anyone.post("/api/auth/token", json={"username": "customer", "password": "x"})
    nobody = anyone.post("/api/auth/token", json={"username": "nobody", "password": "x"})
    assert (wrong.status_code, nobody.status_code) == (401, 401)
    assert wrong.json()["detail"] == nobody.json()["detail"]


@pytest.mark.parametrize("header", ["Bearer nonsense", "Basic YTpi", "Bearer", "Bearer \xe9"])
def test_a_wrong_authorization_is_challenged(anyone: httpx.Client, header: str) -> None:
    answer = anyone.get("/api/users/me", headers={b"Authorization": header.encode("latin-1")})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="shop"')


def test_reports_are_for_the_staff_and_agree(
    customer: httpx.Client, staff: httpx.Client, product: dict[str, Any]
) -> None:
    assert customer.get("/api/reports/revenue").status_code == 403
    lines = [{"product_id": product["id"], "quantity": 2}]
    customer.post("/api/orders", json={"lines": lines}).raise_for_status()
    report = staff.get("/api/reports/revenue", params={"source": "join"}).json()
    row = next(r for r in report["items"] if r["category"] == product["category"]["name"])
    assert (row["orders"], row["units"], row["revenue"]) == (1, 2, "25.00")
    assert staff.get("/api/reports/bestsellers").status_code == 200
