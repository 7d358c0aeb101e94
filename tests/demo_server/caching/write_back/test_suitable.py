"""What is no log is refused, with why and what would help; the mode of the disk is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.demo_server.conftest import TOKEN
from tests.real_caches import Kind, running

WORKBENCH = {"X-Workbench-Token": TOKEN}
ON_DISK = ("--appendonly", "yes")


def asked(server: Any) -> tuple[int, str]:
    """The answer to going over to write-back."""
    with server.client() as client:
        answer = client.patch(
            "/_cache/routes/product", json={"strategy": "write-back"}, headers=WORKBENCH
        )
        now = client.get("/_cache", headers=WORKBENCH).json()["routes"][0]["policy"]["strategy"]
        assert now == ("write-back" if answer.status_code == 200 else "cache-aside")
        state = client.get("/_cache/write-back", headers=WORKBENCH).json()
        assert state["is_on"] == (answer.status_code == 200)
        return answer.status_code, answer.json().get("detail", state["fsync"])


def test_the_memory_of_the_process_is_no_log(start_shop: Callable[..., Any]) -> None:
    status, why = asked(start_shop())
    assert status == 422
    assert "memory of this process is no log" in why


@pytest.mark.service("memcached")
def test_memcached_is_no_log(start_shop: Callable[..., Any]) -> None:
    with running("memcached") as cache:
        status, why = asked(start_shop(DEMO_CACHE_URL=cache.url))
    assert status == 422
    assert "memcached is no log" in why


@pytest.mark.parametrize(
    ("kind", "options", "word"),
    [
        pytest.param("redis", (), "append-only", marks=pytest.mark.service("redis")),
        pytest.param(
            "valkey",
            (*ON_DISK, "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"),
            "volatile-lru",
            marks=pytest.mark.service("valkey"),
        ),
    ],
)
def test_a_cache_that_forgets_is_no_log(
    start_shop: Callable[..., Any], kind: Kind, options: tuple[str, ...], word: str
) -> None:
    with running(kind, *options) as cache:
        status, why = asked(start_shop(DEMO_REDIS_URL=cache.url))
    assert status == 422
    assert word in why


@pytest.mark.service("redis")
@pytest.mark.parametrize(
    ("options", "fsync"),
    [
        (("--appendfsync", "always"), "always"),
        (("--appendfsync", "no", "--maxmemory-policy", "volatile-lru"), "no"),
        (("--rename-command", "CONFIG", "HIDDEN"), None),
    ],
)
def test_how_the_disk_is_kept_is_told(
    start_shop: Callable[..., Any], options: tuple[str, ...], fsync: str | None
) -> None:
    with running("redis", *ON_DISK, *options) as cache:
        assert asked(start_shop(DEMO_REDIS_URL=cache.url)) == (200, fsync)
