"""What never reaches Django: foreign hosts and pages, large or slow bodies, too many calls."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from demo_server.guard import Guard


def raw(url: str, *parts: bytes, timeout: float = 15) -> bytes:
    """Send these bytes and read until the server closes."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout) as connection:
        for part in parts:
            connection.sendall(part)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received


@pytest.mark.parametrize("path", ["/api/nothing", "/lab/nothing", "/api/products/0"])
def test_an_unknown_address_names_its_journey(shop: httpx.Client, path: str) -> None:
    answer = shop.get(path)
    assert is_problem(answer, 404)
    assert answer.json()["trace_id"] == answer.headers["x-trace-id"]


def test_a_refusal_before_django_names_its_journey(shop: httpx.Client) -> None:
    answer = shop.get("/api/products", headers={"Host": "evil.example"})
    assert is_problem(answer, 400)
    assert answer.json()["trace_id"] == answer.headers["x-trace-id"]


async def test_a_defect_that_escapes_is_answered_and_goes_on() -> None:
    sent: list[Any] = []

    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {"type": "http", "path": "/x", "headers": [(b"host", b"127.0.0.1")]}
    scope["trace_id"] = "ab" * 16
    with pytest.raises(ZeroDivisionError):
        await Guard(broken, rate=0)(scope, receive, send)
    assert sent[0]["status"] == 500
    document = json.loads(b"".join(each.get("body", b"") for each in sent))
    assert document["trace_id"] == "ab" * 16
    assert document["type"] == "/api/problems/internal-error"


def is_problem(answer: httpx.Response, status: int) -> bool:
    return (
        answer.status_code == status
        and answer.headers["content-type"] == "application/problem+json"
        and answer.json()["status"] == status
        and bool(answer.json()["detail"])
    )


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1:1:2", ""])
@pytest.mark.parametrize("path", ["/api/products", "/", "/healthz", "/_workbench"])
def test_a_foreign_host_is_refused_everywhere(shop: httpx.Client, host: str, path: str) -> None:
    assert is_problem(shop.get(path, headers={"Host": host}), 400)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:1234", "[::1]:8765", "LOCALHOST"])
def test_names_of_this_machine_are_fine(shop: httpx.Client, host: str) -> None:
    assert shop.get("/api/products/7", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_pages_of_other_sites_are_refused(shop: httpx.Client, headers: dict[str, str]) -> None:
    assert is_problem(shop.get("/api/products", headers=headers), 403)


def test_our_own_pages_are_served(shop: httpx.Client) -> None:
    origin = {"Origin": str(shop.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    assert shop.get("/api/products/7", headers=origin).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1"])
def test_a_websocket_finds_no_way_in(shop: httpx.Client, origin: str) -> None:
    answer = raw(
        str(shop.base_url),
        f"GET /nope HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: {origin}\r\n".encode()
        + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    )
    assert answer.startswith(b"HTTP/1.1 403")


def test_an_announced_large_body_is_refused_before_it_is_read(
    shop: httpx.Client, as_staff: dict[str, str]
) -> None:
    began = time.monotonic()
    answer = raw(
        str(shop.base_url),
        b"POST /api/products HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"Content-Length: 1000000000\r\n\r\n",
    )
    assert answer.startswith(b"HTTP/1.1 413")
    assert time.monotonic() - began < 5


def test_a_body_that_grows_too_large_is_cut_off_and_answered(shop: httpx.Client) -> None:
    def endless() -> Any:
        for _ in range(40):
            yield b"x" * 65536

    assert is_problem(shop.post("/api/products", content=endless()), 413)


def test_a_body_within_the_limit_reaches_the_view(shop: httpx.Client) -> None:
    answer = shop.post("/api/products", content=b"x" * 1000)
    assert answer.status_code == 401


def test_uploads_may_be_larger(shop: httpx.Client) -> None:
    part = {"file": ("large.bin", b"x" * (3 * 1024 * 1024))}
    assert shop.post("/lab/upload", files=part).status_code in {200, 201}


def test_a_body_that_does_not_come_is_answered(
    shop: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.monotonic()
    answer = raw(
        str(shop.base_url),
        b"POST /api/products HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{",
    )
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408")
    assert json.loads(body)["type"].endswith("/body-too-slow")
    assert 9 < time.monotonic() - began < 14


def test_refusals_are_journeys_too(shop: httpx.Client) -> None:
    answer = shop.get("/api/products", headers={"Host": "evil.example"})
    assert len(answer.headers["x-trace-id"]) == 32


def test_a_hasty_client_is_told_to_wait(start_shop: Callable[..., Any]) -> None:
    server = start_shop(DEMO_RATE_LIMIT="2")
    with server.client() as client:
        answers = [client.get("/api/products/7") for _ in range(6)]
        refused = [each for each in answers if each.status_code == 429]
        assert [each.status_code for each in answers[:2]] == [200, 200]
        assert refused
        assert is_problem(refused[0], 429)
        assert int(refused[0].headers["retry-after"]) == 1
        assert refused[0].headers["ratelimit-policy"] == '"client";q=2;w=1'
        assert refused[0].headers["ratelimit"] == '"client";r=0;t=1'
        other = client.get("/api/products/7", headers={"Authorization": "Bearer another"})
        assert other.status_code != 429
        assert client.get("/healthz").status_code == 200


def test_the_workbench_endpoint_does_not_exist_without_its_token(shop: httpx.Client) -> None:
    assert is_problem(shop.get("/_workbench"), 404)
    assert is_problem(shop.get("/_workbench", headers={"X-Workbench-Token": "wrong"}), 404)


def test_the_introduction_names_everything(introduction: dict[str, Any]) -> None:
    assert introduction["admin"]["username"] == "admin"
    assert len(introduction["admin"]["password"]) >= 12
    assert introduction["database"]["kind"] == "sqlite"
    assert introduction["cache"]["kind"] == "local"
    assert introduction["urls"]["openapi"] == "/api/openapi.json"


def test_health_is_told_to_anyone_and_makes_no_journey(shop: httpx.Client) -> None:
    answer = shop.get("/healthz")
    assert answer.json() == {
        "status": "ok",
        "database": {"kind": "sqlite", "version": answer.json()["database"]["version"]},
        "cache": {"kind": "local", "reachable": True},
        "version": "0.1.0",
    }
    assert "x-trace-id" not in answer.headers
    assert shop.post("/healthz").status_code == 405
