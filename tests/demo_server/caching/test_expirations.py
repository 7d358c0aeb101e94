"""What the stores let go by themselves is in the feed: by the server's word, or by our own."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest
import redis

from demo_server.caching.backend import LocalCache, RedisCache
from demo_server.caching.feed import ring
from tests.real_caches import CacheServer, Kind, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SERVERS: list[object] = [
    pytest.param(kind, marks=pytest.mark.service(kind)) for kind in ("valkey", "redis")
]
TELLING = ("--notify-keyspace-events", "Exe")


@asynccontextmanager
async def followed(server: CacheServer) -> AsyncIterator[RedisCache]:
    """A cache whose expirations are followed."""
    cache = RedisCache(server.url, {"KEY_PREFIX": "ours"})
    following = asyncio.create_task(cache.follow())
    try:
        await until_followed(cache)
        yield cache
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following


async def until_followed(cache: RedisCache, *, wanted: bool = True) -> None:
    async with asyncio.timeout(10):
        while cache.store.is_followed is not wanted:  # noqa: ASYNC110 - no event tells it
            await asyncio.sleep(0.01)


async def events(known: int, number: int) -> list[tuple[str, str, str]]:
    """That many expirations and evictions that came after `known`: op, key and result."""
    found: list[tuple[str, str, str]] = []
    async with asyncio.timeout(20):
        while len(found) < number:
            await ring.wait(known, 20)
            rows = ring.after(known, 5000)
            known = rows[-1][0]
            found += [row[2:5] for row in rows if row[2] in {"expire", "evict"}]
    return found


@pytest.mark.parametrize("kind", SERVERS)
async def test_a_server_that_tells_is_heard_of_our_keys_only(kind: Kind) -> None:
    with running(kind, *TELLING) as server:
        async with followed(server) as cache:
            assert (await cache.describe())["tells_expiry"] is True
            known = ring.newest
            with redis.Redis.from_url(server.url) as other:
                other.set("theirs:a", 1, px=1)
            await cache.aset("a", 1, 0.02)
            await cache.aset("b", 1, 0.04)
            found = await events(known, 2)
    assert sorted(found) == [("expire", "ours:a", "expired"), ("expire", "ours:b", "expired")]


@pytest.mark.parametrize("kind", SERVERS)
async def test_a_server_that_does_not_tell_is_left_as_it_is(kind: Kind) -> None:
    with running(kind) as server:
        async with followed(server) as cache:
            known = ring.newest
            assert (await cache.describe()) == {
                "kind": "redis",
                "prefix": "ours",
                "tells_expiry": False,
                "fsync": "no",
            }
            await cache.aset("a", 1, 0.02)
            async with asyncio.timeout(10):
                while await cache.ahas_key("a"):  # noqa: ASYNC110 - that is the point
                    await asyncio.sleep(0.01)
            with redis.Redis.from_url(server.url, decode_responses=True) as asked:
                assert asked.config_get("notify-*") == {"notify-keyspace-events": ""}
    assert not [row for row in ring.after(known, 5000) if row[2] == "expire"]


@pytest.mark.service("valkey")
async def test_it_is_heard_again_after_a_kill_and_says_meanwhile_that_it_is_not() -> None:
    with running("valkey", *TELLING, "--appendonly", "yes", "--appendfsync", "always") as server:
        async with followed(server) as cache:
            assert (await cache.describe())["fsync"] == "always"
            server.kill()
            await until_followed(cache, wanted=False)
            assert (await cache.describe())["tells_expiry"] is False
            server.start()
            await until_followed(cache)
            async with asyncio.timeout(10):
                while not await cache.is_reachable():  # noqa: ASYNC110 - no event tells it
                    await asyncio.sleep(0.01)
            known = ring.newest
            await cache.aset("a", 1, 0.02)
            assert await events(known, 1) == [("expire", "ours:a", "expired")]


@pytest.mark.service("valkey")
async def test_evictions_are_as_many_as_the_server_counts_and_spare_what_lasts() -> None:
    memory = ("--maxmemory", "4mb", "--maxmemory-policy", "volatile-lru")
    with running("valkey", *TELLING, *memory) as server:
        async with followed(server) as cache:
            known = ring.newest
            await asyncio.to_thread(cache.set, "lasts", b"x" * 1000, None)
            for number in range(4000):
                await asyncio.to_thread(cache.set, f"goes:{number}", b"x" * 1000, 600)
            with redis.Redis.from_url(server.url) as asked:
                evicted = int(asked.info("stats")["evicted_keys"])
            found = await events(known, evicted)
            assert await cache.aget("lasts") == b"x" * 1000
    assert evicted > 100
    assert len(found) == evicted
    assert {(op, result) for op, _, result in found} == {("evict", "evicted")}
    assert len({key for _, key, _ in found}) == evicted


async def test_in_process_a_key_nobody_asks_for_goes_too() -> None:
    cache = LocalCache("sweeping", {"KEY_PREFIX": "ours"})
    known = ring.newest
    for number in range(300):
        cache.set(f"goes:{number}", 1, 0.001)
    cache.set("later", 1, 60)
    async with asyncio.timeout(10):
        while (pause := cache.settle()) is not None and pause < 30:  # noqa: ASYNC110 - no timer
            await asyncio.sleep(pause)
    assert pause is not None
    assert 30 < pause <= 60
    found = await events(known, 300)
    assert {op for op, _, _ in found} == {"expire"}
    assert {key for _, key, _ in found} == {f"ours:goes:{number}" for number in range(300)}
    assert cache.get("later") == 1


async def test_in_process_a_set_or_touch_puts_the_end_off() -> None:
    cache = LocalCache("putting-off", {"KEY_PREFIX": "ours"})
    known = ring.newest
    cache.set("set", 1, 0.001)
    cache.set("set", 2, None)
    cache.set("touched", 1, 0.2)
    cache.touch("touched", 60)
    cache.set("deleted", 1, 0.2)
    cache.delete("deleted")
    async with asyncio.timeout(10):
        while (pause := cache.settle()) is not None and pause < 30:  # noqa: ASYNC110 - no timer
            await asyncio.sleep(pause)
    assert cache.get_many(["set", "touched"]) == {"set": 2, "touched": 1}
    ops = [row[2] for row in ring.after(known, 5000)]
    assert "expire" not in ops[ops.index("touch") :]


def test_in_process_the_least_recently_used_that_may_go_is_evicted() -> None:
    cache = LocalCache("small", {"KEY_PREFIX": "ours", "OPTIONS": {"MAX_ENTRIES": 3}})
    known = ring.newest
    cache.set("lasts", 1, None)
    for name in ("a", "b"):
        cache.set(name, 1, 60)
    cache.get("a")
    cache.set("c", 1, 60)
    assert [row[3] for row in ring.after(known, 5000) if row[2] == "evict"] == ["ours:b"]
    assert cache.get_many(["lasts", "a", "c"]) == {"lasts": 1, "a": 1, "c": 1}


def test_in_process_deadlines_of_what_was_set_again_take_no_memory() -> None:
    cache = LocalCache("again", {"KEY_PREFIX": "ours"})
    for _ in range(5000):
        cache.set("hot", 1, 600)
    store = cache.store
    assert len(store._deadlines) < 1100  # type: ignore[attr-defined]
