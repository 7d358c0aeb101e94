"""The store through real HTTP: what a visitor, a customer and a member of staff can do."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Page(HTMLParser):
    """What a screen reader and a browser need of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.labels: set[str] = set()
        self.fields: set[str] = set()
        self.loaded: list[str] = []
        self.language = ""
        self.headings = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attributes}
        if tag == "html":
            self.language = has.get("lang", "")
        self.headings += tag == "h1"
        if tag == "label":
            self.labels.add(has.get("for", ""))
        if tag in {"input", "select", "textarea"} and has.get("type") != "hidden":
            self.fields.add(has.get("id", "?"))
        self.loaded += [has[name] for name in ("src",) if name in has]
        if tag == "link":
            self.loaded.append(has["href"])


@pytest.fixture
def sign_in(shop_server: Any, introduction: dict[str, Any]) -> Callable[[str], httpx.Client]:
    """A client with a session of `admin`, `staff` or `customer`."""
    passwords = {"admin": introduction["admin"]["password"]} | {
        name: each["password"] for name, each in introduction["users"].items()
    }

    def client_of(name: str) -> httpx.Client:
        client: httpx.Client = shop_server.client(follow_redirects=True)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            # The passwords are set in the background, some moments after the start.
            answer = send(client, "/login/", username=name, password=passwords[name])
            if "do not match" not in answer.text:
                return client
        raise AssertionError(f"{name} cannot sign in")

    return client_of


def send(client: httpx.Client, path: str, from_page: str = "", **fields: str) -> httpx.Response:
    """Fill in and send a form."""
    found = TOKEN.search(client.get(from_page or path).text)
    assert found is not None
    return client.post(path, data={"csrfmiddlewaretoken": found[1], **fields})


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", "1979 products"),
        ("/?q=oak+table&sort=price", "Order"),
        ("/?page=3&sort=-price", "Page 3 of"),
        ("/category/tables/", "Tables"),
        ("/product/7/", "reviews"),
        ("/login/", "User name"),
    ],
)
def test_pages_are_there_and_accessible(shop: httpx.Client, path: str, words: str) -> None:
    answer = shop.get(path)
    assert answer.status_code == 200
    assert words in answer.text
    page = Page(answer.text)
    assert page.language == "en"
    assert page.headings == 1
    assert page.fields <= page.labels
    assert all(each.startswith(("/static/", "data:")) for each in page.loaded)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/product/13/", 410),
        ("/product/999999/", 404),
        ("/product/99999999999999999999/", 404),
        ("/category/nope/", 404),
        ("/?page=9999", 404),
        ("/static/nope.css", 404),
        ("/static/..%2f..%2fsettings.py", 404),
        ("/nope", 404),
    ],
)
def test_what_is_not_there_says_so(shop: httpx.Client, path: str, status: int) -> None:
    assert shop.get(path).status_code == status


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", "%00", "x" * 5000, "'\";--", "％"])
def test_a_hostile_search_is_harmless(shop: httpx.Client, words: str) -> None:
    answer = shop.get("/", params={"q": words, "sort": words, "page": words})
    assert answer.status_code == 200
    assert "<script" not in answer.text


def test_pages_say_what_may_be_loaded_and_kept(shop: httpx.Client) -> None:
    answer = shop.get("/")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "content-security-policy" not in shop.get("/api/products/7").headers


def test_the_style_sheet_is_kept_and_revalidated(shop: httpx.Client) -> None:
    first = shop.get("/static/shop/shop.css")
    assert first.headers["cache-control"] == "public, max-age=3600"
    again = shop.get("/static/shop/shop.css", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_cookies_are_strict_and_know_their_port(
    sign_in: Callable[[str], httpx.Client], shop: httpx.Client
) -> None:
    port = shop.base_url.port
    assert set(dict(sign_in("customer").cookies)) == {f"shop_session_{port}", f"shop_csrf_{port}"}
    for cookie in shop.get("/login/").headers.get_list("set-cookie"):
        assert "SameSite=Strict" in cookie


def test_a_customer_buys_reviews_and_cancels(sign_in: Callable[[str], httpx.Client]) -> None:
    client = sign_in("customer")
    bought = send(client, "/product/21/buy/", "/product/21/", quantity="2")
    number = re.search(r"Order (\d+) is placed", bought.text)
    assert number is not None
    assert bought.url.path == "/orders/"
    refused = send(client, "/product/21/buy/", "/product/21/", quantity="999")
    assert refused.status_code == 409
    assert "are in stock" in refused.text
    cancelled = send(client, f"/orders/{number[1]}/cancel/", "/orders/")
    assert f"Order {number[1]} is cancelled." in cancelled.text
    said = send(client, "/product/21/review/", "/product/21/", rating="5", title="<b>Fine</b>")
    assert "&lt;b&gt;Fine&lt;/b&gt;" in said.text
    twice = send(client, "/product/21/review/", "/product/21/", rating="5", title="Again")
    assert twice.status_code == 409


def test_orders_of_others_are_not_mine_to_cancel(sign_in: Callable[[str], httpx.Client]) -> None:
    assert send(sign_in("customer"), "/orders/1/cancel/", "/orders/").status_code == 403


def test_a_form_without_its_token_is_refused(sign_in: Callable[[str], httpx.Client]) -> None:
    answer = sign_in("customer").post("/product/21/buy/", data={"quantity": "1"})
    assert answer.status_code == 403
    assert "CSRF" in answer.text


def test_a_visitor_is_sent_to_sign_in_and_comes_back(shop: httpx.Client) -> None:
    answer = shop.get("/orders/")
    assert answer.status_code == 302
    assert answer.headers["location"] == "/login/?next=/orders/"


def test_signing_in_never_leads_to_another_site(
    shop_server: Any, introduction: dict[str, Any], sign_in: Callable[[str], httpx.Client]
) -> None:
    sign_in("customer")
    with shop_server.client() as client:
        answer = send(
            client,
            "/login/",
            username="customer",
            password=introduction["users"]["customer"]["password"],
            next="http://evil.example/",
        )
    assert answer.headers["location"] == "/"


LISTS = (
    "category tag product order customer review apitoken productsummary categoryrevenue flatorder"
)


@pytest.mark.parametrize("name", LISTS.split())
def test_the_admin_lists_everything_in_few_statements(
    sign_in: Callable[[str], httpx.Client], name: str
) -> None:
    answer = sign_in("admin").get(f"/admin/shop/{name}/")
    assert answer.status_code == 200
    statements = re.search(r'desc="(\d+) quer', answer.headers["server-timing"])
    assert statements is not None
    assert int(statements[1]) <= 10


def test_the_admin_changes_a_product_by_the_shops_rules(
    sign_in: Callable[[str], httpx.Client],
) -> None:
    client = sign_in("admin")
    page = client.get("/admin/shop/product/33/change/").text
    before = client.get("/api/products/33").json()
    fields = {
        "name": before["name"],
        "sku": before["sku"],
        "category": str(before["category"]["id"]),
        "price": "77.50",
        "stock": "5",
        "description": "Changed in the admin.",
        "tags": ["1", "2"],
        "movements-TOTAL_FORMS": "0",
        "movements-INITIAL_FORMS": "0",
    }
    found = TOKEN.search(page)
    assert found is not None
    answer = client.post(
        "/admin/shop/product/33/change/", data={"csrfmiddlewaretoken": found[1], **fields}
    )
    assert answer.url.path == "/admin/shop/product/", answer.text[:3000]
    after = client.get("/api/products/33").json()
    assert (after["price"], after["stock"]) == ("77.50", 5)
    assert after["tags"] == ["bestseller", "new"]
    assert after["version"] > before["version"]
    assert "corrected" in client.get("/admin/shop/product/33/change/").text


def test_the_staff_sees_what_it_may_and_the_customer_nothing(
    sign_in: Callable[[str], httpx.Client],
) -> None:
    staff = sign_in("staff")
    assert staff.get("/admin/shop/order/").status_code == 200
    assert staff.get("/admin/auth/user/").status_code == 403
    assert staff.get("/admin/shop/product/7/delete/").status_code == 403
    customer = sign_in("customer").get("/admin/")
    assert customer.url.path == "/admin/login/"
