"""What the server keeps finished: a page for each visitor, a part for all, what clients have."""

from __future__ import annotations

import json
from time import monotonic
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.demo_server.conftest import TOKEN, ShopServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEADERS = {"X-Workbench-Token": TOKEN}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopServer]:
    shop = ShopServer(tmp_path_factory.mktemp("shop")).start()
    yield shop
    assert shop.stop() == 0, "".join(shop.log)


@pytest.fixture
def rows(server: ShopServer) -> Callable[[], list[dict[str, Any]]]:
    """What the feed tells of since the test began, each row by its members' names."""
    members = [
        "sequence",
        "at_ms",
        "op",
        "key",
        "result",
        "strategy",
        "us",
        "size",
        "ttl_s",
        "load_us",
        "cause",
        "trace_id",
        "route",
    ]
    with server.client(headers=HEADERS) as client:
        state = client.get("/_cache").json()
    since = f"{state['source']}:{state['sequence']}"

    def read() -> list[dict[str, Any]]:
        with server.client(headers=HEADERS) as client:
            last = client.get("/_cache").json()["sequence"]
            heard: list[dict[str, Any]] = []
            with client.stream("GET", "/_cache/events", params={"since": since}) as events:
                for line in events.iter_lines():
                    if line.startswith("data:"):
                        batch = json.loads(line[5:])
                        heard += [dict(zip(members, row, strict=True)) for row in batch["rows"]]
                    if heard and heard[-1]["sequence"] >= last:
                        return heard
        return heard

    return read


def test_page_is_made_once_for_a_visitor(
    server: ShopServer, rows: Callable[[], list[dict[str, Any]]]
) -> None:
    with server.client() as visitor:
        first, second = visitor.get("/bestsellers/"), visitor.get("/bestsellers/")
        shelves = visitor.get("/"), visitor.get("/")
    assert first.status_code == second.status_code == 200
    assert first.content == second.content
    assert "max-age=60" in first.headers["Cache-Control"]
    assert "Cookie" in first.headers["Vary"]
    assert shelves[0].text.count('href="/category/') == shelves[1].text.count('href="/category/')
    assert shelves[0].text.count('href="/category/') > 3
    heard = rows()
    loads = [each for each in heard if each["op"] == "load"]
    assert [(each["strategy"], each["route"]) for each in loads] == [("view", "bestsellers")]
    fragment = [each for each in heard if "template.cache.shelves" in each["key"]]
    assert [(each["op"], each["result"]) for each in fragment] == [
        ("get", "miss"),
        ("set", "stored"),
        ("get", "hit"),
    ]
    assert {(each["strategy"], each["route"]) for each in fragment} == {("fragment", "shelves")}


def test_nobody_sees_the_page_of_another(server: ShopServer) -> None:
    with server.client(headers=HEADERS) as client:
        users = client.get("/_workbench").json()
    with server.client(follow_redirects=True) as ann, server.client() as stranger:
        _sign_in(ann, users)
        mine = ann.get("/bestsellers/").text
        assert "Sign out" in mine
        assert "Sign out" not in stranger.get("/bestsellers/").text
        assert "Sign out" in ann.get("/bestsellers/").text


def test_trap_of_a_page_kept_without_vary(server: ShopServer) -> None:
    ann, bob = {"Cookie": "lab_name=Ann"}, {"Cookie": "lab_name=Bob"}
    with server.client() as client:

        def greeted(vary: str, who: dict[str, str]) -> str:
            return client.get("/lab/cache/page", params={"vary": vary}, headers=who).text

        assert greeted("true", ann) == "Hello, Ann.\n"
        assert greeted("true", bob) == "Hello, Bob.\n"
        assert greeted("false", ann) == "Hello, Ann.\n"
        assert greeted("false", bob) == "Hello, Ann.\n", "this is the trap"


def test_changed_category_makes_the_shelves_anew(server: ShopServer) -> None:
    with server.client(headers=HEADERS) as client:
        token = client.get("/_workbench").json()["tokens"]["staff"]
        staff = {"Authorization": f"Bearer {token}"}
        assert "Curiosities" not in client.get("/").text
        body = {"name": "Curiosities", "slug": "curiosities", "parent_id": None}
        assert client.post("/api/categories", json=body, headers=staff).status_code == 201
        assert "Curiosities" in client.get("/").text


def test_client_that_has_it_already_is_a_hit_of_its_own_cache(
    server: ShopServer, rows: Callable[[], list[dict[str, Any]]]
) -> None:
    with server.client() as client:
        first = client.get("/api/products/3")
        client.get("/api/products/3", headers={"If-None-Match": first.headers["ETag"]})
        client.get("/api/products/3", headers={"If-None-Match": '"old"'})
        tags = client.get("/api/tags")
    assert tags.headers["Cache-Control"].startswith("public, max-age=10")
    told = [(each["key"], each["result"]) for each in rows() if each["strategy"] == "http"]
    assert told == [("client:/api/products/3", "hit"), ("client:/api/products/3", "miss")]


def _sign_in(client: httpx.Client, users: dict[str, Any]) -> None:
    """The passwords are set in the background, some moments after the start."""
    deadline = monotonic() + 20
    while monotonic() < deadline:
        form = client.get("/login/").text
        token = form.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        data = {**users["users"]["customer"], "csrfmiddlewaretoken": token}
        answer = client.post("/login/", data=data, headers={"Referer": str(client.base_url)})
        assert answer.status_code == 200, answer.text
        if "do not match" not in answer.text:
            return
    raise AssertionError("the customer cannot sign in")
